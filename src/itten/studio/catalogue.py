"""What the page offers: looks, samples, keys with their sentences; and the pictures that settings name."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

from itten.config import (
    BandsConfig,
    EngraveConfig,
    PanesConfig,
    SegmentConfig,
    ShaderConfig,
    flat,
    load_look,
    look_names,
)
from itten.errors import InputError
from itten.studio.controls import CONTROLS, Control, picture_of
from itten.studio.guard import MOST_UPLOAD
from itten.studio.visitors import Visitor
from itten.works.given import SAMPLE, Given
from itten.works.recipe import Input


@functools.cache
def catalogue() -> dict[str, Any]:
    """Looks with titles and what they set, samples with what they show, controls, defaults of all configurations,
    limits."""
    from itten import samples
    from itten.studio.look_at import MOST_PIXELS

    looks = [_look(name) for name in look_names()]
    kinds: dict[str, Any] = {
        "shade": ShaderConfig,
        "engrave": EngraveConfig,
        "panes": PanesConfig,
        "bands": BandsConfig,
        "segment": SegmentConfig,
    }
    return {
        "looks": looks,
        "samples": {name: samples.describe(name) for name in samples.names()},
        "defaults": {verb: kind().to_dict() for verb, kind in kinds.items()},
        "controls": {verb: [_control(verb, one) for one in several] for verb, several in CONTROLS.items()},
        "limits": {"bytes": MOST_UPLOAD, "pixels": MOST_PIXELS},
    }


def _look(name: str) -> dict[str, Any]:
    text = (look := load_look(name)).text
    config = flat(ShaderConfig.from_config(look.shader).to_dict())
    sets = {one.key: config[one.key] for one in CONTROLS["shade"] if one.key in config}
    return {"name": name, "title": text.title, "suits": text.suits, "passes": text.passes, "sets": sets}


def _control(verb: str, control: Control) -> dict[str, Any]:
    return {**control.to_dict(), "picture": picture_of(verb, control)}


@functools.cache
def _sample_digest(name: str) -> str:
    return Given.of(name).digest()


def input_of(role: Any, picture: str, visitor: Visitor) -> tuple[Input, str | None]:
    """An input of a recipe, and where its file is. Raises the errors of :mod:`itten.errors`."""
    if picture.startswith(SAMPLE):
        return Input(role=role, name=picture, sha256=_sample_digest(picture)), None
    if picture not in visitor.uploads:
        raise InputError(f"the {role.replace('_', ' ')} is no longer there: choose a picture again")
    known = visitor.use(picture)
    return Input(role=role, name=known.name, sha256=known.sha256), str(known.path)


def sample_file(name: str, folder: Path, whole: bool = False) -> Path:
    """A small picture of a sample, or the ``whole`` one, drawn once and kept in ``folder``. Raises
    :class:`~itten.errors.UsageError`."""
    from itten.image import to_pil, write_bytes_atomic

    given = Given.of(name)
    path = folder / "samples" / (f"{given.stem}.png" if whole else f"{given.stem}-small.png")
    if not path.is_file():
        import io

        small = to_pil(given.picture().pixels)
        if not whole:
            small.thumbnail((320, 320))
        buffer = io.BytesIO()
        small.save(buffer, "PNG")
        write_bytes_atomic(buffer.getvalue(), path, overwrite=True)
    return path
