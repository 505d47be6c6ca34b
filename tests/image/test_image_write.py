"""Writing: complete or absent, never over a file, the same bytes each time."""

from __future__ import annotations

import errno
import os
import re
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from itten.errors import InputError, ResourceError, UsageError
from itten.files import write as writing
from itten.image import read_image, timestamped, write_bytes_atomic, write_image

STAMP = r"_\d{8}-\d{6}-\d{6}"


@pytest.fixture
def image() -> torch.Tensor:
    return torch.rand(3, 20, 30, generator=torch.Generator().manual_seed(3))


@pytest.mark.parametrize("suffix", ["png", "webp", "tif", "tiff", "bmp", "jpg", "jpeg", "PNG"])
def test_every_suffix_and_deterministic_bytes(tmp_path: Path, image: torch.Tensor, suffix: str) -> None:
    first = write_image(image, tmp_path / f"a.{suffix}")
    second = write_image(image, tmp_path / f"b.{suffix}")
    assert first == tmp_path / f"a.{suffix}"
    assert first.read_bytes() == second.read_bytes()
    tolerance = 0.2 if suffix.startswith("jp") else 0.51 / 255
    assert (read_image(first) - image).abs().max() < tolerance


def test_unknown_suffix_names_the_known(tmp_path: Path, image: torch.Tensor) -> None:
    for name in ("a.gif", "a", "a.png.txt"):
        with pytest.raises(UsageError, match="png, jpg"):
            write_image(image, tmp_path / name)
    with pytest.raises(InputError, match="batch"):
        write_image(torch.zeros(2, 3, 4, 4), tmp_path / "a.png")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", ["png", "webp", "tif"])
def test_alpha_is_stored(tmp_path: Path, image: torch.Tensor, suffix: str) -> None:
    alpha = torch.linspace(0, 1, 600).reshape(20, 30)
    back, veil = read_image(write_image(image, tmp_path / f"a.{suffix}", alpha=alpha), return_alpha=True)
    assert (back - image).abs().max() < 0.51 / 255
    assert veil is not None
    assert (veil - alpha).abs().max() < 0.51 / 255


def test_alpha_where_it_cannot_be(tmp_path: Path, image: torch.Tensor) -> None:
    with pytest.raises(UsageError, match="JPEG cannot hold alpha"):
        write_image(image, tmp_path / "a.jpg", alpha=torch.ones(20, 30))


def test_too_large_for_the_format(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="try png"):
        write_image(torch.zeros(3, 1, 17_000), tmp_path / "a.webp")
    assert not list(tmp_path.iterdir())


def test_existing_file_is_left_and_a_new_name_used(tmp_path: Path, image: torch.Tensor) -> None:
    (tmp_path / "a.png").write_text("precious")
    written = write_image(image, tmp_path / "a.png")
    assert (tmp_path / "a.png").read_text() == "precious"
    assert re.fullmatch(rf"a{STAMP}\.png", written.name)
    assert read_image(written).shape == (3, 20, 30)
    assert len(list(tmp_path.iterdir())) == 2


def test_dangling_link_counts_as_taken(tmp_path: Path) -> None:
    (tmp_path / "a.bin").symlink_to(tmp_path / "nowhere")
    assert write_bytes_atomic(b"x", tmp_path / "a.bin") != tmp_path / "a.bin"
    assert not (tmp_path / "nowhere").exists()


def test_counter_when_the_timestamp_is_taken_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "timestamped", lambda path: path.with_name("a_now.bin"))
    names = [write_bytes_atomic(str(n).encode(), tmp_path / "a.bin").name for n in range(4)]
    assert names == ["a.bin", "a_now.bin", "a_now-2.bin", "a_now-3.bin"]
    assert [(tmp_path / name).read_bytes() for name in names] == [b"0", b"1", b"2", b"3"]


def test_no_free_name_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.bin").touch()
    monkeypatch.setattr(writing, "_candidates", lambda path: iter([path]))
    with pytest.raises(ResourceError, match="no free name"):
        write_bytes_atomic(b"x", tmp_path / "a.bin")
    assert [p.name for p in tmp_path.iterdir()] == ["a.bin"]


def test_timestamped() -> None:
    assert re.fullmatch(rf"x{STAMP}\.tar", timestamped("some/x.tar").name)
    assert timestamped("some/x.png").parent == Path("some")


