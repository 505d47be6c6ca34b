"""L of whole pictures on their canvases, as tensors on any device; the host's counterpart.

B pictures of one size are worked on at once. Vectors are columns of matrices ``(B, R, lanes)`` whose first rows are a
canvas's pixels, so that dense work on them is a library call. The kernels are Triton's on a CUDA device that has it and
plain tensor operations elsewhere. Nothing here waits for the device.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from itten.config.spectrum import Laplacian
from itten.errors import BackendError
from itten.graph.blocks import BlockPlan
from itten.graph.stencil import Stencil
from itten.spectra.components import CUT
from itten.spectra.stitched.device.plan import PIECE, DevicePlan, device_plan
from itten.spectra.stitched.host.operator import DEGREE, DIAGONAL_SHIFT, FLAT_DEGREE, HALF_SUM, HIGH, LOW

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


# Where Triton's functions of the stitched method are.
TRITON = {
    **dict.fromkeys(("laplacian_block", "smooth_block", "degrees"), "stitched_product"),
    **dict.fromkeys(("restrict", "expand", "tile_products"), "stitched_tiles"),
    **dict.fromkeys(("reduce_level", "back_level"), "stitched_small"),
    "tile_basis": "stitched_basis",
    "tile_panels": "stitched_panels",
    "ritz_pencil": "ritz",
}


def stitched_kernel(name: str, kind: str) -> Callable[..., Any]:
    """The function ``name`` of :mod:`itten.kernels.torch.stitched` or of its Triton counterpart."""
    module = "torch.stitched" if kind == "torch" else f"triton.{TRITON[name]}"
    return getattr(importlib.import_module(f"itten.kernels.{module}"), name)


def _stencil_tables(on: DevicePlan, weights: list[float], dtype: torch.dtype) -> tuple[torch.Tensor, torch.Tensor]:
    """Steps and weights of the whole stencil, in the order of ``plan.full``."""
    known = {}
    for (dy, dx), weight in zip(on.plan.half.tolist(), weights, strict=True):
        known[dy, dx] = known[-dy, -dx] = weight
    full = np.array([known[dy, dx] for dy, dx in on.plan.full.tolist()])
    return on.moved(on.plan.flat.astype(np.int32)), on.moved(full).to(dtype)


class DeviceOperator:
    """Products and smoothing for pictures of one size. Eigenvalues are those of L divided by ``unit``; ``norm``
    ``(B,)`` float64 bounds them, ``largest`` ``(B,)`` is the largest magnitude of a colour.

    Of the normalised Laplacian vectors are x = √M v with the diagonal M = D / 64, as on the host: ``mass`` ``(B · R,)``
    is M, ``root`` √M and ``inverse_root`` 1 / √M, 0 where nothing lives; None with L itself.
    """

    def __init__(
        self,
        features: torch.Tensor,
        plan: BlockPlan,
        stencil: Stencil,
        threshold: float,
        mask: torch.Tensor | None,
        backend: str = "auto",
        laplacian: Laplacian = "combinatorial",
    ) -> None:
        """``features`` ``(B, C, H, W)``, whose type is that of all products; ``mask`` ``(H, W)`` bool, on its
        device."""
        device, dtype = features.device, features.dtype
        self.plan, self.on = plan, device_plan(plan, device, len(features))
        self.batch = len(features)
        self.kind = kernels_for(device, backend, dtype)
        self.unit = float(stencil.weights.sum()) / HALF_SUM
        self.weights = (stencil.weights / self.unit).tolist()
        self.cut = CUT * max(self.weights) if laplacian == "normalised" else 0.0
        self.steps = [int(step) for step in plan.half_flat]
        self.scale = 1.0 / threshold
        name = "stencil", tuple(self.weights), dtype
        self.table, self.table_weights = self.on.keep(name, lambda: _stencil_tables(self.on, self.weights, dtype))
        self.largest = features.abs().flatten(1).amax(dim=1).clamp(min=max(threshold, 1.0))
        self.colours = _colours(features, self.on, self.largest, mask)
        live = torch.zeros((self.batch, self.on.rows), dtype=dtype, device=device)
        self.inside(live[..., None])[..., 0] = 1 if mask is None else (~mask).to(dtype)
        self.live = live.flatten()
        self.stored = self._all_weights() if self.kind == "torch" else None
        self.degree = self._degrees()
        self.norm = 2.0 * (self.degree * self.live).view(self.batch, -1).amax(dim=1).double()
        self.mass: torch.Tensor | None = None
        self.root: torch.Tensor | None = None
        self.inverse_root: torch.Tensor | None = None
        # Vectors of unit length in D are x / √M times this.
        self.length = 1.0
        if laplacian == "normalised":
            self._normalise()
        self.shift_diagonal(DIAGONAL_SHIFT)

    def _normalise(self) -> None:
        self.mass = torch.where(self.degree > 0, self.degree, self.cut) * (self.live / FLAT_DEGREE)
        self.root = self.mass.sqrt()
        self.inverse_root = torch.where(self.live > 0, 1 / self.root, 0.0)
        self.length = (FLAT_DEGREE * self.unit) ** -0.5
        self.unit, self.norm = 1 / FLAT_DEGREE, torch.full_like(self.norm, 2 * FLAT_DEGREE)

    def shift_diagonal(self, shift: float) -> None:
        """What times the mass the smoother adds to degrees from now on."""
        more = shift if self.mass is None else shift * self.mass.clamp(min=1e-30)
        self.shift, self.inverse = shift, 1 / (self.degree + more)

    def zeros(self, lanes: int, dtype: torch.dtype | None = None) -> torch.Tensor:
        """A matrix of ``lanes`` vectors for every picture."""
        shape = self.batch, self.on.rows, lanes
        return torch.zeros(shape, dtype=dtype or self.colours.dtype, device=self.colours.device)

    def inside(self, x: torch.Tensor) -> torch.Tensor:
        """The pictures' part of a matrix, a view ``(B, H, W, lanes)``."""
        plan = self.plan
        canvas = x[:, : plan.pixels].unflatten(1, (plan.canvas_height, plan.pitch))
        return canvas[(slice(None), *plan.inside)]

    def scaled(self, x: torch.Tensor, diagonal: torch.Tensor | None) -> torch.Tensor:
        """The ``diagonal`` times the matrix ``x``; x itself where there is none."""
        return x if diagonal is None else x * diagonal.view(self.batch, -1, 1)

    def unpacked(self, x: torch.Tensor) -> torch.Tensor:
        """``(B, n, H, W)``: the pictures' part of ``n`` vectors of unit length; with a mass of x / √M, of unit length
        in D."""
        found = self.inside(self.scaled(x, self.inverse_root)) * self.length
        return found.permute(0, 3, 1, 2).contiguous()

    def product(self, x: torch.Tensor) -> torch.Tensor:
        """L x; M^-½ L M^-½ x with a mass."""
        return self.scaled(self.laplacian(self.scaled(x, self.inverse_root)), self.inverse_root)

    def laplacian(self, x: torch.Tensor) -> torch.Tensor:
        """L x, with a mass or without."""
        if self.kind == "triton":
            run = stitched_kernel("laplacian_block", "triton")
            return run(self.colours, *self._place(), x)
        run = stitched_kernel("laplacian_block", "torch")
        flat = run(self.colours, self.steps, self.weights, self.scale, self.cut, x.flatten(0, 1), self.stored)
        return flat.view_as(x)

    def smooth(self, r: torch.Tensor, degree: int = DEGREE) -> tuple[torch.Tensor, torch.Tensor]:
        """z = p(D⁻¹L) D⁻¹ r ≈ L⁻¹ r with Chebyshev's polynomial of ``degree`` on [0.2, 2], and r − L z."""
        centre, half = (HIGH + LOW) / 2, (HIGH - LOW) / 2
        sigma = centre / half
        rho = 1 / sigma
        old = torch.zeros_like(r)
        z = r * (self.inverse / centre).view(self.batch, -1, 1)
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
        return r - self.laplacian(z)

    def _chebyshev(self, z: torch.Tensor, r: torch.Tensor, old: torch.Tensor, a: float, b: float) -> torch.Tensor:
        """z + a (z − old) + b D⁻¹ (r − L z); ``old`` may be overwritten."""
        if self.kind == "triton":
            run = stitched_kernel("smooth_block", "triton")
            return run(self.colours, *self._place(), self.inverse, z, r, old, a, b)
        left = r - self.laplacian(z)
        left *= (b * self.inverse).view(self.batch, -1, 1)
        return old.sub_(z).mul_(-a).add_(z).add_(left)

    def _place(self) -> tuple[Any, ...]:
        """What the Triton kernels want to know of the stencil and of the canvas."""
        plan = self.plan
        edges = self.table, self.table_weights, self.scale, self.cut
        return *edges, plan.pitch, plan.margin, plan.height, plan.width

    def _all_weights(self) -> torch.Tensor | None:
        pixels = self.colours.shape[1]
        if len(self.steps) * pixels * self.colours.element_size() > STORED:
            return None
        run = stitched_kernel("half_weights", "torch")
        out = self.colours.new_zeros((len(self.steps), pixels))
        for o, step in enumerate(self.steps):
            run(self.colours, step, self.weights[o], self.scale, self.cut, out[o, : pixels - step])
        return out

    def _degrees(self) -> torch.Tensor:
        if self.kind == "triton":
            found: torch.Tensor = stitched_kernel("degrees", "triton")(self.colours, *self._place(), self.batch)
            return found
        pixels = self.colours.shape[1]
        degree = self.colours.new_zeros(pixels)
        for o, step in enumerate(self.steps):
            w = self.edge(o)
            degree[: pixels - step] += w
            degree[step:] += w
        return degree

    def edge(self, o: int) -> torch.Tensor:
        """``(B · R − step,)``: the weights of the half stencil's offset number ``o``."""
        step = self.steps[o]
        if self.stored is not None:
            return self.stored[o, : self.colours.shape[1] - step]
        return stitched_kernel("half_weights", "torch")(self.colours, step, self.weights[o], self.scale, self.cut)


