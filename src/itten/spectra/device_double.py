"""Refinement in float64 on any device: exact products and projections, the float32 machinery as preconditioner.

The steps are those of :func:`itten.spectra.double.refine_double`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from itten.graph.stencil import Stencil
from itten.spectra import double
from itten.spectra.device_iterate import DeviceIterate, combined, gram_lengths, projected
from itten.spectra.device_operator import DeviceOperator, gram
from itten.spectra.iterate import LOCKED
from itten.spectra.ritz import ritz


@dataclass(eq=False)
class Refined:
    """``values`` and ``residuals`` ``(n,)`` on the host, ``vectors`` ``(n, H, W)`` on the device; ``steps`` taken."""

    values: np.ndarray
    vectors: torch.Tensor
    residuals: np.ndarray
    steps: int


def refine_double(
    run: DeviceIterate,
    features: torch.Tensor,
    stencil: Stencil,
    threshold: float,
    mask: torch.Tensor | None,
    wanted: int,
    bound: float | None,
) -> Refined:
    """Continue ``run`` with products and projections in float64 until the first ``wanted`` residuals are below
    ``bound`` (in the operator's unit); without one only a projection is done. The best state is returned."""
    exact = DeviceOperator(features.double(), run.operator.plan, stencil, threshold, mask, "torch")
    islands = run.islands

    def centred(x: torch.Tensor) -> torch.Tensor:
        for _ in range(2):
            islands.centre(x)
        return x

    def moved(array: np.ndarray) -> torch.Tensor:
        return torch.tensor(array, device=run.x.device)

    x = centred(run.x.double())
    n = x.shape[1]
    lx = exact.product(x)
    values, c = _ritz_double([x], [lx], n, lambda length: length > 1e-6)
    x, lx = x @ moved(c), lx @ moved(c)
    p = lp = x[:, :0]
    best, best_x, since, steps = np.full(n, np.inf), x, 0, 0
    best_values = values
    while True:
        r = lx - x * moved(np.where(np.isfinite(values), values, 0))
        residuals = gram_lengths(r).cpu().numpy()
        residuals[~np.isfinite(values)] = 0
        worst, least = float(residuals[:wanted].max()), float(best[:wanted].max())
        since = 0 if worst < 0.9 * least else since + 1
        if worst < least:
            best, best_x, best_values = residuals, x, values
        if bound is None or worst <= bound or steps >= double.MOST_STEPS or since >= double.PATIENCE:
            break
        z = centred(run.precondition((r / moved(np.maximum(residuals, 1e-300))).float()).double())
        z = z / gram_lengths(z).clamp(min=1e-300)
        for _ in range(2):
            z = z - x @ gram(x, z)
        lz = exact.product(z)
        useful = residuals > LOCKED * bound

        def live(length: np.ndarray, useful: np.ndarray = useful) -> np.ndarray:
            kept = length > 1e-12
            kept[n : 2 * n] &= useful
            return kept

        values, c = _ritz_double([x, z, p], [lx, lz, lp], n, live)
        turn = moved(c)
        first, second, third = turn[:n], turn[n : 2 * n], turn[2 * n :]
        x, p = combined(x, z, p, first, second, third)
        lx, lp = combined(lx, lz, lp, first, second, third)
        steps += 1
    vectors = exact.inside(best_x)[..., :wanted].permute(2, 0, 1).contiguous()
    return Refined(best_values[:wanted] * exact.unit, vectors, best[:wanted] * exact.unit, steps)


def _ritz_double(
    span: list[torch.Tensor], products: list[torch.Tensor], wanted: int, live: Callable[[np.ndarray], np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    pair = torch.stack(projected(span, products)).cpu().numpy()
    return ritz(pair[0], pair[1], wanted, live(np.diag(pair[1])), double.DROP)
