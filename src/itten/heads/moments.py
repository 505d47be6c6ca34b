"""Grey values and the image-wide statistics that several heads share.

Sums run in float64, along rows first: a row is summed by one thread in one order, so the result does
not depend on the number of threads, and thresholds made from it agree between devices within rounding.
"""

from __future__ import annotations

import torch

LUMA = (0.299, 0.587, 0.114)


def grey(image: torch.Tensor) -> torch.Tensor:
    """Rec. 601 luma in float64: ``(…, 3, H, W)`` → ``(…, H, W)``."""
    red, green, blue = image.double().unbind(dim=-3)
    return LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue


def mean_and_deviation(values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean and population standard deviation over (H, W), float64, shape ``(…, 1, 1)``."""
    exact = values.double()
    count = values.shape[-1] * values.shape[-2]
    mean = exact.sum(dim=-1, keepdim=True).sum(dim=-2, keepdim=True) / count
    square = (exact - mean).square().sum(dim=-1, keepdim=True).sum(dim=-2, keepdim=True) / count
    return mean, square.sqrt()


def z_score(values: torch.Tensor) -> torch.Tensor:
    """(values − mean) / deviation over (H, W) in float64; 0 where the deviation is 0."""
    mean, deviation = mean_and_deviation(values)
    return torch.where(deviation > 0, (values.double() - mean) / deviation, 0.0)


def sobel(values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """(∂y, ∂x) by Sobel's masks divided by 8, edges repeated: a ramp of slope 1 has gradient 1."""
    padded = torch.nn.functional.pad(
        values[None, None] if values.dim() == 2 else values.flatten(0, -3)[:, None],
        (1, 1, 1, 1),
        mode="replicate",
    )[:, 0]
    above, middle, below = padded[:, :-2], padded[:, 1:-1], padded[:, 2:]
    down = below - above
    dy = (down[..., :-2] + 2.0 * down[..., 1:-1] + down[..., 2:]) / 8.0
    smooth = above + 2.0 * middle + below
    dx = (smooth[..., 2:] - smooth[..., :-2]) / 8.0
    return dy.reshape(values.shape), dx.reshape(values.shape)
