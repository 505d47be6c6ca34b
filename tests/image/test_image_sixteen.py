"""Sixteen bits a channel, in and out: every level, alpha, tags; and hostile files."""

from __future__ import annotations

import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
import tifffile
import torch
from PIL import Image

from itten.errors import ImageFileError
from itten.image import Picture, as_image, read_picture, write_picture
from itten.image.encode import encode_deep
from tests import profiles


def levels(channels: int) -> np.ndarray:
    """``(256, 256, C)`` uint16: all 65536 levels in every channel, each in another order."""
    ramp = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    return np.stack([ramp, ramp[::-1], ramp.T, ramp[:, ::-1]][:channels], axis=-1)


def noise(height: int, width: int, channels: int) -> np.ndarray:
    draw = np.random.Generator(np.random.PCG64(height))
    return draw.integers(0, 65536, (height, width, channels), dtype=np.uint16)


def png(values: np.ndarray, extra: bytes = b"", interlaced: bool = False) -> bytes:
    """A PNG that is not made by our encoder: no filters, and interlaced if asked."""
    height, width, channels = values.shape
    passes = [(0, 0, 1, 1)]
    if interlaced:
        passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
    rows = b""
    for top, left, down, across in passes:
        part = values[top::down, left::across]
        rows += b"".join(b"\0" + row.astype(">u2").tobytes() for row in part if part.size)
    head = struct.pack(">IIBBBBB", width, height, 16, {1: 0, 2: 4, 3: 2, 4: 6}[channels], 0, 0, int(interlaced))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    )


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def sixteen(picture: Picture) -> np.ndarray:
    """The pixels ``(H, W, C)`` as uint16, exactly."""
    planes = picture.pixels if picture.alpha is None else torch.cat([picture.pixels, picture.alpha[None]])
    values = (planes.double() * 65535).round()
    assert torch.equal((values.float() / 65535), planes)
    return values.permute(1, 2, 0).numpy().astype(np.uint16)


def test_every_level_survives_float32() -> None:
    ramp = np.arange(65536, dtype=np.uint16)
    unit = torch.from_numpy(ramp.astype(np.float32) / np.float32(65535))
    assert np.array_equal(unit.mul(65535).add_(0.5).floor_().numpy().astype(np.uint16), ramp)


@pytest.mark.parametrize("suffix", ["png", "tif"])
@pytest.mark.parametrize("channels", [3, 4])
def test_all_levels_there_and_back(tmp_path: Path, suffix: str, channels: int) -> None:
    values = levels(channels)
    planes = torch.from_numpy(values.astype(np.float32) / np.float32(65535)).permute(2, 0, 1)
    picture = Picture(planes[:3], planes[3] if channels == 4 else None, depth=16)
    path = write_picture(picture, tmp_path / f"a.{suffix}")
    back = read_picture(path)
    assert back.depth == 16
    assert np.array_equal(sixteen(back), values)
    assert write_picture(back, tmp_path / f"b.{suffix}").read_bytes() == path.read_bytes()
    if suffix == "tif":  # and a reader that knows nothing of us
        with tifffile.TiffFile(path) as file:
            page = file.pages[0]
            raw = b"".join(
                zlib.decompress(path.read_bytes()[at : at + n])
                for at, n in zip(page.dataoffsets, page.databytecounts, strict=True)
            )
            assert np.array_equal(
                np.cumsum(np.frombuffer(raw, "<u2").reshape(values.shape), axis=1, dtype=np.uint16), values
            )


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (9, 1), (33, 37), (700, 300)])
@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sizes_and_several_bands(tmp_path: Path, shape: tuple[int, int], kind: str) -> None:
    for channels in (3, 4):
        values = noise(*shape, channels)
        if channels == 4:  # stripes: what is above is the best guess, also across bands
            values = values[:1] // 2 + values // 512
        (tmp_path / "a").write_bytes(encode_deep(values, kind, Picture(torch.zeros(3, 1, 1))))
        assert np.array_equal(sixteen(read_picture(tmp_path / "a")), values)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("interlaced", [False, True])
def test_foreign_pngs(tmp_path: Path, channels: int, interlaced: bool) -> None:
    values = noise(19, 23, channels)
    (tmp_path / "a.png").write_bytes(png(values, interlaced=interlaced))
    picture = read_picture(tmp_path / "a.png")
    expected = values if channels > 2 else values[..., [0, 0, 0, 1][: 2 + channels]]
    assert picture.depth == 16
    assert np.array_equal(sixteen(picture), expected)
    if channels == 3:
        assert torch.equal(as_image(Image.open(tmp_path / "a.png")), picture.pixels)


