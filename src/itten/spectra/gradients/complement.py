"""(L − λᵢ)⁻¹ on what is orthogonal to the known eigenvectors, by preconditioned conjugate gradients.

There L − λᵢ is positive definite for every known λᵢ. Products and inner products are in float64. The preconditioner is
that of the forward solution, one cycle of Chebyshev smoothing and stitched coarse space
(:mod:`itten.spectra.stitched.host.iterate`), in float32 and with the tiles' columns that the solution has kept. It is
not quite symmetric, which the flexible form of the method allows for (Notay, "Flexible conjugate gradients", SIAM J.
Sci. Comput. 22, 2000, algorithm 2.1 with m = 1).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from itten.config import SpectrumConfig
from itten.errors import ConvergenceError
from itten.graph.blocks import plan_within
from itten.graph.stencil import Stencil
from itten.kernels.numba.blocks import pack, unpack
from itten.kernels.numba.edges import laplacian_apply
from itten.spectra.stitched.host.basis import least_mass, stitched_basis
from itten.spectra.stitched.host.blockspace import LANES
from itten.spectra.stitched.host.islands import find_islands
from itten.spectra.stitched.host.iterate import Iterate
from itten.spectra.stitched.host.operator import CanvasOperator
from itten.spectra.stitched.host.small import SmallProblem
from itten.spectra.stitched.host.warm import Kept

Rows = Callable[[np.ndarray], np.ndarray]
MOST_STEPS = 300
# Memory of the small problem's factor where it has to be planned anew.
FACTOR_BYTES = 48 << 20


@dataclass(frozen=True)
class Solved:
    """``x`` ``(k, N)`` and the ``steps`` it took; ``residual`` the largest ‖rhs − (L − λᵢ) x‖ relative to ‖rhs‖."""

    x: np.ndarray
    steps: int
    residual: float


def solve_complement(
    product: Rows,
    precondition: Rows,
    known: np.ndarray,
    shifts: np.ndarray,
    rhs: np.ndarray,
    tol: float,
    most: int = MOST_STEPS,
) -> Solved:
    """x with (L − shifts[i]) x[i] = rhs[i] on the complement of the rows of ``known`` ``(m, N)``, orthonormal.

    ``product`` and ``precondition`` map ``(k, N)`` to ``(k, N)`` row by row. Stops when every residual is below ``tol``
    of its right-hand side. Raises :class:`~itten.errors.ConvergenceError` after ``most`` steps, with x as ``partial``.
    """

    def outside(x: np.ndarray) -> np.ndarray:
        for _ in range(2):
            x = x - (x @ known.T) @ known
        return x

    size = np.linalg.norm(rhs, axis=1)
    r = outside(rhs)
    x = np.zeros_like(r)
    p, bent = np.zeros_like(r), np.ones(len(r))
    old, first = r, True
    for step in range(most + 1):
        length = np.linalg.norm(r, axis=1)
        live = length > tol * size
        if not live.any():
            return Solved(x, step, float((length / np.where(size > 0, size, 1)).max(initial=0)))
        unit = np.where(live, length, 1)[:, None]
        z = outside(precondition(r / unit)) * (unit * live[:, None])
        along = _dots(r, z)
        # The preconditioner may fail to be positive where rounding rules: steepest descent goes on from there.
        z = np.where((along > 0)[:, None], z, r)
        turn = np.zeros(len(r)) if first else _dots(z, r - old) / bent
        p = z + np.maximum(turn, 0)[:, None] * p
        first = False
        q = outside(product(p) - shifts[:, None] * p)
        curve = _dots(p, q)
        usable = live & (curve > 0)
        stride = np.where(usable, _dots(p, r) / np.where(usable, curve, 1), 0)[:, None]
        old, bent = r, np.where(live, _dots(r, z), 1)
        bent = np.where(bent > 0, bent, 1)
        x, r = x + stride * p, r - stride * q
    worst = float((length / np.maximum(size, 1e-300)).max())
    raise ConvergenceError(
        f"the adjoint equation has a residual of {worst:.1e} after {most} steps, {tol:.1e} was wanted: "
        "ask for more or fewer eigenvectors, so that none is close to the first left out",
        partial=x,
    )


def laplacian_rows(features: np.ndarray, stencil: Stencil, threshold: float, cut: float = 0.0) -> Rows:
    """L of a picture ``(C, H, W)`` float64, without edges no heavier than ``cut``, as a function of rows
    ``(k, H · W)``."""

    def product(x: np.ndarray) -> np.ndarray:
        rows = np.ascontiguousarray(x).reshape(-1, *features.shape[1:])
        found = laplacian_apply(features, stencil.offsets, stencil.weights, 1.0 / threshold, rows, cut)
        return found.reshape(x.shape)

    return product


def scaled_rows(rows: Rows, factor: np.ndarray) -> Rows:
    """F M F of the matrix M that ``rows`` multiplies with, F the diagonal matrix of ``factor`` ``(N,)``."""
    return lambda x: rows(x * factor) * factor


def two_level_cycle(
    features: np.ndarray,
    config: SpectrumConfig,
    stencil: Stencil,
    kept: Kept | None,
    rows: int,
    hidden: torch.Tensor | None = None,
) -> Rows:
    """About L⁻¹ for up to ``rows`` rows ``(k, H · W)`` of about unit length; ``kept`` is that of the spectrum. With the
    normalised Laplacian it is about the inverse of D^(−1/2) L D^(−1/2), times a number."""
    height, width = features.shape[1:]
    plan = plan_within(height, width, *config.blocks, stencil, FACTOR_BYTES) if kept is None else kept.key[0]
    mask = None if hidden is None else hidden.numpy()
    single = features.astype(np.float32)
    operator = CanvasOperator(single, plan, stencil, config.edge_threshold, mask, config.laplacian)
    if kept is None:
        panels, psi, every, _ = stitched_basis(operator, config.basis, least_mass(operator, rows))
        a = np.zeros(panels.blocks * 64, np.float32)
        b = np.zeros_like(a)
        operator.galerkin(panels, psi, every, a, b)
    else:
        panels, psi, a, b = kept.panels, kept.psi, kept.a, kept.b
    count = -(-rows // LANES)
    run = Iterate(operator, find_islands(operator), SmallProblem(panels, a, b), psi, count)

    def precondition(r: np.ndarray) -> np.ndarray:
        blocks = r.astype(np.float32).reshape(len(r), height, width)
        for i, slot in enumerate(run.r):
            part = np.ascontiguousarray(blocks[LANES * i : LANES * (i + 1)])
            pack(0, plan.height, part, plan.pitch, plan.margin, run.space[slot])
        run.precondition()
        out = np.empty((LANES * count, height, width), np.float32)
        for i, slot in enumerate(run.z):
            part = out[LANES * i : LANES * (i + 1)]
            unpack(0, plan.height, run.space[slot], 0, np.ones(LANES, np.float32), plan.pitch, plan.margin, part)
        return out[: len(r)].reshape(len(r), -1).astype(np.float64)

    return precondition


def _dots(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.einsum("ij,ij->i", a, b)
