"""Content by local contrast: what is drawn, on a ground that may change from place to place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from itten.heads.device import host_kernel
from itten.heads.moments import grey
from itten.heads.void import squared_distance
from itten.kernels import kernel
from itten.kernels.reference.marks import squares

# Lines are narrower than a thirty-second of the shorter side, marks than an eighth.
FINE, BROAD = 64, 16
# A mark differs by so much from its ground, and by so much of what the strongest pixel within two does: about half, but
# not half, which supersampled edges often are, and rounding would decide.
LEAST, SHARE, CORE = 0.06, 0.53, 2
# On no paper, as in photographs and textures, something always stands out: marks do more than usual there.
USUAL = 0.75
# Grain below so many times its own deviation is no mark.
GRAIN = 4.0
# At strong edges, steps of grey by more than this, a picture is hard that has so few colours; or if so many are nearly
# all there, and not so many of its pixels lie between two sides.
STRONG, FEW = 0.1, 8
COLOURS, FLAT, SMOOTHED = 32, 0.95, 0.1
# Paper lies so many pixels from what is drawn, and is at least such a part of the picture.
APART, LEFT = 6, 0.01


def marks(image: torch.Tensor, backend: str = "auto") -> tuple[torch.Tensor, torch.Tensor]:
    """``(lines, content)``, each ``(H, W)`` bool: what is drawn in a soft picture ``(3, H, W)``.

    Dark marks stand out below the picture's closing, light ones above its opening (Serra, "Image analysis and
    mathematical morphology", 1982, chapter XII), by more than grain does. Where both alternate they are of that kind
    that covers less. Lines are marks of squares of a sixty-fourth of the shorter side, on whatever lies below them, a
    wash for instance. Content is lines, broader marks, and where one grey value is the ground of most of the picture
    all that differs from it, and nothing else.
    """
    values = grey(image).to(image.dtype)
    # The deviation of noise, by the median of its second differences for the sake of strokes.
    floor = torch.clamp(GRAIN * grain(values, backend), min=LEAST)
    short = min(image.shape[-2:])
    value, one = paper(values, backend)
    off = (values - value).abs()
    on_paper = one & (off <= floor)
    stand, tops = _run("standing", backend, values), _run("peaks", backend, values)
    standing = stand(values, max(short // BROAD, 4))
    usual = USUAL * standing.double().square().mean(dim=1).mean().sqrt().to(values.dtype)
    floor = torch.where(one, floor, torch.maximum(floor, usual))
    lines = tops(torch.where(on_paper, 0.0, stand(values, max(short // FINE, 4))), floor, SHARE, CORE)
    broad = torch.where(one, off, standing)
    beside = grown(lines, 1, backend)
    wash = tops(torch.where(beside, 0.0, broad), floor, SHARE, CORE)
    under = beside & grown(wash, CORE, backend) & (broad > floor)
    return lines, lines | wash | under


def crowded(ink: torch.Tensor, backend: str = "auto") -> bool:
    """Whether ``ink`` ``(H, W)`` bool leaves no paper: less than a hundredth of the picture lies farther than six
    pixels from it, or all do. The host waits for the answer."""
    room = squared_distance(~ink, backend) > APART * APART
    return bool((room.double().mean() < LEFT) | ~ink.any())


def grown(mask: torch.Tensor, radius: int, backend: str = "auto") -> torch.Tensor:
    """``mask`` ``(H, W)`` bool and all pixels within a square of ``radius`` about it."""
    found: torch.Tensor = _run("grown", backend, mask)(mask, radius)
    return found


def strongest(strength: torch.Tensor, radius: int, backend: str = "auto") -> tuple[torch.Tensor, torch.Tensor]:
    """The largest value ``(H, W)`` within a square of ``radius`` about every pixel, and the raster index of where it
    is: of equal ones the nearest column's, then the nearest row's, right and below before left and above."""
    most, index = _run("strongest", backend, strength)(strength, radius)
    return most, index


def around(values: torch.Tensor, reach: int) -> torch.Tensor:
    """Means over about 2 · ``reach`` pixels each way, from those of small squares, which lie symmetrically about the
    picture's middle: a mirrored picture has mirrored means."""
    height, width = values.shape
    step, top, left = squares(height, width, reach)
    near = functional.pad(values[None, None], (left, left, top, top), mode="replicate")
    mean = functional.avg_pool2d(functional.avg_pool2d(near, step), 9, 1, 4, count_include_pad=False)
    wide = functional.interpolate(mean, scale_factor=float(step), mode="nearest")
    return wide[0, 0, top : top + height, left : left + width]


