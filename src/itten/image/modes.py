"""From a decoded Pillow picture of any mode to float planes, upright.

| mode | becomes |
| --- | --- |
| 1, L, I;16 | grey, repeated over three channels; I;16 is divided by 65535 and keeps its precision |
| I | read as 16-bit values (that is how Pillow decodes 16-bit PGM); anything outside 0…65535 is refused |
| F | taken as it stands; must lie in [0, 1] |
| RGB, P, CMYK, YCbCr, HSV | 8-bit RGB, divided by 255 |
| LA, RGBA, PA, La, RGBa, or a transparent colour | RGB untouched, alpha beside it |

16-bit RGB files are decoded by Pillow with 8 bits a channel. LAB is refused: without its profile it
has no defined RGB. Colour profiles are neither applied nor kept.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_ORIENTATION_TAG = 0x0112
_EIGHT_BIT = frozenset({"1", "L", "P", "RGB", "RGBX", "CMYK", "YCbCr", "HSV"})
_WITH_ALPHA = frozenset({"LA", "La", "PA", "RGBA", "RGBa"})


class UnsupportedMode(ValueError):
    """A mode or a range of values that has no defined conversion. The message is a predicate."""


def planes(picture: Image.Image) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
    """Decode ``picture`` to ``(3, H, W)`` float32 in [0, 1] and alpha ``(H, W)`` or None, EXIF turned.

    Raises :class:`UnsupportedMode` for modes without a defined conversion; damaged data raises whatever
    Pillow's decoder raises.
    """
    picture.load()
    rgb, alpha = _convert(picture)
    # Read only now: while loading, Pillow turns TIFF pictures itself and removes the tag.
    orientation = _orientation(picture)
    rgb = np.ascontiguousarray(_upright(rgb, orientation))
    if alpha is not None:
        alpha = np.ascontiguousarray(_upright(alpha, orientation))
    return rgb, alpha


def _convert(picture: Image.Image) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
    mode = picture.mode
    if mode.startswith("I;16") or mode in ("I", "F"):
        return _deep(picture)
    if mode in _WITH_ALPHA or (mode in _EIGHT_BIT and picture.has_transparency_data):
        pixels = np.asarray(picture.convert("RGBA"), dtype=np.uint8)
        return _unit(pixels[..., :3]), pixels[..., 3].astype(np.float32) / np.float32(255)
    if mode in _EIGHT_BIT:
        return _unit(np.asarray(picture.convert("RGB"), dtype=np.uint8)), None
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
