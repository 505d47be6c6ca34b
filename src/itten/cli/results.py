"""What a command makes of a shader's passes, one after the other: pictures, and layers apart from them."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from itten.cli.layers import Stack
from itten.cli.maps import put_map
from itten.cli.moving import Moving, filmed
from itten.cli.outbox import Outbox
from itten.cli.output import WITH_ALPHA, after_pass, is_standard
from itten.cli.pace import expected, remember
from itten.cli.progress import Doing
from itten.cli.streams import notice
from itten.works.copies import Copies

if TYPE_CHECKING:
    import torch

    from itten.image import Picture
    from itten.shader.output import PassResult
    from itten.works.shading import Shading


def shaded(
    work: Shading,
    name: Path,
    box: Outbox,
    now: Doing,
    where: torch.device,
    every: bool = False,
    layer: Path | None = None,
    layers: Path | None = None,
    told: bool = True,
    film: Moving | None = None,
    moves: Path | None = None,
) -> None:
    """Read the pictures of a work, run it on the device ``where``, and write what comes out, the ``film`` last; to
    ``moves`` from where to where pixels moved."""
    now.stage("loading torch")
    import torch  # noqa: F401

    now.stage("reading pictures")
    opened = work.open(where)
    keeps = is_standard(name) or name.suffix.lower() in WITH_ALPHA
    if opened.picture.alpha is not None and not keeps:
        notice(f"itten: {name.suffix} holds no alpha channel, it is left out")
    copies = None if layer is None else Copies(opened.picture)
    stack = None if layers is None else Stack(opened.picture, opened.ground, layers)
    pixels, begin = opened.image.shape[-1] * opened.image.shape[-2], time.monotonic()
    now.steps(work.options.passes, expected("shade", pixels, work.options.passes) if now.seen else None)
    results = Results(work, name, box, every, layer, copies, stack, now, keeps, told)
    with filmed(results, film, box, told) as heard:
        apart = layer is not None or layers is not None or film is not None
        output = work.run(heard, keeps or layers is not None, apart, moves is not None)
        if moves is not None:
            put_map(output.coordinates, moves, box)
    if now.seen:
        remember("shade", pixels, work.options.passes, time.monotonic() - begin)


@dataclass
class Results:
    """Writes what there is after each pass where ``every`` one is wanted, and after the last: the picture to ``name``;
    all ``copies`` without it to ``layer``, and all layers, the ``stack``, to its own. ``now`` hears of passes, too.
    ``told``: pictures say how they were made."""

    work: Shading
    name: Path
    box: Outbox
    every: bool
    layer: Path | None
    copies: Copies | None
    stack: Stack | None
    now: Doing
    keeps_alpha: bool
    told: bool

    def __post_init__(self) -> None:
        self.written = self.box.free(self.name)
        self.layer_written = None if self.layer is None else self.box.free(self.layer)

    def __call__(self, index: int, passes: int, result: PassResult) -> None:
        """A pass of the shader, which calls this; see :data:`itten.shader.output.Progress`."""
        last, number = index + 1 == passes, index + 1
        if result.record is not None:
            if self.copies is not None:
                self.copies.add(result.record.layers())
            if self.stack is not None:
                self.stack.add(index, result.record.layers())
        if self.every:
            made = self.work.picture(result, self.keeps_alpha, f"pass {number}", self.told)
            self.box.put_picture(made, after_pass(self.written, number))
            if self.copies is not None and self.layer_written is not None:
                part = f"copies after pass {number}"
                self.box.put_picture(self._copies(self.copies, part), after_pass(self.layer_written, number))
        if last:
            made = self.work.picture(result, self.keeps_alpha, told=self.told)
            self.box.put_picture(made, self.written, self.name)
            if self.copies is not None and self.layer_written is not None:
                self.box.put_picture(self._copies(self.copies, "copies"), self.layer_written, self.layer)
            if self.stack is not None:
                self.stack.put(self.work.picture(result, with_alpha=True, told=False), self.box)
        self.now.step(index, passes)

    def _copies(self, copies: Copies, part: str) -> Picture:
        made = copies.picture()
        return replace(made, made=self.work.recipe(part).to_text()) if self.told else made
