"""What is decided at the working size and painted at the full one; voids that are filled; pieces of a size."""

import numpy as np
import pytest
import torch

import itten
from itten.config import ShaderConfig
from itten.heads import marks
from itten.shader import PassResult
from itten.shader.functional import read_source
from tests.drawn_scene import copies, rooms, strokes
from tests.pictures import PLAIN, pattern

DETAIL = {"detail": 192, "edges": "soft", "min_pixels": 8, "palette": "keep"}


def shaded(image, keys, passes=1, source=None, **masks):
    found: list[PassResult] = []
    result = itten.shade(image, source, keys, passes, lambda *now: found.append(now[2]), **masks)
    return result, found


@pytest.mark.parametrize(("seed", "places"), [(4, 0.9), pytest.param(2, 0.5, marks=pytest.mark.long)])
@pytest.mark.parametrize("times", [2, pytest.param(3, marks=pytest.mark.long)])
def test_twice_the_size_is_the_same_composition(times, seed, places):
    """The same segments are copied; where voids end differs by less than a pixel, and moves some copies."""
    keys = {**PLAIN, **DETAIL, "detail": 256}
    small, before = shaded(strokes(256, seed, 30, 2.0), keys)
    large, after = shaded(strokes(256 * times, seed, 30, 2.0), keys)
    assert large.image.shape == (3, 256 * times, 256 * times)
    assert large.field.shape == large.segments.shape == (1, 256 * times, 256 * times)
    assert after[0].field.shape == after[0].labels.shape == (1, 256, 256)
    ours, theirs = copies(before[0]), copies(after[0])
    assert len(ours) > 3
    away = np.abs(ours[:, None] - theirs[None])
    assert (away[..., 2:].max(axis=2).min(axis=1) < 0.01).mean() >= 0.9
    assert (away.max(axis=2).min(axis=1) < 0.01).mean() >= places
    again = large.image.reshape(3, 256, times, 256, times).mean(dim=(2, 4))
    assert (again - small.image).abs().mean() < 0.03


def test_a_picture_scaled_down_is_its_preview():
    """The same copies at the same places, pass after pass: what decides is the same small picture."""
    large = strokes(512, 5, 30, 2.0)
    small = large.reshape(3, 256, 2, 256, 2).mean(dim=(2, 4))
    keys = {**DETAIL, "detail": 256}
    (one, before), (other, after) = shaded(small, keys, 3), shaded(large, keys, 3)
    for ours, theirs in zip(before, after, strict=True):
        assert torch.equal(ours.labels, theirs.labels)
        assert len(ours.fronts[0]) > 1000
        assert (ours.image - theirs.small).abs().max() < 1e-3
    again = other.image.reshape(3, 256, 2, 256, 2).mean(dim=(2, 4))
    assert (again - one.image).abs().mean() < 0.05


def test_without_detail_a_picture_is_its_own_working_size():
    image = strokes(160, 3)
    config = ShaderConfig(**DETAIL).changed(detail=0)
    assert torch.equal(shaded(image, config)[0].image, shaded(image, config.changed(detail=160))[0].image)
    assert not torch.equal(shaded(image, config)[0].image, shaded(image, config.changed(detail=80))[0].image)


def test_hard_pictures_are_never_shrunk():
    image = pattern()
    config = ShaderConfig(min_pixels=8, edges="hard")
    assert torch.equal(shaded(image, config.changed(detail=20))[0].image, shaded(image, config)[0].image)


def test_a_batch_may_mix_hard_and_soft_pictures():
    soft, hard = strokes(220, 4), (strokes(220, 2) > 0.5).float()
    config = ShaderConfig(**{**DETAIL, "edges": "auto"})
    both = itten.shade(torch.stack([soft, hard]), None, config, 2, keep=True)
    assert both.field.shape == both.segments.shape == (2, 2, 220, 220)
    for number, one in enumerate((soft, hard)):
        alone = itten.shade(one, None, config, 2, keep=True)
        for name in ("passes", "field", "segments"):
            assert torch.equal(getattr(both, name)[:, number], getattr(alone, name))


