"""Sixteen bits a channel, where Pillow keeps eight: PNG by imagecodecs, TIFF by tifffile.

Pillow still opens the files, and finds size, profile, resolution and EXIF. Only the pixels come from the others, which
are loaded where a picture of this kind is met, and not before.
"""

from __future__ import annotations

import io
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, TiffImagePlugin

from itten.image.quiet import hush

_BITS, _COMPRESSION, _PHOTOMETRIC, _EXTRA, _FORMAT = 258, 259, 262, 338, 339
_WIDTH, _HEIGHT, _ACROSS, _DOWN, _UNIT, _PROFILE = 256, 257, 282, 283, 296, 34675
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
# None, LZW, Deflate under three numbers, PackBits, LZMA, Zstandard: what unpacks to as many bytes as it is told, and no
# more. The others (JPEG 2000, JPEG XL…) bring sizes of their own, which would be believed.
_PACKED = frozenset({1, 5, 8, 32946, 50013, 32773, 34925, 50000})
_LARGEST_TILE = 1 << 26


class Deep(NamedTuple):
    """``(H, W, C)`` uint16: 2 channels grey and alpha, 3 RGB, 4 RGBA; whether colours are multiplied by alpha."""

    values: NDArray[np.uint16]
    multiplied: bool


class _Unknown(TiffImagePlugin.TiffImageFile):
    """A TIFF that Pillow cannot decode, opened for its tags."""

    def _setup(self) -> None:
        tags = self.tag_v2
        self._size, self._mode = (int(tags[_WIDTH]), int(tags[_HEIGHT])), "RGB"
        if isinstance(profile := tags.get(_PROFILE), bytes):
            self.info["icc_profile"] = profile
        if _ACROSS in tags and _DOWN in tags and tags.get(_UNIT, 2) in (2, 3):
            inch = 2.54 if tags.get(_UNIT) == 3 else 1
            self.info["dpi"] = (tags[_ACROSS] * inch, tags[_DOWN] * inch)


def unknown_tiff(file: BinaryIO) -> Image.Image | None:
    """The tags of a TIFF with 16 bits a channel that Pillow cannot open; None for every other file."""
    file.seek(0)
    if file.read(4) not in _TIFF:
        return None
    file.seek(0)
    picture = _Unknown(file)
    return picture if _is_deep_tiff(picture) else None


def sixteen_bits(picture: Image.Image) -> Deep | None:
    """The pixels of a file with 16 bits a channel; None for every other picture, grey of 16 bits among them, which
    Pillow decodes as it is. ``picture`` must not have been decoded yet, and is not by this.

    Raises OSError for a file that is damaged.
    """
    if not isinstance(picture, ImageFile.ImageFile) or picture.fp is None:
        return None
    decode = None
    if picture.format == "PNG" and picture.tile and picture.tile[0][3] in ("RGB;16B", "RGBA;16B", "LA;16B"):
        decode = _png
    elif isinstance(picture, TiffImagePlugin.TiffImageFile) and _is_deep_tiff(picture):
        decode = _tiff
    if decode is None:
        return None
    place = picture.fp.tell()
    try:
        picture.fp.seek(0)
        found = decode(picture, picture.fp)
    except (OSError, MemoryError):
        raise
    except Exception as error:  # of imagecodecs, of tifffile, or of anything that they call
        raise OSError(str(error) or type(error).__name__) from error
    finally:
        picture.fp.seek(place)
    return found


def _png(picture: ImageFile.ImageFile, file: Any) -> Deep:
    import imagecodecs

    hush("imagecodecs")
    data = file.read()
    pixels = data.find(b"IDAT")
    if not any(data.find(name, pixels) >= 0 for name in (b"eXIf", b"tEXt", b"zTXt", b"iTXt")):
        picture.info.setdefault("exif", None)  # else Pillow decodes all of the picture to see what comes after it
    values = imagecodecs.png_decode(data)  # a transparent colour becomes alpha
    if values.dtype != np.uint16 or values.ndim != 3 or values.shape[:2] != picture.size[::-1]:
        raise OSError("its size is not what it says")
    return Deep(values, False)


def _is_deep_tiff(picture: TiffImagePlugin.TiffImageFile) -> bool:
    tags = picture.tag_v2
    bits, formats = tags.get(_BITS, ()), tags.get(_FORMAT, (1,))
    bits, formats = (value if isinstance(value, tuple) else (value,) for value in (bits, formats))
    count = len(bits)
    colours = count == 2 if tags.get(_PHOTOMETRIC) in (0, 1) else count > 2 and tags.get(_PHOTOMETRIC) == 2
    return colours and set(bits) == {16} and set(formats) == {1}


def _tiff(picture: ImageFile.ImageFile, file: Any) -> Deep:
    import tifffile

    hush("tifffile")
    assert isinstance(picture, TiffImagePlugin.TiffImageFile)
    tags = picture.tag_v2
    # Not ``picture.size``: that is already turned.
    width, height, count = tags[_WIDTH], tags[_HEIGHT], len(tags[_BITS])
    with tifffile.TiffFile(io.BytesIO(file.read())) as whole:
        page = whole.pages.first
        assert isinstance(page, tifffile.TiffPage)
        if page.compression not in _PACKED:
            raise OSError(f"its compression {int(page.compression)} is not read with 16 bits")
        said = (page.imagewidth, page.imagelength, page.imagedepth, page.samplesperpixel, page.dtype)
        if said != (width, height, 1, count, np.uint16) or page.tilewidth * page.tilelength > _LARGEST_TILE:
            raise OSError("its size is not what it says")
        planes = page.asarray(squeeze=False, maxworkers=1)[:, 0]  # (1, H, W, C), or (C, H, W, 1) where they are apart
    values = np.moveaxis(planes, 0, -2).reshape(height, width, count).astype(np.uint16, copy=False)
    return _with_alpha(values, tags)


def _with_alpha(values: NDArray[np.uint16], tags: Any) -> Deep:
    """Colours and alpha out of all channels of a TIFF; one that says nothing about its fourth has alpha, as Pillow
    has it."""
    extra = tags.get(_EXTRA, (2,))
    alpha = (extra if isinstance(extra, tuple) else (extra,))[0]
    grey = tags[_PHOTOMETRIC] in (0, 1)
    if tags[_PHOTOMETRIC] == 0:
        values = np.stack([~values[..., 0], values[..., 1]], axis=-1)
    if alpha in (1, 2):
        return Deep(values[..., :4], alpha == 1)
    return Deep(np.repeat(values[..., :1], 3, axis=2) if grey else values[..., :3], False)
