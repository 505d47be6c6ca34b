"""Pictures that show labels: in distinct colours, over the picture, or as means of its colours."""

from __future__ import annotations

import torch

from itten.image.labels import distinct

# How much of an overlay is the labels' colours, and how wide its lines are, in parts of the longer side.
TINT, LINE = 0.35, 1 / 600


def coloured(labels: torch.Tensor) -> torch.Tensor:
    """``(3, H, W)`` float32: labels ``(H, W)`` in colours that are told apart, black below 0."""
    table = torch.from_numpy(distinct(int(labels.max().clamp(min=0)) + 1).copy()).float()
    table = torch.cat([table, table.new_zeros(1, 3)])  # label −1 reads the last row
    return table[labels.clamp(min=-1)].movedim(-1, 0)


def average(image: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """``(3, H, W)``: each label's mean of ``image`` ``(3, H, W)``; the picture itself below 0."""
    flat, number = image.double().flatten(1), labels.flatten()
    count = torch.bincount(number + 1)
    table = flat.new_zeros(3, len(count)).index_add_(1, number + 1, flat) / count.clamp(min=1)
    return torch.where(labels >= 0, table[:, number + 1].reshape(image.shape).to(image.dtype), image)


def overlay(image: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """``(3, H, W)``: ``image`` tinted in its labels' colours, with lines between them, white on dark and dark on
    white."""
    tinted = torch.lerp(image, coloured(labels).to(image.dtype), torch.where(labels >= 0, TINT, 0.0).to(image.dtype))
    near = lines(labels, max(1, round(LINE * max(labels.shape))))
    return torch.where(near, (tinted.mean(dim=0) < 0.6).to(image.dtype).expand_as(tinted), tinted)


def lines(labels: torch.Tensor, width: int) -> torch.Tensor:
    """``(H, W)`` bool: pixels within ``width`` of another label's, above them or to the left of them as well, so that
    lines lie evenly on borders."""
    tall = labels.double()[None, None]
    size = 2 * ((width + 1) // 2) + 1 if width > 1 else 2
    padded = torch.nn.functional.pad(tall, (size // 2, (size - 1) // 2) * 2, mode="replicate")
    most = torch.nn.functional.max_pool2d(padded, size, stride=1)
    least = -torch.nn.functional.max_pool2d(-padded, size, stride=1)
    return (most != least)[0, 0]
