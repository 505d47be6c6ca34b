"""What finds no room on its device is done on the CPU, and what it makes comes back.

The spectrum makes its batches smaller by itself (:mod:`itten.spectra.stitched.device.solve`). A pass goes picture by
picture, so that there is no batch to halve: recordings of launches are dropped, and then the CPU does it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import torch

from itten.shader.layers import Record
from itten.spectra import Spectrum
from itten.spectra.stitched.device import graph

log = logging.getLogger("itten")

Given = ParamSpec("Given")
Made = TypeVar("Made")
HOST = torch.device("cpu")


def with_room(what: str) -> Callable[[Callable[Given, Made]], Callable[Given, Made]]:
    """A function of tensors, which is ``what`` in words, that is done again on the CPU when memory runs out.

    A :class:`~itten.shader.layers.Record` among the arguments begins again. All other errors, and that there is no room
    on the CPU either, are the caller's. Heads whose backend is ``triton`` by name stay on the device: their error is
    that it is out of memory.
    """

    def wrap(work: Callable[Given, Made]) -> Callable[Given, Made]:
        @wraps(work)
        def roomy(*given: Given.args, **named: Given.kwargs) -> Made:
            reason = ""
            for _ in range(2):
                try:
                    return work(*given, **named)
                except torch.OutOfMemoryError as error:
                    if _only_there(given):
                        raise
                    reason = str(error).splitlines()[0] if str(error) else "no reason given"
                # Only now has the error let go of what the attempt held.
                for record in _records((given, named)):
                    record.begin_again()
                if not graph.forget():
                    break
                log.info("out of memory: recorded launches are dropped")
            device = _device((given, named))
            log.warning("not enough memory on %s (%s): %s is computed on the CPU", device.type, reason, what)
            if device.type == "cuda":
                torch.cuda.empty_cache()
            there: Any = moved(given, HOST), moved(named, HOST)
            try:
                return moved(work(*there[0], **there[1]), device)
            finally:
                moved((given, named), device)  # records are moved where they stand

        return roomy

    return wrap


def moved(value: Any, device: torch.device) -> Any:
    """``value`` with all its tensors on ``device``, through tuples, lists, dicts and dataclasses; a record is changed
    where it stands. Numbers of a spectrum stay on the host, where they always are."""
    if isinstance(value, torch.Tensor):
        return value.to(device)
    if isinstance(value, tuple | list):
        return type(value)(moved(one, device) for one in value)
    if isinstance(value, dict):
        return {key: moved(one, device) for key, one in value.items()}
    if isinstance(value, Record):
        for name, one in vars(value).items():
            setattr(value, name, moved(one, device))
        return value
    if isinstance(value, Spectrum):
        return replace(value, vectors=moved(value.vectors, device))
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{one.name: moved(getattr(value, one.name), device) for one in fields(value)})
    return value


def _only_there(given: tuple[Any, ...]) -> bool:
    """Whether the painter among the arguments has kernels that the CPU does not have."""
    config = getattr(given[0], "config", None) if given else None
    return config is not None and config.spectrum.backend == "triton"


def _records(given: Any) -> Iterator[Record]:
    positional, named = given
    return (one for one in (*positional, *named.values()) if isinstance(one, Record))


def _device(given: Any) -> torch.device:
    """Where the first tensor lies."""
    positional, named = given
    return next((one.device for one in (*positional, *named.values()) if isinstance(one, torch.Tensor)), HOST)