def _run(operation: str, backend: str, tensor: torch.Tensor) -> Callable[..., Any]:
    return host_kernel(operation, backend, tensor) or kernel(operation, "torch")


def soft(image: torch.Tensor) -> bool:
    """Whether a picture ``(3, H, W)`` has soft edges. The host waits for the answer.

    Looked at are pixels at strong edges, where grey steps from one to the next by more than a tenth (in a pale picture
    half of its largest step). Few colours there are a hard picture. Otherwise it is soft where many of them lie between
    the flat values on their two sides, as anti-aliased ones do, however few their greys are; or where they have many
    colours, as in photographs.
    """
    values, level = grey(image), (image * 255).round().long()
    steps = [(values[1:] - values[:-1]).abs(), (values[:, 1:] - values[:, :-1]).abs()]
    most = max((float(step.max()) for step in steps if step.numel()), default=0.0)
    least = min(STRONG, 0.5 * most)
    edge = torch.zeros_like(values, dtype=torch.bool)
    for dim, step in enumerate(steps):
        strong, size = step > least, step.shape[dim]
        edge.narrow(dim, 0, size).logical_or_(strong)
        edge.narrow(dim, 1, size).logical_or_(strong)
    found = ((level[0] * 256 + level[1]) * 256 + level[2])[edge]
    count = found.unique(return_counts=True)[1].sort(descending=True).values
    if len(count) <= FEW:
        return False
    between = _between(values, least) | _between(values.T, least).T
    return int(count[:COLOURS].sum()) < FLAT * len(found) or int(between.sum()) >= SMOOTHED * len(found)


def _between(values: torch.Tensor, least: float) -> torch.Tensor:
    """``(H, W)`` bool: one pixel between two flat ones in its row, that differ by more than ``least``."""
    out = torch.zeros_like(values, dtype=torch.bool)
    if values.shape[1] < 5:
        return out
    outer, left, here, right, beyond = values.unfold(1, 5, 1).unbind(dim=2)
    apart = (right - left).abs()
    flat = ((outer - left).abs() < 0.25 * apart) & ((beyond - right).abs() < 0.25 * apart)
    share = (here - left) / torch.where(apart > 0, right - left, 1.0)
    out[:, 2:-2] = flat & (apart > least) & (share > 0.1) & (share < 0.9)
    return out


class Marks(nn.Module):
    """:func:`marks`."""

    def __init__(self, backend: str = "auto") -> None:
        super().__init__()
        self.backend = backend

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return marks(image, self.backend)


def paper(values: torch.Tensor, backend: str = "auto") -> tuple[torch.Tensor, torch.Tensor]:
    """The grey value ``()`` of the paper of the whole picture, and ``()`` bool: whether it has one."""
    value, one = _run("paper_value", backend, values)(values)
    return value, one


def counted(numbers: torch.Tensor, most: int) -> torch.Tensor:
    """``(most,)`` int64: how often each number occurs; nothing is waited for."""
    flat = numbers.flatten()
    return torch.zeros(most, dtype=torch.int64, device=flat.device).index_add_(0, flat, torch.ones_like(flat))


def grain(values: torch.Tensor, backend: str = "auto") -> torch.Tensor:
    """The deviation of noise: of second differences, by their median (Immerkær 1996, with a median for strokes)."""
    found: torch.Tensor = _run("median_curvature", backend, values)(values) / 0.6745 / 6.0
    return found
