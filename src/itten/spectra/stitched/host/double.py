"""Refinement in float64: exact products and projections, with the float32 machinery as preconditioner.

Rounding limits the float32 iteration to residuals of about 1e-7 of ‖L‖. What remains of the way needs products
and inner products in float64, but not a better preconditioner: the residuals, scaled to unit length, go through the
same smoothing and the same coarse space. The steps are those of :mod:`itten.spectra.stitched.host.iterate`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch

from itten.config import SpectrumConfig
from itten.graph.stencil import Stencil
from itten.kernels.numba.blocks import pack, unpack
from itten.kernels.numba.edges import laplacian_apply
from itten.spectra.claims import without
from itten.spectra.normalised import edge_cut, masses
from itten.spectra.stitched.host.blockspace import LANES
from itten.spectra.stitched.host.iterate import Iterate
from itten.spectra.stitched.host.ritz import ritz
from itten.spectra.stitched.limits import LOCKED

# As in :mod:`itten.spectra.stitched.host.ritz`, for float64.
DROP = 1e-7
MOST_STEPS, PATIENCE = 80, 5


@dataclass(eq=False)
class Refined:
    """``values`` ``(n,)``, ``vectors`` ``(n, H · W)`` rows, orthonormal (in D, of the normalised Laplacian),
    ``residuals`` ``(n,)``; ``steps`` taken."""

    values: np.ndarray
    vectors: np.ndarray
    residuals: np.ndarray
    steps: int


def refine_double(
    run: Iterate,
    features: np.ndarray,
    stencil: Stencil,
    config: SpectrumConfig,
    mask: np.ndarray | None,
    wanted: int,
    bound: float | None,
) -> Refined:
    """Continue ``run`` until the first ``wanted`` residuals are below ``bound``, or stop where it gets no further.

    Without a ``bound`` only one Rayleigh–Ritz projection is done. The best state is returned. Of the normalised
    Laplacian rows here are √D v, and L is D^(−1/2) L D^(−1/2).
    """
    shape, threshold = features.shape[1:], config.edge_threshold
    picture = _picture(features, mask, config).numpy()
    null = run.islands.vectors(len(run.islands), run.operator).reshape(len(run.islands), -1)
    cut, root = edge_cut(stencil, config.laplacian), np.ones(1)
    if config.laplacian == "normalised":
        root = np.sqrt(exact_masses(features, stencil, config, mask).ravel())
        null = null * root

    def product(x: np.ndarray) -> np.ndarray:
        rows = np.ascontiguousarray(x / root).reshape(-1, *shape)
        found = laplacian_apply(picture, stencil.offsets, stencil.weights, 1.0 / threshold, rows, cut)
        return found.reshape(len(x), -1) / root

    x = _centred(_unpacked(run, run.x), null)
    n = len(x)
    gram = x @ x.T
    lx = product(x)
    values, c = ritz(x @ lx.T, gram, n, np.diag(gram) > 1e-6, DROP)
    x, lx = c.T @ x, c.T @ lx
    p, lp = x[:0], x[:0]
    best, since, steps = Refined(values, x, np.full(n, np.inf), 0), 0, 0
    while True:
        r = lx - np.where(np.isfinite(values), values, 0)[:, None] * x
        residuals = np.linalg.norm(r, axis=1)
        residuals[~np.isfinite(values)] = 0
        worst = float(residuals[:wanted].max())
        since = 0 if worst < 0.9 * float(best.residuals[:wanted].max()) else since + 1
        if worst < float(best.residuals[:wanted].max()):
            best = Refined(values, x, residuals, steps)
        if bound is None or worst <= bound or steps >= MOST_STEPS or since >= PATIENCE:
            break
        z = _centred(_preconditioned(run, r / np.maximum(residuals, 1e-300)[:, None]), null)
        z /= np.maximum(np.linalg.norm(z, axis=1), 1e-300)[:, None]
        for _ in range(2):
            z -= (z @ x.T) @ x
        lz = product(z)
        span, l_span = np.concatenate([x, z, p]), np.concatenate([lx, lz, lp])
        gram = span @ span.T
        live = np.diag(gram) > 1e-12
        live[n : 2 * n] &= residuals > LOCKED * bound
        values, c = ritz(span @ l_span.T, gram, n, live, DROP)
        p, lp = c[n:].T @ span[n:], c[n:].T @ l_span[n:]
        x, lx = c[:n].T @ x + p, c[:n].T @ lx + lp
        steps += 1
    return replace(best, vectors=best.vectors / root)


def exact_masses(features: np.ndarray, stencil: Stencil, config: SpectrumConfig, mask: np.ndarray | None) -> np.ndarray:
    """``(H, W)`` float64: the diagonal of D."""
    found: np.ndarray = masses(_picture(features, mask, config), stencil, config.edge_threshold).numpy()
    return found


def _picture(features: np.ndarray, mask: np.ndarray | None, config: SpectrumConfig) -> torch.Tensor:
    hidden = None if mask is None else torch.from_numpy(mask)
    return without(torch.from_numpy(features).double(), hidden, config.edge_threshold)


def _centred(x: np.ndarray, null: np.ndarray) -> np.ndarray:
    """What of the rows of ``x`` is orthogonal to the null space."""
    for _ in range(2):
        x = x - (x @ null.T) @ null
    return x


def _unpacked(run: Iterate, slots: list[int]) -> np.ndarray:
    plan = run.operator.plan
    out = np.empty((LANES * len(slots), plan.height, plan.width), np.float32)
    for i, slot in enumerate(slots):
        part = out[LANES * i : LANES * (i + 1)]
        unpack(0, plan.height, run.space[slot], 0, np.ones(LANES, np.float32), plan.pitch, plan.margin, part)
    return out.reshape(len(out), -1).astype(np.float64)


def _preconditioned(run: Iterate, r: np.ndarray) -> np.ndarray:
    """The rows of ``r`` through one cycle of smoothing and coarse correction."""
    plan = run.operator.plan
    rows = r.astype(np.float32).reshape(len(r), plan.height, plan.width)
    for i, slot in enumerate(run.r):
        part = np.ascontiguousarray(rows[LANES * i : LANES * (i + 1)])
        pack(0, plan.height, part, plan.pitch, plan.margin, run.space[slot])
    run.precondition()
    return _unpacked(run, run.z)
