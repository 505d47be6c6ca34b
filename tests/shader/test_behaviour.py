"""What a picture must show, and what must never change: sizes, colours, bits, random state."""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import sys

import numpy as np
import pytest
import torch

import itten
from itten.config import ShaderConfig
from itten.errors import ConfigError, InputError, UsageError
from itten.heads import contour
from itten.kernels.numba import team
from itten.shader import read_source
from tests.pictures import PLAIN, drawing, noise, pattern

CONFIG = ShaderConfig(**{**PLAIN, "min_pixels": 8})

CODE = """
import torch
from tests.shader.test_behaviour import digest
torch.set_num_threads(2)
print(digest(2))
"""


def digest(threads: int) -> str:
    """Of what is painted with so many threads of the kernels."""
    found = hashlib.sha256()
    with team.limited(threads):
        for source in (None, pattern()):
            result = itten.shade(drawing(173, 141), source, {"min_pixels": 8}, passes=2, keep=True)
            found.update(result.passes.numpy().tobytes() + result.field.numpy().tobytes())
        for look in ("riso", "mosaic", "gold-leaf", "confetti"):
            found.update(itten.shade(drawing(), pattern(), look, passes=1).passes.numpy().tobytes())
        found.update(itten.spectrum(noise(99, 101), 4).vectors.numpy().tobytes())
    return found.hexdigest()


