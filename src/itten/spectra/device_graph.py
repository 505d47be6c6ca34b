"""Replaying a device's launches: from the third time on a computation of one size is a CUDA graph.

A stitched spectrum of 512 × 512 pixels is some thousand launches of a few microseconds each, which the host cannot
hand out as fast as they run. What is captured must not wait for the device, and must find all its tables there.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Protocol

import torch

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
    broken: bool = False
    recording: Recording | None = None
    given: torch.Tensor | None = None
    found: Results = ()
    spent: dict[str, float] = field(default_factory=dict)
    tables: object = None


_entries: OrderedDict[Hashable, _Entry] = OrderedDict()


def cuda_recording(work: Callable[[], Results], device: torch.device) -> tuple[Recording, Results] | None:
    """``work`` captured on a CUDA device, and its results, whose memory every replay fills anew; None on any other
    device. Raises RuntimeError where it cannot be captured."""
    if device.type != "cuda":
        return None
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.device(device), torch.cuda.graph(graph):
        found = work()
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
    entry = _entries.setdefault(key, _Entry())
    _entries.move_to_end(key)
    while len(_entries) > KEPT:
        _entries.popitem(last=False)
    entry.seen += 1
    if entry.recording is None and entry.seen > PLAIN and not entry.broken:
        _record(entry, work, given, spent)
        entry.tables = tables
    if entry.recording is None or entry.given is None:
        return work(given)
    entry.given.copy_(given)
    entry.recording.replay()
    spent |= entry.spent
    return tuple(one.clone() for one in entry.found)


def _record(
    entry: _Entry, work: Callable[[torch.Tensor], Results], given: torch.Tensor, spent: dict[str, float]
) -> None:
    held = given.clone()
    try:
        made = record(lambda: work(held), given.device)
    except torch.OutOfMemoryError:
        entry.broken = True
        log.info("no memory to keep a graph of %s: launches go on one by one", tuple(given.shape))
        return
    except RuntimeError as error:
        entry.broken = True
        log.warning("launches cannot be replayed and go on one by one: %s", str(error).splitlines()[0])
        return
    entry.broken = made is None
    if made is not None:
        entry.recording, entry.found = made
        entry.given, entry.spent = held, dict(spent)


def forget() -> None:
    """Drop all recordings and their memory."""
    _entries.clear()
