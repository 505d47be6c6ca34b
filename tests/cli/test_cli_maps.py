"""``--save-map`` and ``itten apply``: a material's other maps move with its albedo."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

import itten
from tests.shader.test_layers import strokes

ALBEDO = strokes(96).round()
KEPT = ["-p", 2, "--palette", "keep", "--set", "shadow=none"]


def heights(seed: int = 3) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 65536, ALBEDO.shape[1:], dtype=np.uint16)


def sixteen(path: str) -> np.ndarray:
    read = itten.read_picture(path)
    assert read.depth == 16
    return np.floor(read.pixels.numpy() * 65535 + 0.5).astype(np.int64)


def write_sixteen(path: str, values: np.ndarray) -> None:
    colour = torch.from_numpy((np.broadcast_to(values, (3, *values.shape[-2:])) / 65535).astype(np.float32))
    itten.write_picture(itten.Picture(colour, depth=16), path)


@pytest.fixture
def moved(run: Callable) -> itten.CoordinateMap:
    """A run over ``albedo.png`` that left ``out.png`` and ``moves.npz``."""
    itten.write_image(ALBEDO, "albedo.png")
    ran = run("shade", "albedo.png", "-o", "out.png", "--save-map", "moves.npz", *KEPT)
    assert (ran.code, ran.out) == (0, "out.png\nmoves.npz\n")
    return itten.read_map("moves.npz")


def test_heights_of_sixteen_bits_move_as_the_picture_did(run: Callable, moved: itten.CoordinateMap) -> None:
    from itten.maps import flattened

    assert run("apply", "moves.npz", "albedo.png", "-o", "again.png").out == "again.png\n"
    again, painted = itten.read_image("again.png"), itten.read_image("out.png")
    assert again.equal(painted)
    assert int((painted != ALBEDO).any(dim=0).sum()) > 100
    write_sixteen("height.tif", heights())
    for name in ("moved.tif", "moved.png"):
        assert run("apply", "moves.npz", "height.tif", "-o", name).code == 0
        flat = flattened(moved)
        wanted = heights()[flat.y.astype(int), flat.x.astype(int)]
        assert (sixteen(name) == wanted.astype(np.int64)).all()
    assert (sixteen("moved.png")[0] != heights()).sum() > 100


def test_normals_turn_with_their_copies(run: Callable, moved: itten.CoordinateMap) -> None:
    values = np.stack([heights(seed) for seed in (1, 2, 3)])
    write_sixteen("normal.png", values)
    for kind in ("opengl", "directx"):
        assert run("apply", "moves.npz", "normal.png", "--normal", kind, "-o", f"{kind}.png").code == 0
        expected = itten.apply_map(moved, "normal.png", normal=kind).pixels.numpy()
        assert np.abs(sixteen(f"{kind}.png") - 65535 * expected).max() <= 0.51
    assert (sixteen("opengl.png") != sixteen("directx.png")).any()
    assert run("apply", "moves.npz", "normal.png", "--normal", "up", "-o", "x.png").code == 2


def test_a_source_has_maps_of_its_own(run: Callable) -> None:
    ran = run("shade", "a.png", "b.png", "-p", 1, "-o", "out.png", "--save-map", "two.npz", "--set", "shadow=drop")
    assert ran.code == 0
    assert run("apply", "two.npz", "a.png", "b.png", "-o", "moved.png").code == 0
    assert run("apply", "two.npz", "a.png", "b.png", "--no-shadows", "-o", "plain.png").code == 0
    known = itten.read_map("two.npz")
    for name, shadows in (("moved.png", True), ("plain.png", False)):
        made = itten.apply_map(known, "a.png", "b.png", shadows=shadows).pixels
        assert (itten.read_image(name) - made).abs().max() <= 0.51 / 255
    ran = run("apply", "two.npz", "a.png", "-o", "x.png")
    assert ran.code == 2
    assert "this map wants 2 pictures" in ran.err
    ran = run("apply", "two.npz", "b.png", "a.png", "-o", "x.png")
    assert ran.code == 3
    assert "80 × 64 pixels" in ran.err


def test_alpha_moves_and_is_left_out_where_it_must(run: Callable, moved: itten.CoordinateMap) -> None:
    itten.write_image(ALBEDO, "seen.png", alpha=ALBEDO[0])
    assert run("apply", "moves.npz", "seen.png", "-o", "out.webp").code == 0
    assert itten.read_picture("out.webp").alpha is not None
    ran = run("apply", "moves.npz", "seen.png", "-o", "out.jpg")
    assert ran.code == 0
    assert ".jpg holds no alpha channel" in ran.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--save-map", "moves.png"], "ends in .npz"),
        (["--save-map", "folder"], "is a folder"),
        (["--save-map", "a.png/moves.npz"], "a.png"),
        (["--save-map", "moves.npz", "--look", "banknote"], "moves no pixels"),
        (["--save-map", "moves.npz", "b.png", "--self"], "one target"),
        (["--save-map", "moves.npz", "-o", "-"], "-o FILE"),
    ],
)
def test_mistakes_are_found_before_the_work(
    run: Callable, arguments: list[str], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(*_: object, **__: object) -> None:
        pytest.fail("the work had begun")

    monkeypatch.setattr("itten.works.shading.Shading.open", work)
    Path("folder").mkdir()
    ran = run("shade", "a.png", *arguments)
    assert ran.code in (2, 4)
    assert words in ran.err


def test_mistakes_of_apply(run: Callable) -> None:
    ran = run("apply", "a.png", "a.png", "-o", "out.png")
    assert ran.code == 3
    assert "coordinate map" in ran.err
    assert run("apply", "missing.npz", "a.png", "-o", "out.png").code == 3
    ran = run("apply", "missing.npz", "a.png", "-o", "out.xyz")
    assert ran.code == 2
    assert "no known picture suffix" in ran.err
    assert not Path("out.png").exists()
