"""``itten segment``."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import itten
from itten.regions.shown import average, lines, overlay


def values(name: str) -> np.ndarray:
    with Image.open(name) as picture:
        return np.asarray(picture)


def test_what_python_finds_is_what_is_written(run: Callable) -> None:
    ran = run("segment", "a.png", "-n", 5, "-o", "l.png", "--overlay", "o.png", "--average", "m.png")
    assert (ran.code, ran.out) == (0, "l.png\no.png\nm.png\n")
    assert re.fullmatch(r"itten: 5 segments, normalised cut [\d.e-]+, converged\n", ran.err)
    image, labels = itten.read_image("a.png"), itten.segment("a.png", 5)
    np.testing.assert_array_equal(values("l.png"), labels)
    for name, picture in (("o.png", overlay(image, labels)), ("m.png", average(image, labels))):
        assert (itten.read_image(name) - picture).abs().max() <= 0.5001 / 255
    ran = run("segment", "a.png", "-n", "auto", "-o", "auto", "--edge-threshold", 0.1, "--set", "method=kmeans")
    assert (ran.code, ran.out) == (0, "auto.png\n")
    found = itten.segment("a.png", "auto", edge_threshold=0.1, method="kmeans")
    np.testing.assert_array_equal(values("auto.png"), found)


def test_more_than_256_are_written_with_16_bits(run: Callable) -> None:
    assert run("segment", "b.png", "-n", 300, "-o", "l.png", "--set", "polish=false").code == 0
    labels = itten.segment("b.png", 300, polish=False)
    assert labels.max() > 255
    np.testing.assert_array_equal(values("l.png"), labels)


def test_json_says_what_was_found(run: Callable) -> None:
    ran = run("segment", "a.png", "-n", 4, "--json", "--tree", "--average", "m.png")
    told = json.loads(ran.out)
    found = itten.segmentation("a.png", 4, hierarchy=True)
    assert told["files"] == ["m.png"]
    assert (told["n"], told["shape"], told["cut"]) == (4, list(found.labels.shape), found.cut)
    assert told["sizes"] == found.sizes.tolist()
    assert np.array_equal(told["tree"], found.tree)
    assert json.loads(run("segment", "a.png", "--json").out)["files"] == []
    assert not list(Path().glob("*labels*"))


def test_pictures_are_made_again(run: Callable) -> None:
    names = ["l.png", "o.webp", "m.png"]
    assert run("segment", "a.png", "-o", names[0], "--overlay", names[1], "--average", names[2]).code == 0
    for name in names:
        ran = run("replay", name, "-o", "again" + name)
        assert (ran.code, "byte by byte" in ran.err) == (0, True)
        assert Path("again" + name).read_bytes() == Path(name).read_bytes()
    assert run("segment", "a.png", "-o", "bare.png", "--no-metadata").code == 0
    assert run("replay", "bare.png").code == 3


def test_the_ground_is_seen(run: Callable) -> None:
    for ground in ("white", "black"):
        assert run("segment", "clear.png", "-n", 3, "--average", f"{ground}.png", "--ground", ground).code == 0
    assert not np.array_equal(values("white.png"), values("black.png"))


def test_mistakes_are_found_before_the_work(run: Callable) -> None:
    cases = [
        (["a.png", "-o", "l.jpg"], r"labels are written as \.png"),
        (["a.png", "-n", "some"], "'n'"),
        (["a.png", "-n", "99999"], "'n'"),
        (["a.png", "--overlay", "o.xyz"], "suffix"),
        (["a.png", "--overlay", "l.png", "-o", "l.png"], "both"),
        (["a.png", "-o", "-", "--json"], "--json"),
        (["a.png", "--set", "metod=qr"], "did you mean 'method'"),
        (["gone.png"], "gone.png"),
        (["a.png", "--average", "a.png", "--overwrite"], "which is read"),
    ]
    for words, said in cases:
        ran = run("segment", *words)
        assert ran.code != 0
        assert re.search(said, ran.err), ran.err
        assert ran.err.count("\n") == 1
    assert not list(Path().glob("l.*"))


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_lines_lie_between_labels(width: int) -> None:
    import torch

    labels = (torch.arange(20) >= 9).long().expand(5, 20)
    found = lines(labels, width)
    assert int(found[2].sum()) in (2, 2 * ((width + 1) // 2)) or width == 1
    assert found[:, 9].all()
    assert not lines(torch.zeros(4, 4, dtype=torch.long), width).any()
