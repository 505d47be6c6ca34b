"""Pixels as the bytes of a file: Pillow's encoders at 8 bits, our own PNG at 16, and our own TIFF.

Pillow has no colour of 16 bits a channel, and puts no EXIF into compressed TIFFs.
"""

from __future__ import annotations

import io
import logging
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, TiffImagePlugin

from itten.errors import UsageError
from itten.image.picture import Picture

_log = logging.getLogger(__name__)

_BAND = 1 << 20
"""About so many bytes of pixels are filtered and compressed at a time."""

_KEEPS_PROFILE = frozenset({"PNG", "JPEG", "WEBP", "AVIF"})
_KEEPS_EXIF = frozenset({"PNG", "JPEG", "WEBP", "AVIF", "JXL"})
_KEEPS_DPI = frozenset({"PNG", "JPEG", "BMP"})
_JPEG_SEGMENT = 65533


def encode(picture: Image.Image, kind: str, options: dict[str, Any], like: Picture | None) -> bytes:
    """``picture``, RGB or RGBA, as a file of ``kind`` with the profile, resolution and EXIF of ``like``, as far as the
    format holds them. Raises :class:`~itten.errors.UsageError` where it cannot hold the picture."""
    if kind == "TIFF":
        return _tiff(np.asarray(picture), like)
    said = options if like is None else {**options, **_kept(kind, like)}
    buffer = io.BytesIO()
    try:
        picture.save(buffer, kind, **said)
    except (OSError, ValueError, SystemError) as error:  # WebP ends at 16383 pixels, JPEG at 65500
        width, height = picture.size
        raise UsageError(f"{kind} cannot hold a picture of {width} × {height} ({error}); try png") from error
    return buffer.getvalue()


def _kept(kind: str, like: Picture) -> dict[str, Any]:
    said: dict[str, Any] = {}
    if like.profile is not None:
        if kind in _KEEPS_PROFILE:
            said["icc_profile"] = like.profile
        else:
            _log.warning("%s holds no colour profile, it is left out", kind)
    if like.dpi is not None and kind in _KEEPS_DPI:
        said["dpi"] = like.dpi
    if like.exif is not None and kind in _KEEPS_EXIF:
        if kind == "JPEG" and len(like.exif) > _JPEG_SEGMENT:
            _log.warning("JPEG holds no EXIF of %d bytes, it is left out", len(like.exif))
        else:
            said["exif"] = like.exif
    return said


def encode_deep(values: NDArray[np.uint16], kind: str, like: Picture) -> bytes:
    """``(H, W, 3)`` or ``(H, W, 4)`` uint16 as a PNG or TIFF of 16 bits a channel, with the profile, resolution and
    EXIF of ``like``."""
    return _png(values, like) if kind == "PNG" else _tiff(values, like)


def _png(values: NDArray[np.uint16], like: Picture) -> bytes:
    height, width, channels = values.shape
    parts = [b"\x89PNG\r\n\x1a\n"]

    def chunk(name: bytes, data: bytes) -> None:
        parts.extend([struct.pack(">I", len(data)), name, data, struct.pack(">I", zlib.crc32(data, zlib.crc32(name)))])

    chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, {3: 2, 4: 6}[channels], 0, 0, 0))
    if like.profile is not None:
        chunk(b"iCCP", b"ICC Profile\0\0" + zlib.compress(like.profile))
    if like.dpi is not None:
        chunk(b"pHYs", struct.pack(">IIB", *(round(value / 0.0254) for value in like.dpi), 1))
    if like.exif is not None:
        chunk(b"eXIf", like.exif.removeprefix(b"Exif\0\0"))
    packer = zlib.compressobj(6)
    above = np.zeros(2 * width * channels, np.uint8)
    for band in _bands(values):
        rows = np.ascontiguousarray(band, dtype=">u2").view(np.uint8).reshape(len(band), -1)
        packed = packer.compress(_filtered(rows, above, 2 * channels).tobytes())
        if packed:
            chunk(b"IDAT", packed)
        above = rows[-1]
    chunk(b"IDAT", packer.flush())
    chunk(b"IEND", b"")
    return b"".join(parts)


def _filtered(rows: NDArray[np.uint8], above: NDArray[np.uint8], step: int) -> NDArray[np.uint8]:
    """PNG's five filters, for every row the one whose bytes, taken with signs, are smallest in sum."""
    up = np.vstack([above[None], rows[:-1]]).astype(np.int16)
    here = rows.astype(np.int16)
    left, corner = np.zeros_like(here), np.zeros_like(here)
    left[:, step:], corner[:, step:] = here[:, :-step], up[:, :-step]
    guess = left + up - corner
    by_left, by_up, by_corner = np.abs(guess - left), np.abs(guess - up), np.abs(guess - corner)
    paeth = np.where((by_left <= by_up) & (by_left <= by_corner), left, np.where(by_up <= by_corner, up, corner))
    best = np.empty((len(rows), 1 + rows.shape[1]), np.uint8)
    least = np.full(len(rows), np.iinfo(np.int64).max)
    for number, expected in enumerate((np.zeros_like(here), left, up, (left + up) >> 1, paeth)):
        rest = (here - expected).astype(np.uint8)
        size = np.abs(rest.view(np.int8).astype(np.int16)).sum(axis=1, dtype=np.int64)
        better = size < least
        best[better, 0], best[better, 1:], least[better] = number, rest[better], size[better]
    return best


def _tiff(values: NDArray[Any], like: Picture | None) -> bytes:
    """Deflated strips with horizontal differences, of 8 or 16 bits a channel."""
    height, width, channels = values.shape
    strips, starts, at = [], [], 0
    for band in _bands(values):
        steps = band.astype(band.dtype.newbyteorder("<"), order="C")
        steps[:, 1:] = steps[:, 1:] - steps[:, :-1]
        strips.append(zlib.compress(steps.tobytes(), 6))
        starts.append(at)
        at += len(strips[-1])
    directory = TiffImagePlugin.ImageFileDirectory_v2(ifh=b"II*\0\0\0\0\0")
    if like is not None and like.exif is not None:
        kept = Image.Exif()
        kept.load(like.exif)
        for tag, value in kept.items():
            directory[tag] = kept.get_ifd(tag) if tag in (0x8769, 0x8825) else value
    directory[256], directory[257], directory[258] = width, height, (8 * values.itemsize,) * channels
    directory[259], directory[262], directory[277], directory[278] = 8, 2, channels, _rows(values)
    directory.tagtype[273] = directory.tagtype[279] = 4
    # The directory counts places of strips from its own end.
    directory[273], directory[279] = tuple(starts), tuple(len(strip) for strip in strips)
    directory[284], directory[317] = 1, 2
    if channels == 4:
        directory[338] = 2  # alpha that the colours are not multiplied by
    if like is not None and like.dpi is not None:
        directory[282], directory[283], directory[296] = *like.dpi, 2
    if like is not None and like.profile is not None:
        directory.tagtype[34675] = 7
        directory[34675] = like.profile
    return b"".join([b"II*\0\x08\0\0\0", directory.tobytes(8), *strips])


def _rows(values: NDArray[Any]) -> int:
    """How many rows make a band."""
    return max(1, _BAND // (values.itemsize * values.shape[1] * values.shape[2]))


def _bands(values: NDArray[Any]) -> Iterator[NDArray[Any]]:
    rows = _rows(values)
    yield from (values[top : top + rows] for top in range(0, len(values), rows))
