"""ICC profiles for tests, made here: primaries with curves, grey, and tables for CMYK and RGB."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Callable

import numpy as np
from skimage.color import rgb2lab

P3 = ((0.51512, 0.2412, -0.00105), (0.29198, 0.69225, 0.04189), (0.1571, 0.06657, 0.78407))
SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


def _fixed(*values: float) -> bytes:
    return struct.pack(f">{len(values)}i", *(round(value * 65536) for value in values))


def parametric(kind: int, *values: float) -> bytes:
    return b"para\0\0\0\0" + struct.pack(">HH", kind, 0) + _fixed(*values)


def table(values: np.ndarray) -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">I", len(values)) + values.astype(">u2").tobytes()


def gamma(value: float) -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(value * 256))


def _profile(space: bytes, pcs: bytes, kind: bytes, tags: dict[bytes, bytes]) -> bytes:
    tags = {b"wtpt": b"XYZ \0\0\0\0" + _fixed(0.9642, 1, 0.8249), **tags}
    at = 132 + 12 * len(tags)
    entries, body = b"", b""
    for name, data in tags.items():
        data += b"\0" * (-len(data) % 4)
        entries += name + struct.pack(">II", at + len(body), len(data))
        body += data
    head = struct.pack(
        ">I4sI4s4s4s6H4s4s",
        at + len(body),
        b"\0" * 4,
        0x02400000,
        kind,
        space,
        pcs,
        2026,
        1,
        1,
        0,
        0,
        0,
        b"acsp",
        b"\0" * 4,
    )
    head += b"\0" * 24 + _fixed(0.9642, 1, 0.8249)
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + entries + body


def shaper(primaries: tuple[tuple[float, ...], ...] = P3, curve: bytes | None = None) -> bytes:
    """An RGB profile of three primaries and one curve, Display P3 if nothing is given."""
    curve = parametric(3, *SRGB_CURVE) if curve is None else curve
    tags = {
        name + b"XYZ": b"XYZ \0\0\0\0" + _fixed(*at) for name, at in zip((b"r", b"g", b"b"), primaries, strict=True)
    }
    return _profile(b"RGB ", b"XYZ ", b"mntr", {**tags, **{name + b"TRC": curve for name in (b"r", b"g", b"b")}})


def grey(curve: bytes) -> bytes:
    return _profile(b"GRAY", b"XYZ ", b"mntr", {b"kTRC": curve})


def _lut(inputs: int, colour: Callable[..., tuple[float, float, float]]) -> bytes:
    """A table of two places an input, from the corners' sRGB colours."""
    corners = np.array([colour(*corner) for corner in itertools.product((0, 1), repeat=inputs)], float)
    lab = rgb2lab(corners.reshape(1, -1, 3), illuminant="D65")[0]
    values = np.stack([lab[:, 0] * 2.55, lab[:, 1] + 128, lab[:, 2] + 128], axis=1).round().clip(0, 255)
    ramp = bytes(range(256))
    head = b"mft1\0\0\0\0" + bytes([inputs, 3, 2, 0]) + _fixed(1, 0, 0, 0, 1, 0, 0, 0, 1)
    return head + ramp * inputs + values.astype(np.uint8).tobytes() + ramp * 3


def cmyk() -> bytes:
    return _profile(
        b"CMYK",
        b"Lab ",
        b"prtr",
        {b"A2B0": _lut(4, lambda c, m, y, k: ((1 - c) * (1 - k), (1 - m) * (1 - k), (1 - y) * (1 - k)))},
    )


def tabled() -> bytes:
    """RGB by a table alone, which swaps red and blue, so that a conversion shows."""
    return _profile(b"RGB ", b"Lab ", b"scnr", {b"A2B0": _lut(3, lambda r, g, b: (b, g, r))})
