"""ICC profiles: what one is worth, and colours taken from one to another.

Profiles of three primaries and a curve for each, which are nearly all that pictures carry, and grey ones are computed
here in floating point: nothing is lost, at 8 bits or at 16. Tables (printers', scanners') are left to Pillow's
LittleCMS, which works on 8 bits. Both map colorimetrically, relative to white, and clip what the target cannot hold.
"""

from __future__ import annotations

import io
import logging
import struct
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from itten.image.picture import Picture

_log = logging.getLogger(__name__)

_STEPS = 65536
_ALIKE = 2e-3
"""Curves and primaries that differ by less are the same profile by two makers."""

_INTENT = 1  # relative colorimetric
_FLAGS = 0x2000  # black point compensation


class ProfileError(ValueError):
    """A profile that cannot be read or is of no use here. The message is a predicate."""


@dataclass(frozen=True)
class _Shaper:
    """``curves`` ``(3, 65536)`` to linear light, ascending; ``matrix`` ``(3, 3)`` from there to XYZ under D50."""

    curves: NDArray[np.float64]
    matrix: NDArray[np.float64]


def colour_space(profile: bytes) -> str:
    """``RGB``, ``GRAY``, ``CMYK``, ``Lab``: of the values that the profile describes.

    Raises :class:`ProfileError` for bytes that LittleCMS does not take for a profile.
    """
    from PIL import ImageCms

    try:
        return str(ImageCms.ImageCmsProfile(io.BytesIO(profile)).profile.xcolor_space).strip()
    except (OSError, ValueError, TypeError) as error:
        raise ProfileError("has a colour profile that is damaged") from error


def to_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    """A CMYK or LAB picture of 8 bits as RGB in sRGB, by its profile. Raises :class:`ProfileError`."""
    from PIL import ImageCms

    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        done = ImageCms.profileToProfile(
            picture,
            source,
            ImageCms.createProfile("sRGB"),
            ImageCms.Intent(_INTENT),
            "RGB",
            flags=ImageCms.Flags(_FLAGS),
        )
    except (ImageCms.PyCMSError, OSError, ValueError) as error:
        raise ProfileError("has a colour profile that does not fit its pixels") from error
    assert done is not None
    return done


def grey_to_srgb(grey: NDArray[np.float32], profile: bytes) -> NDArray[np.float32]:
    """Grey values in [0, 1] of a grey profile as sRGB ones. Raises :class:`ProfileError` for one without a curve."""
    try:
        curve = _curve(_tags(profile)["kTRC"])
    except (KeyError, struct.error, ValueError, IndexError) as error:
        raise ProfileError("has a grey profile without a curve") from error
    return _through(_through(grey, _grid(), curve), _srgb().curves[0], _grid()).astype(np.float32)


def convert(
    pixels: NDArray[np.float32], profile: bytes | None, target: bytes | None
) -> tuple[NDArray[np.float32], bool]:
    """Take ``(3, H, W)`` in [0, 1] from one RGB profile to another, None being sRGB.

    The second value says whether the precision is that of floating point; else it went through 8 bits. Profiles that
    say the same give the pixels back. Raises :class:`ProfileError` where LittleCMS cannot convert.
    """
    if profile == target:
        return pixels, True
    source, aim = _shaper(profile), _shaper(target)
    if source is None or aim is None:
        return _by_table(pixels, profile, target), False
    if max(np.abs(source.curves - aim.curves).max(), np.abs(source.matrix - aim.matrix).max()) < _ALIKE:
        return pixels, True
    across = np.linalg.solve(aim.matrix, source.matrix)
    done = np.empty_like(pixels)
    for top in range(0, pixels.shape[1], 256):  # a band at a time: all of it in float64 would be four times the picture
        band = pixels[:, top : top + 256]
        light = np.stack([_through(band[i], _grid(), source.curves[i]) for i in range(3)])
        light = np.tensordot(across, light, axes=1).clip(0, 1)
        for i in range(3):
            done[i, top : top + 256] = _through(light[i], aim.curves[i], _grid())
    return done, True


def in_profile(picture: Picture, profile: bytes | None, *, name: str = "the picture") -> Picture:
    """The picture with its colours converted to another RGB profile, None being sRGB; hidden colours, too.

    A line is logged that calls it ``name`` where tables make 8 bits of 16, and where LittleCMS cannot convert: the
    colours are then taken as they are.
    """
    try:
        pixels, exact = convert(picture.pixels.numpy(), picture.profile, profile)
    except ProfileError as error:
        _log.warning("%s %s; its colours are taken as they are", name, error)
        return replace(picture, profile=profile)
    if picture.depth == 16 and not exact:
        _log.warning("%s has a colour profile with tables: it was converted with 8 bits a channel", name)
    return replace(picture, pixels=torch.from_numpy(pixels), profile=profile)


