"""Copies of a picture whose alpha is known: as much of their own colour as it had, in every pass."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
import torch

import itten
from itten.errors import InputError
from itten.heads import Coverage, Opacity, coverage
from itten.image import Picture
from tests.drawn import INK, capsule
from tests.pictures import drawing

WHITE = (1.0, 1.0, 1.0)
KEEP = {"palette": "keep"}
INKED = torch.tensor(INK)[:, None, None]


def strokes(size: int = 128, times: float = 1.0) -> torch.Tensor:
    """``(H, W)`` float32: coverage of soft strokes, so many ``times`` as broad."""
    shape = (size, size + 16)
    places = [(0.2, 0.2, 20, 0.2, 6), (0.25, 0.7, 65, 0.15, 4), (0.7, 0.25, 110, 0.18, 5), (0.8, 0.8, 150, 0.1, 5)]
    alpha = [capsule(shape, (y * size, x * size), turn, share * size, times * r)[0] for y, x, turn, share, r in places]
    return torch.from_numpy(np.max(alpha, axis=0).astype(np.float32))


def drawn(alpha: torch.Tensor) -> Picture:
    return Picture(INKED.expand(3, *alpha.shape).contiguous(), alpha)


def shaded(picture: Picture, config: Any, passes: int = 3, ground: Any = WHITE, known: bool = True) -> Any:
    opacity = (picture.alpha, ground) if known else None
    more = {"coverage": True, "layers": True, "opacity": opacity, "keep": True}
    return itten.shade(picture.over(ground), None, config, passes, **more)


def paler(layer: torch.Tensor) -> torch.Tensor:
    """``(H, W)``: how far a layer's colour is from the ink, times its alpha, in steps of 8 bits."""
    return 255 * (layer[3] * (layer[:3] - INKED).abs()).amax(dim=0)


@pytest.mark.parametrize(
    ("times", "config"),
    [
        (1.5, KEEP),
        (1.5, {**KEEP, "detail": 96}),
        (1.0, {**KEEP, "thicken": False, "density": None, "copies": 3}),
        (1.0, {**KEEP, "thicken": False, "composite": "zbuffer", "overlap": True, "turn": 30.0}),
        (1.5, {"heads": [KEEP, {**KEEP, "percentile": 60.0}], "thicken": False}),
    ],
    ids=["", "larger than detail", "no density", "averaged", "two heads"],
)
def test_copies_of_copies_are_of_the_same_ink(times: float, config: Any) -> None:
    """A sliver without any full ink is no full, paler ink. Without alpha some pixels are taken for that."""
    picture = drawn(strokes(192, times))
    count = []
    for known in (True, False):
        fronts = shaded(picture, config, known=known).layers.fronts
        later = fronts[1:].flatten(0, -4)
        assert (later[:, 3] > 0.01).sum() > 1000
        count.append(int((torch.stack([paler(layer) for layer in later]) > 3).sum()))
    assert count[0] <= 2
    assert count[1] >= 5


def test_half_transparent_strokes_grow_by_ink_as_transparent() -> None:
    picture = drawn(0.6 * strokes(128))
    count = []
    for known in (True, False):
        grown = shaded(picture, KEEP, 1, known=known).layers.thickening[0]
        assert (grown[3] > 0.03).sum() > 100
        count.append(int((paler(grown) > 3).sum()))
    assert count[0] <= 2 < 100 < count[1]


def test_an_opaque_picture_is_painted_as_without_alpha() -> None:
    picture = Picture(drawn(strokes(96)).over(), torch.ones(96, 112))
    for config in (KEEP, {**KEEP, "content": "everything"}):
        found, expected = shaded(picture, config, 2), shaded(picture, config, 2, known=False)
        assert torch.equal(found.passes, expected.passes)
        assert torch.equal(found.coverage, expected.coverage)
        assert not torch.equal(found.image, picture.pixels)


def test_without_alpha_nothing_of_it_is_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: Any) -> None:
        raise AssertionError

    for kind, name in ((Coverage, "sure"), (itten.shader.run.Record, "__init__")):
        monkeypatch.setattr(kind, name, never)
    image = drawn(strokes(96)).over()
    itten.shade(image, None, KEEP, passes=2)
    itten.shade(image, image.flip(1), KEEP, passes=1)
    with pytest.raises(AssertionError):
        itten.shade(image, None, KEEP, passes=1, opacity=(strokes(96), WHITE))


