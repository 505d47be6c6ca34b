"""A pass that finds no room on its device is done again on the CPU."""

import logging
from dataclasses import fields, is_dataclass

import pytest
import torch

import itten
from itten.config import ShaderConfig
from itten.errors import InputError
from itten.shader import chain, functional, room
from itten.shader.layers import Record
from itten.shader.steps import Head
from itten.spectra.stitched.device import graph
from tests.pictures import PLAIN, drawing, pattern


def failing(monkeypatch, owner, name, error, times=1):
    """Every of the first ``times`` calls of a step paints, and then raises. Returns the list of calls."""
    real, calls = getattr(owner, name), []

    def step(*given, **named):
        calls.append(given)
        found = real(*given, **named)
        if len(calls) <= times:
            raise error
        return found

    monkeypatch.setattr(owner, name, step)
    return calls


@pytest.mark.parametrize("path", ["functional", "module"])
@pytest.mark.parametrize("step", ["grow", "describe", "paint"])
def test_a_pass_is_done_again_on_the_cpu_with_the_same_result_and_one_word(path, step, monkeypatch, caplog):
    def shade():
        if path == "functional":
            return itten.shade(drawing(), None, passes=2, config=PLAIN, layers=True, coverage=True, keep=True)
        return itten.SpectralShader(ShaderConfig.from_config(PLAIN))(drawing(), None, 2, keep=True)

    expected = shade()
    calls = failing(monkeypatch, Head, step, torch.OutOfMemoryError("none left\nmore words"))
    with caplog.at_level(logging.INFO, "itten"):
        found = shade()
    told = [one.getMessage() for one in caplog.records if one.levelno == logging.WARNING]
    assert told == ["not enough memory on cpu (none left): the pass is computed on the CPU"]
    assert len(calls) == 3
    assert torch.equal(found.passes, expected.passes)
    if path == "functional":
        assert torch.equal(found.coverage, expected.coverage)
        for one, other in zip(vars(found.layers).values(), vars(expected.layers).values(), strict=True):
            assert torch.equal(one, other)


def test_a_source_is_read_on_the_cpu_too(monkeypatch, caplog):
    expected = itten.shade(drawing(), pattern(), passes=1, config=PLAIN)
    failing(monkeypatch, Head, "describe", torch.OutOfMemoryError("none left"))
    found = itten.shade(drawing(), pattern(), passes=1, config=PLAIN)
    assert torch.equal(found.image, expected.image)
    assert "a source's part is computed on the CPU" in caplog.text


def test_recordings_are_dropped_first(monkeypatch, caplog):
    held = [True]
    monkeypatch.setattr(graph, "forget", lambda: bool(held) and held.pop())
    expected = itten.shade(drawing(), None, passes=1, config=PLAIN)
    failing(monkeypatch, Head, "paint", torch.OutOfMemoryError("none left"))
    with caplog.at_level(logging.INFO, "itten"):
        found = itten.shade(drawing(), None, passes=1, config=PLAIN)
    assert torch.equal(found.image, expected.image)
    assert "launches are dropped" in caplog.text
    assert "CPU" not in caplog.text


@pytest.mark.parametrize("error", [torch.OutOfMemoryError("none left"), InputError("bad"), KeyboardInterrupt()])
def test_what_fails_again_and_what_is_another_error_is_raised(error, monkeypatch):
    calls = failing(monkeypatch, Head, "paint", error, times=99)
    with pytest.raises(type(error)):
        itten.shade(drawing(), None, passes=1, config=PLAIN)
    assert len(calls) == (2 if isinstance(error, torch.OutOfMemoryError) else 1)


def test_kernels_that_the_cpu_does_not_have_are_not_tried_there(monkeypatch):
    calls = []

    class Painter:
        config = ShaderConfig.from_config({"spectrum": {"backend": "triton"}})

        @room.with_room("it")
        def work(self, image):
            calls.append(image)
            raise torch.OutOfMemoryError

    with pytest.raises(torch.OutOfMemoryError):
        Painter().work(torch.zeros(1))
    assert len(calls) == 1


def devices(value):
    """Where all tensors of a value lie."""
    if isinstance(value, torch.Tensor):
        return {value.device.type}
    if isinstance(value, tuple | list):
        return set().union(*map(devices, value))
    if isinstance(value, Record):
        return devices(list(vars(value).values()))
    if is_dataclass(value):
        return devices([getattr(value, one.name) for one in fields(value)])
    return set()


def test_all_that_a_pass_takes_and_gives_is_moved(monkeypatch):
    """To the device without memory that every machine has."""
    config = ShaderConfig.from_config({"edges": "soft"})
    painter = functional._Functions(config)
    image, away = drawing(), torch.device("meta")
    source = painter.read_source(pattern(), soft_edges=True)
    record = Record(image, 1, True)
    start = painter.start(image, True)
    result = painter.forward_pass(image, config.schedule(1)[0], source, soft_edges=True, start=start, record=record)
    assert result.spectrum is not None
    for value in (source, start, record, result):
        there = room.moved(value, away)
        found = devices(there)
        assert found == ({"meta", "cpu"} if value is result else {"meta"})
    there = room.moved(result, away)
    assert there.spectrum.values.device.type == "cpu"
    assert devices((there.image, there.field, there.labels, there.layers, there.spectrum.vectors)) == {"meta"}
    assert chain.Painter.forward_pass.__doc__.startswith("One pass")
