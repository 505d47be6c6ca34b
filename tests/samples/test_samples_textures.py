"""Benchmark textures: distinct, deterministic, fast."""

from __future__ import annotations

import hashlib
import itertools
import time

import pytest
import torch

from itten.errors import UsageError
from itten.samples import KINDS, texture, texture_pairs


def _digest(image: torch.Tensor) -> str:
    return hashlib.sha256(image.numpy().tobytes()).hexdigest()


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind(kind: str) -> None:
    start = time.process_time()
    image = texture(kind, 512, 3)
    assert time.process_time() - start < 1.0, "under 0.3 s on an idle core"
    assert image.shape == (3, 512, 512)
    assert image.dtype == torch.float32
    assert 0 <= float(image.min()) <= float(image.max()) <= 1
    assert image.std() > 0.05, "there is structure"
    assert image.diff(dim=2).abs().gt(0.1).float().mean() > 0.005, "there are edges"
    assert _digest(image) == _digest(texture(kind, 512, 3))
    assert _digest(image) != _digest(texture(kind, 512, 4))


@pytest.mark.parametrize("size", [1, 2, 7, 65])
def test_small_sizes(size: int) -> None:
    for kind in KINDS:
        image = texture(kind, size, 1)
        assert image.shape == (3, size, size)
        assert bool(torch.isfinite(image).all())


def test_refusals() -> None:
    with pytest.raises(UsageError, match="known are lines"):
        texture("tweed")
    with pytest.raises(UsageError, match="size"):
        texture("lines", 0)
    with pytest.raises(UsageError, match="seed"):
        texture("lines", 8, -1)
    with pytest.raises(UsageError, match="count"):
        next(texture_pairs(-1))


def test_twenty_pairs_are_distinct_and_of_two_kinds() -> None:
    digests = [_digest(image) for pair in texture_pairs(20, 96) for image in pair]
    assert len(set(digests)) == 40


def test_pairs_depend_on_index_and_seed_alone() -> None:
    long = [tuple(map(_digest, pair)) for pair in texture_pairs(20, 48, seed=5)]
    short = [tuple(map(_digest, pair)) for pair in texture_pairs(3, 48, seed=5)]
    assert long[:3] == short
    other = [tuple(map(_digest, pair)) for pair in texture_pairs(3, 48, seed=6)]
    assert not {a for pair in other for a in pair} & {a for pair in short for a in pair}
    assert list(texture_pairs(0)) == []


def test_default_is_what_the_benchmark_asks_for() -> None:
    target, source = next(texture_pairs())
    assert target.shape == source.shape == (3, 512, 512)
    assert len(list(itertools.islice(texture_pairs(size=8), 99))) == 20


def test_kinds_within_a_pair_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    from itten.samples import textures

    seen: list[str] = []
    real = textures._texture
    monkeypatch.setattr(textures, "_texture", lambda kind, *rest: (seen.append(kind), real(kind, *rest))[1])
    list(texture_pairs(150, 4))
    pairs = list(zip(seen[::2], seen[1::2], strict=True))
    assert all(a != b for a, b in pairs)
    assert {a for a, _ in pairs} == {b for _, b in pairs} == set(KINDS)
    assert len(set(pairs)) > 100
