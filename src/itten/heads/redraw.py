"""Heads that draw a whole picture anew: in lines, in panes, in bands."""

from __future__ import annotations

import torch
from torch import nn

from itten.config import HeadConfig


def redrawn(image: torch.Tensor, head: HeadConfig) -> torch.Tensor:
    """``image`` ``(3, H, W)`` in [0, 1], drawn as ``head.draw`` says, ``(3, H, W)``. Works on the CPU, without a
    gradient."""
    # Not at the top: most heads copy.
    if head.draw == "engrave":
        from itten.lines import engrave

        return engrave(image, config=head.engrave).image
    from itten.areas import bands, panes

    return panes(image, head.panes).image if head.draw == "panes" else bands(image, head.bands).image


class Redraw(nn.Module):
    """:func:`redrawn` with its head kept."""

    def __init__(self, head: HeadConfig) -> None:
        super().__init__()
        self.head = head

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """See :func:`redrawn`."""
        return redrawn(image, self.head)