@pytest.mark.parametrize("config", [KEEP, {**KEEP, "detail": 64}, "two-voices"], ids=["", "detail", "two heads"])
def test_the_module_does_the_same(config: Any) -> None:
    picture = drawn(strokes(96))
    opacity = picture.alpha, WHITE
    batch = torch.stack([picture.over()] * 2)
    found = itten.shade(picture.over(), None, config, 2, opacity=opacity, keep=True)
    other = itten.SpectralShader.from_config(config)(batch, passes=2, opacity=opacity, keep=True)
    assert found.coverage is None
    assert torch.equal(other.passes[:, 0], found.passes)
    assert torch.equal(other.passes[:, 1], found.passes)


def thin() -> torch.Tensor:
    """Lines that cover nowhere more than about half a pixel, as broad ones do in a wash."""
    return 0.5 * strokes(112, 0.8)


@pytest.mark.parametrize("several", [False, True], ids=["one source", "two sources"])
def test_a_source_of_half_transparent_ink_is_copied_as_that(several: bool) -> None:
    target, source = torch.ones(3, 128, 128), drawn(thin())
    target[:, 8:90, 10:16] = 0.2
    opacity: Any = source.alpha, (0.8, 0.9, 0.7)
    image: Any = source.over(opacity[1])
    if several:
        image, opacity = [image, drawing(60, 80)], [opacity, None]
    config = {**KEEP, "thicken": False, "edges": "soft"}
    module, function = itten.SpectralShader.from_config(config), partial(itten.shade, config=config)
    for shader in (module, function):
        layer = shader(target, image, passes=1, layers=True, opacity=opacity).layers.fronts[0]
        inked = (layer[3] > 0.05) & (paler(layer) < 2)
        assert inked.sum() > 100
        # Between pixels the cubic overshoots.
        assert 0.45 < layer[3, inked].max() < 0.6
        if not several:
            assert inked.sum() == (layer[3] > 0.05).sum()


def test_on_an_opaque_card_coverage_is_that_of_ink_over_it() -> None:
    """Alpha says nothing there of what is drawn; beside the card it says all."""
    alpha = strokes(128)
    card = torch.zeros_like(alpha)
    card[:, :72] = 1
    colour = INKED * alpha + torch.tensor([0.9, 0.85, 0.7])[:, None, None] * (1 - alpha)
    picture = Picture(torch.where(card > 0, colour, INKED), torch.maximum(card, alpha))
    image, opacity = picture.over(), Opacity(picture.alpha, torch.ones(3))
    cover = coverage(image, alpha > 0.1)
    known = cover.sure(image, opacity, False).known
    assert torch.equal(known[:, :, :64], torch.cat([cover.layer, cover.alpha[None]])[:, :, :64])
    assert torch.equal(known[:, :, 80:], opacity.layer(image)[:, :, 80:])
    assert torch.allclose(known[:, :, 80:], torch.cat([alpha * INKED, alpha[None]])[:, :, 80:], atol=1e-6)
    assert torch.equal(cover.sure(image, opacity, True).known, opacity.layer(image))


def test_cut_out_of_everything_pieces_keep_their_alpha() -> None:
    """Half of it is ink, half nothing at all: the copies are of ink, too."""
    alpha = strokes(112, 2.0)
    config = {**KEEP, "content": "everything", "thicken": False, "edges": "soft", "percentile": 70.0}
    layers = shaded(drawn(alpha), config, 1).layers.fronts[0]
    assert (layers[3] > 0.01).sum() > 60
    assert (paler(layers) > 3).sum() == 0


@pytest.mark.parametrize(
    "opacity",
    [
        3,
        (None, WHITE),
        (torch.ones(5, 5), WHITE),
        (torch.ones(96, 112), (1.0, 1.0)),
        (torch.full((96, 112), 1.5), WHITE),
        (torch.ones(96, 112), (0.0, torch.nan, 0.0)),
    ],
)
def test_a_wrong_opacity_is_told(opacity: Any) -> None:
    picture = drawn(strokes(96)).over()
    with pytest.raises(InputError, match="opacity"):
        itten.shade(picture, None, KEEP, passes=1, opacity=opacity)
    with pytest.raises(InputError, match="opacity"):
        itten.shade(picture, [picture], KEEP, passes=1, opacity=[None, None])
