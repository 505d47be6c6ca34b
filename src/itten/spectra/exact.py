"""The truth, and for doubters: SciPy's Lanczos with shift and invert on the assembled matrix, in float64."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import torch

from itten.config import SpectrumConfig
from itten.errors import InputError, ResourceError
from itten.graph import make_stencil
from itten.graph.stencil import Stencil
from itten.spectra.dense import Pairs, complete, dense_pairs, graph_matrix, null_vectors, unmasked
from itten.spectra.result import Spectrum, fix_signs

# Up to DENSE pixels LAPACK is quicker; beyond MOST the factors would take tens of gigabytes.
DENSE, MOST = 1024, 1_000_000
# The shift, relative to the bound of ‖L‖: negative, so that the shifted matrix is definite.
SHIFT = 1e-7


def exact_spectrum(
    features: torch.Tensor, k: int, config: SpectrumConfig, mask: torch.Tensor | None = None, warm: Any = None
) -> Spectrum:
    """The ``k`` lowest pairs to about float64 precision; memory grows to gigabytes from 100,000 pixels on.

    Raises :class:`~itten.errors.ResourceError` for more than a million pixels.
    """
    begin = time.perf_counter()
    pixels = features.shape[1] * features.shape[2]
    if pixels > MOST:
        raise ResourceError(
            f"method 'exact' takes up to {MOST:,} pixels, this picture has {pixels:,}: use 'stitched' with a tol"
        )
    array = features.detach().cpu().numpy()
    hidden = None if mask is None else mask.cpu().numpy()
    live = pixels if hidden is None else int((~hidden).sum())
    if k > live:
        raise InputError(f"{k} eigenvectors were asked for, {live} pixels are not masked")
    stencil = make_stencil(config.radii, config.weights)
    solve = dense_pairs if live <= DENSE or 3 * k > live else sparse_pairs
    values, vectors, residuals, bound, components = solve(array, k, stencil, config.edge_threshold, hidden)
    how = "dense LAPACK" if solve is dense_pairs else "shift-invert Lanczos"
    return Spectrum(
        values=torch.from_numpy(values),
        vectors=fix_signs(torch.from_numpy(vectors)).to(features.device, features.dtype),
        residuals=torch.from_numpy(residuals),
        scale=bound,
        method=config.method,
        status="converged",
        advice=(f"{components} islands; " if components > 1 else "") + f"{how} on the assembled matrix, in float64",
        components=components,
        spent={"seconds": time.perf_counter() - begin},
    )


def sparse_pairs(features: np.ndarray, k: int, stencil: Stencil, threshold: float, mask: np.ndarray | None) -> Pairs:
    """As :func:`~itten.spectra.dense.dense_pairs`, by (L + shift)⁻¹ on the complement of the null space."""
    import scipy.sparse
    import scipy.sparse.linalg

    matrix, kept = graph_matrix(features, stencil, threshold, mask)
    bound = 2.0 * float(matrix.diagonal().max(initial=0.0))
    sizes, null = null_vectors(matrix, stencil)
    m, n = len(sizes), matrix.shape[0]
    values, vectors = np.zeros(0), np.zeros((n, 0))
    if k > m:
        shift = SHIFT * bound
        factor = scipy.sparse.linalg.splu(
            scipy.sparse.csc_array(matrix + shift * scipy.sparse.eye_array(n)),
            permc_spec="MMD_AT_PLUS_A",
            diag_pivot_thresh=0.0,
            options={"SymmetricMode": True},
        )

        def inverse(x: np.ndarray) -> np.ndarray:
            y = factor.solve(x - null @ (null.T @ x))
            return y - null @ (null.T @ y)

        operator = scipy.sparse.linalg.LinearOperator((n, n), matvec=inverse, dtype=np.float64)
        start = inverse(np.random.default_rng(0).standard_normal(n))
        theta, found = scipy.sparse.linalg.eigsh(operator, k - m, which="LA", v0=start, tol=1e-12)
        order = np.argsort(-theta)
        vectors = found[:, order]
        values = np.einsum("ij,ij->j", vectors, matrix @ vectors)
    values, vectors = complete(values, vectors, (sizes, null), k)
    residuals = np.linalg.norm(matrix @ vectors - vectors * values, axis=0)
    return values, unmasked(vectors, features.shape[1:], kept), residuals, bound, m
