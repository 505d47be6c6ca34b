"""Several pictures at once on a device, without a wait, and replayed."""

import logging
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext

import pytest
import torch

import itten
from itten.config import SpectrumConfig
from itten.errors import InputError
from itten.spectra.stitched.choose import stitched_spectra, stitched_spectrum
from itten.spectra.stitched.device import graph as device_graph
from itten.spectra.stitched.device import solve as device
from itten.spectra.stitched.device.plan import device_plan
from tests.pictures import drawing, noise, pattern
from tests.spectra.test_stitched_islands import archipelago
from tests.waits import no_waits

# As fields have it: so many steps. With an accuracy pictures go one by one.
STEADY = {"backend": "torch", "refine": 1}
CONFIG = SpectrumConfig(**STEADY)


def pictures(*more):
    return torch.stack([drawing(70, 90), pattern(70, 90), noise(70, 90), *more])


@pytest.fixture(autouse=True)
def forgotten(monkeypatch):
    monkeypatch.setattr(device_graph, "_failure", None)
    device_graph.forget()
    yield
    device_graph.forget()


def same(found, expected, bound=2e-5):
    assert found.components == expected.components
    torch.testing.assert_close(found.values, expected.values, rtol=1e-5, atol=1e-7 * expected.scale)
    torch.testing.assert_close(found.vectors, expected.vectors, rtol=0, atol=bound)
    assert found.scale == pytest.approx(expected.scale)
    torch.testing.assert_close(found.residuals, expected.residuals, rtol=1e-2, atol=1e-6 * expected.scale)


LONG = [pytest.param(one, marks=pytest.mark.long) for one in ({"refine": 0}, {"refine": 3}, {"basis": 4})]


@pytest.mark.parametrize("options", [{}, {"tol": 1e-5}, *LONG])
def test_a_batch_is_its_pictures(options):
    config = CONFIG.changed(**options)
    batch = pictures()
    for one, found in zip(batch, stitched_spectra(batch, 6, config), strict=True):
        same(found, itten.spectrum(one, 6, "stitched", **{**STEADY, **options}))


@pytest.mark.parametrize("scale", [1, 20])
def test_pictures_with_islands_are_done_by_themselves(scale):
    """Where edges are weak all are; where they are strong those whose number of islands comes out to be more."""
    island = archipelago()
    plain = torch.rand((1, *island.shape), generator=torch.Generator().manual_seed(3)) * 0.01
    batch = scale * torch.cat([plain, island[None], plain.flip(3)])
    config = CONFIG.changed(edge_threshold=0.01 * scale)
    found = stitched_spectra(batch, 5, config)
    assert [one.components for one in found] == [1, 4, 1]
    for one, spectrum in zip(batch, found, strict=True):
        same(spectrum, stitched_spectrum(one, 5, config))


def test_float64_one_vector_and_small_pictures():
    batch = pictures()
    for found in stitched_spectra(batch.double(), 4, CONFIG):
        assert found.vectors.dtype == torch.float64
    assert [len(found) for found in stitched_spectra(batch, 1, CONFIG)] == [1, 1, 1]
    for one, found in zip(batch[..., :20, :20], stitched_spectra(batch[..., :20, :20], 4, CONFIG), strict=True):
        same(found, itten.spectrum(one.contiguous(), 4, "stitched"))
    assert stitched_spectra(batch[:0], 4, CONFIG) == []


def test_on_the_cpu_a_batch_goes_one_by_one_and_warm():
    batch = pictures()
    config = SpectrumConfig()
    first = stitched_spectra(batch, 4, config)
    for one, cold, again in zip(batch, first, stitched_spectra(batch, 4, config, first), strict=True):
        assert torch.equal(cold.vectors, itten.spectrum(one, 4, "stitched").vectors)
        assert cold.spent["fresh_tiles"] > again.spent["fresh_tiles"] == 0


@pytest.mark.long
@pytest.mark.parametrize(("refine", "width"), [(0, 9), (0, 17), (1, 17)])
def test_nothing_waits_for_the_device(refine, width, monkeypatch):
    """With Triton's kernels; the tables that all pictures of a size share are made by the first call."""
    pytest.importorskip("triton")
    monkeypatch.setattr(device, "SMALL_STEPS", 1)  # the interpreter needs a second for every eigenproblem
    config = SpectrumConfig(backend="triton", radii=(1,), tile=8, refine=refine)
    batch = pictures()[:1, :, :9, :width].contiguous()
    expected = device._lowest(batch, 3, config, {})
    with no_waits() as waits:
        found = device._lowest(batch, 3, config, {})
    assert waits.uploads == 0
    assert torch.equal(found.vectors, expected.vectors)
    assert bool(found.numbers[:, -1].all())


def test_results_are_fetched_at_once():
    """One wait for a batch, the copy of its numbers."""
    batch = pictures()
    stitched_spectra(batch, 4, CONFIG)
    with no_waits(count_only=True) as waits:
        stitched_spectra(batch, 4, CONFIG)
    assert waits.found.count("Tensor.cpu") == 1


class Played:
    """In the place of a graph: computes once more, into the memory of the first results."""

    def __init__(self, work):
        self.work, self.found, self.replays = work, work(), 0

    def replay(self):
        self.replays += 1
        with torch.inference_mode():  # which may write to what was made in it
            for old, new in zip(self.found, self.work(), strict=True):
                old.copy_(new)


@pytest.fixture
def played(monkeypatch):
    """All recordings that were made."""
    made = []

    def record(work, device):
        made.append(Played(work))
        return made[-1], made[-1].found

    monkeypatch.setattr(device_graph, "record", record)
    return made


