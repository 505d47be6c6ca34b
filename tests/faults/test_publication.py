"""What may still go wrong once a file is written, whose permissions it has, and what killed processes leave."""

from __future__ import annotations

import errno
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from itten.errors import ResourceError, UsageError
from itten.files import check_place, write_bytes_atomic


def failing(code: int) -> Callable[..., None]:
    def fail(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    return fail


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("code", [errno.EIO, errno.EACCES, errno.ENOSPC])
def test_a_folder_that_cannot_be_synchronised_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, overwrite: bool, code: int
) -> None:
    real, calls = os.fsync, []

    def second(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == 2:
            raise OSError(code, os.strerror(code))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", second)
    assert write_bytes_atomic(b"new", tmp_path / "a.bin", overwrite) == tmp_path / "a.bin"
    assert [path.name for path in tmp_path.iterdir()] == ["a.bin"]


def test_closing_the_folder_is_no_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, calls = os.close, []

    def second(descriptor: int) -> None:
        calls.append(descriptor)
        real(descriptor)
        if len(calls) == 2:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "close", second)
    assert write_bytes_atomic(b"new", tmp_path / "a.bin").read_bytes() == b"new"


def test_a_temporary_name_that_cannot_be_removed_is_told_and_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(Path, "unlink", failing(errno.EIO))
    with caplog.at_level(logging.WARNING, "itten"):
        assert write_bytes_atomic(b"new", tmp_path / "a.bin").read_bytes() == b"new"
    (left,) = tmp_path.glob(".itten-*.part")
    (told,) = caplog.messages
    assert left.name in told
    assert "written and whole" in told


def test_removing_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, calls = Path.unlink, []

    def unlink(path: Path, missing_ok: bool = False) -> None:
        calls.append(path)
        if len(calls) == 1:
            raise OSError(errno.EINTR, os.strerror(errno.EINTR))
        real(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", unlink)
    write_bytes_atomic(b"new", tmp_path / "a.bin")
    assert [path.name for path in tmp_path.iterdir()] == ["a.bin"]


def test_the_first_error_is_told_where_the_rest_cannot_be_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "write", failing(errno.ENOSPC))
    monkeypatch.setattr(Path, "unlink", failing(errno.EIO))
    with pytest.raises(ResourceError, match="No space left"):
        write_bytes_atomic(b"new", tmp_path / "a.bin")


@pytest.mark.parametrize("mode", [0o640, 0o600, 0o664, 0o755])
def test_a_replaced_file_keeps_its_mode(tmp_path: Path, mode: int, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")
    path.chmod(mode)
    seen = []
    real = os.write

    def write(descriptor: int, data: bytes) -> int:
        seen.append(os.fstat(descriptor).st_mode & 0o777 & ~mode & 0o077)
        return real(descriptor, data)

    monkeypatch.setattr(os, "write", write)
    before = os.umask(0o022)
    try:
        write_bytes_atomic(b"new", path, overwrite=True)
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == mode
    assert path.read_bytes() == b"new"
    assert not any(seen), "while it is written nobody else may read what was private"


def test_a_read_only_file_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")
    path.chmod(0o444)
    for refused in (lambda: write_bytes_atomic(b"new", path, overwrite=True), lambda: check_place(path, True)):
        with pytest.raises(ResourceError, match=r"a\.bin.*read-only") as caught:
            refused()
        assert caught.value.exit_code == 4
    assert path.read_bytes() == b"old"
    assert write_bytes_atomic(b"new", path) != path, "beside it there is no harm"


def test_a_device_is_not_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.bin")
    for refused in (lambda path: write_bytes_atomic(b"new", path, overwrite=True), check_place):
        with pytest.raises(UsageError, match="not a regular file"):
            refused(tmp_path / "a.bin")


def test_what_killed_processes_left_is_swept_after_an_hour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new, others = (f".itten-{digit * 16}.part" for digit in "abc")
    kept = [new, others, ".itten-x.part", "a.part", f".itten-{'d' * 16}.part"]
    for name in (old, *kept[:-1]):
        (tmp_path / name).write_bytes(b"rest")
    (tmp_path / kept[-1]).mkdir()
    then = time.time() - 3700
    for name in (old, others, *kept[2:]):
        os.utime(tmp_path / name, (then, then))
    real = os.geteuid
    if real() == 0:
        os.chown(tmp_path / others, 12345, 12345)
    else:
        (tmp_path / others).unlink()
        kept.remove(others)
    write_bytes_atomic(b"new", tmp_path / "b.bin")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*kept, "b.bin"])
    monkeypatch.setattr(os, "scandir", failing(errno.EACCES))
    assert write_bytes_atomic(b"new", tmp_path / "c.bin").exists(), "a folder that cannot be listed can be written to"
