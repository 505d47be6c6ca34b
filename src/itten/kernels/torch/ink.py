"""Ink over paper, in tensors. What is returned is said in :mod:`itten.kernels.reference.ink`.

Sums over colours and over 2 × 2 pixels are written out: in their order every backend gives the same coverage.
"""

from __future__ import annotations

import torch
from torch.nn import functional

from itten.kernels.reference.ink import AROUND, CORE, FAINT, FRINGE, LEAST
from itten.kernels.torch.morphology import grown


def strongest(strength: torch.Tensor, radius: int) -> tuple[torch.Tensor, torch.Tensor]:
    """See :func:`itten.kernels.reference.ink.strongest`."""
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


def filled(values: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """See :func:`itten.kernels.reference.ink.filled`."""
    stack = torch.cat([values * weight, weight[None]])
    levels = [stack]
    while max(stack.shape[-2:]) > 1:
        height, width = stack.shape[-2:]
        stack = functional.pad(stack, (0, width % 2, 0, height % 2))
        above, below = stack[:, ::2], stack[:, 1::2]
        stack = 0.25 * ((above[..., ::2] + above[..., 1::2]) + (below[..., ::2] + below[..., 1::2]))
        levels.append(stack)
    found = levels[-1][:-1] / levels[-1][-1:].clamp(min=1e-12)
    for level in reversed(levels[:-1]):
        height, width = level.shape[-2:]
        found = _doubled(_doubled(found, -2), -1)[..., :height, :width]
        held = level[-1:]
        found = found + held * (torch.where(held > 0, level[:-1] / held.clamp(min=1e-12), found) - found)
    return found


def _doubled(values: torch.Tensor, dim: int) -> torch.Tensor:
    """Twice as many pixels along a dimension (counted from the last), linear between the old ones' middles. torch's own
    interpolation rounds otherwise with other numbers of threads."""
    last = values.shape[dim] - 1
    before = torch.cat([values.narrow(dim, 0, 1), values.narrow(dim, 0, last)], dim=dim)
    after = torch.cat([values.narrow(dim, 1, last), values.narrow(dim, last, 1)], dim=dim)
    own, axis = 0.75 * values, values.dim() + dim
    return torch.stack([own + 0.25 * before, own + 0.25 * after], dim=axis + 1).flatten(axis, axis + 1)


def bare_paper(content: torch.Tensor) -> torch.Tensor:
    """See :func:`itten.kernels.reference.ink.bare_paper`."""
    bare = ~grown(content, FRINGE)
    for closer in (~grown(content, 1), ~content):
        bare = bare | (closer & ~grown(bare, AROUND))
    return bare


def ink_over_paper(image: torch.Tensor, content: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """See :func:`itten.kernels.reference.ink.ink_over_paper`."""
    near = grown(content, FRINGE)
    paper = torch.where(near, filled(image, bare_paper(content).to(image.dtype)), image)
    apart = image - paper
    most, index = strongest(torch.where(content, _dot(apart, apart), 0.0), CORE)
    ink = image.flatten(1)[:, index.flatten()].reshape(image.shape)
    away = torch.where(most > FAINT * FAINT, ink - paper, 0.0)
    share = _dot(apart, away) / _dot(away, away).clamp(min=FAINT * FAINT)
    share = torch.where(share < LEAST, 0.0, torch.where(share > 1 - LEAST, 1.0, share))
    alpha = torch.where(grown(~content, 1), torch.where(near, share, 0.0), 1.0)
    return alpha, ink, torch.where(alpha > 0, image - (1 - alpha) * paper, 0.0)


def _dot(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    red, green, blue = one * other
    return (red + green) + blue


def with_fringes(labels: torch.Tensor, fringe: torch.Tensor) -> torch.Tensor:
    """See :func:`itten.kernels.reference.ink.with_fringes`."""
    for _ in range(FRINGE):
        around = functional.max_pool2d(labels[None, None].double(), 3, 1, 1)[0, 0].long()
        labels = torch.where(fringe & (labels == 0), around, labels)
    return labels
