"""Pictures made small, for previews."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from itten.works.given import Given

if TYPE_CHECKING:
    from torch import Tensor

    from itten.image import Picture
    from itten.image.header import Header


@dataclass(frozen=True)
class Reduced(Given):
    """A picture whose shorter side has at most ``side`` pixels."""

    side: int = 256

    def picture(self) -> Picture:
        from torch.nn.functional import interpolate

        found = super().picture()
        height, width = found.pixels.shape[-2:]
        size = self._size(height, width)
        if size == (height, width):
            return found

        def less(planes: Tensor) -> Tensor:
            return interpolate(planes[None], size, mode="area")[0].clamp(0, 1)

        alpha = None if found.alpha is None else less(found.alpha[None])[0]
        return replace(found, pixels=less(found.pixels), alpha=alpha)

    def header(self) -> Header:
        head = super().header()
        height, width = self._size(head.height, head.width)
        return head._replace(width=width, height=height)

    def _size(self, height: int, width: int) -> tuple[int, int]:
        times = min(self.side / min(height, width), 1.0)
        return max(round(height * times), 1), max(round(width * times), 1)
