"""Content by local contrast: what is drawn, on a ground that may change from place to place."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from itten.heads.device import host_kernel
from itten.heads.moments import grey
from itten.kernels import kernel

# Lines are narrower than a thirty-second of the shorter side, marks than an eighth.
FINE, BROAD = 64, 16
# A mark differs by so much from its ground, and by so much of what the strongest pixel within two does: about half, but
# not half, which supersampled edges often are, and rounding would decide.
LEAST, SHARE, CORE = 0.06, 0.53, 2
# On no paper, as in photographs and textures, something always stands out: marks do more than usual there.
USUAL = 0.75
# Grain below so many times its own deviation is no mark.
GRAIN = 4.0
# Where light marks and dark ones alternate, the light have to cover less than half of what the dark do: in doubt the
# dark is what was drawn. Where they cover as good as nothing, they are none.
LIGHT, NONE = 0.5, 0.05
# A grey value, one of so many, is the paper of the whole picture if with its two neighbours it has this share of it:
# then what is broader than marks, but not paper, is drawn too.
BINS, PAPER = 32, 0.4
# At strong edges, steps of grey by more than this, a picture is hard that has so few colours; or if so many are nearly
# all there, and not so many of its pixels lie between two sides.
STRONG, FEW = 0.1, 8
COLOURS, FLAT, SMOOTHED = 32, 0.95, 0.1


def marks(image: torch.Tensor, backend: str = "auto") -> tuple[torch.Tensor, torch.Tensor]:
    """``(lines, content)``, each ``(H, W)`` bool: what is drawn in a soft picture ``(3, H, W)``.

    Dark marks stand out below the picture's closing, light ones above its opening (Serra, "Image analysis and
    mathematical morphology", 1982, chapter XII), by more than grain does. Where both alternate they are of that kind
    that covers less. Lines are marks of squares of a sixty-fourth of the shorter side, on whatever lies below them, a
    wash for instance. Content is lines, broader marks, and where one grey value is the ground of most of the picture
    all that differs from it, and nothing else.
    """
    values = grey(image).to(image.dtype)
    floor = torch.clamp(GRAIN * grain(values), min=LEAST)
    short = min(image.shape[-2:])
    value, one = paper(values)
    off = (values - value).abs()
    on_paper = one & (off <= floor)
    standing = _standing(values, max(short // BROAD, 4), backend)
    usual = USUAL * standing.double().square().mean(dim=1).mean().sqrt().to(values.dtype)
    floor = torch.where(one, floor, torch.maximum(floor, usual))
    lines = _strongest(torch.where(on_paper, 0.0, _standing(values, max(short // FINE, 4), backend)), floor)
    broad = torch.where(one, off, standing)
    beside = grown(lines, 1)
    wash = _strongest(torch.where(beside, 0.0, broad), floor)
    under = beside & grown(wash, CORE) & (broad > floor)
    return lines, lines | wash | under


def grown(mask: torch.Tensor, radius: int) -> torch.Tensor:
    """``mask`` ``(H, W)`` bool and all pixels within a square of ``radius`` about it."""
    for dim in (0, 1):
        reach = 0
        while reach < radius:  # what reaches so far may be moved by twice as much and one
            step = min(2 * reach + 1, radius - reach)
            wide, size = mask.clone(), mask.shape[dim]
            if step < size:
                wide.narrow(dim, step, size - step).logical_or_(mask.narrow(dim, 0, size - step))
                wide.narrow(dim, 0, size - step).logical_or_(mask.narrow(dim, step, size - step))
            mask, reach = wide, reach + step
    return mask


def strongest(strength: torch.Tensor, radius: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The largest value ``(H, W)`` within a square of ``radius`` about every pixel, and the raster index of where it
    is: of equal ones the nearest column's, then the nearest row's, right and below before left and above."""
    index = torch.arange(strength.numel(), device=strength.device).reshape(strength.shape)
    for dim in (1, 0):
        best, where, size = strength.clone(), index.clone(), strength.shape[dim]
        for step in range(1, min(radius, size - 1) + 1):
            for ours, theirs in ((0, step), (step, 0)):
                own, place = best.narrow(dim, ours, size - step), where.narrow(dim, ours, size - step)
                other = strength.narrow(dim, theirs, size - step)
                more = other > own
                place.copy_(torch.where(more, index.narrow(dim, theirs, size - step), place))
                own.copy_(torch.maximum(own, other))
        strength, index = best, where
    return strength, index


def _strongest(strength: torch.Tensor, floor: torch.Tensor) -> torch.Tensor:
    near, _ = strongest(strength, CORE)
    return (strength > floor) & (strength >= SHARE * near)


def _standing(values: torch.Tensor, reach: int, backend: str) -> torch.Tensor:
    """How far a pixel stands out from its ground by what is narrower than 2 · ``reach``, dark or light."""
    close = host_kernel("closed", backend, values) or kernel("closed", "torch")
    dark, light = close(values, reach) - values, values + close(-values, reach)
    share, whole = around(light, 2 * reach), around(dark, 2 * reach)
    return torch.where((share < LIGHT * whole) & (share > NONE * whole), light, dark)


def around(values: torch.Tensor, reach: int) -> torch.Tensor:
    """Means over about 2 · ``reach`` pixels each way, from those of small squares, which lie symmetrically about the
    picture's middle: a mirrored picture has mirrored means."""
    height, width = values.shape
    step, top, left = cells(height, width, reach)
    near = functional.pad(values[None, None], (left, left, top, top), mode="replicate")
    mean = functional.avg_pool2d(functional.avg_pool2d(near, step), 9, 1, 4, count_include_pad=False)
    wide = functional.interpolate(mean, scale_factor=float(step), mode="nearest")
    return wide[0, 0, top : top + height, left : left + width]


def cells(height: int, width: int, reach: int) -> tuple[int, int, int]:
    """The side of such squares, an odd number, and by how much they stand over above and on the left; as much below
    and on the right."""
    step = max(reach // 4, 1) // 2 * 2 + 1
    top, left = ((-size if size % 2 == 0 else step - size) % (2 * step) // 2 for size in (height, width))
    return step, top, left


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


def paper(values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The grey value ``()`` of the paper of the whole picture, and ``()`` bool: whether it has one."""
    level = (values * BINS).long().clamp(max=BINS - 1)
    count = functional.pad(counted(level, BINS), (1, 1))
    count = count[:-2] + count[1:-1] + count[2:]
    own = (level - count.argmax()).abs() <= 1
    # Row by row in float64: no thread has a part in the order of the sum.
    value = torch.where(own, values.double(), 0.0).sum(dim=1).sum() / own.sum().clamp(min=1)
    return value.to(values.dtype), count.max() >= PAPER * values.numel()


def counted(numbers: torch.Tensor, most: int) -> torch.Tensor:
    """``(most,)`` int64: how often each number occurs; nothing is waited for."""
    flat = numbers.flatten()
    return torch.zeros(most, dtype=torch.int64, device=flat.device).index_add_(0, flat, torch.ones_like(flat))


def grain(values: torch.Tensor) -> torch.Tensor:
    """The deviation of noise: of second differences, by their median (Immerkær 1996, with a median for strokes)."""
    height, width = values.shape[-2:]
    if min(height, width) < 3:
        return values.new_zeros(())
    along = values[..., 2:] - 2 * values[..., 1:-1] + values[..., :-2]
    mixed = (along[..., 2:, :] - 2 * along[..., 1:-1, :] + along[..., :-2, :]).abs().flatten()
    return mixed.median() / 0.6745 / 6.0