def test_overwrite_replaces_and_follows_links(tmp_path: Path) -> None:
    (tmp_path / "real.bin").write_bytes(b"old")
    (tmp_path / "link.bin").symlink_to("real.bin")
    assert write_bytes_atomic(b"new", tmp_path / "link.bin", overwrite=True) == tmp_path / "link.bin"
    assert (tmp_path / "link.bin").is_symlink()
    assert (tmp_path / "real.bin").read_bytes() == b"new"
    (tmp_path / "folder").mkdir()
    with pytest.raises(UsageError, match="folder"):
        write_bytes_atomic(b"new", tmp_path / "folder", overwrite=True)


def test_parents_are_made_and_the_mode_follows_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        written = write_bytes_atomic(b"", tmp_path / "x" / "y" / "a.bin")
    finally:
        os.umask(before)
    assert written.stat().st_mode & 0o777 == 0o640


def test_parent_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ResourceError, match="cannot write"):
        write_bytes_atomic(b"x", tmp_path / "file" / "a.bin")


@pytest.mark.parametrize("links", [True, False], ids=["hard links", "no hard links"])
def test_racing_writers_lose_nothing(tmp_path: Path, links: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not links:

        def refuse(*_: object, **__: object) -> None:
            raise OSError(errno.EPERM, "not permitted")

        monkeypatch.setattr(os, "link", refuse)
    writers = 8
    gate = threading.Barrier(writers)
    names: list[Path] = []

    def work(number: int) -> None:
        gate.wait()
        names.append(write_bytes_atomic(bytes([number]) * 3_000_000, tmp_path / "a.bin"))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(names)) == writers
    assert tmp_path / "a.bin" in names
    contents = {path.read_bytes() for path in tmp_path.iterdir()}
    assert contents == {bytes([number]) * 3_000_000 for number in range(writers)}


_ALWAYS = (("write", 1), ("write", 2), ("write", 3), ("fsync", 1), ("open", 1))


def _failing(real: Callable[..., object], at: int, code: int) -> Callable[..., object]:
    calls = 0

    def call(*args: object, **kwargs: object) -> object:
        nonlocal calls
        calls += 1
        if calls == at:
            raise OSError(code, os.strerror(code))
        return real(*args, **kwargs)

    return call


@pytest.mark.parametrize(
    ("call", "at", "overwrite"),
    [
        *[(call, at, old) for call, at in _ALWAYS for old in (True, False)],
        ("link", 1, False),
        ("replace", 1, True),
    ],
)
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EACCES])
def test_failure_at_every_call_leaves_the_old_file_and_no_rest(
    tmp_path: Path, call: str, at: int, overwrite: bool, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.bin").write_bytes(b"old")
    with monkeypatch.context() as patch:
        patch.setattr(os, call, _failing(getattr(os, call), at, code))
        with pytest.raises(ResourceError, match=r"a\.bin") as caught:
            write_bytes_atomic(b"n" * 2_500_000, tmp_path / "a.bin", overwrite)
    assert caught.value.exit_code == 4
    assert os.strerror(code) in str(caught.value)
    assert [p.name for p in tmp_path.iterdir()] == ["a.bin"]
    assert (tmp_path / "a.bin").read_bytes() == b"old"


def test_failure_without_hard_links_frees_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "link", _failing(os.link, 1, errno.EOPNOTSUPP))
    monkeypatch.setattr(os, "replace", _failing(os.replace, 1, errno.EIO))
    with pytest.raises(ResourceError):
        write_bytes_atomic(b"x", tmp_path / "a.bin")
    assert not list(tmp_path.iterdir())


def test_interrupt_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_bytes_atomic(b"x", tmp_path / "a.bin")
    assert not list(tmp_path.iterdir())


def test_folder_that_cannot_be_synced_is_no_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", _failing(os.fsync, 2, errno.EINVAL))
    assert write_bytes_atomic(b"x", tmp_path / "a.bin").read_bytes() == b"x"
    monkeypatch.undo()
    monkeypatch.setattr(os, "open", _failing(os.open, 2, errno.EACCES))
    assert write_bytes_atomic(b"x", tmp_path / "b.bin").read_bytes() == b"x"
