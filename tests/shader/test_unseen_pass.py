"""A pass in which the host learns of no number: as many rows and pixels as there could be, and never a wait."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils._python_dispatch import _disable_current_modes

from itten.config import ShaderConfig
from itten.heads import KINDS, describe, find_segments, from_oklab, low_gate, protected
from itten.shader import PassResult, SpectralShader, functional
from itten.shader.output import Masks, stacked_sources
from itten.spectra import Spectrum
from tests.pictures import PLAIN
from tests.waits import no_waits

pytest.importorskip("triton")

Scene = tuple[torch.Tensor, torch.Tensor]


def scene(height: int, width: int, strokes: list[tuple[int, int, int, int]], seed: int) -> Scene:
    """White paper with strokes (top, left, tall, wide) in its left part, and a field that grows to the right."""
    rng = np.random.default_rng(seed)
    image = 0.95 + rng.normal(0, 0.01, (3, height, width))
    for top, left, tall, wide in strokes:
        image[:, top : top + tall, left : left + wide] = rng.random((3, 1, 1)) * 0.3
    field = np.linspace(-1.5, 1.5, width)[None] + rng.normal(0, 0.05, (height, width))
    image = np.clip(image, 0, 1).astype(np.float32)
    return torch.from_numpy(image), torch.from_numpy(field[None].astype(np.float32))


TARGET = scene(26, 34, [(2, 2, 3, 5), (9, 1, 6, 2), (18, 3, 2, 7), (10, 8, 3, 3)], 1)
SOURCE = scene(20, 28, [(2, 1, 2, 5), (7, 2, 5, 2), (14, 3, 4, 4), (1, 8, 3, 2)], 2)
EMPTY = torch.full((3, 20, 28), 0.5), scene(20, 28, [], 3)[1]
VECTORS = torch.linalg.qr(torch.randn(26 * 34, 4, generator=torch.Generator().manual_seed(5)))[0].T.reshape(4, 26, 34)


@pytest.fixture(autouse=True)
def given_fields(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fields are given: what makes them is tested elsewhere. So is the eigenvalues' kernel, which takes seconds."""
    monkeypatch.setattr(
        functional, "gate_fields", lambda image, numbers, *_: (field_of(image).repeat(len(numbers), 1, 1), None)
    )
    if not torch.cuda.is_available():
        monkeypatch.setattr("itten.kernels.triton.parts.symmetric_eigh", by_library)


def field_of(image: torch.Tensor) -> torch.Tensor:
    """Soft pictures are blurred before fields are made of them: the one that is nearest."""
    scenes = [one for one in (TARGET, SOURCE, EMPTY) if one[0].shape == image.shape]
    known = [field for own, field in scenes if own is image]
    return known[0] if known else min(scenes, key=lambda one: float((one[0] - image).abs().mean()))[1]


