"""Pixels as the bytes of a file: Pillow's encoders at 8 bits, at 16 imagecodecs for PNG and tifffile for TIFF.

Pillow has no colour of 16 bits a channel. It also puts no EXIF into compressed TIFFs, which tifffile writes then, too.
"""

from __future__ import annotations

import io
import logging
import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, TiffImagePlugin

from itten.errors import UsageError
from itten.image.picture import Picture
from itten.image.provenance import HOLDS, KEY, said, xmp
from itten.image.tags import DESCRIPTIVE

_log = logging.getLogger(__name__)

_LEVEL = 6
_STRIP = 1 << 20
"""About so many bytes of pixels make a strip of a TIFF."""

_PNG_HEAD = 33
"""Signature and IHDR: after them profile, resolution and EXIF are put in."""

_NESTED = {0x8769: "ExifTag", 0x8825: "GPSTag"}  # tifffile writes them by name alone

_KEEPS_PROFILE = frozenset({"PNG", "JPEG", "WEBP", "AVIF", "TIFF"})
_KEEPS_EXIF = frozenset({"PNG", "JPEG", "WEBP", "AVIF", "JXL"})
_KEEPS_DPI = frozenset({"PNG", "JPEG", "BMP", "TIFF"})
_JPEG_SEGMENT = 65533


def encode(picture: Image.Image, kind: str, options: dict[str, Any], like: Picture | None) -> bytes:
    """``picture``, RGB or RGBA, as a file of ``kind`` with the profile, resolution and EXIF of ``like``, as far as the
    format holds them. Raises :class:`~itten.errors.UsageError` where it cannot hold the picture."""
    if kind == "TIFF" and like is not None and like.exif is not None:
        return _tiff(np.asarray(picture), like)
    told = options if like is None else {**options, **_kept(kind, like)}
    buffer = io.BytesIO()
    try:
        picture.save(buffer, kind, **told)
    except (OSError, ValueError, SystemError) as error:  # WebP ends at 16383 pixels, JPEG at 65500
        width, height = picture.size
        raise UsageError(f"{kind} cannot hold a picture of {width} × {height} ({error}); try png") from error
    return buffer.getvalue()


def _kept(kind: str, like: Picture) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if like.profile is not None:
        if kind in _KEEPS_PROFILE:
            told["icc_profile"] = like.profile
        else:
            _log.warning("%s holds no colour profile, it is left out", kind)
    if like.dpi is not None and kind in _KEEPS_DPI:
        told["dpi"] = like.dpi
    if like.exif is not None and kind in _KEEPS_EXIF:
        if kind == "JPEG" and len(like.exif) > _JPEG_SEGMENT:
            _log.warning("JPEG holds no EXIF of %d bytes, it is left out", len(like.exif))
        else:
            told["exif"] = like.exif
    if like.made is not None and kind in HOLDS:
        if kind == "JPEG" and len(xmp(like.made)) > _JPEG_SEGMENT - 100:
            _log.warning("JPEG holds no account of %d bytes of how it was made, it is left out", len(like.made))
        else:
            told |= said(kind, like.made)
    return told


def encode_deep(values: NDArray[np.uint16], kind: str, like: Picture) -> bytes:
    """``(H, W, 3)`` or ``(H, W, 4)`` uint16 as a PNG or TIFF of 16 bits a channel, with the profile, resolution and
    EXIF of ``like``. Raises :class:`~itten.errors.UsageError` where the format cannot hold the picture."""
    height, width = values.shape[:2]
    try:
        return _png(values, like) if kind == "PNG" else _tiff(values, like)
    except (OSError, ValueError, RuntimeError) as error:  # libpng ends at a million pixels a side
        raise UsageError(f"{kind} cannot hold a picture of {width} × {height} ({error})") from error


def _png(values: NDArray[np.uint16], like: Picture) -> bytes:
    import imagecodecs

    whole = bytes(imagecodecs.png_encode(np.ascontiguousarray(values), level=_LEVEL))
    parts = [whole[:_PNG_HEAD]]

    def chunk(name: bytes, data: bytes) -> None:
        parts.extend([struct.pack(">I", len(data)), name, data, struct.pack(">I", zlib.crc32(data, zlib.crc32(name)))])

    if like.profile is not None:
        chunk(b"iCCP", b"ICC Profile\0\0" + zlib.compress(like.profile))
    if like.dpi is not None:
        chunk(b"pHYs", struct.pack(">IIB", *(round(value / 0.0254) for value in like.dpi), 1))
    if like.exif is not None:
        chunk(b"eXIf", like.exif.removeprefix(b"Exif\0\0"))
    if like.made is not None:
        chunk(b"tEXt", KEY.encode() + b"\0" + like.made.encode())
    return b"".join([*parts, whole[_PNG_HEAD:]])


def _tiff(values: NDArray[Any], like: Picture) -> bytes:
    """Deflated strips with horizontal differences, of 8 or 16 bits a channel."""
    import tifffile

    kept = Image.Exif()
    if like.exif is not None:
        kept.load(like.exif)
    nested = {tag: kept.get_ifd(tag) for tag in (0x8769, 0x8825) if tag in kept}
    tags = [_tag(tag, value) for tag, value in kept.items() if tag in DESCRIPTIVE and tag not in nested]
    tags += [(_NESTED[tag], "I", 1, 0, True) for tag in nested]
    if like.made is not None:
        packet = xmp(like.made)
        tags.append((700, 1, len(packet), packet, True))
    buffer = io.BytesIO()
    tifffile.imwrite(
        buffer,
        values,
        byteorder="<",
        photometric="rgb",
        extrasamples=["unassalpha"] if values.shape[2] == 4 else None,
        planarconfig="contig",
        rowsperstrip=max(1, _STRIP // (values.itemsize * values.shape[1] * values.shape[2])),
        compression="zlib",
        compressionargs={"level": _LEVEL},
        predictor=True,
        maxworkers=1,
        resolution=like.dpi,
        resolutionunit="INCH" if like.dpi is not None else None,
        iccprofile=like.profile,
        metadata=None,
        software=False,
        extratags=tags,
    )
    whole = buffer.getvalue()
    for tag, inner in nested.items():  # directories go to the end of the file, and their places are filled in
        whole += b"\0" * (len(whole) % 2)
        directory = TiffImagePlugin.ImageFileDirectory_v2(ifh=b"II*\0\0\0\0\0")
        directory.update(inner)
        entry = struct.pack("<HHI", tag, 4, 1)
        at = len(whole)
        whole = whole.replace(entry + bytes(4), entry + struct.pack("<I", at), 1) + directory.tobytes(at)
    return whole


def _tag(tag: int, value: Any) -> tuple[int | str, str | int, int, Any, bool]:
    """One tag of EXIF as tifffile takes it: text, bytes, or whole numbers."""
    if isinstance(value, str):
        data = value.encode() + b"\0"
        return tag, 2, len(data), data, True
    if isinstance(value, bytes):
        return tag, 1, len(value), value, True
    numbers = value if isinstance(value, tuple) else (value,)
    return tag, 3, len(numbers), tuple(int(number) for number in numbers), True
