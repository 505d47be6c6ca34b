"""What a command makes of a shader's passes, one after the other: pictures, and layers apart from them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from itten.cli.layers import Copies, Stack
from itten.cli.outbox import Outbox
from itten.cli.output import WITH_ALPHA, after_pass

if TYPE_CHECKING:
    import torch

    from itten.image import Colour, Picture
    from itten.shader.output import PassResult, Progress


@dataclass
class Results:
    """Writes what there is after each pass where ``every`` one is wanted, and after the last: the ``picture``, which
    is seen over ``ground`` as ``image`` ``(3, H, W)``, painted, to ``name``; all copies without it, and all layers, to
    theirs. ``moved`` hears of passes, too."""

    picture: Picture
    image: torch.Tensor
    ground: Colour
    name: Path
    box: Outbox
    every: bool
    copies: Copies | None
    stack: Stack | None
    moved: Progress | None

    def __post_init__(self) -> None:
        self.keeps_alpha = self.name.suffix.lower() in WITH_ALPHA
        self.written = self.box.free(self.name)

    def __call__(self, index: int, passes: int, result: PassResult) -> None:
        """A pass of the shader, which calls this; see :data:`itten.shader.output.Progress`."""
        last = index + 1 == passes
        for part in (self.copies, self.stack):
            if part is not None and result.record is not None:
                part.add(index, result.record.layers())
        if self.every:
            self._put(self._finished(result, self.keeps_alpha), after_pass(self.written, index + 1))
            if self.copies is not None:
                self._put(self.copies.picture(), after_pass(self.copies.written, index + 1))
        if last:
            self._put(self._finished(result, self.keeps_alpha), self.written, self.name)
            if self.copies is not None:
                self._put(self.copies.picture(), self.copies.written, self.copies.name)
            if self.stack is not None:
                self.stack.put(self._finished(result, with_alpha=True), self.box)
        if self.moved is not None:
            self.moved(index, passes, result)

    def _put(self, made: Picture, name: Path, asked: Path | None = None) -> None:
        from itten.image import write_picture

        self.box.put(partial(write_picture, made), name, asked)

    def _finished(self, result: PassResult, with_alpha: bool) -> Picture:
        from itten.image import changed

        shown, picture = result.image.cpu(), self.picture
        if not with_alpha:
            return replace(picture, pixels=shown, alpha=None)
        if picture.alpha is None or result.record is None:
            return picture.painted(shown, changed(self.image, shown, picture.depth), self.ground)
        return picture.painted(shown, result.record.coverage.cpu(), self.ground)
