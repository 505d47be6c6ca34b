"""How much memory is left for a computation: of the machine, of the control groups around, of the address space."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

PROC, GROUPS = Path("/proc"), Path("/sys/fs/cgroup")
# A limit of a control group beyond this many bytes is none.
NONE = 1 << 60
# A variable that says how much a process may have, in bytes or as in ``6G``, for those who know better, with much swap
# for instance.
SAID = "ITTEN_MEMORY"
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


@dataclass(frozen=True)
class Room:
    """Bytes that this process ``held`` in memory and had ``mapped``, and may still take of each, ``free`` and ``left``;
    None where nothing is known."""

    held: int
    free: int | None
    mapped: int
    left: int | None


def room() -> Room:
    """What this process has and may still take: of memory the least of what the machine has to give and what the
    control groups that it is in allow beyond what they hold (pages of files that can be dropped do not count), or what
    the variable ``ITTEN_MEMORY`` says that it may have in all, if that is an amount; and of its address space."""
    pages = _text(PROC / "self" / "statm").split()
    mapped, held = (int(count) * os.sysconf("SC_PAGE_SIZE") for count in pages[:2]) if len(pages) > 1 else (0, 0)
    said = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?\s*", os.environ.get(SAID, ""), re.IGNORECASE)
    found = [*_machine(), *_groups()]
    free = max(min(found), 0) if found else None
    if said is not None:
        free = int(float(said[1]) * _UNITS[said[2].upper()]) - held
    left = min(_address_space(), default=None)
    return Room(held, free, mapped, None if left is None else max(left, 0))


def give_back() -> None:
    """Have the allocator return to the system what has been freed. GNU's keeps freed arrays of up to 32 MB, which adds
    up to as much again as a large picture's work takes."""
    trim = _trimmer()
    if trim is not None:
        trim(0)


@lru_cache
def _trimmer() -> Callable[[int], int] | None:
    import ctypes

    try:
        trim: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):  # another allocator
        return None
    return trim


def _machine() -> Iterator[int]:
    said = _table(PROC / "meminfo")
    if "MemAvailable" in said:
        yield said["MemAvailable"] * 1024
    elif hasattr(os, "sysconf") and "SC_AVPHYS_PAGES" in os.sysconf_names:
        yield os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _groups() -> Iterator[int]:
    """What each group from this process's own up to the root leaves: version 2 under one root, version 1 under
    ``memory``."""
    for line in _text(PROC / "self" / "cgroup").splitlines():
        _, kinds, path = line.split(":", 2)
        if kinds == "":
            root, names, dropped = GROUPS, ("memory.max", "memory.current"), "inactive_file"
        elif "memory" in kinds.split(","):
            names, dropped = ("memory.limit_in_bytes", "memory.usage_in_bytes"), "total_inactive_file"
            root = GROUPS / "memory"
        else:
            continue
        parts = [part for part in path.split("/") if part]
        for depth in range(len(parts), -1, -1):
            folder = root.joinpath(*parts[:depth])
            limit, used = (_number(folder / name) for name in names)
            if limit is not None and used is not None and limit < NONE:
                yield limit - used + _table(folder / "memory.stat").get(dropped, 0)


def _address_space() -> Iterator[int]:
    try:
        import resource  # not everywhere
    except ImportError:
        return
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    pages = _text(PROC / "self" / "statm").split()
    if limit != resource.RLIM_INFINITY and pages:
        yield limit - int(pages[0]) * resource.getpagesize()


def _table(path: Path) -> dict[str, int]:
    """The lines ``name value`` or ``name: value`` of a file."""
    rows = (line.replace(":", " ").split() for line in _text(path).splitlines())
    return {row[0]: int(row[1]) for row in rows if len(row) > 1 and row[1].isdigit()}


def _number(path: Path) -> int | None:
    text = _text(path).strip()
    return int(text) if text.isdigit() else None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