def test_from_the_third_time_on_launches_are_replayed(played):
    batches = [torch.stack([noise(50, 60), drawing(50, 60)]).roll(i, 2) for i in range(5)]
    expected = [[itten.spectrum(one, 4, "stitched", **STEADY) for one in batch] for batch in batches]
    device_graph.forget()
    played.clear()
    found = [stitched_spectra(batch, 4, CONFIG) for batch in batches]
    assert [one.replays for one in played] == [3]
    for spectra, others in zip(found, expected, strict=True):
        for one, other in zip(spectra, others, strict=True):
            same(one, other)
            assert one.spent.keys() == other.spent.keys()
    stitched_spectra(batches[0], 4, CONFIG.changed(edge_threshold=0.2))
    assert [one.replays for one in played] == [3]


@pytest.mark.long
def test_few_graphs_are_kept(played):
    for size in range(40, 40 + device_graph.KEPT + 2):
        for _ in range(3):
            itten.spectrum(noise(size, 60), 4, "stitched", **STEADY)
    assert len(played) == device_graph.KEPT + 2
    assert len(device_graph._entries) == device_graph.KEPT


OUT_OF_MEMORY = pytest.param(torch.OutOfMemoryError("too much"), marks=pytest.mark.long)


@pytest.mark.parametrize("error", [RuntimeError("operation not permitted"), OUT_OF_MEMORY])
def test_what_cannot_be_captured_goes_on_as_it_was(error, monkeypatch, caplog):
    tries = []

    def record(work, device):
        tries.append(work)
        raise error

    monkeypatch.setattr(device_graph, "record", record)
    with caplog.at_level(logging.INFO, "itten"):
        found = [itten.spectrum(noise(50, 60), 4, "stitched", **STEADY) for _ in range(4)]
        for _ in range(4):
            itten.spectrum(noise(50, 61), 4, "stitched", **STEADY)
        assert not device_graph.forget()
        for _ in range(4):
            itten.spectrum(noise(50, 61), 4, "stitched", **STEADY)
    assert len(tries) == 1
    assert "one by one" in caplog.text
    assert all(torch.equal(one.vectors, found[0].vectors) for one in found)


def test_a_failed_capture_leaves_the_stream_as_it_was(monkeypatch):
    """In the place of a device, one whose capture ends with an error and leaves its own stream behind."""
    streams = ["the caller's"]

    @contextmanager
    def graph(_, capture_error_mode):
        streams.append("the graph's")
        yield
        raise RuntimeError("the capture was invalidated")

    monkeypatch.setattr(torch.cuda, "CUDAGraph", object)
    monkeypatch.setattr(torch.cuda, "graph", graph)
    monkeypatch.setattr(torch.cuda, "device", lambda _: nullcontext())
    monkeypatch.setattr(torch.cuda, "current_stream", lambda _: streams[-1])
    monkeypatch.setattr(torch.cuda, "set_stream", streams.append)
    with pytest.raises(RuntimeError, match="invalidated"):
        device_graph.cuda_recording(lambda: (torch.zeros(1),), torch.device("cuda"))
    assert streams == ["the caller's", "the graph's", "the caller's"]


@pytest.mark.long
def test_recordings_serve_threads_and_inference_mode(played):
    """A recording has one input: threads take turns. And it may be made where gradients are switched off."""
    images = [noise(50, 60).roll(i, 2) for i in range(4)]
    with torch.inference_mode():
        expected = [itten.spectrum(one, 4, "stitched", **STEADY).vectors.clone() for one in images]
    assert played
    switched = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(lambda one: itten.spectrum(one, 4, "stitched", **STEADY), images * 4))
    finally:
        sys.setswitchinterval(switched)
    for number, one in enumerate(found):
        torch.testing.assert_close(one.vectors, expected[number % 4], rtol=0, atol=2e-5)


def test_tables_made_anew_are_not_made_while_recording(played, monkeypatch):
    """The recording comes later, and it holds the tables that it reads."""
    image = noise(50, 60)
    for _ in range(2):
        itten.spectrum(image, 4, "stitched", **STEADY)
    device_plan.cache_clear()
    for expected in (0, 0, 1):
        itten.spectrum(image, 4, "stitched", **STEADY)
        assert len(played) == expected
    (entry,) = device_graph._entries.values()
    assert entry.tables is device_plan(entry.tables.plan, torch.device("cpu"), 1)
    assert {"start", ("products", 8), "small"} <= set(entry.tables.tables)


@pytest.mark.long
def test_batches_of_pictures_are_halved_when_memory_runs_out(monkeypatch, caplog):
    batch = torch.cat([pictures(), pictures()[:2].flip(2)])
    expected = stitched_spectra(batch, 4, CONFIG)
    real = device._lowest

    def scarce(features, *rest):
        if len(features) > 2:
            raise torch.OutOfMemoryError("no memory for so many")
        return real(features, *rest)

    monkeypatch.setattr(device, "_lowest", scarce)
    with caplog.at_level(logging.INFO, "itten"):
        found = stitched_spectra(batch, 4, CONFIG)
    assert "going on with 2 pictures" in caplog.text
    for one, other in zip(found, expected, strict=True):
        same(one, other)


def test_colours_beyond_all_bounds_are_an_error():
    with pytest.raises(InputError, match="below 1e12"):
        itten.spectrum(torch.full((2, 40, 50), 1e13), 4, "stitched", **STEADY)
