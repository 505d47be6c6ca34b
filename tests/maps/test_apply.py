"""A coordinate map, applied: to the picture itself it gives the result; others move along, pixel by pixel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import itten
from itten.errors import InputError, UsageError
from itten.maps import flattened
from itten.shader import CoordinateMap, Step, layers
from tests.drawn import painted, rings
from tests.pictures import drawing
from tests.shader.test_layers import strokes

SOFT, HARD = strokes(), strokes().round()
KEPT = {"palette": "keep", "shadow": "none"}
SEED = {"place": "seed", "composite": "zbuffer", "overlap": True, "copies": 3}
HALF = torch.ones(HARD.shape[1:], dtype=torch.bool)
HALF[:, :70] = False

Made = tuple[CoordinateMap, itten.ShaderOutput]


def made(target: torch.Tensor, source: Any = None, passes: int = 3, **rest: Any) -> Made:
    mask = rest.pop("write", None)
    config = {**KEPT, **rest}
    output = itten.shade(target, source, config, passes, coordinates=True, coverage=True, write=mask)
    assert output.coordinates is not None
    return output.coordinates, output


def places(picture: torch.Tensor, number: int = 0) -> torch.Tensor:
    """``(3, H, W)``: every pixel's row, column and picture, in 16 bits."""
    height, width = picture.shape[-2:]
    y, x = np.mgrid[:height, :width]
    return torch.from_numpy(np.stack([y, x, np.full_like(y, number)]) / 65535).float()


TWO = [HARD.flip(2), strokes(96).round()]
HARD_CASES: dict[str, tuple[Any, dict[str, Any]]] = {
    "itself": (None, {}),
    "two sources": (TWO, {}),
    "two heads": (None, {"heads": [{"field": 2}, {"field": 5, "turn": "random", "mirror": True}]}),
    "averaged": (None, SEED),
    "written in part": (None, {"write": HALF}),
    "larger": (HARD.flip(2), {"scale": 2.0, "turn": "quarter"}),
}


@pytest.fixture(params=HARD_CASES, scope="module")
def hard(request: pytest.FixtureRequest) -> tuple[Made, list[torch.Tensor]]:
    source, rest = HARD_CASES[request.param]
    pictures = [HARD, *(source if isinstance(source, list) else [] if source is None else [source])]
    return made(HARD, source, **rest), pictures


def test_a_hard_map_gives_the_result_bit_for_bit(hard: tuple[Made, list[torch.Tensor]]) -> None:
    (coordinates, output), pictures = hard
    assert int((output.image != HARD).any(dim=0).sum()) > 200
    assert itten.apply_map(coordinates, *pictures).pixels.equal(output.image)


def test_every_pixel_that_moved_moves_on_another_map(hard: tuple[Made, list[torch.Tensor]]) -> None:
    """Heights of 16 bits follow the lookup, which is another piece of code, exactly; where nothing lies they stay."""
    (coordinates, output), pictures = hard
    flat = flattened(coordinates)
    random = np.random.default_rng(5)
    heights = [random.integers(0, 65536, one.shape[1:], dtype=np.uint16) for one in pictures]
    found = itten.apply_map(coordinates, *heights).pixels[0]
    before = np.zeros((len(heights), *np.max([one.shape for one in heights], axis=0)), np.uint16)
    for number, one in enumerate(heights):
        before[number, : one.shape[0], : one.shape[1]] = one
    wanted = before[flat.picture, flat.y.astype(int), flat.x.astype(int)]
    moved = flat.coverage > 0
    assert (flat.y == flat.y.round()).all()
    assert moved[(output.image != HARD).any(dim=0).numpy()].all()
    assert moved.sum() > 200
    assert (np.floor(found.numpy() * 65535 + 0.5) == wanted).all()
    assert (wanted[~moved] == heights[0][~moved]).all()