def by_library(matrix: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    with _disable_current_modes():
        return torch.linalg.eigh(matrix)


def configured(backend: str, keys: dict[str, Any]) -> ShaderConfig:
    spectrum = {"method": "tiled", "backend": backend}
    # Whether a hard picture is dots throughout is asked once a run, and waited for.
    plain = {**PLAIN, "content": "contours"}
    usual = {**plain, "min_pixels": 5, "max_segments": 3, "edges": "hard", "protect": "none", "spectrum": spectrum}
    return ShaderConfig(**{**usual, **keys})


def painted(backend: str, keys: dict[str, Any], target: Scene = TARGET, source: Scene = SOURCE) -> PassResult:
    """One pass by functions."""
    config = configured(backend, keys)
    given = functional.read_source(source[0], config)
    return functional.shade_pass(target[0], config, config.schedule(1)[0], given)


def same(found: PassResult, expected: PassResult) -> int:
    """Both are the same; returns how many points there are."""
    assert torch.equal(found.labels, expected.labels)
    assert len(found.fronts) == len(expected.fronts)
    for mine, other in zip(found.fronts, expected.fronts, strict=True):
        for name in ("place", "origin", "owner"):
            assert torch.equal(getattr(mine, name), getattr(other, name))
    torch.testing.assert_close(found.image, expected.image, atol=1e-6, rtol=0)
    return sum(len(points) for points in found.fronts)


# Signatures of the seed's are cheap; those of shapes take most of the time, and have tests of their own.
CHEAP = {"signature": "seed"}
HEADS = {"heads": [{"signature": "shape"}, {"percentile": 60.0, "content": "everything", "min_pixels": 9}]}
NEVER = [{}, {"copies": 2, "palette": "match", "shadow": "none", "signature": "colour", "turn": 30.0}, HEADS]
FOR_SIZES = [
    {"place": "seed", "turn": "align", "shadow": "project", "signature": "seed"},
    {"copies": 2, "turn": "random", "clearance": 0.0, "direction": 0.0},
    {"overlap": True, "composite": "zbuffer", "turn": "void", "palette": ["#102030", "#ff8800"]},
    {"assign": "one-to-one", "copies": 4, "clearance": 0.0},
]


def with_long(short: list[Any], more: list[Any]) -> list[Any]:
    return [*short, *(pytest.param(one, marks=pytest.mark.long) for one in more)]


@pytest.mark.parametrize("keys", with_long([CHEAP], NEVER))
def test_the_host_waits_for_nothing(keys):
    from_oklab(torch.zeros(3, 1))  # a matrix is inverted on the host, once
    with no_waits() as first:
        found = painted("triton", keys)
    assert same(found, painted("auto", keys)) > 30
    assert first.launches < 1200 * max(1, len(keys.get("heads", [])))
    if not keys:
        with no_waits() as second:
            again = painted("triton", keys)
        assert second.uploads == 0
        assert torch.equal(again.image, found.image)


@pytest.mark.parametrize("keys", with_long([{**FOR_SIZES[0], **CHEAP}], [{**FOR_SIZES[2], **CHEAP}, *FOR_SIZES[1:]]))
def test_it_waits_for_sizes_and_paints_the_same(keys):
    assert same(painted("triton", keys), painted("auto", keys)) > 30


@pytest.mark.long
def test_what_is_protected_is_the_same_and_not_waited_for():
    keys = {"protect": "auto", "percentile": 60.0, **CHEAP}
    with no_waits():
        found = painted("triton", keys)
    assert same(found, painted("auto", keys)) > 0
    kept = protected(TARGET[0])
    with no_waits():
        other = protected(TARGET[0], "triton")
    assert 0 < int(kept.mask.sum()) < kept.mask.numel()
    for name in ("mask", "colour", "paper"):
        assert torch.equal(getattr(other, name), getattr(kept, name))


def test_soft_copies_are_the_same():
    keys = {"edges": "soft", "turn": 30.0, **CHEAP}
    found, expected = painted("triton", keys), painted("auto", keys)
    assert same(found, expected) > 30
    assert found.fronts[0].coverage is not None
    torch.testing.assert_close(found.fronts[0].coverage, expected.fronts[0].coverage, atol=1e-6, rtol=0)


@pytest.mark.parametrize(("target", "source"), [(EMPTY, SOURCE), pytest.param(TARGET, EMPTY, marks=pytest.mark.long)])
def test_without_segments_nothing_is_painted(target, source):
    with no_waits():
        found = painted("triton", CHEAP, target, source)
    assert same(found, painted("auto", CHEAP, target, source)) == 0


@pytest.mark.long
@pytest.mark.parametrize("keys", [CHEAP, {}])
def test_several_sources_and_masks(keys):
    """Sources are joined without their padding; the target's tables keep theirs."""
    read, write = torch.zeros(26, 34, dtype=torch.bool), torch.ones(26, 34, dtype=torch.bool)
    read[:12], write[:, -6:] = True, False
    several, masked = [], []
    for backend in ("triton", "auto"):
        config = configured(backend, {"copies": 2, "turn": 30.0, **keys})
        parameters = config.schedule(1)[0]
        given = stacked_sources([functional.read_source(image, config) for image, _ in (SOURCE, TARGET)])
        several.append(functional.shade_pass(TARGET[0], config, parameters, given))
        if keys != CHEAP:
            masked.append(functional.shade_pass(TARGET[0], config, parameters, masks=Masks(read, write)))
    assert same(*several) > 30
    assert not masked or same(*masked) > 30


@pytest.mark.long
def test_the_modules_do_the_same():
    class Given(nn.Module):
        def forward(self, image, warm=None):
            return field_of(image), None

    results = []
    for backend in ("triton", "auto"):
        shader = SpectralShader(configured(backend, CHEAP))
        shader.field = Given()
        with no_waits(count_only=backend == "auto"):
            # The picture attends to itself.
            results.append(shader.forward_pass(TARGET[0], shader.config.schedule(1)[0]))
    assert same(*results) > 30


@pytest.mark.parametrize("kinds", with_long([("seed",)], [KINDS]))
def test_tables_without_their_padding_are_the_usual_ones(kinds):
    image, (field,) = TARGET
    ink = image[0] < 0.5
    made = [find_segments(ink, field, 5, 9, backend, padded=backend == "triton") for backend in ("triton", "auto")]
    spectrum = Spectrum(torch.tensor([0.0, 0.5, 0.7, 1.3]).double(), VECTORS, torch.zeros(4), 1.0, "exact", "converged")
    for count in (9, 2):
        padded, plain = (table.first(count) for table in made)
        assert padded.padded
        assert len(padded.pixels) == ink.numel()
        assert len(padded) == count > 1
        for name in ("pixels", "owner", "size", "centroid", "box", "mean", "deviation"):
            assert torch.equal(getattr(padded.trimmed(), name), getattr(plain, name))
        assert torch.equal(padded.label_map(), plain.label_map())
        moved, expected = padded.moved(3, (40, 50)), plain.moved(3, (40, 50))
        assert torch.equal(moved.label_map(), expected.label_map())
        for kind in kinds:
            with no_waits():
                mine = describe(padded, kind, image, spectrum, "triton")
            other = describe(plain, kind, image, spectrum)
            torch.testing.assert_close(mine.trimmed().values, other.values, rtol=1e-9, atol=1e-9)
            assert not mine.values[len(plain) :].any()
    low = find_segments(ink, field, 10_000, 9, "triton", padded=True)
    assert len(low) == len(low.pixels) == 0


def test_low_gate_is_the_same():
    image, (field,) = TARGET
    ink = image[0] < 0.5
    for gate in (field.sigmoid(), field.abs() + 0.6):
        for some in (ink, ink & (field > 9), ~ink):
            with no_waits():
                found = low_gate(gate, some, 5, "triton")
            assert torch.equal(found, low_gate(gate, some, 5))
