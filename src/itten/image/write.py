"""Writing files so that nothing is lost: atomic, complete or absent, never over a file unasked."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from itten.errors import ResourceError, UsageError
from itten.image.coerce import to_pil, to_uint16
from itten.image.encode import encode, encode_deep
from itten.image.formats import DEEP, ENCODERS, WITH_ALPHA, can
from itten.image.picture import Picture

_CHUNK = 1 << 20
# What file systems without hard links (FAT, some network and container mounts) answer to link().
_NO_LINKS = frozenset(
    {errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EXDEV, errno.EINVAL}
)


def write_image(
    image: Any,
    path: str | os.PathLike[str],
    overwrite: bool = False,
    *,
    alpha: Any = None,
    like: Picture | None = None,
) -> Path:
    """Write one image ``(3, H, W)`` in [0, 1] and return the path really written.

    The suffix decides the format: png, webp (lossless), tif, bmp, jpg (quality 95), and where the installed Pillow can
    avif (quality 95) and jxl (lossless). Values are rounded to 8 bits as :func:`itten.image.to_uint8` does. The same
    picture gives the same bytes. If ``path`` exists and ``overwrite`` is False, the picture goes to a timestamped name
    beside it. Missing folders are made. ``alpha`` ``(H, W)`` in [0, 1] is stored where the format can (not bmp, jpg).
    From ``like`` come depth (16 bits in png and tif), profile, resolution and EXIF, as far as the format holds them.

    Raises :class:`~itten.errors.UsageError` for an unknown suffix, one that the installed Pillow cannot write, or alpha
    in a format without it;
    :class:`~itten.errors.InputError` for an image that is none; :class:`~itten.errors.ResourceError` where
    the disk is full or the folder cannot be written. A failure leaves no part of a file, and what was
    there before as it was.
    """
    target = Path(path)
    kind, options = check_suffix(target)
    if alpha is not None and kind not in WITH_ALPHA:
        raise UsageError(f"{kind} cannot hold alpha: write {str(target)!r} as png, webp or tif")
    if like is not None and like.depth == 16 and kind in DEEP:
        data = encode_deep(to_uint16(image, alpha), kind, like)
    else:
        data = encode(to_pil(image, alpha), kind, options, like)
    return write_bytes_atomic(data, target, overwrite)


def write_picture(picture: Picture, path: str | os.PathLike[str], overwrite: bool = False) -> Path:
    """Write a picture with all that it holds, as :func:`write_image` does, and return the path really written."""
    return write_image(picture.pixels, path, overwrite, alpha=picture.alpha, like=picture)


def check_suffix(path: Path) -> tuple[str, dict[str, Any]]:
    """The format that the suffix of ``path`` names, and its options. Raises :class:`~itten.errors.UsageError` for an
    unknown one, or one that the installed Pillow cannot write."""
    if path.suffix.lower() not in ENCODERS:
        known = ", ".join(suffix[1:] for suffix in ENCODERS)
        raise UsageError(f"{str(path)!r} ends in no known picture suffix; known are {known}")
    kind, options = ENCODERS[path.suffix.lower()]
    if not can(kind):
        raise UsageError(f"the installed Pillow cannot write {kind}: write {str(path)!r} as png, webp or tif")
    return kind, options


def write_bytes_atomic(data: bytes, path: str | os.PathLike[str], overwrite: bool = False) -> Path:
    """Write ``data`` to ``path`` completely or not at all, and return the path really written.

    With ``overwrite`` the old file is replaced in one step (a symbolic link stays a link, and its target
    is replaced). Without it, a name that is taken is left alone, also when another writer takes it at the
    same moment, and the data goes to ``timestamped(path)``. Missing folders are made.

    Raises :class:`~itten.errors.ResourceError` when the system refuses (disk full, no permission, I/O
    error), :class:`~itten.errors.UsageError` when ``path`` is a folder and should be replaced.
    """
    asked = Path(path)
    if overwrite and asked.is_dir():
        raise UsageError(f"{str(asked)!r} is a folder and cannot be replaced by a file")
    try:
        home = Path(os.path.realpath(asked)) if overwrite else asked
        home.parent.mkdir(parents=True, exist_ok=True)
        temporary = home.parent / f".itten-{secrets.token_hex(8)}.part"
        try:
            _store(data, temporary)
            if overwrite:
                os.replace(temporary, home)
                written = asked
            else:
                written = _publish(temporary, asked)
        finally:
            temporary.unlink(missing_ok=True)
        _sync_folder(home.parent)
    except OSError as error:
        raise ResourceError(f"cannot write {str(asked)!r} ({error.strerror or error})") from error
    return written


def timestamped(path: str | os.PathLike[str]) -> Path:
    """Return ``path`` with the local time in its name: ``stem_YYYYmmdd-HHMMSS-ffffff.suffix``."""
    plain = Path(path)
    return plain.with_name(f"{plain.stem}_{datetime.now():%Y%m%d-%H%M%S-%f}{plain.suffix}")


def _store(data: bytes, path: Path) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags, 0o666)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest[:_CHUNK]) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _candidates(path: Path) -> Iterator[Path]:
    yield path
    dated = timestamped(path)
    yield dated
    for count in range(2, 10_000):
        yield dated.with_name(f"{dated.stem}-{count}{dated.suffix}")


def _publish(temporary: Path, path: Path) -> Path:
    """Give the finished file the first free name. A link, unlike a rename, fails where the name is taken."""
    for candidate in _candidates(path):
        try:
            os.link(temporary, candidate)
        except FileExistsError:
            continue
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            if not _claim(temporary, candidate):
                continue
        return candidate
    raise FileExistsError(errno.EEXIST, "no free name was found")


def _claim(temporary: Path, candidate: Path) -> bool:
    """Without hard links: take the name with an empty file that must be new, then move the full one there."""
    try:
        os.close(os.open(candidate, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
    except FileExistsError:
        return False
    try:
        os.replace(temporary, candidate)
    except BaseException:
        candidate.unlink(missing_ok=True)
        raise
    return True


def _sync_folder(folder: Path) -> None:
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:  # Windows opens no folders; the file itself is on disk already
        return
    try:
        os.fsync(descriptor)
    except OSError:
        pass
    finally:
        os.close(descriptor)
