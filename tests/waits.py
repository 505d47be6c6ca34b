"""Finds what would make the host wait for a GPU, on tensors that lie on the CPU."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import torch
from torch.utils._python_dispatch import TorchDispatchMode

# Operations whose result's size or value the host has to know.
WAITING = frozenset(
    {"_local_scalar_dense", "is_nonzero", "item", "equal", "nonzero", "nonzero_numpy", "masked_select", "bincount"}
    | {"histc", "multinomial", "_unique", "_unique2", "unique_dim", "unique_consecutive", "unique_dim_consecutive"}
    | {"_linalg_check_errors", "_linalg_eigh", "_linalg_eigvals", "linalg_eig", "linalg_eigvals", "linalg_eigh"}
    | {"linalg_eigvalsh", "_linalg_svd", "linalg_svd", "linalg_lstsq", "linalg_inv", "inverse", "linalg_cholesky"}
)
CASTS = ("__bool__", "__int__", "__float__", "__index__", "__complex__", "__array__")
METHODS = ("cpu", "numpy", "tolist", "item", *CASTS)


class Waited(AssertionError):
    """The host would have waited here."""


class Waits(TorchDispatchMode):
    """What ran: ``uploads``, host data made into tensors (a copy to the device, forbidden while a graph is captured
    but where it is kept for the next time); ``launches``, operations that compute and Triton's launches; ``found``,
    the waits, if they were to be counted and not raised."""

    def __init__(self, count_only: bool = False) -> None:
        super().__init__()
        self.count_only = count_only
        self.uploads = 0
        self.launches = 0
        self.found: list[str] = []
        self.paused = 0

    def wait(self, what: str) -> None:
        """Raise, or count."""
        if not self.paused:
            if not self.count_only:
                raise Waited(f"the host waits for the device: {what}")
            self.found.append(what)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        named = kwargs or {}
        if not self.paused:
            name = func.overloadpacket.__name__
            if reason := _reason(name, func, args, named):
                self.wait(reason)
            self.uploads += name == "lift_fresh" and args[0].dim() > 0  # x[i] = 2.0 lifts a number, which is no copy
            self.launches += not (func.is_view or name in ("lift_fresh", "empty", "empty_like", "new_empty", "detach"))
        return func(*args, **named)


def _reason(name: str, func: Any, args: Any, named: Any) -> str:
    if name in WAITING:
        return name
    if name in ("index", "index_put", "index_put_", "_index_put_impl_", "_unsafe_index"):
        masks = [one for one in args[1] if one is not None and one.dtype in (torch.bool, torch.uint8)]
        return f"{name} by a mask" if masks else ""
    if name == "repeat_interleave" and func._overloadname != "self_int" and named.get("output_size") is None:
        return "repeat_interleave without output_size"
    return ""


@contextmanager
def no_waits(count_only: bool = False) -> Iterator[Waits]:
    """Raises :class:`Waited` at whatever would make the host wait for a GPU if the tensors lay on one.

    With ``count_only`` waits are listed in ``found``. Launches in Triton's interpreter, which itself reads tensors, are
    exempt. What happens in other threads is not seen, nor are copies by ``to(device)``.
    """
    watch = Waits(count_only)
    patches = [patch.object(torch.Tensor, name, _waiting(watch, name)) for name in METHODS]
    patches.append(patch.object(torch.Tensor, "to", _moving(watch)))
    patches.append(patch.object(torch, "tensor", _uploading(watch, torch.tensor)))
    if (executor := _executor()) is not None:
        patches.append(patch.object(executor, "__call__", _exempt(watch, executor.__call__)))
    for one in patches:
        one.start()
    try:
        with watch:
            yield watch
    finally:
        for one in reversed(patches):
            one.stop()


def _waiting(watch: Waits, name: str) -> Callable[..., Any]:
    original = getattr(torch.Tensor, name)

    def method(self: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
        watch.wait(f"Tensor.{name}")
        watch.paused += 1
        try:
            return original(self, *args, **kwargs)
        finally:
            watch.paused -= 1

    return method


def _moving(watch: Waits) -> Callable[..., Any]:
    original = torch.Tensor.to

    def to(self: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
        # A device object is the data's own; only code that wants the host by name says "cpu".
        if "cpu" in [one for one in (*args, *kwargs.values()) if isinstance(one, str)]:
            watch.wait("Tensor.to('cpu')")
        return original(self, *args, **kwargs)

    return to


def _uploading(watch: Waits, original: Callable[..., Any]) -> Callable[..., Any]:
    def tensor(*args: Any, **kwargs: Any) -> torch.Tensor:
        made: torch.Tensor = original(*args, **kwargs)
        watch.uploads += made.dim() == 0 and not watch.paused
        return made

    return tensor


def _executor() -> Any:
    try:
        from triton.runtime.interpreter import GridExecutor
    except ImportError:
        return None
    return GridExecutor


def _exempt(watch: Waits, original: Callable[..., Any]) -> Callable[..., Any]:
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        watch.launches += not watch.paused
        watch.paused += 1
        try:
            return original(self, *args, **kwargs)
        finally:
            watch.paused -= 1

    return call
