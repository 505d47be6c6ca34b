"""``--layer`` and ``--layers``, read back and laid over one another here; and alpha of soft copies."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from PIL import Image

import itten
from tests.cli.test_cli_ground import clear, ink
from tests.drawn import INK, capsule
from tests.pictures import drawing

STEP = 1 / 255


def over(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """Src-over of ``(4, H, W)``, in float64, colour not multiplied by alpha."""
    alpha = above[3] + (1 - above[3]) * below[3]
    colour = above[3] * above[:3] + (1 - above[3]) * below[3] * below[:3]
    return np.concatenate([np.where(alpha > 0, colour / np.maximum(alpha, 1e-9), 0.0), alpha[None]])


def pixels(picture: itten.Picture) -> np.ndarray:
    alpha = torch.ones_like(picture.pixels[0]) if picture.alpha is None else picture.alpha
    return torch.cat([picture.pixels, alpha[None]]).double().numpy()


def read(archive: zipfile.ZipFile, name: str) -> np.ndarray:
    Path("one.png").write_bytes(archive.read(name))
    return pixels(itten.read_picture("one.png"))


def flattened(archive: zipfile.ZipFile) -> tuple[np.ndarray, list[str]]:
    """All layers laid over one another, and their names from below."""
    root = ElementTree.fromstring(archive.read("stack.xml"))
    whole, names = None, []
    for layer in reversed(list(root.iter("layer"))):
        assert layer.attrib["composite-op"] == "svg:src-over"
        found = read(archive, layer.attrib["src"])
        assert found.shape[1:] == (int(root.attrib["h"]), int(root.attrib["w"]))
        whole = found if whole is None else over(found, whole)
        names.append(layer.attrib["name"])
    return whole, names


def strokes(size: int = 128, times: float = 1.0) -> torch.Tensor:
    """``(H, W)`` float32: coverage of soft strokes, so many ``times`` as broad."""
    shape = (size, size + 16)
    places = [(0.2, 0.2, 20, 0.2, 6), (0.25, 0.7, 65, 0.15, 4), (0.7, 0.25, 110, 0.18, 5), (0.8, 0.8, 150, 0.1, 5)]
    alpha = [
        capsule(shape, (y * size, x * size), turn, long * size, times * breadth)[0]
        for y, x, turn, long, breadth in places
    ]
    return torch.from_numpy(np.max(alpha, axis=0).astype(np.float32))


def transparent(path: str, alpha: torch.Tensor) -> itten.Picture:
    colour = torch.tensor(INK, dtype=torch.float32)[:, None, None].expand(3, *alpha.shape)
    itten.write_image(colour, path, overwrite=True, alpha=alpha)
    return itten.read_picture(path)


CASES = {
    "soft": (False, strokes(), []),
    "soft, larger than detail": (False, strokes(160), ["--detail", 96]),
    "soft, two heads": (False, strokes(), ["--look", "two-voices"]),
    "hard": (False, strokes().round(), []),
    "hard, averaged": (False, strokes().round(), ["--no-overwrite", "--place", "seed"]),
    "soft, with alpha": (True, strokes(), []),
    "soft, with alpha, averaged": (True, strokes(), ["--no-overwrite", "--place", "seed", "--ground", "#b0c0d0"]),
    "soft, with alpha, two heads": (True, strokes(), ["--look", "two-voices"]),
}


@pytest.mark.parametrize("case", CASES)
def test_the_layers_give_the_result(run: Callable, case: str) -> None:
    with_alpha, alpha, options = CASES[case]
    before = transparent("in.png", alpha)
    if not with_alpha:
        itten.write_image(before.over(), "in.png", overwrite=True)
    ran = run("shade", "in.png", "-p", 3, *options, "-o", "out.png", "--layers", "out.ora")
    assert (ran.code, ran.out, ran.err) == (0, "out.png\nout.ora\n", "")
    run("shade", "in.png", "-p", 3, *options, "-o", "plain.png")
    assert Path("plain.png").read_bytes() == Path("out.png").read_bytes()
    result = itten.read_picture("out.png")
    with zipfile.ZipFile("out.ora") as archive:
        whole, names = flattened(archive)
        merged = read(archive, "mergedimage.png")
        assert np.array_equal(read(archive, "data/ground.png"), pixels(itten.read_picture("in.png")))
    assert np.array_equal(merged, pixels(result))
    assert names[0] == "ground"
    assert {"thickening, pass 1", "thickening, pass 3"} <= set(names)
    assert any(name.startswith("fronts") and name.endswith("pass 3") for name in names)
    ground = (0xB0 / 255, 0xC0 / 255, 0xD0 / 255) if "--ground" in options else (1.0, 1.0, 1.0)
    below = np.concatenate([np.array(ground)[:, None, None] * np.ones((1, *alpha.shape)), np.ones((1, *alpha.shape))])
    assert np.abs(over(whole, below) - over(pixels(result), below)).max() < 1.01 * STEP
    assert np.abs(whole[3] - pixels(result)[3]).max() < 1.6 * STEP


def test_an_openraster_file_is_one(run: Callable) -> None:
    itten.write_picture(itten.Picture(drawing(300, 420), dpi=(300.0, 150.0)), "large.png")
    for name in ("one.ora", "two.ora"):
        assert run("shade", "large.png", "-p", 1, "-o", "out.png", "--overwrite", "--layers", name).code == 0
    data = Path("one.ora").read_bytes()
    assert data == Path("two.ora").read_bytes()
    assert data[30:54] == b"mimetypeimage/openraster"
    with zipfile.ZipFile("one.ora") as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type, first.extra) == ("mimetype", zipfile.ZIP_STORED, b"")
        assert archive.testzip() is None
        root = ElementTree.fromstring(archive.read("stack.xml"))
        assert root.tag == "image"
        assert (root.attrib["w"], root.attrib["h"], root.attrib["xres"], root.attrib["yres"]) == (
            "420", "300", "300", "150",
        )  # fmt: skip
        used = {layer.attrib["src"] for layer in root.iter("layer")}
        assert used == {name for name in archive.namelist() if name.startswith("data/")}
        with Image.open(io.BytesIO(archive.read("Thumbnails/thumbnail.png"))) as small:
            assert (small.format, small.size) == ("PNG", (256, 183))
        with Image.open(io.BytesIO(archive.read("mergedimage.png"))) as merged:
            assert merged.size == (420, 300)


def test_sixteen_bits_and_the_profile_reach_the_layers(run: Callable) -> None:
    from tests import profiles

    before = itten.Picture(drawing(72, 88), depth=16, profile=profiles.shaper())
    itten.write_picture(before, "in.png")
    assert run("shade", "in.png", "-p", 2, "-o", "out.png", "--layer", "copies.png", "--layers", "out.ora").code == 0
    result = itten.read_picture("out.png")
    with zipfile.ZipFile("out.ora") as archive:
        whole, _ = flattened(archive)
        Path("layer.png").write_bytes(archive.read("data/001_01_thickening.png"))
    assert np.abs(whole - pixels(result)).max() < 1.01 / 65535
    for name in ("layer.png", "copies.png"):
        layer = itten.read_picture(name)
        assert (layer.depth, layer.profile) == (16, before.profile)
        assert layer.alpha is not None


def test_the_copies_alone(run: Callable) -> None:
    before = transparent("in.png", strokes())
    options = ["-p", 2, "--set", "thicken=false", "--save-intermediates", "--no-metadata"]
    ran = run("shade", "in.png", *options, "-o", "out.png", "--layer", "copies.png")
    assert ran.out.split() == [f"{name}{end}.png" for end in ("_pass1", "_pass2", "") for name in ("out", "copies")]
    assert Path("copies.png").read_bytes() == Path("copies_pass2.png").read_bytes()
    for end in ("", "_pass1", "_pass2"):
        copies, result = itten.read_picture(f"copies{end}.png"), itten.read_picture(f"out{end}.png")
        assert copies.alpha is not None
        assert 0.5 < (copies.alpha == 0).float().mean() < 0.99
        assert ((copies.alpha > 0.1) & (copies.alpha < 0.9)).sum() > 50
        found = over(pixels(copies), pixels(before))
        for ground in (0.0, 1.0):
            below = np.concatenate([np.full((3, *found.shape[1:]), ground), np.ones((1, *found.shape[1:]))])
            assert np.abs(over(found, below) - over(pixels(result), below)).max() < 1.6 * STEP


@pytest.mark.parametrize(
    "options",
    [["-p", 1], ["-p", 1, "--ground", "#d8c8a0"], ["-p", 3, "--ground", "#d8c8a0", "--no-thicken"]],
    ids=["on white", "on sand", "three passes"],
)
def test_soft_copies_on_transparent_ground_have_no_fringe(run: Callable, options: list[object]) -> None:
    """Over any ground a copy's border lies between ink and that ground, but for a pixel or two, after every pass."""
    before = transparent("in.png", strokes(192, 1.5))
    rest = ["--palette", "keep", "--set", "shadow=none", "--save-intermediates"]
    found = run("shade", "in.png", *options, *rest, "-o", "out.png").files()
    assert len(found) == 1 + int(str(options[1]))
    for name in found:
        after = itten.read_picture(name)
        assert before.alpha is not None
        assert after.alpha is not None
        fresh = before.alpha == 0
        soft = fresh & (after.alpha > 0.1) & (after.alpha < 0.9)
        assert soft.sum() > 100
        assert (fresh & (after.alpha > 0.99)).sum() > 100
        for other in ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0), (0.1, 0.8, 0.2)):
            ends = torch.stack([before.pixels[:, 0, 0], torch.tensor(other)])[:, :, None, None]
            shown = after.over(other)
            beyond = torch.maximum(ends.amin(dim=0) - shown, shown - ends.amax(dim=0)).amax(dim=0)
            assert beyond.max() < 8 * STEP
            assert (beyond > 3 * STEP).sum() <= 2


