"""The Laplacian itself, for other people's methods: as a sparse matrix, and as an operator that is never assembled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from itten.config import SpectrumConfig
from itten.errors import ResourceError
from itten.graph import laplacian_apply, make_stencil
from itten.graph.stencil import Stencil
from itten.spectra.claims import without
from itten.spectra.dense import graph_matrix
from itten.spectra.inputs import as_excluded, as_features, with_threshold
from itten.spectra.normalised import edge_cut, masses

if TYPE_CHECKING:
    import scipy.sparse
    import scipy.sparse.linalg

# Pixels of a picture that is assembled, at most: each takes about 1.4 kB, several times that while it is made.
MOST = 2_000_000


def laplacian_matrix(image: Any, *, exclude: Any = None, **options: Any) -> scipy.sparse.csr_array:
    """L = D − A of a picture's graph, ``(H · W, H · W)`` float64, pixels in raster order: what :func:`itten.spectrum`
    finds eigenpairs of. With ``laplacian="normalised"`` it is D^(−1/2) L D^(−1/2), which has the values of L v = λ D v
    and the vectors √D v.

    ``image``, ``exclude`` and ``options`` as in :func:`itten.spectrum`; of the options those of the graph count. Rows
    and columns of excluded pixels are empty, and so are those of the normalised matrix for pixels without edges. A
    matrix has 113 numbers a pixel; raises :class:`~itten.errors.ResourceError` for more than two million pixels, and
    :class:`~itten.errors.InputError` as :func:`itten.spectrum` does.
    """
    import scipy.sparse

    features, hidden, config, stencil = _graph(image, exclude, options)
    if features[0].numel() > MOST:
        raise ResourceError(
            f"a picture of {features[0].numel():,} pixels is not assembled, {MOST:,} are: use laplacian_operator"
        )
    cut = edge_cut(stencil, config.laplacian)
    mask = None if hidden is None else hidden.numpy()
    matrix, kept = graph_matrix(features.numpy(), stencil, config.edge_threshold, mask, cut)
    if config.laplacian == "normalised":
        degree = matrix.diagonal()
        inverse = scipy.sparse.diags_array(np.divide(1, np.sqrt(degree), out=np.zeros_like(degree), where=degree > 0))
        matrix = scipy.sparse.csr_array(inverse @ matrix @ inverse)
    if hidden is None:
        return matrix
    entries = scipy.sparse.coo_array(matrix)
    rows, columns = entries.coords
    size = (features[0].numel(),) * 2
    return scipy.sparse.csr_array((entries.data, (kept[rows], kept[columns])), shape=size)


def laplacian_operator(image: Any, *, exclude: Any = None, **options: Any) -> scipy.sparse.linalg.LinearOperator:
    """The same matrix as an operator of the picture's type: products make the weights as they go, and nothing of the
    size of the matrix is kept. For SciPy's ``eigsh``, ``lobpcg``, ``cg`` and whatever else takes a LinearOperator."""
    from scipy.sparse.linalg import LinearOperator

    features, hidden, config, stencil = _graph(image, exclude, options)
    shape, cut = features.shape[1:], edge_cut(stencil, config.laplacian)
    picture = without(features, hidden, config.edge_threshold)
    dtype = picture.numpy().dtype
    live = np.ones(shape, dtype) if hidden is None else (~hidden).numpy().astype(dtype)
    scale = live
    if config.laplacian == "normalised":
        # Where there is no edge, L has a row of zeros, whatever it is divided by.
        scale = live / masses(picture, stencil, config.edge_threshold).sqrt().numpy()

    def product(x: np.ndarray) -> np.ndarray:
        block = np.ascontiguousarray(np.asarray(x, dtype).reshape(live.size, -1).T).reshape(-1, *shape)
        rows = torch.from_numpy(block * scale)
        found = laplacian_apply(picture, rows, stencil, config.edge_threshold, "auto", cut).numpy() * scale
        result: np.ndarray = found.reshape(len(block), -1).T.reshape(x.shape)
        return result

    n = live.size
    return LinearOperator((n, n), matvec=product, rmatvec=product, matmat=product, rmatmat=product, dtype=dtype)


def _graph(
    image: Any, exclude: Any, options: dict[str, Any]
) -> tuple[torch.Tensor, torch.Tensor | None, SpectrumConfig, Stencil]:
    features = as_features(image).detach().cpu().contiguous()
    hidden = as_excluded(exclude, features.shape[1:])
    config = SpectrumConfig(**with_threshold(options, features, hidden))
    return features, None if hidden is None else hidden.cpu(), config, make_stencil(config.radii, config.weights)
