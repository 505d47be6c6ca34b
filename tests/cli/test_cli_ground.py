"""``itten shade`` on pictures with alpha, 16 bits, profiles and tags."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageCms, ImageDraw

import itten
from itten.image import in_profile
from itten.works.ground import ground_colour
from tests import profiles
from tests.pictures import drawing


def ink(height: int = 96, width: int = 120) -> torch.Tensor:
    """``(H, W)``: coverage of a drawing with soft edges."""
    large = Image.new("L", (4 * width, 4 * height))
    draw = ImageDraw.Draw(large)
    for row in range(3):
        for column in range(4):
            left, top = 120 * column + 20, 128 * row + 20
            draw.ellipse((left, top, left + 60 + 8 * column, top + 40 + 16 * row), outline=255, width=14)
            draw.line((left, top + 90, left + 80, top + 60 + 10 * column), fill=255, width=16)
    return torch.from_numpy(np.asarray(large.reduce(4), dtype=np.float32) / 255)


def clear(path: str, alpha: torch.Tensor, hidden: float, colour: float = 0.0) -> itten.Picture:
    """A drawing of one colour on transparent ground, with another colour hidden below."""
    pixels = torch.where(alpha > 0, colour, hidden).expand(3, *alpha.shape)
    itten.write_image(pixels, path, overwrite=True, alpha=alpha)
    return itten.read_picture(path)


def flat(path: str, picture: itten.Picture) -> None:
    """The same picture as displayed over white, at 16 bits, so that nothing is rounded that can be seen."""
    itten.write_picture(itten.Picture(picture.over(), depth=16), path, overwrite=True)


def check_painted(before: itten.Picture, after: itten.Picture, shown: torch.Tensor, soft: bool = True) -> None:
    """``after`` looks as ``shown`` over white, changed nothing that was not painted, and is covered where it was: in a
    hard picture wholly, in a soft one by as much as the paint covers."""
    assert before.alpha is not None
    assert after.alpha is not None
    # Changes around half a step of 8 bits may be either; a stroke can grow by less.
    change = (shown - before.over()).abs().amax(dim=0) * 255
    painted, bare = change > 0.6, change < 0.4
    assert painted.sum() > 50
    assert bare.sum() > 5000
    assert (after.over() - shown).abs().max() < 1.01 / 255
    if soft:
        assert (after.alpha - before.alpha).min() >= 0
        assert ((after.alpha > before.alpha) & (after.alpha < 0.9)).sum() > 50
    else:
        assert torch.equal(after.alpha[bare], before.alpha[bare])
        assert bool((after.alpha[painted] == 1).all())
        assert torch.equal(after.pixels[:, bare], before.pixels[:, bare])
    same = after.alpha == before.alpha
    assert (bare & ~same).sum() < 100
    assert torch.equal(after.pixels[:, bare & same], before.pixels[:, bare & same])
    assert (after.alpha == 0).sum() > 1000, "the ground is no longer transparent"


@pytest.mark.parametrize("hidden", [0.0, 1.0], ids=["black below", "white below"])
@pytest.mark.parametrize("soft", [False, True], ids=["hard", "soft"])
def test_a_transparent_drawing_is_painted_as_on_white(run: Callable, hidden: float, soft: bool) -> None:
    before = clear("in.png", ink() if soft else (ink() > 0.5).float(), hidden)
    flat("flat.png", before)
    assert run("shade", "in.png", "-p", 3, "-o", "out.png").err == ""
    assert run("shade", "flat.png", "-p", 3, "-o", "expected.png").err == ""
    check_painted(before, itten.read_picture("out.png"), itten.read_image("expected.png"), soft)


@pytest.mark.parametrize("hidden", [0.0, 1.0], ids=["black below", "white below"])
def test_cross_with_alpha_in_both(run: Callable, hidden: float) -> None:
    target, source = clear("in.png", ink(), hidden), clear("from.png", ink().flip(1).T.contiguous(), hidden, 0.3)
    flat("flat.png", target)
    flat("from_flat.png", source)
    assert run("shade", "in.png", "from.png", "-p", 2, "-o", "out.png", "--palette", "keep").code == 0
    assert run("shade", "flat.png", "from_flat.png", "-p", 2, "-o", "expected.png", "--palette", "keep").code == 0
    check_painted(target, itten.read_picture("out.png"), itten.read_image("expected.png"))


@pytest.mark.parametrize("options", [[], ["--place", "seed"]])
def test_hidden_pixels_are_never_copied(run: Callable, options: list[str]) -> None:
    """Everything is content, and over a red ground every hidden pixel would show when it is copied."""
    look = ["--config", "all.toml", "--ground", "#ff0000", "-p", 2]
    Path("all.toml").write_text(
        'content = "everything"\npalette = "keep"\nthicken = false\nmin_pixels = 4\nclearance = 0\n'
    )
    alpha = torch.zeros(96, 120)
    alpha[10:60, 10:60] = 1
    clear("holes.png", alpha, 1.0, 0.2)
    before = clear("in.png", (ink() > 0.5).float(), 1.0, 0.1)
    for sources in (["holes.png"], []):
        assert run("shade", "in.png", *sources, *look, *options, "-o", "out.png", "--overwrite").code == 0
        after = itten.read_picture("out.png")
        painted = (after.over((1, 0, 0)) != before.over((1, 0, 0))).any(dim=0)
        assert painted.sum() > 20
        assert after.pixels[0, painted].max() < 0.5
    # A mask of what can be seen says nothing new.
    itten.write_image(alpha.expand(3, -1, -1), "seen.png")
    masked = [*look, *options, "--read-mask", "seen.png", "-o", "masked.png", "--overwrite"]
    assert run("shade", "in.png", "holes.png", *look, *options, "-o", "out.png", "--overwrite").code == 0
    assert run("shade", "in.png", "holes.png", *masked).code == 0
    out, same = itten.read_picture("out.png"), itten.read_picture("masked.png")
    assert torch.equal(out.pixels, same.pixels)
    assert out.alpha is not None
    assert torch.equal(out.alpha, same.alpha)


def test_read_masks_and_alpha_work_together(run: Callable) -> None:
    clear("from.png", (ink() > 0.5).float(), 0.0)
    half = torch.zeros(3, 96, 120)
    half[:, :, 60:] = 1
    itten.write_image(half, "half.png")
    options = ["a.png", "from.png", "-p", 1, "--no-metadata"]
    assert run("shade", *options, "--read-mask", "half.png", "-o", "out.png").code == 0
    assert run("shade", *options, "-o", "all.png").code == 0
    assert Path("out.png").read_bytes() != Path("all.png").read_bytes()
    assert run("shade", "from.png", "--read-mask", "half.png", "-p", 1, "-o", "own.png").code == 0
    for arguments in (["a.png", "from.png"], ["from.png"]):
        ran = run("shade", *arguments, "--read-mask", "b.png", "-o", "wrong.png")
        assert (ran.code, len(ran.err.splitlines())) == (3, 1)
        assert "read-mask" in ran.err


def test_ground_changes_what_is_seen_and_auto_finds_it(run: Callable) -> None:
    light = clear("light.png", ink(), 0.0, 0.95)
    for ground in ("auto", "black", "#000000", "white"):
        names = "-o", f"{ground[-5:]}.png", "--no-metadata"
        assert run("shade", "light.png", "-p", 1, "--ground", ground, *names).code == 0
    assert Path("auto.png").read_bytes() == Path("black.png").read_bytes() == Path("00000.png").read_bytes()
    assert Path("auto.png").read_bytes() != Path("white.png").read_bytes()
    assert run("shade", "light.png", "-p", 1, "--ground", "auto", "-o", "out.jpg").code == 0
    assert itten.read_image("out.jpg").mean() < 0.5
    assert light.contrast() == (0, 0, 0)


def test_without_alpha_the_ground_changes_nothing(run: Callable) -> None:
    for ground in ("white", "red", "auto"):
        names = "-o", f"{ground}.png", "--no-metadata"
        assert run("shade", "a.png", "b.png", "-p", 1, "--ground", ground, *names).code == 0
    assert Path("white.png").read_bytes() == Path("red.png").read_bytes() == Path("auto.png").read_bytes()


def test_names_of_grounds() -> None:
    assert ground_colour("white") == (1, 1, 1)
    assert ground_colour("#336699") == ground_colour("#369") == (0.2, 0.4, 0.6)
    assert ground_colour("rebeccapurple") == (0x66 / 255, 0x33 / 255, 0x99 / 255)
    assert ground_colour("auto") is None


@pytest.mark.parametrize("colour", ["beefed", "#12345", "whitish", "", "#11223344", "rgb(1,2)", "ground"])
def test_a_wrong_ground_is_2(run: Callable, colour: str) -> None:
    ran = run("shade", "a.png", "--ground", colour)
    assert (ran.code, ran.out, len(ran.err.splitlines())) == (2, "", 1)
    assert "--ground wants auto, the name of a colour such as white, or #rrggbb" in ran.err


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_sixteen_bits_through_shade(run: Callable, suffix: str) -> None:
    noise = torch.rand(3, 256, 256, generator=torch.Generator().manual_seed(1)) * 0.02
    levels = torch.arange(65536).reshape(1, 256, 256).expand(3, -1, -1) / 65535
    exif = Image.Exif()
    exif[0x013B] = "who made it"
    before = itten.Picture(levels.contiguous(), None, 16, profiles.shaper(), (300, 300), exif.tobytes())
    itten.write_picture(before, f"in.{suffix}")
    itten.write_image((levels[:, :96, :120] * 100 % 1 + noise[:, :96, :120]).clamp(0, 1), "from.png")
    mask = torch.zeros(3, 256, 256)
    mask[:, :12] = 1
    itten.write_image(mask, "mask.png")
    options = ["--write-mask", "mask.png", "-p", 1, "-o", f"out.{suffix}"]
    assert run("shade", f"in.{suffix}", "from.png", *options).code == 0
    after = itten.read_picture(f"out.{suffix}")
    assert (after.depth, after.profile, after.exif) == (16, before.profile, before.exif)
    assert after.dpi is not None
    assert np.allclose(after.dpi, 300, atol=0.02)
    assert len((after.pixels[0] * 65535).round().unique()) > 60_000
    assert torch.equal(after.pixels[:, 12:], before.pixels[:, 12:])


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_sixteen_bits_with_alpha_stay_where_nothing_is_painted(run: Callable, suffix: str) -> None:
    draw = torch.Generator().manual_seed(2)
    deep = torch.randint(0, 65536, (3, 96, 120), generator=draw) / 65535 * 0.3
    before = itten.Picture((deep * 65535).round() / 65535, (ink() * 65535 * 0.987).round() / 65535, 16)
    itten.write_picture(before, f"in.{suffix}")
    assert run("shade", f"in.{suffix}", "-p", 2, "-o", f"out.{suffix}").code == 0
    after = itten.read_picture(f"out.{suffix}")
    assert before.alpha is not None
    assert after.alpha is not None
    same = (after.over() == before.over()).all(dim=0)
    assert 0 < (~same).sum() < 0.6 * same.numel()
    assert torch.equal(after.alpha[same], before.alpha[same])
    assert torch.equal(after.pixels[:, same], before.pixels[:, same])
    assert (after.alpha[~same] >= before.alpha[~same]).all()
    assert ((after.alpha > before.alpha) & (after.alpha < 0.9)).sum() > 50


def test_a_source_in_another_profile_is_converted(run: Callable) -> None:
    """Copies keep their colours: all that is painted is the converted red of Display P3, within 1/255."""
    alpha = (ink() > 0.5).float()
    red = torch.tensor([0.8, 0.3, 0.25]).reshape(3, 1, 1)
    source = itten.Picture(torch.where(alpha > 0, red, 1.0), profile=profiles.shaper())
    itten.write_picture(source, "p3.png")
    itten.write_image(drawing(96, 120), "grey.png")
    keep = ["--palette", "keep", "-p", 1, "--config", "plain.toml", "-o", "out.png"]
    Path("plain.toml").write_text('thicken = false\nshadow = "none"\n')
    assert run("shade", "grey.png", "p3.png", *keep).code == 0
    before, after = itten.read_image("grey.png"), itten.read_image("out.png")
    painted = (before != after).any(dim=0)
    assert painted.sum() > 20
    held = ImageCms.profileToProfile(
        Image.fromarray((source.pixels * 255).round().byte().permute(1, 2, 0).numpy()),
        ImageCms.ImageCmsProfile(__import__("io").BytesIO(profiles.shaper())),
        ImageCms.createProfile("sRGB"),
    )
    assert held is not None
    wanted = torch.tensor(held.getpixel(tuple((alpha > 0).nonzero()[0].flip(0).tolist()))) / 255
    assert (after[:, painted] - wanted[:, None]).abs().max() < 1.01 / 255
    assert (wanted - red.flatten()).abs().max() > 0.03
    assert (in_profile(source, None).pixels[:, alpha > 0] - wanted[:, None]).abs().max() < 1.01 / 255


def test_a_broken_profile_of_a_source_is_one_line(run: Callable) -> None:
    Image.open("b.png").save("broken.png", icc_profile=b"rubbish" * 40)
    ran = run("shade", "a.png", "broken.png", "-p", 1, "-o", "out.png", "--no-metadata")
    assert (ran.code, ran.out) == (0, "out.png\n")
    assert ran.err == "itten: 'broken.png' has a colour profile that is damaged; it is left out\n"
    run("shade", "a.png", "b.png", "-p", 1, "-o", "plain.png", "--no-metadata")
    assert Path("out.png").read_bytes() == Path("plain.png").read_bytes()


def test_a_damaged_file_of_sixteen_bits_is_3(run: Callable) -> None:
    itten.write_picture(itten.Picture(torch.rand(3, 64, 64), depth=16), "deep.png")
    Path("cut.png").write_bytes(Path("deep.png").read_bytes()[:9000])
    ran = run("shade", "cut.png")
    assert (ran.code, ran.out, len(ran.err.splitlines())) == (3, "", 1)
    assert "cut.png" in ran.err


def test_the_spectrum_is_that_of_what_is_seen(run: Callable) -> None:
    before = clear("in.png", (ink() > 0.5).float(), 0.0)
    itten.write_image(before.over(), "flat.png")
    tables = [run("spectrum", name, "-k", 3, "-o", "out.png", "--overwrite").out for name in ("in.png", "flat.png")]
    assert tables[0] == tables[1]
    assert "1" in tables[0]