def test_a_transparent_colour_of_sixteen_bits(tmp_path: Path) -> None:
    values = noise(8, 8, 3)
    (tmp_path / "a.png").write_bytes(png(values, chunk(b"tRNS", values[3, 4].astype(">u2").tobytes())))
    alpha = read_picture(tmp_path / "a.png").alpha
    assert alpha is not None
    assert (alpha == 0).nonzero().tolist() == [[3, 4]]
    assert alpha.sum() == 63


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"compression": "zlib"},
        {"byteorder": ">"},
        {"byteorder": ">", "compression": "zlib"},
        {"tile": (16, 16)},
        {"tile": (16, 16), "compression": "zlib"},
        {"bigtiff": True},
        {"rowsperstrip": 5},
    ],
    ids=str,
)
@pytest.mark.parametrize("channels", [3, 4])
def test_foreign_tiffs(tmp_path: Path, options: dict, channels: int) -> None:
    values = noise(33, 37, channels)
    extra = {"extrasamples": ["unassalpha"]} if channels == 4 else {}
    tifffile.imwrite(tmp_path / "a.tif", values, photometric="rgb", **options, **extra)
    assert np.array_equal(sixteen(read_picture(tmp_path / "a.tif")), values)


def test_colours_multiplied_by_alpha(tmp_path: Path) -> None:
    values = noise(12, 12, 4)
    values[..., 3] |= 0x8000
    values[..., :3] = values[..., :3] * (values[..., 3:] / 65535)
    values[0, 0] = 0
    tifffile.imwrite(tmp_path / "a.tif", values, photometric="rgb", extrasamples=["assocalpha"])
    picture = read_picture(tmp_path / "a.tif")
    assert picture.alpha is not None
    assert np.allclose((picture.pixels * picture.alpha).permute(1, 2, 0), values[..., :3] / 65535, atol=1e-6)
    assert picture.pixels[:, 0, 0].tolist() == [0, 0, 0]


@pytest.mark.parametrize("compression", [None, "zlib", "lzw", "zstd", "lzma", "packbits"])
@pytest.mark.parametrize("channels", [2, 3, 4])
@pytest.mark.parametrize("planes", ["contig", "separate"])
def test_planes_and_compressions(
    tmp_path: Path, planes: str, channels: int, compression: str | None, capfd: pytest.CaptureFixture
) -> None:
    values = noise(33, 37, channels)
    stored = np.ascontiguousarray(np.moveaxis(values, -1, 0)) if planes == "separate" else values
    tifffile.imwrite(
        tmp_path / "a.tif",
        stored,
        photometric="rgb" if channels > 2 else "minisblack",
        planarconfig=planes,
        compression=compression,
        extrasamples=None if channels == 3 else ["unassalpha"],
    )
    picture = read_picture(tmp_path / "a.tif")
    assert np.array_equal(sixteen(picture), values if channels > 2 else values[..., [0, 0, 0, 1]])
    assert capfd.readouterr() == ("", "")


