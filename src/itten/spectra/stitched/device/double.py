"""Refinement in float64 on any device: exact products and projections, the float32 machinery as preconditioner.

The steps are those of :func:`itten.spectra.stitched.host.double.refine_double`;
how many there are depends on what comes out, so the host waits in each.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from itten.spectra.stitched.device.iterate import DeviceIterate, combined, projected
from itten.spectra.stitched.device.operator import DeviceOperator, gram, lengths
from itten.spectra.stitched.device.ritz import device_ritz
from itten.spectra.stitched.host import double
from itten.spectra.stitched.limits import LOCKED


@dataclass(eq=False)
class Refined:
    """``values`` and ``residuals`` ``(B, lanes)``, and as many ``vectors`` ``(B, n, H, W)`` as are wanted; ``steps``
    taken."""

    values: torch.Tensor
    vectors: torch.Tensor
    residuals: torch.Tensor
    steps: int


def refine_double(
    run: DeviceIterate,
    exact: DeviceOperator,
    wanted: int,
    bound: float | None,
) -> Refined:
    """Continue ``run`` on one picture with products and projections in float64, those of the ``exact`` operator of the
    same picture, until the first ``wanted`` residuals are below ``bound`` (in the operator's unit); without one only a
    projection is done. The best state is returned."""
    islands, kind = run.islands.weighed_with(exact), run.operator.kind

    def centred(x: torch.Tensor) -> torch.Tensor:
        for _ in range(2):
            islands.centre(x)
        return x

    x = centred(run.x.double())
    n = x.shape[2]
    lx = exact.product(x)
    a, b = projected([x], [lx])
    values, c = device_ritz(a, b, n, b.diagonal(dim1=1, dim2=2) > 1e-6, kind, double.DROP)
    x, lx = x @ c, lx @ c
    p = lp = x[..., :0]
    best, best_x, best_values, since, steps = torch.full_like(values, torch.inf), x, values, 0, 0
    while True:
        r = lx - x * torch.where(values.isfinite(), values, 0)[:, None]
        residuals = torch.where(values.isfinite(), lengths(r), 0)
        worst, least = float(residuals[0, :wanted].max()), float(best[0, :wanted].max())
        since = 0 if worst < 0.9 * least else since + 1
        if worst < least:
            best, best_x, best_values = residuals, x, values
        if bound is None or worst <= bound or steps >= double.MOST_STEPS or since >= double.PATIENCE:
            break
        z = centred(run.precondition((r / residuals.clamp(min=1e-300)[:, None]).float()).double())
        z = z / lengths(z).clamp(min=1e-300)[:, None]
        for _ in range(2):
            z = z - x @ gram(x, z)
        lz = exact.product(z)
        a, b = projected([x, z, p], [lx, lz, lp])
        live = b.diagonal(dim1=1, dim2=2) > 1e-12
        live[:, n : 2 * n] &= residuals > LOCKED * bound
        values, c = device_ritz(a, b, n, live, kind, double.DROP)
        first, second, third = c[:, :n], c[:, n : 2 * n], c[:, 2 * n :]
        x, p = combined(x, z, p, first, second, third)
        lx, lp = combined(lx, lz, lp, first, second, third)
        steps += 1
    return Refined(best_values * exact.unit, exact.unpacked(best_x[..., :wanted]), best * exact.unit, steps)
