"""``--animate``: how a picture grows, beside the picture itself."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from itten.cli.outbox import Outbox
from itten.cli.output import after_pass, check_file, is_standard
from itten.cli.targets import filled
from itten.errors import UsageError
from itten.files import same_file

if TYPE_CHECKING:
    from itten.config import AnimationConfig
    from itten.motion import Reel
    from itten.shader.output import PassResult, Progress
    from itten.works.film import Film
    from itten.works.shading import Shading


@dataclass(frozen=True)
class Moving:
    """An animation to be written to ``name``."""

    name: Path
    film: Film


def timing(name: Path | None, ping_pong: bool = False, **options: Any) -> AnimationConfig | None:
    """How an animation is timed, by options of which those that are None were not given; None where none is wanted.

    Raises :class:`~itten.errors.UsageError` for options without an animation, :class:`~itten.errors.ConfigError` for
    values out of range."""
    given = {key: value for key, value in options.items() if value is not None}
    if name is None:
        if given or ping_pong:
            option = next(iter(given), "ping-pong")
            raise UsageError(f"--{option} is of animations: it wants --animate FILE")
        return None
    from itten.config import AnimationConfig

    return AnimationConfig(**given, ping_pong=ping_pong)


def check_moving(name: Path | None, config: AnimationConfig | None, targets: int, out: Path | None) -> None:
    """Find mistakes in the name of an animation before anything is loaded. Raises
    :class:`~itten.errors.UsageError`."""
    if name is None or config is None:
        return
    if is_standard(out):
        raise UsageError("standard output holds one picture: --animate wants -o FILE")
    if targets > 1 and "{stem}" not in str(name):
        raise UsageError(f"several pictures want --animate with {{stem}} in its name, got {str(name)!r}")
    check_film(Path(filled(str(name), stem="stem", look="look")), config)


def check_film(name: Path, config: AnimationConfig) -> None:
    """Whether an animation can have that name: a file, of a known format that holds its rate. Raises
    :class:`~itten.errors.UsageError`."""
    from itten.motion import check_format

    if os.path.isdir(name):
        raise UsageError(f"{str(name)!r} is a folder, the name of an animation is wanted")
    check_format(name, config)


def moving_for(
    works: Sequence[Shading],
    name: Path | None,
    config: AnimationConfig | None,
    look: str | None,
    others: Sequence[Path],
    every: bool,
    overwrite: bool,
) -> list[Moving | None]:
    """For every work the animation to be written, if one is wanted. ``others``: what is written besides; ``every``:
    after every pass, too. Raises as :func:`~itten.cli.output.check_file` does, and
    :class:`~itten.errors.UsageError` for names that are given twice, or of what is read."""
    if name is None or config is None:
        return [None] * len(works)
    from itten.works.film import Film

    look_stem = Path(look or "default").stem
    found: list[Path] = []
    for work in works:
        path = Path(filled(str(name), stem=work.target.stem, look=look_stem))
        check_film(path, config)
        check_file(path, overwrite)
        taken = [*others, *found]
        if every:
            taken += [after_pass(one, 1 + at) for one in others for at in range(work.options.passes)]
        if any(os.path.realpath(path) == os.path.realpath(one) for one in taken):
            raise UsageError(f"an animation and another result would both be written to {str(path)!r}")
        refuse_read(path, work, overwrite)
        found.append(path)
    return [Moving(path, Film(work, config)) for path, work in zip(found, works, strict=True)]


def refuse_read(path: Path, work: Film | Shading, overwrite: bool) -> None:
    """Raises :class:`~itten.errors.UsageError` where an animation would replace what is read."""
    read = [one.path for one in work.read if one.path is not None]
    if overwrite and os.path.lexists(path) and any(same_file(path, one) for one in read):
        raise UsageError(f"{str(path)!r} would be replaced, which is read: give another name to write to")


@contextmanager
def filmed(results: Progress, moving: Moving | None, box: Outbox, told: bool) -> Iterator[Progress]:
    """What hears of the passes of a work: ``results`` and, if there is to be one, the animation, which is written at
    the end. ``told``: it says how it was made."""
    if moving is None:
        yield results
        return
    from itten.motion import Reel

    with Reel() as reel:
        growth = moving.film.growth(reel)

        def heard(index: int, passes: int, result: PassResult) -> None:
            results(index, passes, result)
            growth(index, passes, result)

        yield heard
        put_film(reel, moving, box, told)


def put_film(reel: Reel, moving: Moving, box: Outbox, told: bool) -> None:
    """Write the frames of a reel; ``told``: they say how they were made."""
    made = moving.film.recipe(moving.name).to_text() if told else None
    box.put(partial(_written, reel, moving.film.timing, made), moving.name)


def _written(reel: Reel, config: AnimationConfig, made: str | None, name: Path, overwrite: bool) -> Path:
    from itten.motion import write_animation

    return write_animation(reel, name, config, overwrite, made).path