def test_same_bits_with_one_and_two_threads_and_in_two_processes():
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    environment.update(dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "NUMBA_NUM_THREADS"), "2"))
    done = subprocess.run([sys.executable, "-c", CODE], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        assert done.stdout.strip() == digest(1)
    finally:
        torch.set_num_threads(before)


def test_same_bits_twice_and_global_random_state_untouched():
    random.seed(1)
    torch.manual_seed(1)
    np.random.seed(1)  # noqa: NPY002
    states = random.getstate(), torch.get_rng_state().clone(), np.random.get_state()[1].copy()  # noqa: NPY002
    first = itten.shade(drawing(), pattern(), CONFIG, keep=True)
    second = itten.shade(drawing(), pattern(), CONFIG, keep=True)
    assert (
        hashlib.sha256(first.passes.numpy().tobytes()).digest()
        == hashlib.sha256(second.passes.numpy().tobytes()).digest()
    )
    assert random.getstate() == states[0]
    assert torch.equal(torch.get_rng_state(), states[1])
    assert (np.random.get_state()[1] == states[2]).all()  # noqa: NPY002


def test_the_input_is_not_written_to():
    target, source = drawing(), pattern()
    itten.shade(target, source, CONFIG)
    assert torch.equal(target, drawing())
    assert torch.equal(source, pattern())


def test_contours_thicken_and_structure_accretes():
    result = itten.shade(drawing(), config=CONFIG, keep=True)
    ink = [int(contour(picture).sum()) for picture in (drawing(), *result.passes)]
    assert ink[1] > ink[0]
    changed = [(picture != drawing()).any(0).sum() for picture in result.passes]
    assert changed[0] < changed[3]


def test_cross_attention_brings_content_of_the_source_only():
    """With effect 0 nothing is tinted or moved: every new colour must be one of the source's."""
    source = (pattern() * 8).round() / 8
    result = itten.shade(drawing(), source, CONFIG.changed(effect=0.0, edges="hard"), passes=1)
    new = (result.image != drawing()).any(0)
    assert int(new.sum()) > 20
    palette = {tuple(colour) for colour in source.flatten(1).T.tolist()}
    assert {tuple(colour) for colour in result.image[:, new].T.tolist()} <= palette


def test_copies_are_turned_by_a_quarter():
    """A horizontal stroke in the source arrives as a vertical one in the target."""
    source = torch.ones(3, 60, 90)
    source[:, 30:33, 10:80] = 0.0
    target = drawing()
    config = CONFIG.changed(effect=0.0, place="seed")
    result = itten.shade(target, source, config, passes=1)
    arrived = (result.image - target).abs().amax(0) > 0.3
    (segments,) = read_source(source, config).segments
    assert float(segments.aspect[0]) > 2
    widest = int(arrived.sum(0).max())
    assert widest >= int(segments.box[0, 3] - segments.box[0, 1]) * 0.5


def test_zbuffer_differs_where_copies_overlap():
    config = CONFIG.changed(overlap=True)
    overwrite = itten.shade(drawing(), pattern(), config, passes=2)
    zbuffer = itten.shade(drawing(), pattern(), config.changed(composite="zbuffer"), passes=2)
    assert not torch.equal(overwrite.image, zbuffer.image)


def test_decay_fades_the_effect_pass_by_pass():
    envelope = {"kind": "decay", "decay": 0.5}
    result = itten.shade(drawing(), config={"min_pixels": 8, "envelope": envelope}, passes=3, keep=True)
    schedule = ShaderConfig(envelope=envelope).envelope.schedule(3, 1.0)
    assert [row.effect for row in schedule] == [1.0, 0.5, 0.25]
    assert result.passes.shape[0] == 3


def test_the_source_is_read_once_and_the_target_anew(monkeypatch):
    from itten.shader import functional

    seen = []
    real = functional.gate_fields

    def watched(image, number, config, warm=None):
        seen.append((tuple(image.shape), warm is not None))
        return real(image, number, config, warm)

    monkeypatch.setattr(functional, "gate_fields", watched)
    itten.shade(drawing(), pattern(), CONFIG, passes=3)
    assert seen == [((3, 80, 100), False), ((3, 96, 112), False), ((3, 96, 112), True), ((3, 96, 112), True)]


def test_progress_is_told_of_every_pass():
    told = []
    itten.shade(
        drawing(), None, CONFIG, passes=3, progress=lambda i, n, result: told.append((i, n, result.image.shape))
    )
    assert told == [(i, 3, (3, 96, 112)) for i in range(3)]


@pytest.mark.parametrize("size", [(1, 1), (1, 2), (1, 40), (40, 1), (3, 3), (2, 9), (63, 65), (17, 5)])
def test_every_size_gives_a_finite_picture_of_that_size(size):
    for source in (None, noise(5, 4), pattern()):
        result = itten.shade(noise(*size), source, {"min_pixels": 1}, passes=2)
        assert result.image.shape == (3, *size)
        assert bool(torch.isfinite(result.image).all())
        assert 0.0 <= float(result.image.min()) <= float(result.image.max()) <= 1.0


def test_a_constant_picture_stays_as_it_is():
    flat = torch.full((3, 70, 80), 0.4)
    assert torch.equal(itten.shade(flat).image, flat)
    assert torch.equal(itten.shade(flat, pattern()).image, flat)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: itten.shade(drawing(), passes=0), UsageError, "from 1 to 1000"),
        (lambda: itten.shade(drawing(), passes=2.5), UsageError, "whole number"),
        (lambda: itten.shade(torch.zeros(2, 9, 9)), InputError, "shape"),
        (lambda: itten.shade(torch.zeros(2, 2, 3, 9, 9)), InputError, "target"),
        (lambda: itten.shade(torch.full((3, 9, 9), torch.inf)), InputError, "inf"),
        (lambda: itten.shade(drawing(), torch.stack([pattern()] * 2)), InputError, "batch as long"),
        (lambda: itten.shade(drawing(), torch.zeros(1, 1, 3, 8, 8)), InputError, "source"),
        (lambda: itten.shade(drawing(), config={"sharpnes": 3}), ConfigError, "did you mean 'sharpness'"),
        (lambda: itten.shade(drawing(), config={"spectrum": {"tyle": 3}}), ConfigError, "tile'"),
        (lambda: itten.shade(drawing(), config=7), ConfigError, "dict"),
    ],
)
def test_errors_say_what_is_wrong(call, error, message):
    with pytest.raises(error, match=message):
        call()
