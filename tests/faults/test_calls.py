"""A system call fails in the middle of writing, every one of them in turn: the old file is intact or the new one whole,
what is told is what happened, and nothing is left lying about."""

from __future__ import annotations

import errno
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest
import torch

import itten
from itten.cli.outbox import Outbox
from itten.errors import ResourceError
from itten.files import write_bytes_atomic
from itten.image import OpenRaster, contact_sheet, write_image, write_picture
from tests.faults.calls import CALLS, ERRORS, NAMES, Failing, conditions, contents
from tests.pictures import drawing

OLD = b"old" * 700
PICTURE = itten.Picture(drawing(24, 30), drawing(24, 30)[0])
DEEP = itten.Picture(drawing(24, 30), None, 16)
STACK = OpenRaster(PICTURE)
STACK.add("pass 1", [("fronts", torch.cat([drawing(24, 30), drawing(24, 30)[:1]]))])
Write = Callable[[Path, bool], Path]
# What the package writes: bytes of its own (archives, settings, JSON, layers), and pictures by their suffix.
WRITES: dict[str, tuple[str, Write]] = {
    "bytes": ("a.npz", partial(write_bytes_atomic, bytes(range(256)) * 10)),
    "nothing": ("a.json", partial(write_bytes_atomic, b"")),
    "settings": ("a.toml", partial(write_bytes_atomic, b"schema = 1\n")),
    "layers": ("a.ora", partial(write_bytes_atomic, STACK.encoded(PICTURE))),
    "a picture": ("a.png", partial(write_picture, PICTURE)),
    "16 bits": ("a.tif", partial(write_picture, DEEP)),
    "a sheet": ("a.png", partial(write_image, contact_sheet([itten.image.Cell("one", drawing(24, 30))]))),
}
# So that there are several writes of small files.
CHUNK = 1000
_whole: dict[str, bytes] = {}


