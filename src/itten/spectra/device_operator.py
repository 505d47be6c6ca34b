"""L of a whole picture on its canvas, as tensors on any device; the counterpart of :mod:`itten.spectra.operator`.

Vectors are columns of ``(rows, lanes)`` matrices whose first rows are the canvas's pixels, so that dense work on them
is a library call. The kernels are Triton's on a CUDA device that has it and plain tensor operations elsewhere.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch

from itten.errors import BackendError, InputError
from itten.graph.blocks import BlockPlan
from itten.graph.stencil import Stencil
from itten.spectra.operator import DEGREE, DIAGONAL_SHIFT, HALF_SUM, HIGH, LOW

# Rows of a partial sum in float32 (the parts are added in float64); matrices have a multiple of it.
PIECE = 1024
# Weights beyond this many bytes are made again for every product, where a kernel does not do that anyway.
STORED = 1 << 30


def kernels_for(device: torch.device, backend: str, dtype: torch.dtype = torch.float32) -> str:
    """``"triton"`` or ``"torch"``: what does the products. ``auto`` takes Triton on CUDA where it can be imported."""
    present = importlib.util.find_spec("triton") is not None
    if backend == "triton":
        if not present:
            raise BackendError("backend 'triton' was asked for, and the package triton is not installed")
        if device.type != "cuda" and os.environ.get("TRITON_INTERPRET") != "1":
            raise BackendError(f"backend 'triton' works on CUDA devices, the picture is on {device.type}")
    if dtype != torch.float32 or backend == "torch" or not present:
        return "torch"
    return "triton" if backend == "triton" or device.type == "cuda" else "torch"


def stitched_kernel(name: str, kind: str) -> Callable[..., Any]:
    """The function ``name`` of :mod:`itten.kernels.torch.stitched` or of its Triton counterpart."""
    if kind == "torch":
        return getattr(importlib.import_module("itten.kernels.torch.stitched"), name)
    module = "stitched_product" if name in ("laplacian_block", "smooth_block") else "stitched_tiles"
    return getattr(importlib.import_module(f"itten.kernels.triton.{module}"), name)


@dataclass(frozen=True, eq=False)
class DevicePlan:
    """A plan's arrays on a device. ``base`` ``(tiles,)`` and ``local`` ``(tile pixels,)``: canvas pixels of tiles are
    their sums; ``corners`` ``(tiles, 2)``; ``down`` and ``right``: which tiles cover a row and a column (see
    :func:`itten.kernels.torch.stitched.expand`); ``rows`` and ``columns`` the shares, as in the plan."""

    plan: BlockPlan
    base: torch.Tensor
    local: torch.Tensor
    corners: torch.Tensor
    down: tuple[torch.Tensor, torch.Tensor]
    right: tuple[torch.Tensor, torch.Tensor]
    rows: torch.Tensor
    columns: torch.Tensor

    @property
    def matrix_rows(self) -> int:
        """Rows of a matrix of vectors: the canvas's pixels, and zeros up to a multiple of PIECE."""
        return -(-self.plan.pixels // PIECE) * PIECE


@lru_cache(maxsize=8)
def device_plan(plan: BlockPlan, device: torch.device) -> DevicePlan:
    """The arrays of ``plan`` on ``device``, kept for the next picture of that size."""
    across = len(plan.lefts)
    corners = np.stack([np.repeat(plan.tops, across), np.tile(plan.lefts, len(plan.tops))], axis=1)
    base = (corners[:, 0] + plan.margin) * plan.pitch + corners[:, 1] + plan.margin
    local = (np.arange(plan.tile_height)[:, None] * plan.pitch + np.arange(16)).ravel()

    def moved(array: np.ndarray) -> torch.Tensor:
        return torch.tensor(array, device=device)

    down, right = covers(plan.tops, plan.tile_height, plan.height), covers(plan.lefts, 16, plan.width)
    return DevicePlan(
        plan,
        moved(base),
        moved(local),
        moved(corners),
        (moved(down[0]), moved(down[1])),
        (moved(right[0]), moved(right[1])),
        moved(plan.rows),
        moved(plan.columns),
    )


def covers(starts: np.ndarray, size: int, length: int) -> tuple[np.ndarray, np.ndarray]:
    """``(a, length)`` twice: the intervals of ``size`` from ``starts`` on that hold a place, −1 for none, in order, and
    the place within them."""
    lists = [[t for t, start in enumerate(starts.tolist()) if start <= x < start + size] for x in range(length)]
    most = max(len(found) for found in lists)
    tiles = np.array([found + [-1] * (most - len(found)) for found in lists], np.int64).T
    within = np.where(tiles >= 0, np.arange(length) - starts[np.maximum(tiles, 0)], 0)
    return np.ascontiguousarray(tiles), np.ascontiguousarray(within)


class DeviceOperator:
    """Products and smoothing for one picture. Eigenvalues are those of L divided by ``unit``."""

    def __init__(
        self,
        features: torch.Tensor,
        plan: BlockPlan,
        stencil: Stencil,
        threshold: float,
        mask: torch.Tensor | None,
        backend: str = "auto",
    ) -> None:
        """``features`` ``(C, H, W)``, whose type is that of all products; ``mask`` ``(H, W)`` bool, on its device."""
        device, dtype = features.device, features.dtype
        self.plan, self.on = plan, device_plan(plan, device)
        self.kind = kernels_for(device, backend, dtype)
        self.unit = float(stencil.weights.sum()) / HALF_SUM
        self.weights = (stencil.weights / self.unit).tolist()
        self.steps = [int(step) for step in plan.half_flat]
        self.scale = 1.0 / threshold
        self.colours = _colours(features, plan, threshold, mask)
        self.table = torch.tensor(plan.flat, dtype=torch.int32, device=device)
        self.table_weights = torch.tensor(_full_weights(plan, self.weights), dtype=dtype, device=device)
        live = torch.zeros((plan.canvas_height, plan.pitch), dtype=dtype, device=device)
        live[plan.inside] = 1 if mask is None else (~mask).to(dtype)
        self.live = live.flatten()
        self.stored = self._all_weights() if self.kind == "torch" else None
        degree = self._degrees()
        self.inverse = 1 / (degree + DIAGONAL_SHIFT)
        self.norm = 2.0 * float((degree * self.live).max())

    def zeros(self, lanes: int, dtype: torch.dtype | None = None) -> torch.Tensor:
        """A matrix of ``lanes`` vectors."""
        return torch.zeros((self.on.matrix_rows, lanes), dtype=dtype or self.colours.dtype, device=self.colours.device)

    def inside(self, x: torch.Tensor) -> torch.Tensor:
        """The picture's part of a matrix, a view ``(H, W, lanes)``."""
        return x[: self.plan.pixels].view(self.plan.canvas_height, self.plan.pitch, -1)[self.plan.inside]

    def product(self, x: torch.Tensor) -> torch.Tensor:
        """L x."""
        if self.kind == "triton":
            run = stitched_kernel("laplacian_block", "triton")
            return run(self.colours, *self._place(), x)
        run = stitched_kernel("laplacian_block", "torch")
        return run(self.colours, self.steps, self.weights, self.scale, x, self.stored)

    def smooth(self, r: torch.Tensor, degree: int = DEGREE) -> tuple[torch.Tensor, torch.Tensor]:
        """z = p(D⁻¹L) D⁻¹ r ≈ L⁻¹ r with Chebyshev's polynomial of ``degree`` on [0.2, 2], and r − L z."""
        centre, half = (HIGH + LOW) / 2, (HIGH - LOW) / 2
        sigma = centre / half
        rho = 1 / sigma
        z, old = torch.zeros_like(r), torch.zeros_like(r)
        pixels = self.plan.pixels
        torch.mul(r[:pixels], (self.inverse / centre)[:, None], out=z[:pixels])
        for _ in range(degree - 1):
            fresh = 1 / (2 * sigma - rho)
            z, old = self._chebyshev(z, r, old, fresh * rho, 2 * fresh / half), z
            rho = fresh
        return z, self.left(z, r)

    def left(self, z: torch.Tensor, r: torch.Tensor) -> torch.Tensor:
        """r − L z."""
        if self.kind == "triton":
            run = stitched_kernel("smooth_block", "triton")
            return run(self.colours, *self._place(), self.inverse, z, r, None, 0.0, 0.0)
        return r - self.product(z)

    def _chebyshev(self, z: torch.Tensor, r: torch.Tensor, old: torch.Tensor, a: float, b: float) -> torch.Tensor:
        """z + a (z − old) + b D⁻¹ (r − L z); ``old`` may be overwritten."""
        if self.kind == "triton":
            run = stitched_kernel("smooth_block", "triton")
            return run(self.colours, *self._place(), self.inverse, z, r, old, a, b)
        left = r - self.product(z)
        left[: self.plan.pixels] *= (b * self.inverse)[:, None]
        return old.sub_(z).mul_(-a).add_(z).add_(left)

    def _place(self) -> tuple[Any, ...]:
        """What the Triton kernels want to know of the stencil and of the canvas."""
        plan = self.plan
        return self.table, self.table_weights, self.scale, plan.pitch, plan.margin, plan.height, plan.width

    def _all_weights(self) -> torch.Tensor | None:
        pixels = self.plan.pixels
        if len(self.steps) * pixels * self.colours.element_size() > STORED:
            return None
        run = stitched_kernel("half_weights", "torch")
        out = self.colours.new_zeros((len(self.steps), pixels))
        for o, step in enumerate(self.steps):
            run(self.colours, step, self.weights[o], self.scale, out=out[o, : pixels - step])
        return out

    def _degrees(self) -> torch.Tensor:
        pixels = self.plan.pixels
        degree = self.colours.new_zeros(pixels)
        for o, step in enumerate(self.steps):
            w = self.edge(o)
            degree[: pixels - step] += w
            degree[step:] += w
        return degree

    def edge(self, o: int) -> torch.Tensor:
        """``(P − step,)``: the weights of the half stencil's offset number ``o``."""
        step = self.steps[o]
        if self.stored is not None:
            return self.stored[o, : self.plan.pixels - step]
        return stitched_kernel("half_weights", "torch")(self.colours, step, self.weights[o], self.scale)


def gram(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """``leftᵀ right`` in float64: runs of PIECE rows in the matrices' type, the runs in float64, in order."""
    pieces = left.shape[0] // PIECE
    a, b = left.view(pieces, PIECE, -1), right.view(pieces, PIECE, -1)
    return torch.bmm(a.transpose(1, 2), b).sum(dim=0, dtype=torch.float64)


def _full_weights(plan: BlockPlan, weights: list[float]) -> np.ndarray:
    """The weights of ``plan.full``, in its order."""
    known = {}
    for (dy, dx), weight in zip(plan.half.tolist(), weights, strict=True):
        known[dy, dx] = known[-dy, -dx] = weight
    return np.array([known[dy, dx] for dy, dx in plan.full.tolist()])


def _colours(features: torch.Tensor, plan: BlockPlan, threshold: float, mask: torch.Tensor | None) -> torch.Tensor:
    """``(C, P)``: where nothing lives every pixel within reach has a colour of its own, far from all others, so that
    all its weights come out as exact zeros."""
    largest = max(float(features.abs().max()), threshold, 1.0)
    if largest > 1e12:
        raise InputError(f"features and edge_threshold must stay below 1e12, got {largest:.3g}")
    canvas = features.new_zeros((features.shape[0], plan.canvas_height, plan.pitch))
    y = torch.arange(plan.canvas_height, device=features.device) % 16
    x = torch.arange(plan.pitch, device=features.device) % 16
    canvas[0] = (1e4 * largest * (2.0 + 16 * y[:, None] + x).double()).to(features.dtype)
    view = canvas[(slice(None), *plan.inside)]
    if mask is None:
        view.copy_(features)
    else:
        view[0] = torch.where(mask, view[0], features[0])
        view[1:] = torch.where(mask, view[1:], features[1:])
    return canvas.flatten(1)
