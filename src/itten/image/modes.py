"""From a decoded Pillow picture of any mode to float planes, upright.

| mode | becomes |
| --- | --- |
| 1, L, I;16 | grey, repeated over three channels; I;16 is divided by 65535 and keeps its precision |
| I | read as 16-bit values (that is how Pillow decodes 16-bit PGM); anything outside 0…65535 is refused |
| F | taken as it stands; must lie in [0, 1] |
| RGB, P, CMYK, YCbCr, HSV | 8-bit RGB, divided by 255 |
| RGB, RGBA and LA with 16 bits a channel | all 16 bits, divided by 65535, from PNG and TIFF; else 8 bits |
| LA, RGBA, PA, La, RGBa, or a transparent colour | RGB untouched, alpha beside it |
| CMYK and LAB with a profile | sRGB, 8 bits, as the profile says; LAB without one is refused: it has no defined RGB |

The profile of an RGB picture is handed on and not applied. A grey profile is applied: the grey becomes sRGB, with the
precision that it had.
"""

from __future__ import annotations

from typing import BinaryIO, Literal, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

from itten.image.formats import UnsupportedMode
from itten.image.profile import ProfileError, colour_space, grey_to_srgb, to_srgb
from itten.image.rows import check_rows
from itten.image.sixteen import sixteen_bits

_ORIENTATION_TAG = 0x0112
_EIGHT_BIT = frozenset({"1", "L", "P", "RGB", "RGBX", "CMYK", "YCbCr", "HSV"})
_WITH_ALPHA = frozenset({"LA", "La", "PA", "RGBA", "RGBa"})
_GREY = frozenset({"1", "L", "LA", "La", "I", "F"})
_SPACES = {"CMYK": ("CMYK",), "LAB": ("Lab",)}


class Planes(NamedTuple):
    """``rgb`` ``(3, H, W)`` float32 in [0, 1], ``alpha`` ``(H, W)`` or None, bits a channel, the ICC profile of the RGB
    values or None; whether width and height changed places; and a predicate for each thing that could not be kept."""

    rgb: NDArray[np.float32]
    alpha: NDArray[np.float32] | None
    depth: Literal[8, 16]
    profile: bytes | None
    sideways: bool
    notes: tuple[str, ...]


def planes(picture: Image.Image) -> Planes:
    """Decode ``picture``, with its EXIF orientation applied and its colours in RGB.

    Raises :class:`UnsupportedMode` for modes without a defined conversion; damaged data raises whatever
    Pillow's decoder raises, and OSError at 16 bits.
    """
    turned = picture.format == "TIFF" and _orientation(picture) > 4
    grey = picture.mode in _GREY or picture.mode.startswith("I;16")
    deep = sixteen_bits(picture)
    if deep is None:
        if picture.format == "PNG" and isinstance(picture, ImageFile.ImageFile) and picture.fp is not None:
            check_rows(cast(BinaryIO, picture.fp))
        picture.load()
        profile, notes = _profile(picture, grey)
        if picture.mode in _SPACES and profile is not None:
            shown, note = _shown(picture, profile)
            rgb, alpha, depth = _convert(shown)
            profile, notes = None, notes + note
        else:
            rgb, alpha, depth = _convert(picture)
    else:
        values, multiplied = deep
        grey = values.shape[2] == 2
        profile, notes = _profile(picture, grey)
        rgb, alpha = _from_sixteen(values, multiplied)
        depth = 16
    if grey and profile is not None and profile[16:20] == b"GRAY":
        try:
            rgb = np.repeat(grey_to_srgb(rgb[:1], profile), 3, axis=0)
        except ProfileError as error:
            notes += (str(error),)
        profile = None
    # Read only now: while loading, Pillow turns TIFF pictures itself and removes the tag. JPEG XL comes turned.
    orientation = 1 if picture.format == "JXL" else _orientation(picture)
    rgb = np.ascontiguousarray(_upright(rgb, orientation))
    if alpha is not None:
        alpha = np.ascontiguousarray(_upright(alpha, orientation))
    return Planes(rgb, alpha, depth, profile, turned or orientation > 4, notes)


