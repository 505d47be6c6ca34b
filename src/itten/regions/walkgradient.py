"""The derivative of a selection's probabilities with respect to colours: one more solve, and a sum over edges.

Of L_uu x_u = −L_us x_s with x given on the seeds, dx_u = −L_uu⁻¹ (dL x)_u. With the adjoint a = L_uu⁻¹ g, 0 on the
seeds, a loss with the gradient g changes by −aᵀ dL x.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from itten.graph import make_stencil
from itten.regions.solver import TOGETHER, Solver
from itten.spectra.claims import without
from itten.spectra.gradients.edgechain import edge_cotangents
from itten.spectra.gradients.once import once
from itten.spectra.precision import eigen_arithmetic


class Probabilities(torch.autograd.Function):
    """``(labels, H, W)`` in the type of ``image`` ``(C, H, W)``, of a solver that has been made of it."""

    @staticmethod
    def forward(ctx: Any, image: torch.Tensor, solver: Solver) -> torch.Tensor:
        found = torch.from_numpy(solver.probabilities())
        ctx.solver = solver
        ctx.save_for_backward(image, found if ctx.needs_input_grad[0] else image.new_zeros(0))
        return found.to(image.device, image.dtype)

    @staticmethod
    @once("select")
    @eigen_arithmetic()
    def backward(ctx: Any, cotangent: torch.Tensor) -> tuple[torch.Tensor | None, None]:
        image, found = ctx.saved_tensors
        solver, config = ctx.solver, ctx.solver.config
        stencil = make_stencil(config.radii, config.weights)
        slope = cotangent.detach().to("cpu", torch.float64).numpy()
        if len(slope) == 1:  # one label has all that it reaches, whatever the colours
            return torch.zeros_like(image), None
        # The last label has what the others leave.
        slope = solver.graph.canvas(slope[:-1] - slope[-1:]) * solver.graph.free
        adjoint = np.zeros_like(slope)
        for first in range(0, len(slope), TOGETHER):
            adjoint[first : first + TOGETHER] = solver.walked(slope[first : first + TOGETHER], unit=False)
        maps = torch.from_numpy(-solver.graph.picture(adjoint) / solver.graph.operator.unit)
        hidden = None if solver.exclude is None else torch.from_numpy(solver.exclude)
        features = without(image.detach().to("cpu", torch.float64), hidden, config.edge_threshold)
        known = found[:-1] * torch.from_numpy(solver.graph.picture((solver.graph.free | solver.graph.seeds)[None])[0])
        colours = edge_cotangents(features, stencil, config.edge_threshold, maps, known)[0]
        return colours.to(image.device, image.dtype), None
