"""A whole pass on the kernels that a GPU would run, here through Triton's interpreter, and on torch's."""

from __future__ import annotations

import pytest
import torch

from itten.config import ShaderConfig
from itten.shader import SpectralShader, shade
from itten.spectra.stitched import choose as stitched
from itten.spectra.stitched.device import solve as device
from tests.pictures import drawing, pattern

pytest.importorskip("triton")

BASE = {"min_pixels": 5, "spectrum": {"method": "tiled", "tile": 16, "overlap": 4, "steps": 6}}


def configured(backend: str, **keys: object) -> ShaderConfig:
    spectrum = {**BASE["spectrum"], "backend": backend}
    return ShaderConfig(**{**BASE, **keys, "spectrum": spectrum})


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"composite": "zbuffer", "overlap": True, "turn": 30.0},
        {"place": "seed", "turn": "align"},
        {"palette": "match"},
    ],
)
def test_torch_and_numba_paint_the_same(keys):
    target, source = drawing(96, 112), pattern()
    configs = [configured(backend, **keys) for backend in ("auto", "torch")]
    mine, other = (shade(target, source, config, passes=2, keep=True) for config in configs)
    assert not torch.equal(mine.image, target)
    assert torch.equal(mine.segments, other.segments)
    torch.testing.assert_close(other.image, mine.image, atol=2 / 255, rtol=0)


@pytest.mark.long
@pytest.mark.parametrize("signature", ["seed", "spectral"])
def test_triton_paints_the_same(signature):
    """Kept small: the interpreter needs seconds for what takes a GPU microseconds."""
    target, source = drawing(26, 30), pattern(20, 24)
    mine, other = (
        shade(target, source, configured(one, max_segments=2, signature=signature), passes=1)
        for one in ("auto", "triton")
    )
    assert not torch.equal(mine.image, target)
    assert int(mine.segments.max()) >= 1
    assert torch.equal(mine.segments, other.segments)
    torch.testing.assert_close(other.image, mine.image, atol=2 / 255, rtol=0)


def test_pictures_side_by_side_are_painted_as_one_by_one(monkeypatch):
    """On a device a batch's spectra are computed together, its pictures painted apart; sources, too."""
    targets = torch.stack([drawing(56, 64), drawing(56, 64).flip(1)])
    sources = torch.stack([pattern(44, 52), drawing(44, 52)])
    config = ShaderConfig(min_pixels=5, spectrum={"backend": "torch"})
    alone = [shade(*pair, config, passes=2, keep=True) for pair in zip(targets, sources, strict=True)]
    told, batches, real = [], [], device.stitched_device
    monkeypatch.setattr(stitched, "stitched_device", lambda *a: batches.append(len(a[0])) or real(*a))
    for shader in (SpectralShader(config), lambda *given, **more: shade(*given, config, **more)):
        result = shader(targets, sources, passes=2, progress=lambda index, passes, _: told.append(index), keep=True)
        for number, one in enumerate(alone):
            assert torch.equal(result.segments[:, number], one.segments)
            torch.testing.assert_close(result.image[number], one.image, atol=2 / 255, rtol=0)
    assert told == [0, 0, 1, 1] * 2
    assert batches == [2, 2, 2] * 2


def test_a_field_of_the_callers_own_may_know_single_pictures_alone():
    shader = SpectralShader(configured("torch"))
    field = shader.field
    shader.field = torch.nn.Identity()
    shader.field.forward = field.forward
    shader.config = shader.config.model_copy(
        update={"spectrum": shader.config.spectrum.model_copy(update={"method": "stitched"})}
    )
    targets = torch.stack([drawing(40, 44), drawing(40, 44).flip(2)])
    assert torch.equal(shader(targets, passes=1).image[1], shader(targets[1], passes=1).image)
