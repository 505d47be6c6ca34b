"""What ``itten panes`` and ``itten bands`` have in common: one picture in, one picture of the same kind out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from itten.cli.device import announce, pick_device
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
    """A command that makes one picture of another: names are checked first, then the settings, then the room in
    memory, and then it is read. ``what`` it makes is in its file's name, if it was given none."""

    def __init__(self, image: Path, out: Path | None, what: str, ground: str, device: str, overwrite: bool) -> None:
        check_name(out, overwrite)
        self.image, self.ground, self.device, self.overwrite = image, ground_colour(ground), device, overwrite
        self.name = picture_name(out, f"{image.stem}_{what}.png")
        check_place(self.name, overwrite)

    def write(self, make: Callable[[torch.Tensor], torch.Tensor], needs: Callable[[tuple[int, int]], int]) -> None:
        """Read the picture, ``make`` another ``(3, H, W)`` of what is seen of it, and write that with its alpha.
        ``needs`` says how many bytes a size (height, width) takes."""
        (head,) = check_heads([self.image], [self.name])
        from itten.needs import check_room

        size = head.height, head.width
        check_room(needs(size) + DECODED * size[0] * size[1], f"a picture of {size[1]} × {size[0]} pixels", size)
        where = pick_device(self.device)
        announce(where)
        from itten.image import read_picture, write_picture

        picture = read_picture(self.image)
        seen = over_ground(picture, self.ground)[1]
        kernels_for("cpu")
        alpha, suffix = picture.alpha, self.name.suffix.lower()
        if alpha is not None and suffix not in WITH_ALPHA:
            complain(f"itten: {suffix} holds no alpha channel, it is left out")
            alpha = None
        box = Outbox(self.overwrite)
        made = replace(picture, pixels=make(seen.to(where)).cpu(), alpha=alpha)
        box.put(partial(write_picture, made), self.name)
        box.close()


def chosen(sets: Sequence[str], **options: Any) -> dict[str, Any]:
    """The settings of a command: those of ``--set``, and over them the options that were given."""
    found = dict(assignment(text) for text in sets)
    return {**found, **{key: value for key, value in options.items() if value is not None}}
