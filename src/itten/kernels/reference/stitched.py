"""The stitched method step by step in float64: every matrix assembled, every small problem solved by LAPACK."""

from __future__ import annotations

import numpy as np
import scipy.linalg
from scipy import sparse

from itten.kernels.reference.lanczos import laplacian_matrix


def tile_columns(
    patch: np.ndarray, offsets: np.ndarray, weights: np.ndarray, scale: float, noise: np.ndarray, shift: float
) -> np.ndarray:
    """``(h · w, 8)``: 1, y, x and five columns of (L_tile + shift)⁻² applied to mean-free ``noise`` ``(h · w, 8)``."""
    h, w = patch.shape[1:]
    matrix = laplacian_matrix(patch, offsets, weights, scale).toarray() + shift * np.eye(h * w)
    smooth = np.linalg.solve(matrix, np.linalg.solve(matrix, noise - noise.mean(axis=0)))
    y, x = np.mgrid[:h, :w]
    plain = np.stack([np.ones(h * w), y.ravel() - (h - 1) / 2, x.ravel() - (w - 1) / 2], axis=1)
    return np.concatenate([plain, smooth[:, 3:8]], axis=1)


def weighted_columns(
    patch: np.ndarray,
    mass: np.ndarray,
    offsets: np.ndarray,
    weights: np.ndarray,
    scale: float,
    noise: np.ndarray,
    shift: float,
) -> list[np.ndarray]:
    """Panels ``(h · w, 8)`` of a tile's columns, weighted by the root of the ``mass`` M ``(h · w,)`` of its pixels: 1,
    y, x and columns of (M^-1/2 L_tile M^-1/2 + ``shift``)⁻² applied to ``noise`` ``(panels, h · w, 8)``, whose first
    three columns in the first panel do not count; between the steps without what the columns before them hold."""
    h, w = patch.shape[1:]
    root = 1 / np.sqrt(mass)
    matrix = laplacian_matrix(patch, offsets, weights, scale).toarray() * root[:, None] * root + shift * np.eye(h * w)
    y, x = np.mgrid[:h, :w]
    plain = np.stack([np.ones(h * w), y.ravel() - (h - 1) / 2, x.ravel() - (w - 1) / 2], axis=1) / root[:, None]
    found: list[np.ndarray] = []
    for number, start in enumerate(noise):
        smooth = np.linalg.solve(matrix, (start - start.mean(axis=0))[:, 0 if number else 3 :])
        known = np.linalg.qr(np.concatenate(found or [plain], axis=1))[0]
        smooth = np.linalg.solve(matrix, smooth - known @ (known.T @ smooth))
        if number:
            smooth = smooth - known @ (known.T @ smooth)
        found.append(smooth if number else np.concatenate([plain, smooth], axis=1))
    return found


def basis_matrix(
    features: np.ndarray,
    mass: np.ndarray,
    tops: np.ndarray,
    lefts: np.ndarray,
    rows: np.ndarray,
    columns: np.ndarray,
    offsets: np.ndarray,
    weights: np.ndarray,
    scale: float,
    noise: np.ndarray,
    shift: float,
) -> sparse.csc_array:
    """Φ ``(H · W, 8 · tiles)``: one panel a tile, each column times the tile's share, orthonormal in the ``mass``
    ``(H, W)``. ``noise`` ``(tile, 16, 8)``."""
    _, height, width = features.shape
    index = np.arange(height * width).reshape(height, width)
    entries = []
    for i, top in enumerate(tops.tolist()):
        for j, left in enumerate(lefts.tolist()):
            place = slice(top, top + rows.shape[1]), slice(left, left + columns.shape[1])
            where = index[place]
            h, w = where.shape
            here, start = mass[place].ravel(), noise[:h, :w].reshape(1, h * w, -1)
            raw = weighted_columns(features[:, *place], here, offsets, weights, scale, start, shift)[0]
            share = (rows[i, :h, None] * columns[j, :w]).reshape(-1, 1).astype(np.float64)
            q = 8 * scipy.linalg.orth(raw * share) / np.sqrt(here)[:, None]
            places = np.repeat(where.ravel(), q.shape[1]), np.tile(np.arange(q.shape[1]), h * w)
            entries.append(sparse.coo_array((q.ravel(), places), shape=(height * width, q.shape[1])))
    return sparse.csc_array(sparse.hstack(entries))


def stitched_pairs(
    features: np.ndarray,
    k: int,
    phi: sparse.csc_array,
    offsets: np.ndarray,
    weights: np.ndarray,
    scale: float,
    refine: int,
    degree: int = 5,
    low: float = 0.2,
    high: float = 1.8,
    sigma: float = 2e-3,
    diagonal_shift: float = 0.1,
) -> tuple[np.ndarray, np.ndarray]:
    """``(values (k,), vectors (H · W, k))``: the small problem by eigh, then ``refine`` steps with 16 vectors."""
    matrix = laplacian_matrix(features, offsets, weights, scale)
    a, b = (phi.T @ matrix @ phi).toarray(), (phi.T @ phi).toarray()
    count = 16 * (-(-(k + 8) // 16))
    _, c = scipy.linalg.eigh(a, b, subset_by_index=[0, min(count, len(a)) - 1])
    x = phi @ c
    coarse = a + sigma * b
    d = matrix.diagonal()[:, None] + diagonal_shift
    p = x[:, :0]
    values = np.einsum("ij,ij->j", x, matrix @ x)
    for _ in range(refine):
        r = matrix @ x - x * values
        z = chebyshev(matrix, d, r, degree, low, high)
        z += phi @ np.linalg.solve(coarse, phi.T @ (r - matrix @ z))
        span = scipy.linalg.orth(np.concatenate([x, z - x @ (x.T @ z), p], axis=1))
        values, c = np.linalg.eigh(span.T @ (matrix @ span))
        new = span @ c[:, : x.shape[1]]
        values, p, x = values[: x.shape[1]], new - x @ (x.T @ new), new
    return values[:k], x[:, :k]


def chebyshev(
    matrix: sparse.csr_array, d: np.ndarray, r: np.ndarray, degree: int, low: float, high: float
) -> np.ndarray:
    """``degree`` steps of Chebyshev's iteration for L z = r with the preconditioner 1 / ``d`` (Saad 2003, 12.1)."""
    centre, half = (high + low) / 2, (high - low) / 2
    sigma = centre / half
    rho = 1 / sigma
    step = r / d / centre
    z = step.copy()
    for _ in range(degree - 1):
        fresh = 1 / (2 * sigma - rho)
        step = fresh * rho * step + 2 * fresh / half * (r - matrix @ z) / d
        z += step
        rho = fresh
    return z