def test_masks_hold_at_full_size():
    image = strokes(400, 1)
    read, write = (torch.zeros((400, 400), dtype=torch.bool) for _ in range(2))
    read[:, :211], write[133:, :] = True, True
    result, found = shaded(image, DETAIL, 2, read=read, write=write)
    assert torch.equal(result.image[:, ~write], image[:, ~write])
    front = found[0].fronts[0]
    assert len(front) > 100
    # A soft pixel lies up to a fringe from the content that it belongs to.
    assert (front.origin % 400).max() < 211 + 3


@pytest.mark.parametrize(
    ("large", "source"), [(1, 2), (2, 1), *(pytest.param(large, 2, marks=pytest.mark.long) for large in (2, 3))]
)
def test_copies_keep_their_share_of_the_picture(large, source):
    """A source at several sizes is copied at one size, in shares of the target."""

    def offered(times):
        return strokes(180 * times, 6, 5, 2.5)

    keys = {**DETAIL, "detail": 180, "shadow": "none", "thicken": False, "percentile": 90}

    def share(times, source):
        found = shaded(strokes(180 * times, 4), keys, source=offered(source))[1][0].fronts[0]
        assert len(found) > 0
        covered = torch.zeros(int(found.owner.max()) + 1, dtype=torch.float64)
        return float(covered.index_add(0, found.owner, found.coverage.double()).max()) / (180 * times) ** 2

    # Edges of strokes are as wide in pixels at every size.
    assert share(large, source) == pytest.approx(share(1, 1), rel=0.12)
    several = shaded(strokes(180 * large, 4), keys, source=[offered(source), strokes(300, 5)])[0]
    assert several.image.shape[1:] == (180 * large, 180 * large)


@pytest.mark.parametrize("times", [1, 2, 3])
def test_boxes_hold_the_fringes(times):
    config = ShaderConfig(**{**DETAIL, "detail": 180}, percentile=60)
    source = read_source(strokes(180 * times, 4), config)
    pieces = source.made_pieces(0)
    sheet = source.sheet(0, config, pieces.labels)
    assert sheet is not None
    assert len(pieces.box) > 3
    for number, box in enumerate(pieces.box.tolist(), 1):
        y, x = (sheet[0] == number).nonzero().unbind(dim=1)
        assert box[0] <= int(y.min())
        assert box[1] <= int(x.min())
        assert box[2] >= int(y.max())
        assert box[3] >= int(x.max())


@pytest.mark.parametrize("seed", [1, pytest.param(3, marks=pytest.mark.long)])
def test_voids_are_filled_evenly(seed):
    image = rooms(256, seed)
    void = ~marks(image)[1]
    keys = {"palette": "keep", "shadow": "none", "min_pixels": 8, "thicken": False, "field": 12, "clearance": 1.0}
    filled = {}
    for density in (0.0, 0.3, 1.0):
        result = itten.shade(image, None, {**keys, "density": density}, 2)
        drawn = marks(result.image)[1] & void
        filled[density] = float(drawn.sum() / void.sum())
        if density == 1.0:
            parts = [(slice(0, 128), slice(128, 256))[i] for i in (0, 1)]
            shares = [float((drawn[a, b].sum()) / void[a, b].sum()) for a in parts for b in parts]
            assert max(shares) - min(shares) < 0.1
    assert filled[0.0] == 0
    assert 0.3 < filled[0.3] / filled[1.0] < 0.75
    assert filled[1.0] > 0.25


def test_pieces_are_no_larger_than_asked_for():
    image = rooms(256, 0)
    config = ShaderConfig(min_pixels=8, size=0, field=8, percentile=70, content="everything")
    for size in (0.4, 0.15):
        labels = itten.shade(image, None, config.changed(size=size), 1).segments[0]
        for number in range(1, int(labels.max()) + 1):
            y, x = (labels == number).nonzero().unbind(dim=1)
            assert np.hypot(int(y.max() - y.min()) + 1, int(x.max() - x.min()) + 1) <= size * 256
    whole = itten.shade(image, None, config, 1).segments[0]
    y, x = (whole == 1).nonzero().unbind(dim=1)
    assert np.hypot(int(y.max() - y.min()), int(x.max() - x.min())) > 0.4 * 256
