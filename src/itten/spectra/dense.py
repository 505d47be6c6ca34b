"""Tiny pictures: the whole Laplacian as a dense float64 matrix, and LAPACK."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from itten.config.spectrum import Laplacian
from itten.graph.stencil import Stencil
from itten.kernels.reference.lanczos import laplacian_matrix
from itten.spectra.components import CUT, contrasts, ranked
from itten.spectra.normalised import edge_cut

if TYPE_CHECKING:
    import scipy.sparse

Pairs = tuple[np.ndarray, np.ndarray, np.ndarray, float, int]


class Problem(NamedTuple):
    """A symmetric ``matrix`` ``(n, n)`` of the pixels ``kept`` (raster indices), its ``null`` space (sizes of the
    components, unit vectors ``(n, m)``) and a ``bound`` of its norm. Pixels of vector x have x / ``root``, ``(n,)``."""

    matrix: scipy.sparse.csr_array
    kept: np.ndarray
    null: tuple[np.ndarray, np.ndarray]
    root: np.ndarray
    bound: float

    def pixels(self, vectors: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        """``(k, H, W)`` of the columns of ``vectors``, zeros where pixels are left out."""
        return unmasked(vectors / self.root[:, None], shape, self.kept)


def problem(
    features: np.ndarray, stencil: Stencil, threshold: float, mask: np.ndarray | None, laplacian: Laplacian
) -> Problem:
    """L itself, with a root of ones; or D^(−1/2) L D^(−1/2), whose bound is 2, with that of D."""
    cut = edge_cut(stencil, laplacian)
    matrix, kept = graph_matrix(features, stencil, threshold, mask, cut)
    degree = matrix.diagonal()
    if laplacian == "combinatorial":
        null = null_vectors(matrix, stencil)
        return Problem(matrix, kept, null, np.ones(len(kept)), 2.0 * float(degree.max(initial=0.0)))
    import scipy.sparse

    mass = np.where(degree > 0, degree, cut)
    root = np.sqrt(mass)
    inverse = scipy.sparse.diags_array(1 / root)
    null = null_vectors(matrix, stencil, mass)
    return Problem(scipy.sparse.csr_array(inverse @ matrix @ inverse), kept, null, root, 2.0)


def dense_pairs(
    features: np.ndarray,
    k: int,
    stencil: Stencil,
    threshold: float,
    mask: np.ndarray | None,
    laplacian: Laplacian = "combinatorial",
) -> Pairs:
    """``(values, vectors (k, H, W), residuals, bound of ‖L‖, components)``, all in float64; what they are of the
    normalised ``laplacian`` is said by :class:`~itten.spectra.Spectrum`.

    The null space is replaced by the exact one where the graph has more than one component.
    """
    matrix, _, null, _, bound = given = problem(features, stencil, threshold, mask, laplacian)
    whole = matrix.toarray()
    values, vectors = np.zeros(0), np.zeros((len(whole), 0))
    if k > len(null[0]):
        import scipy.linalg

        # The null vectors moved to the upper end: LAPACK cannot mix them with others that are nearly null. Nor with
        # those of the value 2, which bipartite graphs have.
        above = bound if laplacian == "combinatorial" else 2 * bound
        values, vectors = scipy.linalg.eigh(
            whole + above * (null[1] @ null[1].T), subset_by_index=[0, k - len(null[0]) - 1]
        )
    values, vectors = complete(values, vectors, null, k)
    residuals = np.linalg.norm(whole @ vectors - vectors * values, axis=0)
    return values, given.pixels(vectors, features.shape[1:]), residuals, bound, len(null[0])


def graph_matrix(
    features: np.ndarray, stencil: Stencil, threshold: float, mask: np.ndarray | None, cut: float = 0.0
) -> tuple[scipy.sparse.csr_array, np.ndarray]:
    """L of the pixels that are not masked, without edges no heavier than ``cut``, and their raster indices."""
    matrix = laplacian_matrix(features.astype(np.float64), stencil.offsets, stencil.weights, 1.0 / threshold)
    if mask is None and not cut:
        return matrix, np.arange(matrix.shape[0])
    import scipy.sparse

    kept = np.arange(matrix.shape[0]) if mask is None else np.flatnonzero(~mask.ravel())
    inner = -(matrix if mask is None else matrix[kept][:, kept])
    inner.setdiag(0)
    inner.data[inner.data <= cut] = 0
    inner.eliminate_zeros()
    return scipy.sparse.csr_array(scipy.sparse.diags_array(inner.sum(axis=1)) - inner), kept


def unmasked(vectors: np.ndarray, shape: tuple[int, ...], kept: np.ndarray) -> np.ndarray:
    """``(k, H, W)`` with zeros where pixels are left out, from ``(kept, k)``."""
    out = np.zeros((vectors.shape[1], shape[0] * shape[1]))
    out[:, kept] = vectors.T
    return out.reshape(-1, *shape)


def null_vectors(
    matrix: scipy.sparse.csr_array, stencil: Stencil, mass: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """``(sizes (m,), vectors (n, m))`` of the components joined by edges above 1e-7 of the heaviest offset: see
    :mod:`itten.spectra.stitched.host.islands`. ``matrix`` is L; with D as ``mass`` ``(n,)`` they are those of
    D^(−1/2) L D^(−1/2)."""
    import scipy.sparse.csgraph

    edges = -matrix
    edges.setdiag(0)
    edges.data[edges.data <= CUT * float(stencil.weights.max())] = 0
    edges.eliminate_zeros()
    _, labels = scipy.sparse.csgraph.connected_components(edges, directed=False)
    rank, sizes = ranked(labels)
    if mass is None:
        return sizes, contrasts(sizes, len(sizes))[:, rank].T
    volumes = np.bincount(rank, mass)
    return sizes, contrasts(volumes, len(sizes))[:, rank].T * np.sqrt(mass)[:, None]


def complete(
    values: np.ndarray, vectors: np.ndarray, null: tuple[np.ndarray, np.ndarray], k: int
) -> tuple[np.ndarray, np.ndarray]:
    """The exact null vectors first, then what of the other ``vectors`` is orthogonal to them."""
    exact = null[1][:, :k]
    rest = vectors - null[1] @ (null[1].T @ vectors)
    length = np.linalg.norm(rest, axis=0)
    return (
        np.concatenate([np.zeros(exact.shape[1]), np.maximum(values, 0)]),
        np.concatenate([exact, rest / length], axis=1),
    )
