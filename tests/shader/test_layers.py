"""Layers: laid over the picture by src-over, written here once more, they give the result; and what they cover."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import itten
from itten.shader.layers import Layers, Record
from tests.drawn import INK, capsule, painted, rings
from tests.pictures import drawing, pattern

ENOUGH = 1e-5


def over(picture: np.ndarray, layer: torch.Tensor) -> np.ndarray:
    """A layer ``(4, H, W)`` over an opaque picture ``(3, H, W)``, in float64."""
    red_green_blue, alpha = layer[:3].double().numpy(), layer[3].double().numpy()
    return alpha * red_green_blue + (1 - alpha) * picture


def strokes(size: int = 128, paper: tuple[float, float, float] = (1.0, 1.0, 1.0)) -> torch.Tensor:
    """Soft strokes of several sizes and directions on empty ground."""
    shape = (size, size + 16)
    places = [(0.2, 0.2, 20, 0.2, 4), (0.25, 0.7, 65, 0.15, 3), (0.7, 0.25, 110, 0.18, 2.4), (0.8, 0.8, 150, 0.1, 5)]
    alpha = np.max(
        [capsule(shape, (y * size, x * size), turn, long * size, radius)[0] for y, x, turn, long, radius in places],
        axis=0,
    )
    return painted(alpha, paper=paper)


def seed_like(**changes: Any) -> dict[str, Any]:
    return {"place": "seed", "composite": "zbuffer", "overlap": True, "copies": 3, **changes}


SOFT, HARD = strokes(), strokes().round()
CASES: dict[str, tuple[torch.Tensor, Any]] = {
    "soft": (SOFT, {}),
    "soft, rings": (painted(rings(112, (20, 40), 3.0, (55.2, 56.4))), {"palette": "keep"}),
    "soft, on grey": (strokes(paper=(0.6, 0.62, 0.58)), {"palette": ["#b3202a", "teal"], "shadow": "drop"}),
    "soft, two heads": (SOFT, "two-voices"),
    "soft, averaged": (SOFT, seed_like()),
    "soft, larger than detail": (strokes(176), {"detail": 96}),
    "hard": (HARD, {}),
    "hard, averaged": (HARD, seed_like(palette="keep")),
    "hard, two heads": (HARD, "two-voices"),
    "hard, noise": (drawing(), {}),
    "photograph": (pattern(), "mosaic"),
    "soft, three heads": (SOFT, "riso"),
    "hard, many colours": (HARD, "confetti"),
    "hard, scatter": (HARD, "scatter"),
}


# What others show, too: `make test-long` runs these.
LONG = ("soft, rings", "hard, averaged", "hard, two heads", "hard, noise", "soft, three heads", "hard, many colours")


@pytest.fixture(
    params=[pytest.param(name, marks=pytest.mark.long) if name in LONG else name for name in CASES], scope="module"
)
def run(request: pytest.FixtureRequest) -> tuple[torch.Tensor, Any, itten.ShaderOutput]:
    image, config = CASES[request.param]
    return image, config, itten.shade(image, None, config, passes=3, layers=True, keep=True)


def test_layers_over_the_picture_give_every_pass(run: tuple[torch.Tensor, Any, itten.ShaderOutput]) -> None:
    image, config, output = run
    assert output.layers is not None
    now, drawn = image.double().numpy(), 0
    for layers, expected in zip(output.layers.passes(), output.passes, strict=True):
        for _, layer in layers:
            assert layer.shape == (4, *image.shape[1:])
            assert layer.min() >= 0
            assert layer.max() <= 1
            assert not layer[:, layer[3] == 0].any()
            now, drawn = over(now, layer), drawn + int((layer[3] > 0).sum())
        assert np.abs(now - expected.double().numpy()).max() < ENOUGH
    assert drawn > 100
    assert len(layers) == {"two-voices": 5, "riso": 7}.get(str(config), 3)


def test_nothing_else_changes_and_the_module_gives_the_same(
    run: tuple[torch.Tensor, Any, itten.ShaderOutput],
) -> None:
    image, config, output = run
    plain = itten.shade(image, None, config, passes=3, keep=True)
    assert torch.equal(plain.passes, output.passes)
    assert (plain.layers, plain.coverage) == (None, None)
    module = itten.SpectralShader.from_config(config)(image, passes=3, layers=True, keep=True)
    for name in ("thickening", "shadows", "fronts"):
        assert torch.equal(getattr(module.layers, name), getattr(output.layers, name))
    assert torch.equal(module.coverage, output.coverage)
    alone = itten.shade(image, None, config, passes=3, coverage=True, keep=True)
    assert alone.layers is None
    assert torch.equal(alone.coverage, output.coverage)


def test_coverage_is_the_union_of_all_layers(run: tuple[torch.Tensor, Any, itten.ShaderOutput]) -> None:
    image, _, output = run
    assert output.coverage is not None
    assert output.coverage.shape == (3, *image.shape[1:])
    left = torch.ones(image.shape[1:])
    for layers, coverage in zip(output.layers.passes(), output.coverage, strict=True):
        thickening = layers[0][1]
        left = left * (1 - thickening[3])
        # Where paper has grown over paint, in a hard picture, nothing is covered.
        left[(thickening[3] == 1) & (thickening[:3] == image).all(dim=0)] = 1.0
        for _, layer in layers[1:]:
            left = left * (1 - layer[3])
        assert torch.allclose(coverage, 1 - left, atol=ENOUGH)


@pytest.mark.parametrize("config", [{}, seed_like(palette="keep"), "two-voices"], ids=["", "averaged", "two heads"])
def test_hard_layers_are_hard(config: Any) -> None:
    output = itten.shade(HARD, None, config, passes=2, layers=True, keep=True)
    for kind in (output.layers.thickening, output.layers.shadows, output.layers.fronts):
        assert set(kind.select(-3, 3).unique().tolist()) <= {0.0, 1.0}


def test_soft_layers_cover_what_the_ink_covers() -> None:
    """Copies in their own ink are of that ink, also where they cover less than a pixel; and so is what has grown."""
    output = itten.shade(SOFT, None, {"palette": "keep", "shadow": "none"}, passes=1, layers=True)
    for layer in (output.layers.fronts[0], output.layers.thickening[0]):
        between = (layer[3] > 0.1) & (layer[3] < 0.9)
        assert between.sum() > 40
        assert (layer[:3, between] - torch.tensor(INK)[:, None]).abs().max() < 3 / 255


def test_a_write_mask_bounds_layers_and_coverage() -> None:
    allowed = torch.zeros(SOFT.shape[1:], dtype=torch.bool)
    allowed[:, 60:] = True
    output = itten.shade(SOFT, None, {"detail": 64}, passes=2, write=allowed, layers=True, keep=True)
    now = SOFT.double().numpy()
    for layers in output.layers.passes():
        for _, layer in layers:
            assert not layer[:, ~allowed].any()
            now = over(now, layer)
    assert np.abs(now - output.image.double().numpy()).max() < ENOUGH
    assert not output.coverage[:, ~allowed].any()
    assert output.coverage[-1].sum() > 50


@pytest.mark.parametrize("config", [{}, "two-voices"], ids=["one head", "two heads"])
def test_a_batch_has_the_layers_of_its_pictures(config: Any) -> None:
    batch = torch.stack([SOFT, HARD])
    output = itten.shade(batch, None, config, passes=2, layers=True, keep=True)
    heads = (2,) if config else ()
    assert output.layers.thickening.shape == (2, 2, 4, *SOFT.shape[1:])
    assert output.layers.fronts.shape == output.layers.shadows.shape == (2, 2, *heads, 4, *SOFT.shape[1:])
    assert output.coverage.shape == (2, 2, *SOFT.shape[1:])
    for number in range(2):
        now = batch[number].double().numpy()
        for layers in output.layers.passes():
            for _, layer in layers:
                now = over(now, layer[number])
        assert np.abs(now - output.image[number].double().numpy()).max() < ENOUGH


def test_copies_are_shadows_and_fronts_without_thickening() -> None:
    generator = torch.Generator().manual_seed(3)
    layers = Layers(*(torch.rand(2, 4, 6, 6, generator=generator) for _ in range(3)))
    for below in (torch.zeros(3, 6, 6), torch.ones(3, 6, 6)):
        now = below.double().numpy()
        for index, copies in enumerate(layers.copies()):
            for kind in (layers.shadows, layers.fronts):
                now = over(now, kind[index])
            assert np.abs(over(below.double().numpy(), copies) - now).max() < 1e-6


def test_a_step_that_covers_too_little_covers_more() -> None:
    """Half a pixel cannot turn white into black; a colour that cannot be told apart needs no alpha."""
    before, after = torch.tensor([1.0, 1.0, 0.2, 1 - 1e-7]), torch.tensor([0.0, 0.75, 0.2, 1.0])
    record = Record(torch.zeros(3, 1, 4), 1, True)
    record.copied(0, False, before.expand(3, 1, 4), after.expand(3, 1, 4), torch.full((1, 4), 0.5))
    assert torch.allclose(record.fronts[0, 3], torch.tensor([[1.0, 0.5, 0.5, 0.5]]), atol=1e-5)
    assert torch.allclose(record.fronts[0, 0], torch.tensor([[0.0, 0.5, 0.2, 1.0]]), atol=1e-5)
    assert torch.equal(record.coverage, record.fronts[0, 3])