def gram(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """``leftᵀ right`` ``(B, n, m)`` in float64: runs of PIECE rows in the matrices' type, the runs in float64, in
    order."""
    a, b = (x.unflatten(1, (-1, PIECE)).flatten(0, 1) for x in (left, right))
    return torch.bmm(a.mT, b).unflatten(0, (len(left), -1)).sum(dim=1, dtype=torch.float64)


def lengths(x: torch.Tensor) -> torch.Tensor:
    """``(B, lanes)`` float64: lengths of the columns."""
    return torch.linalg.vector_norm(x, dim=1, dtype=torch.float64)


def _colours(features: torch.Tensor, on: DevicePlan, largest: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
    """``(C, B · R)``: where nothing lives every pixel within reach has a colour of its own, far from all others, so
    that all its weights come out as exact zeros."""
    plan = on.plan
    canvas = features.new_zeros((features.shape[1], len(features), on.rows))
    canvas[0] = (1e4 * largest.double()[:, None] * on.apart).to(features.dtype)
    view = canvas[:, :, : plan.pixels].unflatten(2, (plan.canvas_height, plan.pitch))
    view = view[(slice(None), slice(None), *plan.inside)]
    colours = features.transpose(0, 1)
    if mask is None:
        view.copy_(colours)
    else:
        view[0] = torch.where(mask, view[0], colours[0])
        view[1:] = torch.where(mask, view[1:], colours[1:])
    return canvas.flatten(1)
