"""``itten shade`` with every option, run for real on small pictures."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import itten
from itten.cli.output import SUFFIXES, WITH_ALPHA
from itten.cli.settings import merged
from itten.errors import UsageError
from itten.image.formats import ENCODERS, can

TIMESTAMP = r"_\d{8}-\d{6}-\d{6}"


def same(picture: torch.Tensor, path: str | Path) -> bool:
    """Whether ``path`` holds ``picture`` rounded to 8 bits."""
    return bool((picture * 255 + 0.5).floor().equal((itten.read_image(path) * 255).round()))


def test_self_is_what_the_library_gives(run: Callable) -> None:
    ran = run("shade", "a.png", "-p", 2, "-o", "out.png")
    assert (ran.code, ran.out, ran.err) == (0, "out.png\n", "")
    assert same(itten.shade("a.png", passes=2).image, "out.png")


def test_cross_is_what_the_library_gives_and_not_self(run: Callable) -> None:
    run("shade", "a.png", "b.png", "--passes", 2, "--out", "cross.png")
    expected = itten.shade("a.png", "b.png", passes=2).image
    assert same(expected, "cross.png")
    assert not expected.equal(itten.shade("a.png", passes=2).image)


@pytest.mark.parametrize(
    ("options", "config"),
    [
        (["-d", "0.3"], {"envelope": {"kind": "decay", "decay": 0.3}}),
        (["--decay", "0.3", "--envelope", "decay"], {"envelope": {"kind": "decay", "decay": 0.3}}),
        (["--envelope", "decay"], {"envelope": {"kind": "decay"}}),
        (["--envelope", "adsr"], None),
        (["-q", "fast"], "fast"),
        (["--quality", "quality"], "quality"),
        (["--seed", "5"], {"seed": 5, "spectrum": {"seed": 5}}),
        (["--no-overwrite"], {"composite": "zbuffer", "overlap": True}),
        (["--device", "auto"], None) if not torch.cuda.is_available() else (["--device", "cpu"], None),
        (["--config", "fast"], "fast"),
    ],
)
def test_options_reach_the_configuration(run: Callable, options: list[str], config: object) -> None:
    assert run("shade", "a.png", "b.png", "-p", 2, "-o", "out.png", *options).code == 0
    assert same(itten.shade("a.png", "b.png", config, 2).image, "out.png")


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (["--set", "copies=4"], ["--set", "copies=4", "--no-overwrite"]),
        ([], ["-d", "0.3"]),
        ([], ["-q", "fast"]),
        ([], ["--method", "tiled"]),
        ([], ["--field", "2"]),
        (["--method", "tiled"], ["--method", "tiled", "--seed", "5"]),
    ],
)
def test_options_change_the_picture(run: Callable, left: list[str], right: list[str]) -> None:
    for name, options in (("left.png", left), ("right.png", right)):
        run("shade", "a.png", "b.png", "-p", 2, "-o", name, "--no-metadata", *options)
    assert Path("left.png").read_bytes() != Path("right.png").read_bytes()


def test_the_same_command_twice_gives_the_same_bytes(run: Callable) -> None:
    names = [run("shade", "a.png", "b.png", "-p", 2, "--save-intermediates", "-o", name).files() for name in "xy"]
    assert [len(each) for each in names] == [3, 3]
    for first, second in zip(*names, strict=True):
        assert first.read_bytes() == second.read_bytes()


def test_intermediates_are_the_passes_and_the_last_is_the_result(run: Callable) -> None:
    ran = run("shade", "a.png", "-p", 3, "--save-intermediates", "-o", "sub/out.png", "--no-metadata")
    assert ran.files() == [*(Path(f"sub/out_pass{index}.png") for index in (1, 2, 3)), Path("sub/out.png")]
    passes = itten.shade("a.png", passes=3, keep=True).passes
    assert all(same(picture, f"sub/out_pass{index}.png") for index, picture in enumerate(passes, start=1))
    assert Path("sub/out_pass3.png").read_bytes() == Path("sub/out.png").read_bytes()


def test_an_existing_file_is_kept_and_the_new_name_is_told(run: Callable) -> None:
    Path("out.png").write_bytes(b"precious")
    ran = run("shade", "a.png", "-p", 1, "-o", "out.png", "--save-intermediates")
    assert ran.code == 0
    assert Path("out.png").read_bytes() == b"precious"
    first, written = ran.files()
    assert re.fullmatch(rf"out{TIMESTAMP}\.png", written.name)
    assert first.name == f"{written.stem}_pass1.png"
    assert f"out.png exists, so this went to {written}" in ran.err
    assert same(itten.shade("a.png", passes=1).image, written)


def test_overwrite_replaces_and_says_nothing(run: Callable) -> None:
    Path("out.png").write_bytes(b"old")
    ran = run("shade", "a.png", "-p", 1, "-o", "out.png", "--overwrite")
    assert (ran.out, ran.err) == ("out.png\n", "")
    assert same(itten.shade("a.png", passes=1).image, "out.png")


def test_the_input_as_output_is_kept_unless_told(run: Callable) -> None:
    before = Path("a.png").read_bytes()
    expected = itten.shade("a.png", passes=1).image
    ran = run("shade", "a.png", "-p", 1, "-o", "a.png")
    assert Path("a.png").read_bytes() == before
    assert same(expected, ran.files()[0])
    assert run("shade", "a.png", "-p", 1, "-o", "a.png", "--overwrite").code == 0
    assert same(expected, "a.png")


def test_without_o_the_name_has_the_time_in_it(run: Callable) -> None:
    (name,) = run("shade", "a.png", "-p", 1).files()
    assert re.fullmatch(rf"a_itten{TIMESTAMP}\.png", str(name))
    assert name.exists()


def test_o_without_suffix_is_a_png_and_a_folder_gets_a_dated_file(run: Callable) -> None:
    assert run("shade", "a.png", "-p", 1, "-o", "plain").out == "plain.png\n"
    Path("sheets.d").mkdir()
    (name,) = run("shade", "a.png", "-p", 1, "-o", "sheets.d").files()
    assert re.fullmatch(rf"sheets\.d/a_itten{TIMESTAMP}\.png", name.as_posix())


def test_the_targets_alpha_is_kept_where_the_format_can(run: Callable) -> None:
    assert run("shade", "clear.png", "-p", 1, "--save-intermediates", "-o", "out.png").code == 0
    with Image.open("clear.png") as before:
        alpha = np.asarray(before)[..., 3]
    for name in ("out.png", "out_pass1.png"):
        with Image.open(name) as after:
            assert after.mode == "RGBA"
            veil = np.asarray(after)[..., 3]
        painted = veil != alpha
        assert 0 < painted.sum() < 0.2 * painted.size
        assert (veil[painted] > alpha[painted]).all()
    ran = run("shade", "clear.png", "-p", 1, "-o", "out.jpg")
    assert ran.code == 0
    assert "no alpha" in ran.err


@pytest.mark.parametrize("suffix", [".toml", ".json"])
def test_config_files(run: Callable, suffix: str) -> None:
    settings = {"strength": 40.0, "composite": "zbuffer", "spectrum": {"quality": "fast"}}
    toml = 'strength = 40.0\ncomposite = "zbuffer"\n[spectrum]\nquality = "fast"\n'
    Path("settings" + suffix).write_text(toml if suffix == ".toml" else json.dumps(settings))
    run("shade", "a.png", "b.png", "-p", 1, "--config", "settings" + suffix, "-o", "out.png")
    assert same(itten.shade("a.png", "b.png", settings, 1).image, "out.png")
    run("shade", "a.png", "b.png", "-p", 1, "--config", "settings" + suffix, "-q", "standard", "-o", "other.png")
    assert same(itten.shade("a.png", "b.png", {**settings, "spectrum": {}}, 1).image, "other.png")


def test_options_leave_the_rest_of_a_configuration_alone() -> None:
    base = itten.ShaderConfig(strength=3, envelope={"decay": 0.5})
    changed = merged(base, {"spectrum.seed": 4, "composite": None, "envelope.kind": "decay"})
    assert changed.strength == 3
    assert changed.envelope == itten.Envelope(kind="decay", decay=0.5)
    assert changed.spectrum.seed == 4
    assert merged(base, {"composite": None}) == base


def test_the_list_of_suffixes_is_the_writers(tmp_path: Path) -> None:
    grey = torch.full((3, 4, 4), 0.5)
    assert {suffix for suffix in SUFFIXES if not can(ENCODERS[suffix][0])} <= {".avif", ".jxl"}
    for suffix in filter(lambda suffix: can(ENCODERS[suffix][0]), SUFFIXES):
        itten.write_image(grey, tmp_path / f"plain{suffix}")
        if suffix in WITH_ALPHA:
            itten.write_image(grey, tmp_path / f"clear{suffix}", alpha=grey[0])
        else:
            with pytest.raises(UsageError):
                itten.write_image(grey, tmp_path / f"clear{suffix}", alpha=grey[0])
    with pytest.raises(UsageError, match="known are " + ", ".join(suffix[1:] for suffix in SUFFIXES)):
        itten.write_image(grey, tmp_path / "x.gif")


def test_verbose_says_which_backends_work(run: Callable) -> None:
    ran = run("-v", "shade", "a.png", "-p", 1, "-o", "out.png")
    assert "on cpu: " in ran.err
    assert "lanczos_tiles numba" in ran.err
    assert ran.out == "out.png\n"
    assert run("shade", "a.png", "-p", 1, "-o", "again.png").err == ""