def _profile(picture: Image.Image, grey: bool) -> tuple[bytes | None, tuple[str, ...]]:
    """The profile of the picture's values if there is one and it fits, and what is wrong with it otherwise."""
    profile = picture.info.get("icc_profile")
    if not isinstance(profile, bytes) or not profile:
        return None, ()
    try:
        space = colour_space(profile)
    except ProfileError as error:
        return None, (f"{error}; it is left out",)
    wanted = _SPACES.get(picture.mode, ("GRAY", "RGB") if grey else ("RGB",))
    if space not in wanted:
        return None, (f"has a colour profile for {space}, which does not fit its pixels; it is left out",)
    return profile, ()


def _shown(picture: Image.Image, profile: bytes) -> tuple[Image.Image, tuple[str, ...]]:
    try:
        return to_srgb(picture, profile), ()
    except ProfileError as error:
        return picture, (f"{error}; it is left out",)


def _from_sixteen(
    values: NDArray[np.uint16], multiplied: bool
) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
    count = values.shape[2]
    unit = values.transpose(2, 0, 1).astype(np.float32, order="C")
    unit /= np.float32(65535)
    if count == 3:
        return unit, None
    alpha = unit[-1]
    if multiplied:
        unit[:3] = np.divide(unit[:3], alpha, out=np.zeros_like(unit[:3]), where=alpha > 0).clip(0, 1)
    return (np.repeat(unit[:1], 3, axis=0) if count == 2 else unit[:3]), alpha


def _convert(picture: Image.Image) -> tuple[NDArray[np.float32], NDArray[np.float32] | None, Literal[8, 16]]:
    mode = picture.mode
    if mode.startswith("I;16") or mode in ("I", "F"):
        return *_deep(picture), 16
    if mode in _WITH_ALPHA or (mode in _EIGHT_BIT and picture.has_transparency_data):
        pixels = np.asarray(picture.convert("RGBA"), dtype=np.uint8)
        return _unit(pixels[..., :3]), pixels[..., 3].astype(np.float32) / np.float32(255), 8
    if mode in _EIGHT_BIT:
        return _unit(np.asarray(picture.convert("RGB"), dtype=np.uint8)), None, 8
    raise UnsupportedMode(f"has the colour mode {mode}, which has no defined conversion to RGB")


def _unit(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    values = pixels.transpose(2, 0, 1).astype(np.float32, order="C")
    values /= np.float32(255)  # in place: at the limit of size a second copy would be 1.6 GB
    return values


def _deep(picture: Image.Image) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
    values = np.asarray(picture)
    alpha = None
    if picture.mode == "F":
        if not np.isfinite(values).all() or values.min() < 0 or values.max() > 1:
            raise UnsupportedMode("holds floating-point values outside [0, 1]")
        grey = values.astype(np.float32)
    else:
        if picture.mode == "I" and (values.min() < 0 or values.max() > 65535):
            raise UnsupportedMode("holds 32-bit integers outside 0…65535")
        grey = values.astype(np.float32) / np.float32(65535)
        key = picture.info.get("transparency")
        if isinstance(key, int):
            alpha = (values != key).astype(np.float32)
    return np.repeat(grey[None], 3, axis=0), alpha


def _orientation(picture: Image.Image) -> int:
    try:
        value = picture.getexif().get(_ORIENTATION_TAG, 1)
    except Exception:  # damaged EXIF says nothing about the pixels, which did decode
        return 1
    return value if isinstance(value, int) else 1


def _upright(array: NDArray[np.float32], orientation: int) -> NDArray[np.float32]:
    if orientation in (5, 6, 7, 8):
        array = array.swapaxes(-1, -2)
    if orientation in (3, 4, 7, 8):
        array = array[..., ::-1, :]
    if orientation in (2, 3, 6, 7):
        array = array[..., ::-1]
    return array
