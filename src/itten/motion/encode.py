"""A reel as the bytes of a file: the suffix decides the format."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

from itten.config import AnimationConfig
from itten.errors import UsageError
from itten.files import write_bytes_atomic
from itten.motion import apng, gif, mp4, webp
from itten.motion.reel import Reel, lengths, order

FORMATS = {".gif": "GIF", ".png": "APNG", ".apng": "APNG", ".webp": "WEBP", ".mp4": "MP4"}


@dataclass(frozen=True)
class Animation:
    """What has been written: the ``path``, how many ``frames`` the file has, how many ``seconds`` one round takes as
    they were rounded for the format, ``width`` and ``height``, how many times it says that it is played (``loop``, 0
    for ever), and whether the frames are ``exact``, which they are but in a GIF of many colours, and with losses."""

    path: Path
    frames: int
    seconds: float
    width: int
    height: int
    loop: int
    exact: bool


def check_format(path: str | os.PathLike[str], config: AnimationConfig) -> str:
    """The format that the suffix of ``path`` names. Raises :class:`~itten.errors.UsageError` for an unknown one, for a
    rate that it does not hold, and for a film where PyAV is not installed."""
    suffix = Path(path).suffix.lower()
    if suffix not in FORMATS:
        known = ", ".join(one[1:] for one in FORMATS)
        raise UsageError(f"{os.fspath(path)!r} ends in no known suffix of an animation; known are {known}")
    kind = FORMATS[suffix]
    if kind == "GIF" and config.fps > gif.FASTEST:
        raise UsageError(f"GIF holds at most {gif.FASTEST:g} frames a second, {config.fps:g} are wanted; try webp")
    if kind != "WEBP" and config.quality is not None:
        raise UsageError(f"quality is for WebP with losses, and {os.fspath(path)!r} is none")
    if kind == "MP4":
        mp4.check_video()
    return kind


def write_animation(
    reel: Reel,
    path: str | os.PathLike[str],
    config: AnimationConfig,
    overwrite: bool = False,
    made: str | None = None,
) -> Animation:
    """Write the frames of a reel, complete or not at all, and return what was written, and where. ``made``, which is
    ASCII, says how they were made: PNG and WebP hold it as pictures do, GIF and MP4 as a comment.

    Without ``overwrite`` a name that is taken is left alone, as by :func:`itten.write_image`. The same frames give the
    same bytes. Raises :class:`~itten.errors.UsageError` as :func:`check_format` does and for no frames,
    :class:`~itten.errors.ResourceError` where nothing can be written."""
    data, told = animation_bytes(reel, path, config, made)
    return replace(told, path=write_bytes_atomic(data, path, overwrite))


def animation_bytes(
    reel: Reel, path: str | os.PathLike[str], config: AnimationConfig, made: str | None = None
) -> tuple[bytes, Animation]:
    """What :func:`write_animation` writes to a file of that name, and what it says of it. Raises what that raises, but
    what writing does."""
    kind = check_format(path, config)
    if reel.size is None:
        raise UsageError("an animation has one frame at least")
    numbers, exact, unit, loop = order(len(reel), config), config.quality is None, gif.UNIT, config.loop
    height, width = reel.size
    if kind == "MP4":
        hold = int(config.hold * config.fps + 0.5)
        counts = [1 + (hold if number == len(reel) - 1 else 0) for number in numbers]
        data, (width, height) = mp4.mp4(reel, numbers, counts, config.fps, made)
        frames, seconds, exact, loop = sum(counts), sum(counts) / config.fps, False, 1
    else:
        unit = gif.UNIT if kind == "GIF" else apng.UNIT
        delays = lengths(numbers, config, unit)
        if kind == "GIF":
            data, exact = gif.gif(reel, numbers, delays, config.loop, made)
        elif kind == "APNG":
            data = apng.apng(reel, numbers, delays, config.loop, made)
        else:
            data = webp.webp(reel, numbers, delays, config.loop, config.quality, made)
        frames, seconds = len(numbers), sum(delays) / unit
    return data, Animation(Path(path), frames, seconds, width, height, loop, exact)
