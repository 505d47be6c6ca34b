"""Replaying a device's launches: from the third time on a computation of one size is a CUDA graph.

A stitched spectrum of 512 × 512 pixels is some thousand launches of a few microseconds each, which the host cannot
hand out as fast as they run. What is captured must not wait for the device, and must find all its tables there.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Protocol

import torch

from itten.kernels.fork import hold

log = logging.getLogger("itten")

# Graphs kept, the latest; each holds the memory of all that happens in it.
KEPT = 4
# Times that a computation runs as it is: tables are made, kernels compiled, libraries find their workspaces.
PLAIN = 2

Results = tuple[torch.Tensor, ...]


class Recording(Protocol):
    """A recorded computation."""

    def replay(self) -> None:
        """Once more, on what now stands in the inputs."""


@dataclass
class _Entry:
    seen: int = 0
    recording: Recording | None = None
    given: torch.Tensor | None = None
    found: Results = ()
    spent: dict[str, float] = field(default_factory=dict)
    tables: object = None


_entries: OrderedDict[Hashable, _Entry] = OrderedDict()
# One picture at a time may stand in a recording's input.
_lock = threading.Lock()
hold(_lock)
# What went wrong when a recording was tried: after a failed capture none is tried again in this process.
_failure: str | None = None


def cuda_recording(work: Callable[[], Results], device: torch.device) -> tuple[Recording, Results] | None:
    """``work`` captured on a CUDA device, and its results, whose memory every replay fills anew; None on any other
    device. Raises RuntimeError where it cannot be captured; the current stream is then what it was."""
    if device.type != "cuda":
        return None
    graph = torch.cuda.CUDAGraph()
    before = torch.cuda.current_stream(device)
    try:
        # Other threads may go on with what cannot be captured.
        with torch.cuda.device(device), torch.cuda.graph(graph, capture_error_mode="thread_local"):
            found = work()
    finally:
        torch.cuda.set_stream(before)
    return graph, found


# What makes recordings; a test puts its own here.
record: Callable[[Callable[[], Results], torch.device], tuple[Recording, Results] | None] = cuda_recording


def replayed(
    key: Hashable,
    work: Callable[[torch.Tensor], Results],
    given: torch.Tensor,
    spent: dict[str, float],
    tables: object = None,
) -> Results:
    """``work(given)``: computed the first times that ``key`` is asked for, then recorded and replayed.

    ``work`` must depend on nothing but the contents of ``given`` and on ``key``, and may fill ``spent``, which a replay
    fills with the same. ``tables`` hold the tensors that were there before and that ``work`` reads: a graph knows
    addresses alone. The results are the caller's own.
    """
    with _lock:
        entry = _entries.setdefault(key, _Entry())
        _entries.move_to_end(key)
        while len(_entries) > KEPT:
            _entries.popitem(last=False)
        if entry.tables is not tables:  # made anew since: that must not happen while a graph is captured
            _entries[key] = entry = _Entry(tables=tables)
        entry.seen += 1
        if entry.recording is None and entry.seen > PLAIN and _failure is None:
            _record(entry, work, given, spent)
        if entry.recording is not None and entry.given is not None:
            entry.given.copy_(given)
            entry.recording.replay()
            spent |= entry.spent
            return tuple(one.clone() for one in entry.found)
    return work(given)


def _record(
    entry: _Entry, work: Callable[[torch.Tensor], Results], given: torch.Tensor, spent: dict[str, float]
) -> None:
    global _failure
    with torch.inference_mode(False):  # or nobody could write to it outside of that mode
        held = torch.empty_like(given)
        held.copy_(given)
    try:
        made = record(lambda: work(held), given.device)
    except RuntimeError as error:  # among them that there is no memory for it
        _failure = str(error).splitlines()[0]
        log.warning("launches cannot be replayed and go on one by one: %s", _failure, exc_info=True)
        return
    if made is not None:
        entry.recording, entry.found = made
        entry.given, entry.spent = held, dict(spent)


def forget() -> bool:
    """Drop all recordings and their memory; whether there were any."""
    with _lock:
        held = any(entry.recording is not None for entry in _entries.values())
        _entries.clear()
    if held and torch.cuda.is_available():
        torch.cuda.empty_cache()
    return held
