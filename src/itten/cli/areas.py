"""What ``itten panes`` and ``itten bands`` have in common: one picture in, one picture of the same kind out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from itten.cli.device import announce, pick_device
from itten.cli.drawings import drawing_names, is_drawing, put_drawing
from itten.cli.ground import ground_colour, over_ground
from itten.cli.heads import check_heads
from itten.cli.outbox import Outbox
from itten.cli.output import WITH_ALPHA, check_name, picture_name
from itten.cli.room import DECODED
from itten.cli.settings import assignment
from itten.cli.streams import complain
from itten.cli.warmup import kernels_for
from itten.files import check_place

if TYPE_CHECKING:
    import torch


class OnePicture:
    """A command that makes one picture of another: names are checked first, then the settings, then the room in memory,
    and then it is read. ``what`` it makes is in its file's name, if it was given none; ``paths``: it may be
    written as SVG or PDF."""

    def __init__(
        self, image: Path, out: Path | None, what: str, ground: str, device: str, overwrite: bool, paths: bool = False
    ) -> None:
        default = f"{image.stem}_{what}.png"
        if paths:
            (self.name,) = drawing_names(() if out is None else (out,), default, overwrite)
        else:
            check_name(out, overwrite)
            self.name = picture_name(out, default)
        self.image, self.ground, self.device, self.overwrite = image, ground_colour(ground), device, overwrite
        check_place(self.name, overwrite)

    def write(self, make: Callable[[torch.Tensor], Any], needs: Callable[[tuple[int, int]], int]) -> None:
        """Read the picture, ``make`` something with an ``image`` ``(3, H, W)`` of what is seen of it, and write that
        with the picture's alpha, or what is made as paths. ``needs``: bytes that a size (height, width) takes."""
        paths = is_drawing(self.name)
        (head,) = check_heads([self.image], [] if paths else [self.name])
        from itten.needs import check_room

        size = head.height, head.width
        check_room(needs(size) + DECODED * size[0] * size[1], f"a picture of {size[1]} × {size[0]} pixels", size)
        where = pick_device(self.device)
        announce(where)
        from itten.image import read_picture, write_picture

        picture = read_picture(self.image)
        seen = over_ground(picture, self.ground)[1]
        kernels_for("cpu")
        made, box = make(seen.to(where)), Outbox(self.overwrite)
        if paths:
            put_drawing(made.drawing(), self.name, None, box)
            box.close()
            return
        alpha, suffix = picture.alpha, self.name.suffix.lower()
        if alpha is not None and suffix not in WITH_ALPHA:
            complain(f"itten: {suffix} holds no alpha channel, it is left out")
            alpha = None
        box.put(partial(write_picture, replace(picture, pixels=made.image.cpu(), alpha=alpha)), self.name)
        box.close()


def chosen(sets: Sequence[str], **options: Any) -> dict[str, Any]:
    """The settings of a command: those of ``--set``, and over them the options that were given."""
    found = dict(assignment(text) for text in sets)
    return {**found, **{key: value for key, value in options.items() if value is not None}}
