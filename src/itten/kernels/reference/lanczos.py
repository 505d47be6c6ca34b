"""Textbook Lanczos on one tile after the other (Golub & Van Loan, Matrix Computations, 10.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from itten.kernels.arguments import LanczosRun
from itten.kernels.reference.edges import edge_weights, regions

if TYPE_CHECKING:
    from scipy import sparse


def lanczos_tiles(features: np.ndarray, *arguments: Any) -> tuple[np.ndarray, np.ndarray]:
    """Ritz pairs above ``floor`` on the mean-free space of every tile: ``(T, k, n)`` and ``(T, k)``.

    ``arguments`` are those of :class:`~itten.kernels.arguments.LanczosRun`.
    """
    corners, height, width, offsets, weights, scale, start, steps, k, floor, tolerance = LanczosRun(*arguments)
    n = height * width
    vectors = np.zeros((len(corners), k, n))
    values = np.zeros((len(corners), k))
    for t, (top, left) in enumerate(corners.tolist()):
        patch = features[:, top : top + height, left : left + width]
        matrix = laplacian_matrix(patch, offsets, weights, scale)
        theta, ritz = lanczos(matrix, start.astype(np.float64), min(steps, n - 1))
        keep = np.flatnonzero(theta > floor)[:k]
        for q, index in enumerate(keep):
            vectors[t, q] = gauge(ritz[:, index], tolerance)
            values[t, q] = theta[index]
    return vectors, values


def laplacian_matrix(features: np.ndarray, offsets: np.ndarray, weights: np.ndarray, scale: float) -> sparse.csr_array:
    """L = D − A of ``features`` ``(C, H, W)`` as a sparse ``(H·W, H·W)`` matrix, pixels in raster order."""
    from scipy import sparse

    edges = edge_weights(features, offsets, weights, scale)
    index = np.arange(edges[0].size).reshape(edges.shape[1:])
    rows, columns, entries = [], [], []
    for number, begin, end in regions(offsets, *edges.shape[1:]):
        i, j, a = index[begin].ravel(), index[end].ravel(), edges[number, *begin].ravel()
        rows += [i, j]
        columns += [j, i]
        entries += [a, a]
    if not entries:
        return sparse.csr_array((index.size, index.size))
    where = (np.concatenate(rows), np.concatenate(columns))
    adjacency = sparse.csr_array((np.concatenate(entries), where), shape=(index.size, index.size))
    return sparse.csr_array(sparse.diags_array(adjacency.sum(axis=1)) - adjacency)


def lanczos(matrix: sparse.csr_array, start: np.ndarray, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """All Ritz values, ascending, and unit Ritz vectors ``(n, m)`` after ``steps`` steps from the mean-free part
    of ``start``, with full reorthogonalisation, done twice. Ends early when the space is exhausted."""
    n = start.size
    if steps < 1:
        return np.zeros(0), np.zeros((n, 0))
    basis = np.zeros((n, steps + 1))
    basis[:, 0] = 1.0 / np.sqrt(n)
    limit = 1e-6 * float(matrix.diagonal().max())
    alpha, beta = [], []
    y = start - start.mean()
    for j in range(1, steps + 1):
        basis[:, j] = y / np.linalg.norm(y)
        y = matrix @ basis[:, j]
        alpha.append(basis[:, j] @ y)
        known = basis[:, : j + 1]
        for _ in range(2):
            y = y - known @ (known.T @ y)
        beta.append(float(np.linalg.norm(y)))
        if beta[-1] <= limit:
            break
    tridiagonal = np.diag(alpha) + np.diag(beta[:-1], 1) + np.diag(beta[:-1], -1)
    theta, small = np.linalg.eigh(tridiagonal)
    ritz = basis[:, 1 : len(alpha) + 1] @ small
    return theta, ritz / np.linalg.norm(ritz, axis=0)


def gauge(v: np.ndarray, tolerance: float) -> np.ndarray:
    """v or −v: the entry of largest magnitude is positive; magnitudes that differ by less than
    ``tolerance`` (relative) count as equal, and the lowest index decides."""
    size = np.abs(v)
    first = int(np.flatnonzero(size >= size.max() * (1.0 - tolerance))[0])
    return -v if v[first] < 0 else v
