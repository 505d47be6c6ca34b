"""What a result claims: the residuals of the vectors that are returned, and the status that they deserve.

A solver knows the residuals of its own vectors. What is returned may be those rounded to float32, which alone leaves
about 1e-8 of ‖L‖, and null vectors of a graph whose islands hang together by edges too light to count.
"""

from __future__ import annotations

import logging
from dataclasses import replace

import torch

from itten.config import SpectrumConfig
from itten.graph import laplacian_apply, make_stencil
from itten.spectra.normalised import edge_cut, masses
from itten.spectra.result import Spectrum
from itten.spectra.stitched.host.canvas import far_apart

log = logging.getLogger("itten")

# Without a tolerance residuals below this part of ‖L‖ count as converged.
CONVERGED = 1e-6
# Up to so many pixels a dense matrix takes over where another method gets stuck.
FALLBACK = 4096
# Bytes of vectors, in float64, whose products are made at once.
PART = 64 << 20


def residuals_of(
    features: torch.Tensor,
    values: torch.Tensor,
    vectors: torch.Tensor,
    config: SpectrumConfig,
    mask: torch.Tensor | None = None,
) -> torch.Tensor:
    """``(k,)`` float64: ‖L v − λ v‖₂, in float64, of ``vectors`` ``(k, H, W)`` of any type and their ``values``
    ``(k,)``; of the normalised Laplacian ‖L v − λ D v‖ in the norm of D⁻¹. ``features`` ``(C, H, W)`` and ``mask``
    ``(H, W)`` lie where the vectors do; the host waits for them."""
    stencil = make_stencil(config.radii, config.weights)
    picture = without(features.detach().double(), mask, config.edge_threshold)
    graph = stencil, config.edge_threshold, config.backend
    cut = edge_cut(stencil, config.laplacian)
    mass = masses(picture, *graph) if config.laplacian == "normalised" else None
    found = []
    size = max(1, PART // (8 * picture[0].numel()))
    for begin in range(0, len(vectors), size):
        part = vectors[begin : begin + size].double()
        known = values[begin : begin + size].to(part)[:, None, None]
        product = laplacian_apply(picture, part, *graph, cut)
        rest = product - known * part if mass is None else (product - known * mass * part) / mass.sqrt()
        found.append(rest.flatten(1).norm(dim=1).cpu())
    return torch.cat(found)


def without(features: torch.Tensor, mask: torch.Tensor | None, threshold: float) -> torch.Tensor:
    """``features`` ``(C, H, W)`` where every pixel of ``mask`` has a colour of its own, far from all others, so that
    its edges weigh nothing."""
    if mask is None:
        return features
    largest = max(float(features.abs().max()), threshold, 1.0)
    away = torch.from_numpy(far_apart(features.shape[1], features.shape[2], largest)).to(features)
    rest = torch.zeros_like(features[1:])
    return torch.where(mask.to(features.device), torch.cat([away[None], rest]), features)


def claimed(
    result: Spectrum,
    features: torch.Tensor,
    config: SpectrumConfig,
    mask: torch.Tensor | None,
    doubtful: torch.Tensor | None = None,
) -> Spectrum:
    """``result`` with the residuals of its vectors as they stand: of all, or of the ``doubtful`` ``(k,)`` bool."""
    chosen = torch.arange(len(result)) if doubtful is None else doubtful.nonzero()[:, 0]
    if not len(chosen):
        return result
    residuals = result.residuals.clone()
    vectors = result.vectors[chosen.to(result.vectors.device)]
    residuals[chosen] = residuals_of(features, result.values[chosen], vectors, config, mask)
    return replace(result, residuals=residuals)


def worst(result: Spectrum) -> float:
    """The largest residual, as a part of the Laplacian's norm."""
    return float(result.residuals.max()) / max(result.scale, 1e-300)


def goal(config: SpectrumConfig) -> float:
    """What residuals have to be below, as a part of ‖L‖, to be called converged."""
    return CONVERGED if config.tol is None else config.tol


def labelled(result: Spectrum, config: SpectrumConfig) -> Spectrum:
    """``result`` of a solver that did what it could: ``converged`` if what is returned is as good as was asked for;
    else ``approximate``, and the advice and the log say what is reached, why no more, and what would help."""
    reached = worst(result)
    if reached <= goal(config):
        return replace(result, status="converged")
    number = int(result.residuals.argmax())
    if number < result.components:
        why, help = "edges too light to join islands leave", "a larger tol"
    elif result.vectors.dtype == torch.float32:
        why, help = "vectors rounded to float32 leave", "a float64 picture, or a larger tol,"
    else:
        why, help = "vectors in float64 leave", "a larger tol"
    got = f"residuals of {reached:.1e} of the Laplacian's norm where {goal(config):.1e} was asked for"
    note = f"{why} {got}: {help} helps"
    log.warning("method '%s': %s", config.method, note)
    return replace(result, status="approximate", advice=f"{note}; {result.advice}" if result.advice else note)
