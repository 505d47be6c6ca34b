"""A run that changes nothing says which of several things it was, once; masks are what they look like."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import itten
from tests.pictures import drawing, noise, pattern

FLAT = torch.full((3, 40, 48), 0.5)
NOT_THICK = {"thicken": False}


def said(caplog: pytest.LogCaptureFixture, *arguments: object, **options: object) -> list[str]:
    with caplog.at_level(logging.WARNING, "itten"):
        itten.shade(*arguments, **options)
    return caplog.messages


def everywhere(value: bool) -> torch.Tensor:
    return torch.full((72, 88), value)


@pytest.mark.parametrize(
    ("target", "source", "config", "masks", "words", "help"),
    [
        (FLAT, None, {}, {}, "one colour throughout", "something is drawn"),
        (FLAT, pattern(), {}, {}, "one colour throughout", "something is drawn"),
        (drawing(72, 88), None, {}, {"write": everywhere(False)}, "no pixel may be painted", "bright where"),
        (drawing(72, 88), None, NOT_THICK, {"read": everywhere(False)}, "no pixel may be copied", "bright where"),
        (drawing(72, 88), None, {**NOT_THICK, "min_pixels": 100_000}, {}, "no segments were found", "min_pixels"),
        (drawing(72, 88), FLAT, NOT_THICK, {}, "no segments were found in what is copied from", "min_pixels"),
        (drawing(72, 88), None, {**NOT_THICK, "clearance": 64.0}, {}, "no copy fits", "clearance"),
    ],
    ids=["constant", "constant, a source", "write", "read", "segments", "source", "fits"],
)
def test_a_run_that_changes_nothing_says_why(
    caplog: pytest.LogCaptureFixture,
    target: torch.Tensor,
    source: torch.Tensor | None,
    config: dict,
    masks: dict,
    words: str,
    help: str,
) -> None:
    told = said(caplog, target, source, config, passes=3, **masks)
    assert len(told) == 1, "once a run, not a pass"
    assert told[0].startswith("nothing was painted: ")
    assert words in told[0]
    assert help in told[0]


def test_everything_is_contour(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a hard picture whatever is far from its mean is."""
    halves = torch.zeros(3, 48, 64)
    halves[:, :, 32:] = 1.0
    monkeypatch.setattr("itten.shader.functional.contour", lambda image: torch.ones_like(image[0], dtype=torch.bool))
    told = said(caplog, halves, None, {**NOT_THICK, "edges": "hard", "content": "contours"}, passes=2)
    assert len(told) == 1
    assert "everything in the picture is contour" in told[0]
    assert "place = 'seed'" in told[0]


def test_nothing_is_drawn(caplog: pytest.LogCaptureFixture) -> None:
    faint = FLAT + 0.002 * noise(40, 48)
    told = said(caplog, faint, None, {"edges": "soft"}, passes=1)
    assert len(told) == 1
    assert "counts as drawn" in told[0]
    assert "content = 'everything'" in told[0]


def test_a_run_that_paints_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    assert said(caplog, drawing(72, 88), None, {}, passes=1) == []


def test_of_a_batch_those_are_named(caplog: pytest.LogCaptureFixture) -> None:
    batch = torch.stack([FLAT, drawing(40, 48), FLAT])
    told = said(caplog, batch, None, {"edges": "soft", "min_pixels": 5}, passes=2)
    assert told == [
        "nothing was painted on 1, 3 of 3 pictures: the picture is one colour throughout; give one in which something "
        "is drawn"
    ]


def test_the_command_says_so_on_standard_error(run: Callable) -> None:
    itten.write_image(FLAT, "flat.png")
    ran = run("shade", "flat.png", "-p", 2, "-o", "x.png")
    assert (ran.code, ran.out) == (0, "x.png\n")
    assert ran.err.startswith("itten: nothing was painted: the picture is one colour throughout")
    assert len(ran.err.splitlines()) == 1


@pytest.mark.parametrize("method", ["stitched", "tiled", "exact"])
@pytest.mark.parametrize("size", [(9, 11), (40, 48)])
def test_the_spectrum_of_one_colour_is_degenerate(method: str, size: tuple[int, int]) -> None:
    found = itten.spectrum(torch.full((3, *size), 0.25), 4, method)
    assert found.status == "degenerate"
    assert "one colour throughout" in found.advice
    assert itten.spectrum(drawing(*size), 4, method).status != "degenerate"


def test_only_what_is_in_the_graph_counts() -> None:
    image, mask = drawing(40, 48), torch.zeros(40, 48, dtype=torch.bool)
    mask[:20] = True
    image[:, 20:] = 0.5
    assert itten.spectrum(image, 3, exclude=mask).status == "degenerate"
    assert itten.spectrum(image, 3).status != "degenerate"


def layer_mask() -> None:
    """White all over, with its shape in alpha: what editors call a layer mask."""
    pixels = np.full((72, 88, 4), 255, np.uint8)
    pixels[:, :44, 3] = 0
    Image.fromarray(pixels).save("m.png")


def painted(name: str) -> torch.Tensor:
    return (itten.read_image(name) != itten.read_image("a.png")).any(dim=0)


def test_a_mask_is_brightness_times_alpha(run: Callable) -> None:
    layer_mask()
    assert run("shade", "a.png", "-p", 1, "-o", "write.png", "--write-mask", "m.png").code == 0
    assert run("shade", "a.png", "-p", 1, "-o", "keep.png", "--keep", "m.png").code == 0
    assert painted("write.png")[:, 44:].any()
    assert not painted("write.png")[:, :44].any()
    assert painted("keep.png")[:, :44].any()
    assert not painted("keep.png")[:, 44:].any()


def test_a_mask_of_labels_is_told(run: Callable) -> None:
    labels = np.zeros((72, 88), np.uint8)
    labels[:36] = 1
    Image.fromarray(labels).save("m.png")
    ran = run("shade", "a.png", "-p", 1, "-o", "x.png", "--keep", "m.png")
    assert ran.code == 0
    assert ran.err == (
        "itten: --keep: 'm.png' is dark throughout, its brightest pixel is 1 of 255; 128 and more count as bright\n"
    )
    Image.fromarray(labels * 255).save("m.png")
    assert run("shade", "a.png", "-p", 1, "-o", "y.png", "--keep", "m.png").err == ""


def test_a_black_mask_is_told_once(run: Callable) -> None:
    Image.new("L", (88, 72)).save("m.png")
    ran = run("shade", "a.png", "-p", 2, "-o", "x.png", "--write-mask", "m.png")
    assert ran.code == 0
    assert len(ran.err.splitlines()) == 1
    assert "no pixel may be painted" in ran.err


def test_a_mask_of_another_size_names_files_and_pixels(run: Callable) -> None:
    Image.new("L", (44, 36), 255).save("m.png")
    for option in ("--write-mask", "--read-mask", "--keep"):
        ran = run("shade", "a.png", "-p", 1, "-o", "x.png", option, "m.png")
        assert ran.code == 3
        assert f"{option}: 'm.png' is 44 × 36 pixels, 'a.png' is 88 × 72" in ran.err
    assert not Path("x.png").exists()
