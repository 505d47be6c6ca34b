"""Which formats are read and written, and what the installed Pillow adds to them.

AVIF needs a Pillow that was built with it, JPEG XL the package ``pillow-jxl-plugin``. Neither is loaded before a file
of that kind is met.
"""

from __future__ import annotations

import importlib
import struct
from pathlib import Path
from typing import Any, BinaryIO

from PIL import Image

from itten.errors import UsageError

FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "GIF", "BMP", "PPM")
"""Formats that are read, recognised by content and never by name; AVIF and JXL where the installed Pillow can."""

ENCODERS: dict[str, tuple[str, dict[str, Any]]] = {
    ".png": ("PNG", {"compress_level": 6}),
    ".jpg": ("JPEG", {"quality": 95, "subsampling": 0}),
    ".jpeg": ("JPEG", {"quality": 95, "subsampling": 0}),
    ".webp": ("WEBP", {"lossless": True, "quality": 80, "method": 4, "exact": True}),
    ".tif": ("TIFF", {"compression": "tiff_deflate"}),
    ".tiff": ("TIFF", {"compression": "tiff_deflate"}),
    ".bmp": ("BMP", {}),
    ".avif": ("AVIF", {"quality": 95, "subsampling": "4:4:4"}),
    ".jxl": ("JXL", {"lossless": True}),
}
WITH_ALPHA = frozenset({"PNG", "WEBP", "TIFF", "AVIF", "JXL"})
DEEP = frozenset({"PNG", "TIFF"})
LONGEST = {"WEBP": 16383, "JPEG": 65500, "AVIF": 65536}
"""Most pixels of a side, where a format or its encoder has such a limit below that of pictures that are read."""
_LONGEST_DEEP_PNG = 1_000_000  # libpng's own

_AVIF_BRANDS = (b"avif", b"avis", b"mif1", b"msf1")
_JXL_BARE, _JXL_BOXED = b"\xff\x0a", b"\x00\x00\x00\x0cJXL \r\n\x87\n"
_RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
_HEAD = 1 << 16


class UnsupportedMode(ValueError):
    """A mode or a range of values that has no defined conversion. The message is a predicate."""


def kinds(file: BinaryIO) -> tuple[str, ...]:
    """The formats that ``file`` may be of, by its first bytes; the file stands at its start before and after."""
    head = file.read(12)
    file.seek(0)
    if head[4:8] == b"ftyp" and head[8:12] in _AVIF_BRANDS and can("AVIF"):
        return ("AVIF",)
    if is_jxl(head) and can("JXL"):
        return ("JXL",)
    return FORMATS


def can(kind: str) -> bool:
    """Whether the installed Pillow has ``AVIF`` or ``JXL``; True for all others."""
    if kind == "AVIF":
        from PIL import features

        return "avif" in features.get_supported_modules()
    if kind == "JXL":
        try:
            importlib.import_module("pillow_jxl")
        except ImportError:
            return False
        return "JXL" in Image.OPEN and "JXL" in Image.SAVE
    return True


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


def check_size(kind: str, width: int, height: int, depth: int = 8) -> None:
    """Raise :class:`~itten.errors.UsageError` for a picture that ``kind`` cannot hold, whatever is in it."""
    most = _LONGEST_DEEP_PNG if kind == "PNG" and depth == 16 else LONGEST.get(kind)
    if most is not None and max(width, height) > most:
        other = "tif" if kind == "PNG" else "png"
        raise UsageError(
            f"{kind} cannot hold a picture of {width} × {height}: its sides end at {most} pixels; try {other}"
        )


def is_jxl(head: bytes) -> bool:
    """Whether a file that starts like this is JPEG XL."""
    return head.startswith((_JXL_BARE, _JXL_BOXED))


def jxl_size(file: BinaryIO) -> tuple[int, int] | None:
    """Width and height that a JPEG XL file claims; None where that cannot be found near its start.

    The plugin decodes a file as soon as it opens it, so its size has to be known before. The file is left at its start.
    """
    data = file.read(_HEAD)
    file.seek(0)
    at = 0
    if data.startswith(_JXL_BOXED):
        while True:
            if len(data) < at + 8:
                return None
            length, name = struct.unpack_from(">I4s", data, at)
            if name in (b"jxlc", b"jxlp"):
                at += 8 if name == b"jxlc" else 12
                break
            if length < 8:  # to the end of the file, or with a size of 64 bits: not before the picture
                return None
            at += length
    if data[at : at + 2] != _JXL_BARE or len(data) < at + 12:
        return None
    bits = int.from_bytes(data[at + 2 : at + 12], "little")

    def take(count: int) -> int:
        nonlocal bits
        value = bits & ((1 << count) - 1)
        bits >>= count
        return value

    def length_of(small: int) -> int:
        return 8 * (take(5) + 1) if small else take((9, 13, 18, 30)[take(2)]) + 1

    small = take(1)
    height = length_of(small)
    ratio = take(3)
    if ratio == 0:
        return length_of(small), height
    over, under = _RATIOS[ratio - 1]
    return height * over // under, height
