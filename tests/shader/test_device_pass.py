"""A whole pass on the kernels that a GPU would run, here through Triton's interpreter, and on torch's."""

from __future__ import annotations

import pytest
import torch

from itten.config import ShaderConfig
from itten.shader import SpectralShader, shade
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
    mine, other = (shade(target, source, configured(backend, **keys), passes=2) for backend in ("auto", "torch"))
    assert not torch.equal(mine.image, target)
    assert torch.equal(mine.segments, other.segments)
    torch.testing.assert_close(other.image, mine.image, atol=2 / 255, rtol=0)


def test_triton_paints_the_same():
    """Kept small: the interpreter needs seconds for what takes a GPU microseconds."""
    target, source = drawing(26, 30), pattern(20, 24)
    mine, other = (shade(target, source, configured(backend), passes=1) for backend in ("auto", "triton"))
    assert not torch.equal(mine.image, target)
    assert int(mine.segments.max()) >= 1
    assert torch.equal(mine.segments, other.segments)
    torch.testing.assert_close(other.image, mine.image, atol=2 / 255, rtol=0)
    by_module = SpectralShader(configured("triton"))(target, source, passes=1)
    assert torch.equal(by_module.image, other.image)
