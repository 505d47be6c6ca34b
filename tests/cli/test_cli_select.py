"""``itten select``, and marks in ``itten shade``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import itten
from itten.image.labels import labels_png
from itten.image.scribbles import read_scribbles

RED, BLUE = (220, 30, 30), (30, 40, 230)


@pytest.fixture
def marks(folder: Path) -> np.ndarray:
    """``halves.png``, dark and light with noise, and seeds in it, in a few kinds of files."""
    noise = np.random.default_rng(5).integers(0, 20, (60, 80, 3), dtype=np.uint8)
    noise[:, 33:] += 180
    Image.fromarray(noise).save("halves.png")
    seeds = np.zeros((60, 80), np.int64)
    seeds[20:24, 10:20], seeds[40:44, 50:60] = 1, 2
    layer = np.zeros((60, 80, 4), np.uint8)
    layer[seeds == 1], layer[seeds == 2] = (*RED, 255), (*BLUE, 255)
    layer[30:34, 30] = (0, 200, 0, 120)  # what a soft brush leaves
    Image.fromarray(layer).save("marks.png")
    layer[30:34, 30] = 0
    Image.fromarray(layer[..., :3]).save("black.png")
    white = layer[..., :3].copy()
    white[seeds == 0] = 255
    Image.fromarray(white).save("white.png")
    Image.fromarray(seeds.astype(np.uint8)).save("grey.png")
    Path("indexed.png").write_bytes(labels_png(seeds, none=True))
    return seeds


def test_what_python_selects_is_what_is_written(run: Callable, marks: np.ndarray) -> None:
    ran = run("select", "halves.png", "--marks", "marks.png", "-o", "mask.png")
    assert (ran.code, ran.out, ran.err) == (0, "mask.png\n", "")
    found = itten.select("halves.png", marks)
    assert torch.equal(itten.read_image("mask.png")[0] > 0.5, found.labels == 1)
    assert set(itten.read_image("mask.png").unique().tolist()) == {0.0, 1.0}
    assert bool((found.labels[:, :33] == 1).all() and (found.labels[:, 33:] == 2).all())
    for other in ("black.png", "white.png", "grey.png", "indexed.png"):
        assert run("select", "halves.png", "--marks", other, "-o", other.replace(".", "_mask.")).code == 0
        assert torch.equal(itten.read_image(other.replace(".", "_mask.")), itten.read_image("mask.png")), other


def test_labels_probabilities_overlay_and_facts(run: Callable, marks: np.ndarray) -> None:
    names = ["--labels", "labels.png", "--overlay", "seen.png", "--soft", "--label", 2, "--edge-threshold", 0.3]
    ran = run("select", "halves.png", "--marks", "marks.png", "-o", "soft.png", *names, "--json")
    assert ran.code == 0
    found = itten.select("halves.png", marks, edge_threshold=0.3)
    assert float((itten.read_image("soft.png")[0] - found.of(2)).abs().max()) <= 0.5001 / 255
    with Image.open("labels.png") as picture:
        assert picture.mode == "P"
        assert np.array_equal(np.array(picture), found.labels.numpy())
    assert np.array_equal(read_scribbles("labels.png").labels, found.labels.numpy())
    told = json.loads(ran.out)
    assert told["files"] == ["soft.png", "labels.png", "seen.png"]
    facts = told["selection"]
    assert (facts["labels"], facts["label"], facts["status"]) == ([1, 2], 2, "converged")
    assert facts["colours"] == {"1": "#dc1e1e", "2": "#1e28e6"}
    assert sum(facts["pixels"].values()) == 60 * 80
    assert float(itten.read_image("seen.png").std()) > 0.05
    assert run("replay", "soft.png", "-o", "again.png").code == 0
    assert Path("again.png").read_bytes() == Path("soft.png").read_bytes()
    assert run("replay", "seen.png").code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--marks", "a.png"], 3, "marks have the size of their picture"),
        (["--marks", "none.png"], 3, "none.png"),
        (["--marks", "photo.png"], 3, "antialias"),
        (["--marks", "empty.png"], 3, "marks nothing"),
        (["--marks", "marks.png", "--label", "7"], 2, "there are 1, 2"),
        (["--marks", "marks.png", "--labels", "l.jpg"], 2, "ends in .png"),
        (["--marks", "marks.png", "--overlay", "mask.png"], 2, "written twice"),
        (["--marks", "marks.png", "--edge-threshold", "-1"], 2, "edge_threshold"),
        (["--marks", "sample:figure"], 3, "sample"),
    ],
)
def test_mistakes(run: Callable, marks: np.ndarray, arguments: list[str], code: int, said: str) -> None:
    many = np.random.default_rng(1).integers(0, 255, (60, 80, 3), dtype=np.uint8)
    Image.fromarray(many).save("photo.png")
    Image.fromarray(np.zeros((60, 80, 4), np.uint8)).save("empty.png")
    ran = run("select", "halves.png", *arguments, "-o", "mask.png")
    assert ran.code == code
    assert said in ran.err
    assert not Path("mask.png").exists()


def test_marks_stand_for_masks(run: Callable, marks: np.ndarray) -> None:
    assert run("select", "halves.png", "--marks", "marks.png", "-o", "mask.png").code == 0
    ran = run("shade", "halves.png", "-p", 1, "--write-marks", "marks.png", "--read-marks", "marks.png", "-o", "a1.png")
    assert (ran.code, ran.out) == (0, "a1.png\n")
    assert (
        run("shade", "halves.png", "-p", 1, "--write-mask", "mask.png", "--read-mask", "mask.png", "-o", "a2.png").code
        == 0
    )
    assert torch.equal(itten.read_image("a1.png"), itten.read_image("a2.png"))
    assert run("replay", "a1.png").code == 0
    recipe = json.loads(run("replay", "a1.png", "--recipe").out)
    assert [one["role"] for one in recipe["inputs"]] == ["target", "read_marks", "write_marks"]
    assert run("shade", "halves.png", "-p", 1, "--write-marks", "a.png", "-o", "b1.png").code == 3
    ran = run("shade", "halves.png", "-p", 1, "--read-marks", "marks.png", "--read-marks", "marks.png", "-o", "b1.png")
    assert (ran.code, "as many --read-marks" in ran.err) == (2, True)
