"""Lanczos on batches of tiles: one tensor operation a step for all tiles of a batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from itten.kernels.arguments import LanczosRun
from itten.kernels.reference.edges import regions
from itten.kernels.torch.edges import apply_edges, edge_weights
from itten.kernels.torch.eigh import symmetric_eigh

Eigh = Callable[[torch.Tensor], tuple[torch.Tensor, torch.Tensor]]
# Bytes of edge weights held at once; more tiles than fit are done in batches.
BATCH_BYTES = 1 << 29


def lanczos_tiles(features: torch.Tensor, *arguments: Any) -> tuple[torch.Tensor, torch.Tensor]:
    """Ritz pairs above ``floor`` on the mean-free space of every tile: ``(T, k, n)`` and ``(T, k)`` float64.

    ``arguments`` are those of :class:`~itten.kernels.arguments.LanczosRun`.
    """
    corners, height, width, offsets, weights, scale, start, steps, k, floor, tolerance = LanczosRun(*arguments)
    n = height * width
    steps = min(steps, n - 1)
    vectors = features.new_zeros((len(corners), k, n))
    values = torch.zeros((len(corners), k), dtype=torch.float64, device=features.device)
    batch = max(1, BATCH_BYTES // (len(weights) * n * features.element_size()))
    for begin in range(0, len(corners) if steps > 0 else 0, batch):
        part = corners[begin : begin + batch].tolist()
        patches = torch.stack([features[:, y : y + height, x : x + width] for y, x in part])
        edges = edge_weights(patches, offsets, weights, scale)
        first = torch.as_tensor(start, dtype=features.dtype, device=features.device)
        basis, alpha, beta = _lanczos(edges, offsets, first, steps)
        found, theta = ritz_pairs(basis, alpha, beta, k, floor, symmetric_eigh)
        vectors[begin : begin + batch] = gauge(found, tolerance)
        values[begin : begin + batch] = theta
    return vectors, values


def _lanczos(
    edges: torch.Tensor, offsets: np.ndarray, start: torch.Tensor, steps: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Basis ``(T, steps, n)`` and the tridiagonal's ``alpha``, ``beta`` ``(T, steps)`` in float64.

    A tile whose space is exhausted goes on with zero vectors; ``ritz_pairs`` keeps them out of the result.
    """
    tiles, _, height, width = edges.shape
    n = height * width
    basis = edges.new_zeros((tiles, steps + 1, n))
    basis[:, 0] = n**-0.5
    alpha = torch.zeros((tiles, steps), dtype=torch.float64, device=edges.device)
    beta = torch.zeros_like(alpha)
    limit = 1e-6 * _degrees(edges, offsets).flatten(1).amax(dim=1).double()
    y = start.expand(tiles, n)
    for _ in range(2):
        y = _project(basis[:, :1], y)[0]
    length = _norm(y)
    alive = torch.ones_like(limit, dtype=torch.bool)
    for j in range(1, steps + 1):
        inverse = torch.where(alive, 1.0 / length, 0.0).to(edges.dtype)
        basis[:, j] = y * inverse[:, None]
        y = apply_edges(edges, offsets, basis[:, j].reshape(tiles, height, width)).reshape(tiles, n)
        y, first = _project(basis[:, j - 1 : j + 1], y)
        y, rest = _project(basis[:, : j + 1], y)
        alpha[:, j - 1] = first[:, -1] + rest[:, -1]
        length = _norm(y)
        alive = alive & (length > limit)
        beta[:, j - 1] = torch.where(alive, length, 0.0)
    return basis[:, 1:], alpha, beta


def _degrees(edges: torch.Tensor, offsets: np.ndarray) -> torch.Tensor:
    out = torch.zeros_like(edges[:, 0])
    for index, begin, end in regions(offsets, *edges.shape[-2:]):
        out[..., *begin] += edges[..., index, *begin]
        out[..., *end] += edges[..., index, *begin]
    return out


def _norm(y: torch.Tensor) -> torch.Tensor:
    return y.double().square().sum(dim=-1).sqrt()


def _project(basis: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """y minus its part in the span of ``basis`` ``(T, j, n)``, and the coefficients ``(T, j)`` in float64."""
    h = (basis.double() @ y.double().unsqueeze(-1)).squeeze(-1)
    return y - (h.to(y.dtype).unsqueeze(1) @ basis).squeeze(1), h


def ritz_pairs(
    basis: torch.Tensor, alpha: torch.Tensor, beta: torch.Tensor, k: int, floor: float, eigh: Eigh
) -> tuple[torch.Tensor, torch.Tensor]:
    """The ``k`` lowest Ritz pairs above ``floor`` of every tile; ``eigh`` solves ``(T, steps, steps)`` problems."""
    tiles, steps, n = basis.shape
    matrix = torch.diag_embed(alpha)
    if steps > 1:
        matrix = matrix + torch.diag_embed(beta[:, :-1], 1) + torch.diag_embed(beta[:, :-1], -1)
    # Rows past the end of an exhausted space are zero vectors: put them above everything else.
    empty = basis.abs().amax(dim=-1) == 0
    matrix = matrix + torch.diag_embed(torch.where(empty, 1e30, 0.0).double())
    theta, small = eigh(matrix)
    usable = (theta > floor) & (theta < 1e20)
    order = torch.argsort(torch.where(usable, theta, torch.inf), dim=1, stable=True)[:, :k]
    chosen = torch.gather(small, 2, order.unsqueeze(1).expand(-1, steps, -1))
    good = torch.gather(usable, 1, order)
    values = torch.where(good, torch.gather(theta, 1, order), 0.0)
    ritz = chosen.transpose(1, 2).to(basis.dtype) @ basis
    length = _norm(ritz)
    ritz = torch.where(good[..., None], ritz / length.clamp(min=1e-300)[..., None], 0.0).to(basis.dtype)
    missing = k - order.shape[1]
    if missing > 0:
        ritz = torch.cat([ritz, ritz.new_zeros((tiles, missing, n))], dim=1)
        values = torch.cat([values, values.new_zeros((tiles, missing))], dim=1)
    return ritz, values


def gauge(vectors: torch.Tensor, tolerance: float) -> torch.Tensor:
    """Flip every ``(…, n)`` vector whose first entry of (nearly) largest magnitude is negative."""
    size = vectors.abs()
    near = size >= size.amax(dim=-1, keepdim=True) * (1.0 - tolerance)
    index = torch.where(near, torch.arange(near.shape[-1], device=near.device), near.shape[-1]).amin(dim=-1)
    sign = torch.gather(vectors, -1, index.unsqueeze(-1))
    return torch.where(sign < 0, -vectors, vectors)
