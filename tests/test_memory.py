"""How much memory is left, of machines, control groups and address spaces that are made up."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest

from itten import memory

GIB = 1 << 30


@pytest.fixture(autouse=True)
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with 8 GiB left, no control groups and no limit."""
    monkeypatch.delenv(memory.SAID, raising=False)
    monkeypatch.setattr(memory, "PROC", tmp_path / "proc")
    monkeypatch.setattr(memory, "GROUPS", tmp_path / "groups")
    monkeypatch.setattr(resource, "getrlimit", lambda _: (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    write(tmp_path / "proc/meminfo", f"MemTotal: {16 * GIB // 1024} kB\nMemAvailable: {8 * GIB // 1024} kB\n")
    return tmp_path


def available() -> int | None:
    """The least of both kinds."""
    room = memory.room()
    return min((one for one in (room.free, room.left) if one is not None), default=None)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="ascii")


def test_of_the_machine() -> None:
    assert available() == 8 * GIB


def test_of_a_group_and_those_around_it(system: Path) -> None:
    write(system / "proc/self/cgroup", "0::/all/job\n")
    write(system / "groups/all/job/memory.max", "max\n")
    write(system / "groups/all/job/memory.current", f"{GIB}\n")
    write(system / "groups/all/memory.max", f"{4 * GIB}\n")
    write(system / "groups/all/memory.current", f"{3 * GIB}\n")
    assert available() == GIB
    write(system / "groups/all/memory.stat", f"anon 5\ninactive_file {GIB // 2}\n")
    assert available() == GIB + GIB // 2


def test_of_a_group_of_the_first_kind(system: Path) -> None:
    write(system / "proc/self/cgroup", "5:cpu:/\n4:memory:/job\n")
    write(system / "groups/memory/job/memory.limit_in_bytes", f"{2 * GIB}\n")
    write(system / "groups/memory/job/memory.usage_in_bytes", f"{GIB}\n")
    write(system / "groups/memory/memory.limit_in_bytes", "9223372036854771712\n")
    write(system / "groups/memory/memory.usage_in_bytes", f"{GIB}\n")
    assert available() == GIB


def test_of_the_address_space(system: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(system / "proc/self/statm", f"{GIB // resource.getpagesize()} 5 5\n")
    monkeypatch.setattr(resource, "getrlimit", lambda _: (3 * GIB, 3 * GIB))
    assert available() == 2 * GIB


def test_nothing_is_left_below_zero(system: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(system / "proc/self/statm", f"{4 * GIB // resource.getpagesize()} 5 5\n")
    monkeypatch.setattr(resource, "getrlimit", lambda _: (3 * GIB, 3 * GIB))
    assert available() == 0


def test_of_a_system_that_does_not_say(system: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (system / "proc/meminfo").unlink()
    monkeypatch.setattr("os.sysconf_names", {})
    assert available() is None


@pytest.mark.parametrize(
    ("said", "free"), [("3G", 3 * GIB), ("512 MiB", GIB // 2), ("1.5g", 3 * GIB // 2), ("x", 8 * GIB)]
)
def test_what_is_said_overrules(said: str, free: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(memory.SAID, said)
    assert memory.room().free == free