def test_pixels_are_told_by_their_own_places() -> None:
    coordinates, _ = made(HARD, TWO, passes=2, thicken=False)
    pictures = [places(one, number) for number, one in enumerate([HARD, *TWO])]
    found = (itten.apply_map(coordinates, *pictures).pixels * 65535).round().long()
    flat = flattened(coordinates)
    for values, told in zip(found, (flat.y, flat.x, flat.picture), strict=True):
        assert (values.numpy() == told).all()
    assert set(np.unique(flat.picture)) == {0, 1, 2}
    # Where the source has ink the result has some, and the same.
    y, x, number = (one.numpy() for one in found)
    for other, source in enumerate(TWO, 1):
        mine = number == other
        assert (source[0, y[mine], x[mine]] < 0.5).float().mean() > 0.9


SOFT_CASES: dict[str, tuple[Any, dict[str, Any]]] = {
    "itself": (None, {}),
    "averaged": (strokes(112).flip(2), SEED),
    "larger than detail": (None, {"detail": 96}),
    "smaller copies": (SOFT.flip(2), {"scale": 0.6, "mirror": True}),
}


@pytest.mark.parametrize("case", SOFT_CASES)
def test_a_soft_map_gives_nearly_the_result(case: str) -> None:
    source, rest = SOFT_CASES[case]
    target = strokes(160) if case == "larger than detail" else SOFT
    coordinates, output = made(target, source, passes=2, **rest)
    found = itten.apply_map(coordinates, target, *([] if source is None else [source])).pixels
    changed = (output.image != target).any(dim=0)
    apart = (found - output.image).abs().amax(dim=0)
    assert int(changed.sum()) > 300
    assert float(apart[changed].mean()) < 0.015
    assert float((apart > 0.1).float().sum() / changed.sum()) < 0.02
    assert found[:, ~changed].equal(target[:, ~changed])


