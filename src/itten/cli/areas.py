"""What ``itten panes`` and ``itten bands`` have in common: pictures in, a picture of the same kind out for each."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from itten.cli.device import announce, pick_device
from itten.cli.drawings import is_drawing, put_drawing
from itten.cli.inputs import pictures
from itten.cli.outbox import Outbox
from itten.cli.output import WITH_ALPHA, is_standard
from itten.cli.pace import expected, remember
from itten.cli.progress import doing
from itten.cli.settings import assignment
from itten.cli.streams import notice
from itten.cli.targets import names_for
from itten.cli.warmup import kernels_for
from itten.files import check_place

if TYPE_CHECKING:
    from itten.config import BandsConfig, PanesConfig


def make_areas(
    config: PanesConfig | BandsConfig,
    targets: Sequence[Path],
    out: Path | None,
    ground: str,
    device: str,
    overwrite: bool,
    told: bool,
    as_json: bool,
) -> None:
    """Read every picture and write what is made of it, with the picture's alpha, or as paths. Names have been checked
    as far as that is possible without the pictures."""
    from itten.works.area import Area, AreaOptions

    options = AreaOptions(ground=ground)
    works = [Area(config, options, one) for one in pictures(targets)]
    verb = works[0].verb
    names = names_for([work.target for work in works], out, verb, None, overwrite, paths=verb == "panes")
    for work, name in zip(works, names, strict=True):
        if not is_standard(name):
            check_place(name, overwrite)
        work.check([] if is_standard(name) or is_drawing(name) else [name])
    where = pick_device(device)
    announce(where)
    kernels_for("cpu")
    box = Outbox(overwrite, as_json=as_json)
    for work, name in zip(works, names, strict=True):
        with doing(f"{work.verb} of {work.target.called}") as now:
            now.stage("reading")
            size, begin = work.opened.pixels.shape[-2:], time.monotonic()
            pixels = size[0] * size[1]
            now.steps(1, expected(work.verb, pixels) if now.seen else None)
            done = work.draw(where)
            if now.seen:
                remember(work.verb, pixels, 1, time.monotonic() - begin)
            if is_drawing(name):
                put_drawing(done.drawing(), name, None, box)
                continue
            keeps = is_standard(name) or name.suffix.lower() in WITH_ALPHA
            if work.opened.alpha is not None and not keeps:
                notice(f"itten: {name.suffix.lower()} holds no alpha channel, it is left out")
            made = work.picture(done, keeps)
            box.put_picture(made if told else replace(made, made=None), name)
    if as_json:
        box.tell(works=[work.recipe().to_dict() for work in works])
    box.close()


def chosen(sets: Sequence[str], **options: Any) -> dict[str, Any]:
    """The settings of a command: those of ``--set``, and over them the options that were given."""
    found = dict(assignment(text) for text in sets)
    return {**found, **{key: value for key, value in options.items() if value is not None}}