def test_formats_without_alpha_and_layers_go_together(run: Callable) -> None:
    transparent("in.png", strokes())
    ran = run("shade", "in.png", "-p", 1, "-o", "out.jpg", "--layers", "out.ora", "--layer", "copies.webp")
    assert (ran.code, ran.out) == (0, "out.jpg\ncopies.webp\nout.ora\n")
    with zipfile.ZipFile("out.ora") as archive, Image.open(io.BytesIO(archive.read("mergedimage.png"))) as merged:
        assert merged.mode == "RGBA"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--layers", "out.zip"], "ends in .ora, got 'out.zip'"),
        (["--layers", "out"], "ends in .ora"),
        (["--layer", "out.jpg"], "an alpha channel, got 'out.jpg'; known are png, webp"),
        (["--layer", "out.ora"], "an alpha channel"),
        (["--layer", "folder"], "'folder' is a folder"),
        (["--layers", "folder"], "'folder' is a folder"),
        (["--layers", "a.png/x.ora"], "'a.png' is a file, not a folder"),
        (["--layer", "out.png", "-o", "out.png"], "would both be written to 'out.png'"),
        (["--layer", "./out.png", "-o", "out"], "would both be written to 'out.png'"),
        (["--layer", "x_pass2.png", "-o", "x.png", "--save-intermediates"], "both be written to 'x_pass2.png'"),
        (["--layer", "x.png", "-o", "x_pass1.png", "--save-intermediates"], "both be written to 'x_pass1.png'"),
    ],
)
def test_wrong_names_are_one_line_before_the_work(run: Callable, options: list[str], words: str) -> None:
    Path("folder").mkdir()
    before = sorted(Path().iterdir())
    ran = run("shade", "a.png", *options)
    assert (ran.code, ran.out, len(ran.err.splitlines())) == (2, "", 1)
    assert words in ran.err
    assert sorted(Path().iterdir()) == before


def test_layers_replace_nothing_unasked(run: Callable) -> None:
    clear("in.png", (ink() > 0.5).float(), 1.0)
    for name in ("copies.png", "out.ora"):
        Path(name).write_text("mine")
    options = ["-p", 1, "-o", "out.png", "--layer", "copies.png", "--layers", "out.ora"]
    ran = run("shade", "in.png", *options)
    assert ran.code == 0
    assert [line.split(" exists")[0] for line in ran.err.splitlines()] == ["itten: copies.png", "itten: out.ora"]
    assert [path.suffix for path in ran.files()] == [".png", ".png", ".ora"]
    assert all(path.stat().st_size > 100 for path in ran.files())
    assert {Path(name).read_text() for name in ("copies.png", "out.ora")} == {"mine"}
    assert run("shade", "in.png", *options, "--overwrite").out == "out.png\ncopies.png\nout.ora\n"
    assert zipfile.is_zipfile("out.ora")
