"""Hostile files, made by code from seeds: what damage makes of sound ones, bombs, and other formats.

The same numbers give the same bytes, as far as the encoders' versions do.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from PIL import Image

from tests.faults.sound import SOUND, chunk, drawn, png, saved, sound


class Case(NamedTuple):
    """A file: the ``kind`` of picture that it was made from, what became of it, and its bytes."""

    kind: str
    what: str
    data: bytes


def truncations(kind: str, steps: int = 20) -> Iterator[Case]:
    """Cut after every ``steps``-th part; 20 steps are every 5 %, from nothing on."""
    data = sound(kind)
    for step in range(steps):
        yield Case(kind, f"cut at {step * 100 // steps} %", data[: len(data) * step // steps])


def mutations(count: int, seed: int = 0, kinds: tuple[str, ...] = tuple(SOUND)) -> Iterator[Case]:
    """``count`` damaged files, each of the ``kinds`` in turn. Number n is the same for every count."""
    for number in range(count):
        kind = kinds[number % len(kinds)]
        draw = np.random.default_rng([seed, number])
        data, done = bytearray(sound(kind)), []
        for _ in range(int(draw.choice([1, 1, 1, 3]))):
            change = CHANGES[int(draw.integers(len(CHANGES)))]
            done.append(change.__name__.strip("_"))
            data = change(data, draw) or data
        if draw.random() < 0.7:
            _sums_mended(data)
        yield Case(kind, f"{number}: {', '.join(done)}", bytes(data))


def _place(data: bytearray, draw: np.random.Generator, length: int = 1) -> int:
    """Half of all damage goes to the head, where the structure is, and little to what says which format it is."""
    start = 0 if draw.random() < 0.05 else 8
    reach = min(len(data), 256) if draw.random() < 0.5 else len(data)
    return int(draw.integers(start, reach - length + 1)) if reach >= length + start else 0


def _bit(data: bytearray, draw: np.random.Generator) -> None:
    for _ in range(int(draw.integers(1, 6))):
        if data:
            data[min(_place(data, draw), len(data) - 1)] ^= 1 << int(draw.integers(8))


def _extreme(data: bytearray, draw: np.random.Generator) -> None:
    """Bytes, half words and words at the ends of their ranges, in either order."""
    width = int(draw.choice([1, 2, 4, 8]))
    value = int(draw.choice([0, 1, 0x7F, 0x80, 0xFF]))
    at = _place(data, draw, width)
    rest = 0xFF if value == 0x7F else 0
    word = [value, *[rest] * (width - 1)]
    data[at : at + width] = bytes(word if draw.random() < 0.5 else word[::-1])


def _length(data: bytearray, draw: np.random.Generator) -> None:
    """What stands before a name of four letters is a length, in PNG, WebP and AVIF; in the others, some word is."""
    named = [at for at in range(4, len(data) - 4) if data[at : at + 4].isalpha()]
    at = named[int(draw.integers(len(named)))] - 4 if named else _place(data, draw, 4)
    if draw.random() < 0.5:
        at += 8 if data[:4] == b"RIFF" else 0
    value = int(draw.choice([0, 1, 0x7FFFFFFF, 0xFFFFFFFF, len(data), int(draw.integers(2**16))]))
    data[at : at + 4] = struct.pack("<I" if data[:4] == b"RIFF" else ">I", value)


def _field(data: bytearray, draw: np.random.Generator) -> None:
    """A field of a PNG chunk, with a checksum that fits; in other formats a small number somewhere in the head."""
    if data[:4] != b"\x89PNG":
        at = _place(data, draw, 2)
        data[at : at + 2] = struct.pack("<H", int(draw.integers(0, 512)))
        return
    chunks = list(_chunks(data))
    if not chunks:
        return
    start, name, body = chunks[int(draw.integers(len(chunks)))]
    if body:
        body[int(draw.integers(len(body)))] = int(draw.integers(256))
        data[start : start + 12 + len(body)] = chunk(name, bytes(body))


def _chunks(data: bytearray) -> Iterator[tuple[int, bytes, bytearray]]:
    at = 8
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        if at + 12 + length > len(data):
            return
        yield at, bytes(data[at + 4 : at + 8]), data[at + 8 : at + 8 + length]
        at += 12 + length


def _sums_mended(data: bytearray) -> None:
    """Checksums of a PNG that fit whatever is in its chunks, so that it is looked at."""
    if data[:4] == b"\x89PNG":
        for start, name, body in list(_chunks(data)):
            data[start : start + 12 + len(body)] = chunk(name, bytes(body))


def _removed(data: bytearray, draw: np.random.Generator) -> bytearray:
    at, length = _place(data, draw), int(draw.integers(1, 64))
    return data[:at] + data[at + length :]


def _doubled(data: bytearray, draw: np.random.Generator) -> bytearray:
    at, length = _place(data, draw), int(draw.integers(1, 64))
    return data[: at + length] + data[at:]


def _spliced(data: bytearray, draw: np.random.Generator) -> bytearray:
    """The head of one file before the rest of another."""
    kinds = tuple(SOUND)
    other = sound(kinds[int(draw.integers(len(kinds)))])
    at = _place(data, draw)
    return data[:at] + bytearray(other[int(draw.integers(len(other))) :])


def _moved(data: bytearray, draw: np.random.Generator) -> None:
    """A block of the file over another one."""
    length = int(draw.integers(2, 64))
    start, at = _place(data, draw, length), _place(data, draw, length)
    data[at : at + length] = data[start : start + length]


def _noise(data: bytearray, draw: np.random.Generator) -> None:
    length = int(draw.integers(2, 32))
    at = _place(data, draw, length)
    data[at : at + length] = draw.bytes(min(length, max(len(data) - at, 0)))


# What leaves most of a file as it was comes more often: it goes further.
CHANGES = (*[_bit, _extreme, _field] * 4, *[_length, _moved, _noise] * 2, _removed, _doubled, _spliced)


def bombs() -> Iterator[Case]:
    """Small files that say that they are large."""
    zeros = zlib.compress(bytes(80_000_000), 9)
    for side in (60_000, 12_000, 2**31 - 1):
        yield Case("png", f"bomb of {side} pixels", png(side, side))
    yield Case("png", "bomb, one row", png(2**31 - 1, 1))
    yield Case("png", "bomb of text", png(8, 8, chunk(b"zTXt", b"comment\0\0" + zeros)))
    yield Case("png", "bomb of text behind", png(8, 8)[:-12] + chunk(b"zTXt", b"comment\0\0" + zeros) + png(8, 8)[-12:])
    yield Case("png", "bomb of international text", png(8, 8, chunk(b"iTXt", b"comment\0\1\0\0\0" + zeros)))
    yield Case("png", "bomb of a profile", png(8, 8, chunk(b"iCCP", b"profile\0\0" + zeros)))
    yield Case("bmp", "bomb", sound("bmp")[:18] + struct.pack("<ii", 60_000, 60_000) + sound("bmp")[26:])
    yield Case("gif", "bomb", sound("gif")[:6] + struct.pack("<HH", 65_535, 65_535) + sound("gif")[10:])
    jpeg = sound("jpeg")
    at = jpeg.index(b"\xff\xc0") + 5
    yield Case("jpeg", "bomb", jpeg[:at] + struct.pack(">HH", 65_500, 65_500) + jpeg[at + 4 :])
    yield Case("tiff", "bomb", _wide_tiff(sound("tiff, lzw")))
    yield Case("webp", "bomb", sound("webp, animated")[:24] + b"\xfe\xff\xff" * 2 + sound("webp, animated")[30:])


def _wide_tiff(data: bytes) -> bytes:
    """With other numbers under the tags of width and height."""
    hurt = bytearray(data)
    (at,) = struct.unpack_from("<I", hurt, 4)
    (count,) = struct.unpack_from("<H", hurt, at)
    for entry in range(at + 2, at + 2 + 12 * count, 12):
        if struct.unpack_from("<H", hurt, entry)[0] in (256, 257):
            struct.pack_into("<HII", hurt, entry + 2, 4, 1, 60_000)
    return bytes(hurt)


def strangers() -> Iterator[Case]:
    """Other formats under a picture's name, and nothing at all."""
    yield Case("eps", "other format", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\nshowpage\n")
    yield Case("svg", "other format", b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
    yield Case("psd", "other format", b"8BPS\0\1" + bytes(6) + b"\0\3\0\0\0\x08\0\0\0\x08\0\x08\0\3" + bytes(40))
    for form in ("ICO", "TGA", "PCX", "DDS", "SGI"):
        yield Case(form.lower(), "other format", saved(Image.fromarray(drawn()), form))
    yield Case("text", "other format", b"not a picture at all\n" * 9)
    yield Case("nothing", "empty", b"")
    yield Case("zeros", "4096 of them", bytes(4096))


def many_frames(form: str, count: int) -> bytes:
    """An animation of so many frames of one pixel."""
    first = Image.new("P", (2, 2))
    if form == "GIF":
        whole = saved(first, "GIF")
        frame = b"\x21\xf9\x04\0\0\0\0\0\x2c\0\0\0\0\x02\0\x02\0\0\x02\x03\x84\x1a\x05\0"
        return whole[:-1] + frame * (count - 1) + b";"
    if form == "PNG":
        control = chunk(b"acTL", struct.pack(">II", count, 0))
        first_frame = chunk(b"fcTL", struct.pack(">IIIIIHHBB", 0, 8, 8, 0, 0, 1, 10, 0, 0))
        return png(8, 8, control, first_frame)
    return _many_pages(count)


def _many_pages(count: int) -> bytes:
    """A TIFF of one page after the other, all with the same pixels."""
    tags = {256: 2, 257: 2, 258: 8, 259: 1, 262: 1, 273: 8, 277: 1, 278: 2, 279: 4}
    length = 2 + 12 * len(tags) + 4
    pages = [b"II*\0", struct.pack("<I", 12), b"\0\x40\x80\xff"]
    for number in range(count):
        entries = b"".join(struct.pack("<HHII", tag, 3, 1, value) for tag, value in tags.items())
        after = 12 + length * (number + 1) if number + 1 < count else 0
        pages.append(struct.pack("<H", len(tags)) + entries + struct.pack("<I", after))
    return b"".join(pages)