@pytest.mark.parametrize("rest", [{}, SEED], ids=["over", "averaged"])
def test_white_on_black_comes_out_as_the_coverage(rest: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    source = painted(rings(112, (20, 40), 3.0, (55.2, 56.4)))
    covered = [torch.zeros(SOFT.shape[1:])]
    real = layers.Record._step

    def step(record: layers.Record, before: torch.Tensor, after: torch.Tensor, share: torch.Tensor) -> torch.Tensor:
        covered.append(share + (1 - share) * covered[-1])
        return real(record, before, after, share)

    monkeypatch.setattr(layers.Record, "_step", step)
    coordinates, output = made(SOFT, source, passes=2, thicken=False, **rest)
    found = itten.apply_map(coordinates, torch.zeros_like(SOFT), torch.ones_like(source)).pixels
    assert output.coverage is not None
    assert float((output.coverage[-1] > 0).float().mean()) > (0.0 if rest else 0.02)
    assert float((found[0] - covered[-1]).abs().max()) < 1e-4
    assert float((torch.from_numpy(flattened(coordinates).coverage) - covered[-1]).abs().max()) < 1e-4
    # Layers may need a little more of it, where no colour would turn what was there into what is.
    more = output.coverage[-1] - covered[-1]
    assert float(more.min()) > -1e-6
    assert float((more > 1e-4).float().mean()) < 1e-3


def test_soft_copies_are_read_between_pixels_where_they_say() -> None:
    source = strokes(112).flip(2)
    coordinates, _ = made(SOFT, source, passes=1, thicken=False, turn=30.0)
    found = itten.apply_map(coordinates, places(SOFT), places(source, 1)).pixels * 65535
    (step,) = coordinates.passes[0]
    assert step.coverage is not None
    whole = step.coverage == 1
    assert whole.sum() > 50
    for told, values in zip((step.y, step.x), found, strict=False):
        assert np.abs(values.flatten()[step.place[whole]].numpy() - told[whole]).max() < 0.02
    assert (step.y[whole] % 1 > 0.05).any()


@pytest.mark.parametrize("edges", ["hard", "soft"])
@pytest.mark.parametrize("rest", [{"turn": 90.0}, {"mirror": True, "turn": "random"}, {"scale": 2.0, "turn": 0.0}])
def test_copies_lie_as_their_linear_map_says(edges: str, rest: dict[str, Any]) -> None:
    coordinates, _ = made(SOFT if edges == "soft" else HARD, None, passes=1, thicken=False, edges=edges, **rest)
    (step,) = coordinates.passes[0]
    width, checked = SOFT.shape[2], 0
    for owner in np.unique(step.owner):
        mine = step.owner == owner
        if step.coverage is not None:
            mine &= step.coverage == 1
        if mine.sum() < 8:
            continue
        here = np.stack([step.place[mine] // width, step.place[mine] % width], axis=1).astype(float)
        there = np.stack([step.y[mine], step.x[mine]], axis=1).astype(float)
        apart = (here - here.mean(0)) - (there - there.mean(0)) @ step.linear[owner].T.astype(float)
        checked += 1
        assert np.abs(apart).max() < (0.01 if edges == "soft" else 1.5 * np.abs(step.linear[owner]).max() + 0.5)
    assert checked
    handed = np.linalg.det(step.linear)
    assert (handed < 0).all() if "mirror" in rest else (handed > 0).all()


def test_keeping_coordinates_changes_no_bit() -> None:
    for picture in (SOFT, HARD):
        plain = itten.shade(picture, None, {"shadow": "drop"}, passes=2).image
        assert itten.shade(picture, None, {"shadow": "drop"}, passes=2, coordinates=True).image.equal(plain)
        shader = itten.SpectralShader.from_config({"shadow": "drop"})
        assert shader(picture, passes=2, coordinates=True).image.equal(plain)


def test_shadows_move_too_unless_they_are_left_out() -> None:
    coordinates, _ = made(HARD, None, passes=1, shadow="drop", thicken=False)
    shadow, front = coordinates.passes[0]
    assert (shadow.kind, front.kind) == ("shadow", "front")
    white = torch.ones_like(HARD)
    low = torch.where(HARD < 0.5, 0.25, white)
    for with_them in (True, False):
        found = itten.apply_map(coordinates, low, shadows=with_them).pixels[0].flatten()
        only = np.setdiff1d(shadow.place, front.place)
        assert len(only) > 30
        assert bool((found[only] < 0.5).any()) == with_them
        assert (found[front.place] < 0.5).any()


def step(linear: list[list[float]], coverage: float | None = None) -> CoordinateMap:
    """One pixel of a picture of 4 × 4, from its corner to its middle."""
    one = np.zeros(1, np.int32)
    covered = None if coverage is None else np.full(1, coverage, np.float32)
    rest = one.astype(np.uint16), one.astype(np.float32), one.astype(np.float32), one
    mode: Any = "move" if coverage is None else "over"
    lone = Step("front", 0, mode, True, one + 5, *rest, np.array([linear], np.float32), covered)
    return CoordinateMap(((4, 4),), ((lone,),))


# Rows, then columns: a quarter counter-clockwise, as one sees it, sends the right up.
QUARTER, MIRROR, LARGER = [[0.0, -1.0], [1.0, 0.0]], [[1.0, 0.0], [0.0, -1.0]], [[2.0, 0.0], [0.0, 2.0]]


@pytest.mark.parametrize(("kind", "up"), [("opengl", 1.0), ("directx", -1.0)])
def test_normals_turn_with_their_copies(kind: Any, up: float) -> None:
    right = torch.tensor([0.8, 0.0, 0.6])
    flat = torch.tensor([0.0, 0.0, 1.0])[:, None, None].expand(3, 4, 4).clone()
    flat[:, 0, 0] = right
    cases = [(QUARTER, [0.0, 0.8 * up, 0.6]), (MIRROR, [-0.8, 0.0, 0.6]), (LARGER, [0.8, 0.0, 0.6])]
    for linear, wanted in cases:
        found = itten.apply_map(step(linear), (flat + 1) / 2, normal=kind).pixels * 2 - 1
        assert float((found[:, 1, 1] - torch.tensor(wanted)).abs().max()) < 1e-6
        assert found[:, 2, 2].equal(flat[:, 2, 2])
    tilted = [[np.cos(0.5), -np.sin(0.5)], [np.sin(0.5), np.cos(0.5)]]
    half = itten.apply_map(step(tilted, 0.5), (flat + 1) / 2, normal=kind).pixels[:, 1, 1] * 2 - 1
    assert float(half.square().sum()) == pytest.approx(1.0, abs=1e-5)
    assert float(half[1] / half[0]) == pytest.approx(up * np.tan(0.5), abs=1e-4)


def test_a_hard_normal_map_moves_the_same_pixels() -> None:
    """Quarter turns are exact in 16 bits: what was v is v, or 65535 − v."""
    coordinates, _ = made(HARD, None, passes=2, turn="quarter")
    values = np.random.default_rng(3).integers(0, 65536, (*HARD.shape[1:], 3), dtype=np.uint16)
    found = itten.apply_map(coordinates, values, normal="opengl").pixels
    sixteen = np.floor(found.permute(1, 2, 0).numpy() * 65535 + 0.5).astype(int)
    flat = flattened(coordinates)
    origin = values[flat.y.astype(int), flat.x.astype(int)].astype(int)
    (yy, yx), (xy, xx) = np.moveaxis(np.rint(flat.linear).astype(int), (2, 3), (0, 1))
    right, below = 2 * origin[..., 0] - 65535, 65535 - 2 * origin[..., 1]
    wanted = np.stack([(xy * below + xx * right + 65535) // 2, (65535 - (yy * below + yx * right)) // 2], axis=-1)
    assert (sixteen[..., :2] == wanted).all()
    assert (sixteen[..., 2] == origin[..., 2]).all()
    assert len(np.unique(flat.linear.reshape(-1, 4), axis=0)) > 1


def test_sixteen_bits_and_tags_stay(tmp_path: Path) -> None:
    coordinates, _ = made(HARD, None, passes=1)
    values = np.random.default_rng(3).integers(0, 65536, (*HARD.shape[1:], 3), dtype=np.uint16)
    given = itten.Picture(
        torch.from_numpy(values.astype(np.float32) / 65535).permute(2, 0, 1), depth=16, dpi=(300, 300)
    )
    itten.write_picture(given, tmp_path / "height.tif")
    itten.write_map(coordinates, tmp_path / "map.npz")
    found = itten.apply_map(tmp_path / "map.npz", tmp_path / "height.tif")
    assert (found.depth, found.dpi) == (16, (300, 300))
    itten.write_picture(found, tmp_path / "moved.png")
    again = itten.read_picture(tmp_path / "moved.png")
    assert again.depth == 16
    flat = flattened(coordinates)
    wanted = values[flat.y.astype(int), flat.x.astype(int)]
    assert (np.floor(again.pixels.permute(1, 2, 0).numpy() * 65535 + 0.5) == wanted).all()


def test_alpha_is_moved_as_a_channel() -> None:
    given = itten.Picture(torch.ones(3, 4, 4), torch.ones(4, 4))
    assert given.alpha is not None
    given.alpha[0, 0] = 0.25
    found = itten.apply_map(step(QUARTER), given)
    assert found.alpha is not None
    assert found.alpha[1, 1] == 0.25
    assert found.alpha.sum() == 14.5


def test_what_cannot_be_said_is_refused() -> None:
    with pytest.raises(UsageError, match="batch"):
        itten.shade(torch.stack([HARD, HARD]), coordinates=True, passes=1)
    with pytest.raises(UsageError, match="moves no pixels"):
        itten.shade(drawing(), None, "engraving", passes=1, coordinates=True)
    coordinates = step(QUARTER)
    with pytest.raises(UsageError, match="wants 1 pictures"):
        itten.apply_map(coordinates, HARD, HARD)
    with pytest.raises(InputError, match="picture 1 is 144 × 128 pixels, that of the run was 4 × 4"):
        itten.apply_map(coordinates, HARD)
    with pytest.raises(UsageError, match="opengl or directx"):
        itten.apply_map(coordinates, torch.zeros(3, 4, 4), normal="up")  # type: ignore[arg-type]