def _by_table(pixels: NDArray[np.float32], profile: bytes | None, target: bytes | None) -> NDArray[np.float32]:
    from PIL import ImageCms

    def opened(data: bytes | None) -> ImageCms.ImageCmsProfile:
        return ImageCms.ImageCmsProfile(io.BytesIO(data) if data is not None else ImageCms.createProfile("sRGB"))

    eight = np.ascontiguousarray((pixels * 255 + 0.5).astype(np.uint8).transpose(1, 2, 0))
    try:
        done = ImageCms.profileToProfile(
            Image.fromarray(eight),
            opened(profile),
            opened(target),
            ImageCms.Intent(_INTENT),
            flags=ImageCms.Flags(_FLAGS),
        )
    except (ImageCms.PyCMSError, OSError, ValueError) as error:
        raise ProfileError("has a colour profile that cannot be converted") from error
    return np.asarray(done).transpose(2, 0, 1).astype(np.float32, order="C") / np.float32(255)


def _shaper(profile: bytes | None) -> _Shaper | None:
    """The profile as curves and a matrix; None where it has tables, or is no RGB profile."""
    if profile is None:
        return _srgb()
    try:
        if profile[16:20] != b"RGB " or profile[20:24] != b"XYZ ":
            return None
        tags = _tags(profile)
        if any(name.startswith(("A2B", "D2B")) for name in tags):
            return None
        matrix = np.array([_numbers(tags[f"{channel}XYZ"], 8, 3) for channel in "rgb"]).T
        curves = np.stack([_curve(tags[f"{channel}TRC"]) for channel in "rgb"])
    except (KeyError, struct.error, ValueError, IndexError):
        return None
    return _Shaper(curves, matrix) if abs(np.linalg.det(matrix)) > 1e-6 else None


@lru_cache(maxsize=1)
def _srgb() -> _Shaper:
    """sRGB with its white moved to D50 (IEC 61966-2-1, Bradford), as LittleCMS has it."""
    matrix = [[0.43607, 0.38515, 0.14307], [0.22249, 0.71689, 0.06061], [0.01392, 0.09708, 0.71410]]
    encoded = _grid()
    light = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    return _Shaper(np.stack([light] * 3), np.array(matrix))


@lru_cache(maxsize=1)
def _grid() -> NDArray[np.float64]:
    return np.linspace(0, 1, _STEPS)


def _through(values: NDArray[np.floating], at: NDArray[np.float64], curve: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.interp(values.ravel(), at, curve).reshape(values.shape)


def _tags(profile: bytes) -> dict[str, bytes]:
    (count,) = struct.unpack_from(">I", profile, 128)
    found = {}
    for number in range(min(count, 100)):
        name, start, length = struct.unpack_from(">4sII", profile, 132 + 12 * number)
        found[name.decode("latin-1")] = profile[start : start + length]
    return found


def _numbers(tag: bytes, start: int, count: int) -> list[float]:
    """Fixed-point numbers, 16 bits before the point and 16 after it."""
    return [value / 65536 for value in struct.unpack_from(f">{count}i", tag, start)]


def _curve(tag: bytes) -> NDArray[np.float64]:
    """A tone curve at 65536 places, ascending, in [0, 1]. Raises ValueError for one of an unknown kind."""
    x = _grid()
    if tag[:4] == b"curv":
        (count,) = struct.unpack_from(">I", tag, 8)
        if count == 0:
            y = x
        elif count == 1:
            y = x ** (struct.unpack_from(">H", tag, 12)[0] / 256)
        else:
            table = np.frombuffer(tag, ">u2", count, 12) / 65535
            y = np.interp(x, np.linspace(0, 1, count), table)
    elif tag[:4] == b"para":
        y = _parametric(x, int(struct.unpack_from(">H", tag, 8)[0]), tag)
    else:
        raise ValueError(f"no curve: {tag[:4]!r}")
    if not np.isfinite(y).all():
        raise ValueError("a curve that is not finite")
    return np.maximum.accumulate(y.clip(0, 1))


def _parametric(x: NDArray[np.float64], kind: int, tag: bytes) -> NDArray[np.float64]:
    """The five functions of ICC.1, 10.18: a power of a x + b, with a straight line below d."""
    g, a, b, c, d, e, f = _numbers(tag, 12, (1, 3, 4, 5, 7)[kind]) + [0.0] * (7 - (1, 3, 4, 5, 7)[kind])
    if kind == 0:
        return x**g
    power = np.maximum(a * x + b, 0) ** g
    if kind < 3:
        return np.where(a * x + b >= 0, power + c, c)  # of kind 1, c is 0
    return np.where(x >= d, power + e, c * x + f)
