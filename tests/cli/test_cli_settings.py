"""Any setting on top of a look: which layer wins, what reaches all heads, and a look's file to be changed."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import torch

import itten
from itten.cli.settings import assignment, base_of, merged
from itten.config import ShaderConfig, nested, overlaid
from itten.errors import ConfigError, UsageError
from tests.pictures import drawing


def same(picture: torch.Tensor, path: str) -> bool:
    return bool((picture * 255 + 0.5).floor().equal((itten.read_image(path) * 255).round()))


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        ("copies=3", "copies", 3),
        ("envelope.decay = 0.5", "envelope.decay", 0.5),
        ("turn=align", "turn", "align"),
        ("turn='align'", "turn", "align"),
        ("overlap=true", "overlap", True),
        ("palette=['teal', '#b3202a']", "palette", ["teal", "#b3202a"]),
        ("palette=#b3202a,teal", "palette", "#b3202a,teal"),
        ("front={rotation = 0.5}", "front", {"rotation": 0.5}),
        ("turn=a=b", "turn", "a=b"),
        ("turn=1\nseed=2", "turn", "1\nseed=2"),
        ("turn=", "turn", ""),
    ],
)
def test_values_are_toml_else_text(text: str, key: str, value: Any) -> None:
    assert assignment(text) == (key, value)


@pytest.mark.parametrize("text", ["turn", "=3", "a..b=3", ".a=3", ""])
def test_what_is_no_assignment_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--set wants key=value, such as"):
        assignment(text)


def test_tables_are_merged_and_nothing_is_written_to() -> None:
    below = {"turn": 4, "envelope": {"decay": 0.5, "kind": "decay"}, "palette": ["teal"]}
    before = ShaderConfig(**below)
    assert overlaid(below, nested("envelope.decay", 0.25))["envelope"] == {"decay": 0.25, "kind": "decay"}
    assert overlaid(below, {"palette": "keep", "spectrum": {"seed": 3}}) == {
        **below,
        "palette": "keep",
        "spectrum": {"seed": 3},
    }
    assert ShaderConfig(**below) == before
    assert overlaid({}, below) == below


def test_what_lies_on_top_reaches_all_heads() -> None:
    heads = [{"turn": 4.0, "field": 2, "envelope": {"decay": 0.1, "kind": "decay"}}, {"field": 5}]
    found = ShaderConfig(**overlaid({"heads": heads}, {"turn": 7.0, "envelope": {"decay": 0.3}}))
    assert [head.turn for head in found.all_heads] == [7.0, 7.0]
    assert [head.field for head in found.all_heads] == [2, 5]
    assert [head.envelope.decay for head in found.all_heads] == [0.3, 0.3]
    assert [head.envelope.kind for head in found.all_heads] == ["decay", "adsr"]
    assert heads[0]["turn"] == 4.0
    one = overlaid({"heads": heads}, nested("heads.2.turn", 9.0))
    assert [head.turn for head in ShaderConfig(**one).all_heads] == [4.0, 9.0]
    assert overlaid({"heads": heads}, {"heads": [{}]})["heads"] == [{}]
    wrong = {"heads.3.turn": "there are heads.1 to heads.2", "heads.x.turn": "heads.1", "heads.1": "each with keys"}
    for key, words in wrong.items():
        with pytest.raises(ConfigError, match=words):
            overlaid({"heads": heads}, nested(key, 1))
    with pytest.raises(ConfigError, match="only where there are several"):
        overlaid({}, nested("heads.1.turn", 1))


def test_look_then_file_then_single_keys_then_options() -> None:
    Path("top.toml").write_text('turn = 11.0\ncopies = 5\nwear = "random"\n[spectrum]\nquality = "fast"\n')
    look = itten.load_look("confetti")
    base, passes = base_of("confetti", "top.toml", [("copies", 7), ("turn", 12.0), ("turn", 13.0)])
    assert passes == look.text.passes == 3
    assert (base.clearance, base.wear, base.spectrum.quality) == (look.shader["clearance"], "random", "fast")
    assert (base.copies, base.turn) == (7, 13.0)
    assert merged(base, {"turn": 14.0, "copies": None}).turn == 14.0
    assert base_of(None, "fast", [])[0] == ShaderConfig.from_config("fast")
    assert base_of(None, None, []) == (ShaderConfig(), 4)
    assert base_of("riso", "seed", [])[0].spectrum.method == "tiled"


@pytest.fixture(autouse=True)
def here(folder: Path) -> Path:
    return folder


def test_the_command_lays_them_on_top_of_one_another(run: Callable) -> None:
    Path("top.toml").write_text('palette = "keep"\nmin_pixels = 9\n')
    options = ["--look", "two-voices", "--config", "top.toml", "--set", "copies=2", "--set", "turn=30", "--turn", "60"]
    assert run("shade", "a.png", "-p", 1, *options, "-o", "out.png").code == 0
    heads = [{"field": 2, "size": 0.2}, {"field": 16, "thicken": False}]
    keys = {"max_segments": 60, "min_pixels": 9, "palette": "keep", "heads": heads}
    assert same(itten.shade("a.png", None, {**keys, "copies": 2, "turn": 60.0}, 1).image, "out.png")


def test_without_thickening_in_any_head(run: Callable) -> None:
    assert run("shade", "a.png", "-p", 1, "--look", "two-voices", "--no-thicken", "-o", "out.png").code == 0
    config = ShaderConfig.from_config("two-voices").changed(thicken=False)
    assert not any(head.thicken for head in config.all_heads)
    assert same(itten.shade("a.png", None, config, 1).image, "out.png")
    Path("thick.toml").write_text("[[heads]]\nthicken = true\n[[heads]]\nfield = 3\n")
    assert run("shade", "a.png", "-p", 1, "--config", "thick.toml", "--no-thicken", "-o", "thin.png").code == 0
    assert same(itten.shade("a.png", None, {"thicken": False, "heads": [{}, {"field": 3}]}, 1).image, "thin.png")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--set", "trun=3"], "unknown configuration key 'trun': did you mean 'turn'?"),
        (["--set", "envelope.decy=3"], "unknown configuration key 'envelope.decy': did you mean 'envelope.decay'?"),
        (["--set", "envelop.decay=3"], "unknown configuration key 'envelop': did you mean 'envelope'?"),
        (["--set", "turn"], "--set wants key=value"),
        (["--set", "copies=many"], "'copies'"),
        (["--look", "riso", "--set", "heads.4.turn=3"], "there are heads.1 to heads.3"),
        (["--look", "riso", "--set", "heads.2.trun=3"], "head 2: unknown configuration key 'trun'"),
    ],
)
def test_mistakes_in_settings(run: Callable, options: list[str], words: str) -> None:
    ran = run("shade", "a.png", *options)
    assert (ran.code, ran.out) == (2, "")
    assert words in ran.err


def test_a_look_is_copied_to_be_changed(run: Callable) -> None:
    original = (resources.files("itten") / "looks" / "echo.toml").read_bytes()
    assert run("looks", "--copy", "echo").out == "echo.toml\n"
    assert Path("echo.toml").read_bytes() == original
    assert run("looks", "--copy", "echo", "-o", "sub/mine").files() == [Path("sub/mine.toml")]
    assert run("looks", "--copy", "echo", "-o", "sub").files() == [Path("sub/echo.toml")]
    assert run("shade", "a.png", "--look", "sub/mine.toml", "-o", "mine.png").code == 0
    assert same(itten.shade("a.png", None, "echo", 3).image, "mine.png")


def test_a_copy_of_a_look_replaces_nothing_unasked(run: Callable) -> None:
    Path("echo.toml").write_text("precious")
    ran = run("looks", "--copy", "echo")
    assert Path("echo.toml").read_text() == "precious"
    assert re.fullmatch(r"echo_\d{8}-\d{6}-\d{6}\.toml", ran.out.strip())
    assert "echo.toml exists, so this went to" in ran.err
    assert run("looks", "--copy", "echo", "--overwrite").out == "echo.toml\n"
    assert Path("echo.toml").read_text().startswith("schema = 1")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--copy", "ecko"], "did you mean 'echo'"),
        (["--copy", "echo", "-o", "x.png"], "a name that ends in .toml"),
        (["--copy", "echo", "-o", "a.png/x.toml"], "'a.png' is a file"),
        (["--copy", "echo", "--sheet"], "none of --sheet"),
        (["--copy", "echo", "--only", "riso"], "none of --sheet"),
    ],
)
def test_mistakes_in_copying(run: Callable, arguments: list[str], words: str) -> None:
    ran = run("looks", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert words in ran.err


def halves(height: int, width: int, name: str) -> torch.Tensor:
    """A mask whose left half is bright, as a file."""
    mask = torch.zeros(3, height, width)
    mask[:, :, : width // 2] = 1.0
    itten.write_image(mask, name)
    return mask[0] > 0.5


def test_masks_of_another_size_are_refused_with_both_sizes(run: Callable) -> None:
    halves(36, 44, "small.png")
    for option, other in (("--write-mask", "a.png"), ("--keep", "a.png"), ("--read-mask", "a.png")):
        ran = run("shade", "a.png", "-p", 1, option, "small.png")
        assert (ran.code, ran.out) == (3, "")
        assert f"{option}: 'small.png' is 44 × 36 pixels, '{other}' is 88 × 72; --fit-masks" in ran.err
    ran = run("shade", "a.png", "b.png", "-p", 1, "--read-mask", "small.png")
    assert "'small.png' is 44 × 36 pixels, 'b.png' is 80 × 64" in ran.err


def test_masks_are_fitted_and_may_say_where_not(run: Callable) -> None:
    halves(36, 44, "small.png")
    whole = halves(72, 88, "whole.png")
    # Large and small masks with a border in the middle are the same mask once they are fitted.
    halves(144, 264, "large.png")
    for name in ("small.png", "large.png", "whole.png"):
        for option, mask in (("--write-mask", whole), ("--keep", ~whole)):
            assert run("shade", "a.png", "-p", 1, option, name, "--fit-masks", "-o", "out.png", "--overwrite").code == 0
            assert same(itten.shade("a.png", passes=1, write=mask).image, "out.png")
    upper = torch.zeros(3, 72, 88)
    upper[:, :30] = 1.0
    itten.write_image(upper, "upper.png")
    options = ["--write-mask", "whole.png", "--keep", "upper.png"]
    assert run("shade", "a.png", "-p", 1, *options, "-o", "both.png").code == 0
    assert same(itten.shade("a.png", passes=1, write=whole & (upper[0] < 0.5)).image, "both.png")
    before = (drawing(72, 88) * 255).round()
    assert torch.equal((itten.read_image("both.png") * 255).round()[:, :30], before[:, :30])
    options = ["--read-mask", "small.png", "--fit-masks"]
    assert run("shade", "a.png", "-p", 1, *options, "-o", "read.png").code == 0
    assert same(itten.shade("a.png", passes=1, read=whole).image, "read.png")
