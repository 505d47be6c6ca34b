"""What may go in, through the command: every mode, orientation and size, animations, one colour, odd names."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
import torch
from PIL import Image, ImageCms

import itten
from tests.faults.hostile import many_frames
from tests.faults.sound import drawn, sound
from tests.faulty import HANG, finish
from tests.faulty import run as started
from tests.pictures import drawing

EIGHT = ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK"]


def ramp(bits: int = 8) -> np.ndarray:
    """All levels there are of 8 bits, 4096 of 16, in rows of 64."""
    values = np.arange(4096).reshape(64, 64)
    return (values * 16).astype(np.uint16) if bits == 16 else (values // 16).astype(np.uint8)


def unpainted(run: Callable, name: str, out: str) -> itten.Picture:
    """What becomes of a picture where nothing may be painted: what it is to begin with."""
    itten.write_image(torch.zeros(3, 64, 64), "none.png", overwrite=True)
    ran = run("shade", name, "-p", 1, "--write-mask", "none.png", "-o", out)
    assert ran.code == 0, ran.err
    return itten.read_picture(out)


@pytest.mark.parametrize("profile", [False, True], ids=["plain", "ICC"])
@pytest.mark.parametrize("mode", EIGHT)
def test_a_ramp_of_eight_bits_comes_through(run: Callable, mode: str, profile: bool) -> None:
    """Grey is the same in RGB; four inks with a profile are not, which is what it is for."""
    grey = Image.fromarray(ramp())
    picture = grey.convert("1", dither=Image.Dither.NONE) if mode == "1" else grey.convert("RGB").convert(mode)
    if mode == "P":
        picture = grey.convert("P")
    if mode in ("LA", "RGBA"):
        picture.putalpha(Image.fromarray(ramp().T.copy()))
    said = {"icc_profile": ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()} if profile else {}
    name = "in.tif" if mode == "CMYK" else "in.png"
    picture.save(name, **said)
    after, before = unpainted(run, name, "out.png"), itten.read_picture(name)
    assert torch.equal(after.pixels, before.pixels)
    expected = torch.from_numpy(ramp().astype(np.float32) / np.float32(255))
    expected = (expected > 0.5).float() if mode == "1" else expected
    if mode not in ("LA", "RGBA"):
        assert after.alpha is None
        assert torch.equal(after.pixels, expected.expand(3, -1, -1))
    else:
        assert after.alpha is not None
        assert torch.equal(after.alpha, expected.T)
    assert (after.profile is not None) == (profile and mode != "CMYK")


@pytest.mark.parametrize("out", ["out.png", "out.tif"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_sixteen_bits_come_through_with_all_their_levels(run: Callable, channels: int, out: str) -> None:
    values = np.repeat(ramp(16)[..., None], channels, axis=2)
    if channels == 4:
        values[..., 3] = 65535
    extra = {"extrasamples": ["unassalpha"]} if channels == 4 else {}
    squeezed = values[..., 0] if channels == 1 else values
    tifffile.imwrite("in.tif", squeezed, photometric="minisblack" if channels == 1 else "rgb", **extra)
    after = unpainted(run, "in.tif", out)
    assert after.depth == 16
    assert len(after.pixels[0].unique()) == 4096 > 1000
    assert torch.equal((after.pixels[1] * 65535).round().long(), torch.from_numpy(ramp(16).astype(np.int64)))


def test_all_eight_orientations_are_painted_alike(run: Callable) -> None:
    upright = Image.fromarray(drawn())
    undo = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # what takes the viewer's turn back
    painted = []
    for orientation, back in undo.items():
        stored = upright if back is None else upright.transpose(Image.Transpose(back))
        exif = Image.Exif()
        exif[0x0112] = orientation
        stored.save("in.png", exif=exif.tobytes())
        assert run("shade", "in.png", "-p", 1, "-o", "out.png", "--overwrite").code == 0
        painted.append(itten.read_image("out.png"))
    assert painted[0].shape == (3, *drawn().shape[:2])
    assert all(torch.equal(one, painted[0]) for one in painted)
    assert not torch.equal(painted[0], torch.from_numpy(drawn()).permute(2, 0, 1) / 255)


@pytest.mark.parametrize("kind", ["gif, animated", "png, animated", "webp, animated"])
def test_of_an_animation_the_first_frame_and_a_notice(run: Callable, kind: str) -> None:
    Path("in.gif").write_bytes(sound(kind))
    ran = run("shade", "in.gif", "-p", 1, "-o", "out.png")
    assert (ran.code, ran.err) == (0, "itten: 'in.gif' has several frames; the first one is used\n")
    with Image.open(io.BytesIO(sound(kind))) as frames:
        first = np.asarray(frames.convert("RGB")).transpose(2, 0, 1)
    assert np.array_equal((itten.read_image("in.gif") * 255).round().numpy(), first)


@pytest.mark.parametrize("form", ["GIF", "PNG", "TIFF"])
def test_ten_thousand_frames_are_refused(run: Callable, form: str) -> None:
    Path("in.gif").write_bytes(many_frames(form, 10_000))
    for arguments in (["shade", "in.gif"], ["shade", "a.png", "in.gif"], ["spectrum", "in.gif"]):
        ran = run(*arguments, "-o", "out.png")
        assert (ran.code, ran.out) == (3, "")
        assert ran.err == "itten: 'in.gif' has more than 1000 frames; give one of them as a picture\n"


def test_every_small_size_gives_a_finite_picture_of_that_size() -> None:
    for height in range(1, 10):
        for width in range(1, 10):
            picture = drawing(height, width)
            result = itten.shade(picture, None if (height + width) % 2 else drawing(9, 8), passes=1)
            assert result.image.shape == picture.shape
            assert bool(torch.isfinite(result.image).all())
            assert bool(((result.image >= 0) & (result.image <= 1)).all())
            assert bool(torch.isfinite(result.field).all())
            found = itten.spectrum(picture, min(3, height * width))
            assert bool(torch.isfinite(found.vectors).all())


@pytest.mark.parametrize("method", ["stitched", "exact", "tiled"])
@pytest.mark.parametrize("config", [{}, {"min_pixels": 1, "content": "everything"}], ids=["usual", "every pixel"])
def test_one_pixel_is_a_source_like_others(method: str, config: dict) -> None:
    dot, config = torch.tensor([0.2, 0.9, 0.3]).reshape(3, 1, 1), {**config, "spectrum": {"method": method}}
    for target, source in ((drawing(40, 40), dot), (drawing(40, 40), [drawing(30, 30), dot]), (dot, drawing(40, 40))):
        assert itten.shade(target, source, config, passes=2).image.shape == target.shape


CONSTANT = """
import hashlib, torch, itten
flat = torch.full((3, 40, 48), 0.5)
found, painted = itten.spectrum(flat, 6), itten.shade(flat, passes=2)
parts = [found.values, found.vectors, found.residuals, painted.passes, painted.field]
told = found.status + " " + hashlib.sha256(b"".join(part.numpy().tobytes() for part in parts)).hexdigest()
"""


def test_one_colour_is_degenerate_and_the_same_in_two_processes() -> None:
    here: dict[str, str] = {}
    exec(CONSTANT, here)
    assert finish(CONSTANT + "print(told)") == here["told"]
    assert here["told"].startswith("degenerate ")


ODD = [b"in\xff.png", b"in\n.png", b"in\x1b[31m.png", "ü 像.png".encode(), b" .png", b"a'b\"c.png"]


@pytest.mark.parametrize("raw", ODD, ids=[ascii(name) for name in ODD])
def test_odd_names_are_read_written_and_printed_escaped(run: Callable, raw: bytes) -> None:
    name = os.fsdecode(raw)
    Path("a.png").rename(name)
    ran = run("shade", name, "-p", 1, "-o", f"out {name}")
    assert ran.code == 0
    assert Path(f"out {name}").exists()
    told = ran.out.removesuffix("\n")
    assert "\n" not in told
    assert told.isprintable()
    Path(name).write_bytes(b"no picture")
    for arguments in (["shade", name], ["shade", f"out {name}", "--keep", name], ["spectrum", name]):
        ran = run(*arguments)
        assert ran.code == 3
        assert len(ran.err.splitlines()) == 1
        assert ran.err.removesuffix("\n").isprintable()
        assert "is not a picture" in ran.err


def test_links_in_a_circle_and_links_to_nothing(run: Callable) -> None:
    Path("one.png").symlink_to("two.png")
    Path("two.png").symlink_to("one.png")
    Path("lost.png").symlink_to("nowhere.png")
    for name, words in (("one.png", "its links run in a circle"), ("lost.png", "does not exist")):
        for arguments in (["shade", name], ["shade", "a.png", name], ["shade", "a.png", "--read-mask", name]):
            ran = run(*arguments)
            assert (ran.code, ran.out) == (3, "")
            assert words in ran.err
            assert len(ran.err.splitlines()) == 1
    ran = run("shade", "a.png", "-p", 1, "-o", "one.png")
    assert ran.code == 0
    assert Path("one.png").is_symlink(), "a link is a name that is taken"
    assert ran.files()[0].name != "one.png"


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone becomes somebody else")
def test_a_file_that_nobody_else_may_read(folder: Path) -> None:
    (folder / "a.png").chmod(0o600)
    os.chown(folder / "a.png", 12345, 12345)
    code = """
import os, sys
from itten.cli import main
for name in ("missing.png", "a.png"):
    sys.argv = ["itten", "shade", name]
    try:
        main()
    except SystemExit as stop:
        print(stop.code, flush=True)
    if os.geteuid() == 0:
        os.setgroups([]); os.setgid(23456); os.setuid(23456)
os._exit(0)
"""
    found, out, said = started(code, None, HANG)
    assert (found, out) == (0, "3\n3\n")
    assert said.splitlines()[1] == "itten: 'a.png' cannot be opened (Permission denied)"
