"""Eigenpairs of pictures with gradients: into the colours, the edge threshold and the radius weights."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from itten.config import SpectrumConfig
from itten.errors import InputError, UsageError
from itten.graph.contrast import auto_threshold
from itten.graph.stencil import Stencil, make_stencil
from itten.image.coerce import as_tensor, refuse_not_finite
from itten.spectra.gradients.adjoint import FLOOR, Separated, adjoint_vectors, separate
from itten.spectra.gradients.complement import laplacian_rows, scaled_rows, solve_complement, two_level_cycle
from itten.spectra.gradients.edgechain import edge_cotangents, within_radii
from itten.spectra.gradients.mass import mass_cotangent
from itten.spectra.gradients.once import once
from itten.spectra.gradients.solution import TOL, Solution, lone, solve
from itten.spectra.inputs import as_excluded, refuse_channels_last, warn_of_vanished, whole_number
from itten.spectra.normalised import edge_cut

# Residuals of the adjoint equation, by the type of the picture.
ADJOINT_TOL = {torch.float64: 1e-10, torch.float32: 1e-6}


def eigenpairs(
    image: torch.Tensor,
    k: int = 8,
    *,
    edge_threshold: torch.Tensor | float | str | None = None,
    radius_weights: torch.Tensor | None = None,
    exclude: Any = None,
    config: SpectrumConfig | None = None,
    **options: Any,
) -> tuple[torch.Tensor, torch.Tensor]:
    """The ``k`` lowest eigenpairs of the picture's Laplacian, or normalised Laplacian, differentiable.

    ``image``: features ``(C, H, W)`` or ``(B, C, H, W)``, float32 or float64, any number of channels, any finite
    values. ``edge_threshold``: a positive scalar, the colour distance at which an edge has fallen to 1/e, or
    ``"auto"``, which for a batch is the mean of what each picture's would be; ``radius_weights``
    ``(len(config.radii),)`` positive. All three may require gradients. What is None comes from ``config`` or
    ``options``, those of :class:`~itten.config.SpectrumConfig`; the method ``tiled`` has no eigenpairs.
    ``exclude`` ``(H, W)`` bool: pixels that are True are left out of the graph, all vectors and gradients are 0 there.
    With ``laplacian="normalised"`` they are those of L v = λ D v, and D has its share in every gradient.

    Returns ``values`` ``(…, k)`` float64, ascending, number 0 the constant's, and ``vectors`` ``(…, k, H, W)`` in the
    image's type, of unit norm (in D: Σ D v² = 1), with the signs of :func:`itten.spectrum`. Values that coincide are
    set apart by 6e-11 of themselves (float64; 1.2e-4 for float32), the others are those of :func:`itten.spectrum` with
    a ``tol``. Up to 1024 pixels are solved as a dense matrix, more by the stitched method; backward solves the adjoint
    equation (Magnus, "On differentiating eigenvalues and eigenvectors", 1985) with the same means. Gradients of
    gradients raise :class:`~itten.errors.GradientError`.

    What has a gradient: a loss may depend on the sign, which is constant nearby. Where several vectors belong to one
    value it must not depend on their choice, nor may it see a part of an eigenspace that is cut by ``k`` (weights that
    fall to 0 towards the last value, like those of :func:`~itten.spectra.heat_kernel`, do not). A loss that singles out
    one of several equal values, λ_k of a cut eigenspace for one, gets an element of its subdifferential. Where the
    graph falls into several components, their null vectors are fixed contrasts of the components, and have gradient 0,
    or one through the components' sums of D.

    Raises :class:`~itten.errors.InputError` for an image that cannot be used, :class:`~itten.errors.UsageError` for a
    wrong call, :class:`~itten.errors.ConvergenceError` where the iteration gets stuck, and in backward
    :class:`~itten.errors.GradientError` where the loss depends on the choice of vectors in an eigenspace.
    """
    settings = _settings(config, options)
    k = _check(image, k)
    hidden = as_excluded(exclude, image.shape[-2:])
    if hidden is not None and k > int((~hidden).sum()):
        raise InputError(f"{k} eigenvectors were asked for, {int((~hidden).sum())} pixels are not excluded")
    pictures = image[None] if image.dim() == 3 else image
    if isinstance(edge_threshold, str):
        edge_threshold = _auto(edge_threshold, pictures, hidden)
    reference = torch.float64
    threshold = _numbers(settings.edge_threshold if edge_threshold is None else edge_threshold, "edge_threshold")
    threshold = threshold.to(image.device, reference)
    weights = _numbers(settings.weights if radius_weights is None else radius_weights, "radius_weights")
    weights = weights.to(image.device, reference)
    if threshold.dim() != 0:
        raise UsageError(f"edge_threshold is one number, got shape {tuple(threshold.shape)}")
    if weights.shape != (len(settings.radii),):
        raise UsageError(f"radius_weights {tuple(weights.shape)}: needed is one for each of the radii {settings.radii}")
    settings = settings.changed(
        edge_threshold=float(threshold.detach()), radius_weights=tuple(weights.detach().tolist())
    )
    for picture in pictures:
        warn_of_vanished(picture, hidden, settings.edge_threshold)
    hidden = None if hidden is None else hidden.cpu()
    found = [_Eigenpairs.apply(picture, threshold, weights, k, settings, hidden) for picture in pictures]
    if image.dim() == 3:
        return found[0]
    return torch.stack([values for values, _ in found]), torch.stack([vectors for _, vectors in found])


class LearnableSpectrum(nn.Module):
    """:func:`eigenpairs` of ``k`` pairs with a graph that is learned: logarithms of the edge threshold and, unless
    ``radius_weights`` is False, of the radius weights are parameters. They begin at the configuration's values."""

    def __init__(
        self, k: int = 8, *, radius_weights: bool = True, config: SpectrumConfig | None = None, **options: Any
    ) -> None:
        super().__init__()
        self.k = k
        self.config = _settings(config, options)
        self.log_edge_threshold = nn.Parameter(torch.tensor(self.config.edge_threshold, dtype=torch.float64).log())
        weights = torch.tensor(self.config.weights, dtype=torch.float64).log()
        self.log_radius_weights = nn.Parameter(weights) if radius_weights else None

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Values ``(…, k)`` and vectors ``(…, k, H, W)`` of features ``(…, C, H, W)``."""
        weights = None if self.log_radius_weights is None else self.log_radius_weights.exp()
        return eigenpairs(
            image, self.k, edge_threshold=self.log_edge_threshold.exp(), radius_weights=weights, config=self.config
        )

    def extra_repr(self) -> str:
        return f"k={self.k}, radii={self.config.radii}"


class _Eigenpairs(torch.autograd.Function):
    """One picture ``(C, H, W)``, threshold and radius weights float64; the settings hold the same two as numbers."""

    @staticmethod
    def forward(
        ctx: Any,
        image: torch.Tensor,
        threshold: torch.Tensor,
        weights: torch.Tensor,
        k: int,
        config: SpectrumConfig,
        hidden: torch.Tensor | None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        stencil = make_stencil(config.radii, config.weights)
        features = lone(image, hidden, config)
        solution = solve(features, k, config, stencil, image.dtype, any(ctx.needs_input_grad), hidden)
        null = solution.null
        resolution = FLOOR * solution.scale
        pairs = separate(solution.values[null:], image.dtype, resolution)
        ctx.solution, ctx.pairs, ctx.config, ctx.stencil, ctx.k = solution, pairs, config, stencil, k
        ctx.hidden = hidden
        ctx.save_for_backward(image)
        values = torch.cat([solution.values[:null], pairs.values])[:k]
        return values.to(image.device, copy=True), solution.vectors[:k].to(image.device, image.dtype, copy=True)

    @staticmethod
    @once("eigenpairs")
    def backward(ctx: Any, slope: torch.Tensor, cotangent: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        (image,) = ctx.saved_tensors
        config, stencil = ctx.config, ctx.stencil
        features = lone(image, ctx.hidden, config)
        colours, by_threshold, by_offset = edge_cotangents(
            features,
            stencil,
            config.edge_threshold,
            *adjoint_maps(
                ctx.solution, ctx.pairs, slope, cotangent, ctx.k, features, config, stencil, image.dtype, ctx.hidden
            ),
            edge_cut(stencil, config.laplacian),
        )
        device = image.device
        by_radius = by_offset @ within_radii(stencil, config.radii)
        return colours.to(device, image.dtype), by_threshold.to(device), by_radius.to(device), None, None, None


def adjoint_maps(
    solution: Solution,
    pairs: Separated,
    slope: torch.Tensor,
    cotangent: torch.Tensor,
    k: int,
    features: torch.Tensor,
    config: SpectrumConfig,
    stencil: Stencil,
    dtype: torch.dtype,
    hidden: torch.Tensor | None,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor | None]:
    """Adjoint vectors and the vectors that they belong to, ``(r, H, W)`` float64 each; null vectors have none. Of the
    normalised Laplacian also the derivative along D, ``(H, W)``.

    What is solved is symmetric: for x = √D v, with D = 1 where it has none.
    """
    null, shape, mass = solution.null, features.shape[1:], solution.mass
    known, whole = solution.vectors.flatten(1), cotangent.to("cpu", torch.float64).flatten(1)
    adjoint = known[:0]
    if k > null:
        root = torch.ones(1, dtype=torch.float64) if mass is None else mass.root
        x, g = known * root, whole[null:] / root
        adjoint = adjoint_vectors(pairs, x[null:], slope.to("cpu", torch.float64)[null:], g, dtype, null)
        if not solution.whole and bool(g.any()):
            precondition = two_level_cycle(features.numpy(), config, stencil, solution.kept, len(g), hidden)
            product = laplacian_rows(
                features.numpy(), stencil, config.edge_threshold, edge_cut(stencil, config.laplacian)
            )
            if mass is not None:
                product = scaled_rows(product, 1 / root.numpy())
            shifts = pairs.values[: k - null].numpy()
            solved = solve_complement(product, precondition, x.numpy(), shifts, g.numpy(), ADJOINT_TOL[dtype])
            adjoint[: k - null] -= torch.from_numpy(solved.x)
        adjoint = adjoint / root
    along = None if mass is None else mass_cotangent(mass, pairs.values, known, adjoint, whole, null).view(shape)
    return adjoint.reshape(-1, *shape), solution.vectors[null : null + len(adjoint)], along


def _numbers(value: Any, name: str) -> torch.Tensor:
    tensor = as_tensor(value, name)
    if tensor.dtype == torch.bool or tensor.is_complex():
        raise InputError(f"{name} is a tensor of {tensor.dtype}; numbers are needed")
    # A tensor of plain numbers would be float32.
    return tensor if isinstance(value, torch.Tensor) else torch.as_tensor(value, dtype=torch.float64)


def _auto(text: str, pictures: torch.Tensor, hidden: torch.Tensor | None) -> float:
    if text != "auto":
        raise UsageError(f"edge_threshold is a number or 'auto', got {text!r}")
    return sum(auto_threshold(one, hidden) for one in pictures) / max(len(pictures), 1)


def _settings(config: SpectrumConfig | None, options: dict[str, Any]) -> SpectrumConfig:
    if config is not None and options:
        raise UsageError(f"give a config or options, not both: {', '.join(options)}")
    if config is not None and not isinstance(config, SpectrumConfig):
        raise InputError(f"config is a {type(config).__name__}; a SpectrumConfig is needed")
    settings = SpectrumConfig(**options) if config is None else config
    if settings.method == "tiled":
        raise UsageError("method 'tiled' has no eigenpairs of the whole picture: use 'stitched'")
    return settings


def _check(image: torch.Tensor, k: int) -> int:
    if not isinstance(image, torch.Tensor) or image.dim() not in (3, 4) or image.dtype not in TOL:
        what = f"{image.dtype} {tuple(image.shape)}" if isinstance(image, torch.Tensor) else type(image).__name__
        raise InputError(f"a float32 or float64 tensor (C, H, W) or (B, C, H, W) is wanted, got {what}")
    if image.numel() == 0:
        raise InputError(f"the image is empty: shape {tuple(image.shape)}")
    refuse_channels_last(image, "image")
    refuse_not_finite(image.detach(), "the image")
    k = whole_number(k)
    pixels = image.shape[-1] * image.shape[-2]
    if k > pixels:
        raise InputError(f"{k} eigenvectors were asked for, a picture of {pixels} pixels has {pixels}")
    return k
