"""OKLab: a colour space in which equal steps look about equally large.

Source: Björn Ottosson, "A perceptual color space for image processing", 2020, with the matrices as published there.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import torch

# Linear sRGB → cone responses, and their cube roots → L, a, b.
_CONES = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
_LAB = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)
PART = 1 << 17
# Below this the cube root is continued by its tangent line's slope: the derivative at black stays finite.
_DARK = 1e-12


def to_oklab(rgb: torch.Tensor) -> torch.Tensor:
    """sRGB ``(3, …)`` in [0, 1] → ``(3, …)`` float64: L in [0, 1], a and b in about [−0.32, 0.28].

    Computed in float64, differentiable. Values outside [0, 1] are continued as odd functions.
    """
    return _in_parts(lambda part: _mix(_LAB, _cube_root(_mix(_CONES, linear(part.double())))), rgb)


def from_oklab(lab: torch.Tensor) -> torch.Tensor:
    """The inverse of :func:`to_oklab`: ``(3, …)`` → sRGB ``(3, …)`` float64. Not clipped: colours outside the
    gamut have channels outside [0, 1]."""
    return _in_parts(lambda part: encoded(_mix(_inverse(_CONES), _mix(_inverse(_LAB), part.double()).pow(3))), lab)


def linear(encoded_rgb: torch.Tensor) -> torch.Tensor:
    """sRGB's transfer function undone (IEC 61966-2-1), elementwise."""
    size = encoded_rgb.abs()
    curve = ((size.clamp(min=0.04045) + 0.055) / 1.055).pow(2.4)
    return torch.where(size <= 0.04045, encoded_rgb / 12.92, encoded_rgb.sign() * curve)


def encoded(linear_rgb: torch.Tensor) -> torch.Tensor:
    """sRGB's transfer function (IEC 61966-2-1), elementwise."""
    size = linear_rgb.abs()
    curve = 1.055 * size.clamp(min=0.0031308).pow(1.0 / 2.4) - 0.055
    return torch.where(size <= 0.0031308, linear_rgb * 12.92, linear_rgb.sign() * curve)


def _cube_root(values: torch.Tensor) -> torch.Tensor:
    size = values.abs()
    root = size.clamp(min=_DARK).pow(1.0 / 3.0)
    return torch.where(size < _DARK, values * _DARK ** (-2.0 / 3.0), values.sign() * root)


def _in_parts(convert: Callable[[torch.Tensor], torch.Tensor], colours: torch.Tensor) -> torch.Tensor:
    """What ``convert`` makes of colours ``(3, …)``, on the host of so many at a time that little lies between."""
    if colours.device.type != "cpu" or colours.numel() <= 3 * PART:
        return convert(colours)
    parts = [convert(part) for part in colours.flatten(1).split(PART, dim=1)]
    return torch.cat(parts, dim=1).reshape(colours.shape)


def _mix(rows: tuple[tuple[float, ...], ...], channels: torch.Tensor) -> torch.Tensor:
    """A 3 × 3 matrix times the channels, term by term: the same sum in the same order on any device."""
    first, second, third = channels.unbind(0)
    return torch.stack([a * first + b * second + c * third for a, b, c in rows])


@lru_cache
def _inverse(rows: tuple[tuple[float, ...], ...]) -> tuple[tuple[float, ...], ...]:
    inverted = torch.linalg.inv(torch.tensor(rows, dtype=torch.float64))
    return tuple(tuple(row) for row in inverted.tolist())