def test_a_compression_with_a_size_of_its_own_is_refused(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", noise(33, 37, 3), photometric="rgb", compression="jpeg2000")
    with pytest.raises(ImageFileError, match=r"a\.tif.*compression 34712 is not read"):
        read_picture(tmp_path / "a.tif")


def test_a_tile_that_is_too_large_is_refused(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", noise(33, 37, 3), photometric="rgb", tile=(16, 16), compression="zlib")
    with tifffile.TiffFile(tmp_path / "a.tif", mode="r+") as file:
        for tag in (322, 323):
            file.pages.first.tags[tag].overwrite(65520)
    with pytest.raises(ImageFileError, match=r"a\.tif.*size"):
        read_picture(tmp_path / "a.tif")


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_all_eight_orientations(tmp_path: Path, kind: str) -> None:
    upright = noise(6, 9, 3)
    turns = {1: upright, 2: upright[:, ::-1], 3: upright[::-1, ::-1], 4: upright[::-1]}
    turns |= {5: turns[1].swapaxes(0, 1), 6: np.rot90(upright), 7: turns[3].swapaxes(0, 1), 8: np.rot90(upright, 3)}
    for orientation, stored in turns.items():
        exif = Image.Exif()
        exif[0x0112] = orientation
        like = Picture(torch.zeros(3, 1, 1), exif=exif.tobytes())
        if kind == "PNG":
            (tmp_path / "a").write_bytes(encode_deep(np.ascontiguousarray(stored), kind, like))
        else:
            turn = (274, 3, 1, orientation, True)
            options = {"photometric": "rgb", "metadata": None, "software": False, "extratags": [turn]}
            tifffile.imwrite(tmp_path / "a", np.ascontiguousarray(stored), **options)
        picture = read_picture(tmp_path / "a")
        assert np.array_equal(sixteen(picture), upright), orientation
        assert picture.exif is None


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_hostile_files(tmp_path: Path, kind: str, capfd: pytest.CaptureFixture) -> None:
    exif = Image.Exif()
    exif[0x010E] = "words"
    like = Picture(torch.zeros(3, 1, 1), dpi=(300, 300), profile=profiles.shaper(), exif=exif.tobytes())
    whole = encode_deep(noise(20, 24, 4), kind, like)
    path, draw, said = tmp_path / "hurt", np.random.Generator(np.random.PCG64(29)), []
    cases = [whole[: len(whole) * part // 40] for part in range(1, 40)]
    for _ in range(300):
        hurt = np.frombuffer(whole, np.uint8).copy()
        reach = len(hurt) if draw.random() < 0.3 else 300
        for _ in range(int(draw.integers(1, 5))):
            hurt[draw.integers(0, reach)] ^= 1 << int(draw.integers(0, 8))
        cases.append(hurt.tobytes())
    for data in cases:
        path.write_bytes(data)
        try:
            picture = read_picture(path)
        except ImageFileError as error:
            said.append(str(error))
        else:
            assert bool(((picture.pixels >= 0) & (picture.pixels <= 1)).all())
    assert len(said) > 60
    assert all("hurt" in text and "\n" not in text for text in said)
    # Where the command has run in this process, what itten itself says of a file goes to standard error.
    out, err = capfd.readouterr()
    assert (out, [line for line in err.splitlines() if not line.startswith("itten: ")]) == ("", [])


def test_remarks_of_libraries_stay_unsaid(tmp_path: Path) -> None:
    """In a process of its own: pytest takes what is logged."""
    short = chunk(b"iCCP", b"x\0\0" + zlib.compress(b"rubbish"))
    (tmp_path / "a.png").write_bytes(png(noise(8, 8, 3), short, interlaced=True))
    tifffile.imwrite(tmp_path / "b.tif", noise(8, 8, 3), photometric="rgb")
    with tifffile.TiffFile(tmp_path / "b.tif", mode="r+") as file:
        tag = file.pages.first.tags["Software"]
        place = tag.offset + 8
    data = bytearray((tmp_path / "b.tif").read_bytes())
    data[place : place + 4] = b"\xff\xff\xff\x7f"  # a text that begins beyond the file
    (tmp_path / "b.tif").write_bytes(data)
    code = "import itten, sys; print([itten.read_picture(name).depth for name in sys.argv[1:]])"
    names = [str(tmp_path / "a.png"), str(tmp_path / "b.tif")]
    done = subprocess.run([sys.executable, "-c", code, *names], capture_output=True, text=True, timeout=120)
    assert done.stdout == "[16, 16]\n"
    assert [line for line in done.stderr.splitlines() if "colour profile that is damaged" not in line] == []


def test_exif_behind_the_pixels_is_found(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x013B] = "who made it"
    data = png(noise(8, 8, 3))
    (tmp_path / "a.png").write_bytes(data[:-12] + chunk(b"eXIf", exif.tobytes()[6:]) + data[-12:])
    found = read_picture(tmp_path / "a.png").exif
    assert found is not None
    assert b"who made it" in found


def test_a_bomb_of_sixteen_bits_is_refused_from_its_header(tmp_path: Path) -> None:
    head = struct.pack(">IIBBBBB", 60_000, 60_000, 16, 2, 0, 0, 0)
    data = png(noise(8, 8, 3))
    (tmp_path / "bomb.png").write_bytes(data[:8] + chunk(b"IHDR", head) + data[33:])
    with pytest.raises(ImageFileError, match=r"bomb\.png.*too large"):
        read_picture(tmp_path / "bomb.png")


def test_a_run_of_eight_bits_loads_no_colour_management(tmp_path: Path) -> None:
    write_picture(Picture(torch.rand(3, 8, 8)), tmp_path / "a.png")
    heavy = "PIL.ImageCms", "PIL.AvifImagePlugin", "pillow_jxl", "imagecodecs", "tifffile"
    code = f"import sys, itten; itten.read_picture({str(tmp_path / 'a.png')!r}); "
    code += f"print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip() == "[]"
