"""Textbook Lanczos on one tile after the other (Golub & Van Loan, Matrix Computations, 10.1)."""

from __future__ import annotations

import numpy as np

from itten.kernels.reference.edges import edge_weights, regions


def lanczos_tiles(
    features: np.ndarray,
    corners: np.ndarray,
    height: int,
    width: int,
    offsets: np.ndarray,
    weights: np.ndarray,
    scale: float,
    start: np.ndarray,
    steps: int,
    k: int,
    floor: float,
    tolerance: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Ritz pairs above ``floor`` on the mean-free space of every tile: ``(T, k, n)`` and ``(T, k)``."""
    n = height * width
    vectors = np.zeros((len(corners), k, n))
    values = np.zeros((len(corners), k))
    for t, (top, left) in enumerate(corners.tolist()):
        patch = features[:, top : top + height, left : left + width]
        edges = edge_weights(patch, offsets, weights, scale)
        theta, ritz = _lanczos(edges, offsets, start.astype(np.float64), min(steps, n - 1))
        keep = np.flatnonzero(theta > floor)[:k]
        for q, index in enumerate(keep):
            vectors[t, q] = gauge(ritz[:, index], tolerance)
            values[t, q] = theta[index]
    return vectors, values


def _lanczos(edges: np.ndarray, offsets: np.ndarray, start: np.ndarray, steps: int) -> tuple[np.ndarray, np.ndarray]:
    n = start.size
    if steps < 1:
        return np.zeros(0), np.zeros((n, 0))
    shape = edges.shape[1:]
    largest_degree = float(_degrees(edges, offsets).max())
    basis = [np.full(n, 1.0 / np.sqrt(n))]
    y = start - start.mean()
    alpha, beta = [], []
    for _ in range(steps):
        basis.append(y / np.linalg.norm(y))
        y = _product(edges, offsets, basis[-1].reshape(1, *shape)).ravel()
        alpha.append(basis[-1] @ y)
        for _ in range(2):
            for q in basis:
                y = y - (q @ y) * q
        beta.append(float(np.linalg.norm(y)))
        if beta[-1] <= 1e-6 * largest_degree:
            break
    tridiagonal = np.diag(alpha) + np.diag(beta[:-1], 1) + np.diag(beta[:-1], -1)
    theta, small = np.linalg.eigh(tridiagonal)
    ritz = np.stack(basis[1:], axis=1) @ small
    return theta, ritz / np.linalg.norm(ritz, axis=0)


def _product(edges: np.ndarray, offsets: np.ndarray, v: np.ndarray) -> np.ndarray:
    out = np.zeros_like(v)
    for index, begin, end in regions(offsets, *edges.shape[1:]):
        flow = edges[index, *begin] * (v[:, *begin] - v[:, *end])
        out[:, *begin] += flow
        out[:, *end] -= flow
    return out


def _degrees(edges: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    out = np.zeros(edges.shape[1:])
    for index, begin, end in regions(offsets, *edges.shape[1:]):
        out[begin] += edges[index, *begin]
        out[end] += edges[index, *begin]
    return out


def gauge(v: np.ndarray, tolerance: float) -> np.ndarray:
    """v or −v: the entry of largest magnitude is positive; magnitudes that differ by less than
    ``tolerance`` (relative) count as equal, and the lowest index decides."""
    size = np.abs(v)
    first = int(np.flatnonzero(size >= size.max() * (1.0 - tolerance))[0])
    return -v if v[first] < 0 else v