@pytest.fixture(autouse=True)
def many_and_quiet(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr("itten.files.write._CHUNK", CHUNK)
    caplog.set_level(logging.CRITICAL, "itten")


def whole(kind: str, folder: Path) -> bytes:
    """What is written where nothing fails."""
    if kind not in _whole:
        name, write = WRITES[kind]
        _whole[kind] = write(folder / "whole" / name, False).read_bytes()
        shutil.rmtree(folder / "whole")
    return _whole[kind]


class Fault(NamedTuple):
    """One experiment: which call fails and how, under which conditions."""

    call: str
    code: int
    always: bool
    overwrite: bool
    old: bool
    links: bool
    most: int | None


def faults(calls: tuple[str, ...], codes: tuple[int, ...]) -> Iterator[Fault]:
    for call in calls:
        for code in codes:
            for always in (False, True):
                for overwrite, old in ((False, False), (False, True), (True, False), (True, True)):
                    for links in (True,) if overwrite or call == "link" else (True, False):
                        yield Fault(call, code, always, overwrite, old, links, None)
    for overwrite in (False, True):
        yield Fault("fsync", errno.EIO, False, overwrite, True, True, 7)


def sweep(folder: Path, kind: str, fault: Fault) -> int:
    """Let the first, second, third … call fail until none does any more; how many did."""
    name, write = WRITES[kind]
    data = whole(kind, folder)
    for number in range(1, 4000):
        home = folder / str(number)
        home.mkdir()
        if fault.old:
            (home / name).write_bytes(OLD)
        failing = Failing(fault.call, number, fault.code, fault.always)
        written, error = None, None
        with conditions(fault.links, fault.most), failing.installed():
            try:
                written = write(home / name, fault.overwrite)
            except ResourceError as caught:
                error = caught
        judge(contents(home), home / name, written, error, data, fault, failing)
        shutil.rmtree(home)
        if not failing.reached:
            return number - 1
    pytest.fail("it never ends")


def judge(
    found: dict[str, bytes],
    asked: Path,
    written: Path | None,
    error: ResourceError | None,
    data: bytes,
    fault: Fault,
    failing: Failing,
) -> None:
    rest = {name: kept for name, kept in found.items() if not name.endswith(".part")}
    litter = len(found) - len(rest)
    stuck = fault.call == "unlink" and failing.reached
    assert litter == 0 or stuck, f"{fault}, call {failing.at}: {sorted(found)}"
    if error is not None:
        assert failing.reached
        assert asked.name in str(error)
        assert os.strerror(fault.code) in str(error)
        assert rest == ({asked.name: OLD} if fault.old else {}), f"{fault}, call {failing.at}"
        return
    assert written is not None
    assert rest.pop(written.name) == data
    assert rest == ({asked.name: OLD} if fault.old and not fault.overwrite else {})
    assert (written == asked) == (fault.overwrite or not fault.old)


def test_without_a_fault_all_is_written(tmp_path: Path) -> None:
    for kind, (name, _) in WRITES.items():
        data = whole(kind, tmp_path)
        if name.endswith((".png", ".tif", ".webp")):
            (tmp_path / name).write_bytes(data)
            assert itten.read_picture(tmp_path / name).depth == (16 if kind == "16 bits" else 8)


@pytest.mark.parametrize("call", CALLS)
def test_every_call_of_a_write_fails_in_turn(tmp_path: Path, call: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """All errors, all conditions; the real fsync is slow and says nothing here."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
    reached = sum(sweep(tmp_path, "bytes", fault) for fault in faults((call,), ERRORS))
    assert reached > 30


@pytest.mark.parametrize("kind", WRITES)
def test_whatever_is_written(tmp_path: Path, kind: str) -> None:
    for number, call in enumerate(CALLS):
        code = ERRORS[(number + len(kind)) % len(ERRORS)]
        for old in (False, True):
            sweep(tmp_path, kind, Fault(call, code, False, old, True, True, None))


@pytest.mark.long
@pytest.mark.parametrize("kind", WRITES)
@pytest.mark.parametrize("code", ERRORS, ids=NAMES)
def test_whatever_is_written_and_however_it_fails(tmp_path: Path, kind: str, code: int) -> None:
    assert sum(sweep(tmp_path, kind, fault) for fault in faults(CALLS, (code,))) > 30


@pytest.mark.parametrize("call", CALLS)
def test_a_result_is_where_the_command_says(
    tmp_path: Path, call: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    """What the outbox prints is whole; whatever is not where it was asked for ends in exit code 4."""
    data = b"result" * 400
    for name in ("asked", "work", "spare"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path / "spare"))
    asked = tmp_path / "asked" / "x.npz"
    for code in ERRORS:
        for always in (False, True):
            for number in range(1, 50):
                failing, box = Failing(call, number, code, always), Outbox(overwrite=True)
                with failing.installed():
                    box.put(partial(write_bytes_atomic, data), asked)
                said = capsys.readouterr()
                found = contents(tmp_path)
                if call != "unlink":
                    assert not [name for name in found if name.endswith(".part")]
                whole = [name for name, kept in found.items() if not name.endswith(".part") and kept == data]
                assert len(whole) == sum(not name.endswith(".part") for name in found), "nothing is half there"
                assert box.failed == (whole != ["asked/x.npz"])
                assert [Path(line).resolve() for line in said.out.splitlines()] == [tmp_path / name for name in whole]
                assert ("it is lost" in said.err) == (not whole)
                for name in found:
                    (tmp_path / name).unlink()
                if not failing.reached:
                    break


def test_the_pattern_of_one_call_that_fails(tmp_path: Path) -> None:
    """The test's own tool: the second call alone, or that and all later ones."""
    for always, expected in ((False, [True, False, True, True]), (True, [True, False, False, False])):
        failing, went = Failing("unlink", 2, errno.EIO, always), []
        with failing.installed():
            for name in "abcd":
                (tmp_path / name).touch()
                with suppress(OSError):
                    (tmp_path / name).unlink()
                went.append(not (tmp_path / name).exists())
        assert (went, failing.calls) == (expected, 4)
    assert not isinstance(os.unlink, Failing)
