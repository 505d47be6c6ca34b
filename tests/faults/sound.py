"""Sound small pictures in every format that is read, drawn by code: what hostile files are made from."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from functools import cache

import numpy as np
from PIL import Image, ImageCms, features

from itten.image.formats import can

SIZE = (36, 44)
ALL = ("exif", "icc_profile", "dpi")


def drawn(seed: int = 0, channels: int = 3, dtype: type = np.uint8) -> np.ndarray:
    """``(H, W, C)``: bars and a disc over a smooth ground, with noise."""
    height, width = SIZE
    y, x = np.mgrid[:height, :width]
    grey = 200 + 30 * np.sin((x + seed) / 5)
    grey[np.hypot(y - height / 2, x - width / 3) < 8] = 30
    grey[:, width // 2 : width // 2 + 4] = 60
    noise = np.random.default_rng(seed).integers(0, 20, (height, width, channels))
    values = (grey[..., None] - noise - 12 * np.arange(channels)).clip(0, 255)
    return (values * 257 if dtype is np.uint16 else values).astype(dtype)


def chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *extra: bytes, rows: bytes = bytes(3 * 8 + 1) * 8) -> bytes:
    """A PNG that says that it has this size, whatever it holds."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"".join(
        [b"\x89PNG\r\n\x1a\n", head, *extra, chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")],
    )


@cache
def _tags() -> dict[str, object]:
    """All that a file may say beside its pixels."""
    exif = Image.Exif()
    exif[0x0112], exif[0x013B], exif[0x0132] = 1, "somebody", "2020:01:01 00:00:00"
    exif[0x8769] = {0x9003: "2020:01:01 00:00:00", 0x829A: (1, 60), 0x927C: b"maker" * 4}
    exif[0x8825] = {1: "N", 2: (51.0, 30.0, 0.0)}
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return {"exif": exif.tobytes(), "icc_profile": profile, "dpi": (300, 300)}


def saved(picture: Image.Image, form: str, **options: object) -> bytes:
    """The bytes of its file."""
    buffer = io.BytesIO()
    picture.save(buffer, form, **options)
    return buffer.getvalue()


def _plain(form: str, mode: str = "RGB", said: tuple[str, ...] = ALL, **options: object) -> Callable[[], bytes]:
    def make() -> bytes:
        return saved(Image.fromarray(drawn()).convert(mode), form, **{name: _tags()[name] for name in said}, **options)

    return make


def _frames(form: str, mode: str = "RGB", **options: object) -> Callable[[], bytes]:
    def make() -> bytes:
        first, *rest = (Image.fromarray(drawn(seed)).convert(mode) for seed in range(3))
        return saved(first, form, save_all=True, append_images=rest, duration=50, **options)

    return make


def _deep_png() -> bytes:
    import imagecodecs

    whole = bytes(imagecodecs.png_encode(drawn(dtype=np.uint16)))
    profile = chunk(b"iCCP", b"ICC Profile\0\0" + zlib.compress(bytes(_tags()["icc_profile"])))
    return whole[:33] + profile + whole[33:]


def _tiff(dtype: type = np.uint8, channels: int = 3, **options: object) -> Callable[[], bytes]:
    def make() -> bytes:
        import tifffile

        buffer = io.BytesIO()
        tags = {"iccprofile": _tags()["icc_profile"], "resolution": (300, 300), "maxworkers": 1}
        tifffile.imwrite(buffer, drawn(0, channels, dtype), photometric="rgb", **{**tags, **options})
        return buffer.getvalue()

    return make


SOUND: dict[str, Callable[[], bytes]] = {
    "png": _plain("PNG"),
    "png of a palette": _plain("PNG", "P", transparency=3),
    "png with alpha": _plain("PNG", "RGBA"),
    "png of 16 bits": _deep_png,
    "png, animated": _frames("PNG"),
    "jpeg": _plain("JPEG"),
    "jpeg, progressive": _plain("JPEG", progressive=True),
    "jpeg of four inks": _plain("JPEG", "CMYK", said=()),
    "webp": _plain("WEBP"),
    "webp, lossless": _plain("WEBP", "RGBA", lossless=True),
    "webp, animated": _frames("WEBP"),
    "tiff": _plain("TIFF"),
    "tiff, lzw": _plain("TIFF", compression="tiff_lzw", said=ALL[1:]),
    "tiff, deflated": _plain("TIFF", "RGBA", compression="tiff_deflate", said=ALL[1:]),
    "tiff in tiles": _tiff(tile=(16, 16), compression="zlib"),
    "tiff of 16 bits": _tiff(np.uint16, compression="lzw"),
    "tiff of 16 bits, alpha": _tiff(np.uint16, 4, extrasamples=["unassalpha"], compression="zlib", predictor=True),
    "gif": _plain("GIF", "P", said=()),
    "gif, animated": _frames("GIF", "P"),
    "bmp": _plain("BMP", said=()),
    "bmp of a palette": _plain("BMP", "P", said=()),
    **({"avif": _plain("AVIF")} if features.check("avif") else {}),
    **({"jpeg xl": _plain("JXL", said=(), lossless=True)} if can("JXL") else {}),
}


@cache
def sound(kind: str) -> bytes:
    """A small picture without fault."""
    return SOUND[kind]()
