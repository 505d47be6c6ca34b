"""Thickening: where the gate is high, contours grow into the paper."""

from __future__ import annotations

import math

import torch
from torch import nn
from torch.nn import functional

from itten.config import PassParameters
from itten.heads.coverage import Coverage
from itten.heads.device import device_kernel, host_kernel
from itten.heads.moments import sobel
from itten.kernels import kernel

STEP = 1.2
LEAST_FILL = 0.2
LEAST_MASK = 0.05
# In a soft picture a stroke grows to each side by so much of its breadth for every pixel of the envelope's radius: over
# four default passes to less than twice its breadth. The gate opens from 1/2 to 1; a pixel in so many of the shorter
# side is the most in one pass, and so many pixels in the largest pictures.
SHARE, RAMP, MOST, FARTHEST = 0.045, 2.0, 160.0, 12.0


def spread(mask: torch.Tensor, radius: int, ratio: float) -> torch.Tensor:
    """``mask`` ``(…, H, W)`` times a Gaussian of ``radius`` pixels, σ = radius · ratio, peak 1; 0 outside.

    In float64; the square window is separable, so it is done rows first, then columns.
    """
    sigma = radius * ratio
    taps = [math.exp(-0.5 * (i / sigma) ** 2) for i in range(-radius, radius + 1)]
    height, width = mask.shape[-2:]
    padded = functional.pad(mask.double(), (radius, radius, radius, radius))
    rows = taps[0] * padded[..., :height, :]
    for shift in range(1, len(taps)):
        rows = rows + taps[shift] * padded[..., shift : shift + height, :]
    out = taps[0] * rows[..., :width]
    for shift in range(1, len(taps)):
        out = out + taps[shift] * rows[..., shift : shift + width]
    return out


def thicken(
    image: torch.Tensor,
    gate: torch.Tensor,
    contour: torch.Tensor,
    complexity: torch.Tensor,
    parameters: PassParameters,
    rotation: float = 0.03,
    backend: str = "auto",
    cover: Coverage | None = None,
) -> torch.Tensor:
    """The image ``(…, 3, H, W)`` with its high-gate contours grown; the other maps are ``(…, H, W)``.

    m = [contour ∧ g > 1/2] · max(1 − modulation · c, 0.05), spread by a Gaussian. A pixel that is no
    contour, where effect · spread exceeds both the fill threshold and 0.2, takes the value found 1.2 pixels
    up the spread's gradient, turned by ``rotation`` (radians). Nearest neighbour: dither patterns survive
    exactly, and no colour appears that was not there.

    With the picture's ``cover`` it is soft: see :func:`grow`.
    """
    if cover is not None:
        return grow(image, gate, complexity, parameters, cover, backend)
    own = None
    if image.dim() == 3 and image.numel():
        maps = image, gate, complexity
        own = device_kernel("thicken", backend, *maps) or host_kernel("thicken", backend, *maps)
    if own is not None:
        numbers = parameters.effect, parameters.thicken_modulation, parameters.kernel_sigma_ratio
        edge, radius = parameters.fill_threshold, parameters.dilation_radius
        return own(image, gate, contour, complexity, *numbers, edge, radius, rotation)
    amount = (1.0 - parameters.thicken_modulation * complexity.double()).clamp(min=LEAST_MASK)
    mask = torch.where(contour & (gate > 0.5), amount, 0.0)
    spreading = parameters.effect * spread(mask, parameters.dilation_radius, parameters.kernel_sigma_ratio)
    fill = ~contour & (spreading > max(parameters.fill_threshold, LEAST_FILL))

    dy, dx = sobel(spreading)
    length = (dy.square() + dx.square()).sqrt()
    step = torch.where(length > 0, STEP / length, 0.0)
    sine, cosine = math.sin(rotation), math.cos(rotation)
    height, width = gate.shape[-2:]
    rows = torch.arange(height, device=image.device, dtype=torch.float64)[:, None]
    columns = torch.arange(width, device=image.device, dtype=torch.float64)
    y = torch.floor(rows + step * (sine * dx + cosine * dy) + 0.5).clamp(0, height - 1)
    x = torch.floor(columns + step * (cosine * dx - sine * dy) + 0.5).clamp(0, width - 1)
    source = (y * width + x).long().flatten(-2).unsqueeze(-2).expand(*image.shape[:-2], -1)
    found = torch.gather(image.flatten(-2), -1, source).reshape(image.shape)
    return torch.where(fill.unsqueeze(-3), found, image)


def grow(
    image: torch.Tensor,
    gate: torch.Tensor,
    complexity: torch.Tensor,
    parameters: PassParameters,
    cover: Coverage,
    backend: str = "auto",
) -> torch.Tensor:
    """The soft image ``(3, H, W)`` with its strokes grown by less than a pixel at a time, edges staying as soft as they
    were (:func:`itten.kernels.reference.growth.grow_ink`).

    To each side by effect · radius · 0.045 of its breadth, times max(1 − modulation · c, 0.05) and the gate's
    clamp(2 · (g − 1/2), 0, 1).
    """
    amount = (1.0 - parameters.thicken_modulation * complexity.double()).clamp(min=LEAST_MASK)
    opened = (RAMP * (gate.double() - 0.5)).clamp(0.0, 1.0)
    limit = (parameters.effect * parameters.dilation_radius * SHARE * amount * opened).to(image.dtype)
    most = min(max(min(image.shape[-2:]) / MOST, 2.0), FARTHEST)
    maps = image, cover.alpha, cover.ink, limit
    run = host_kernel("grow_ink", backend, *maps) or kernel("grow_ink", "torch")
    return run(*maps, most)[0]


class Thicken(nn.Module):
    """:func:`thicken` with its rotation kept; the pass's parameters come with the call."""

    def __init__(self, rotation: float = 0.03, backend: str = "auto") -> None:
        super().__init__()
        self.rotation = rotation
        self.backend = backend

    def forward(
        self,
        image: torch.Tensor,
        gate: torch.Tensor,
        contour: torch.Tensor,
        complexity: torch.Tensor,
        parameters: PassParameters,
        cover: Coverage | None = None,
    ) -> torch.Tensor:
        return thicken(image, gate, contour, complexity, parameters, self.rotation, self.backend, cover)
