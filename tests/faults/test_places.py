"""What can be known before the work is found before it; where writing fails after all, the result is elsewhere."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import itten
from itten.errors import UsageError
from itten.files import check_place, write
from itten.image import check_size
from itten.image.formats import LONGEST


def refuse(*_: object, **__: object) -> None:
    raise AssertionError("work was started although its result has no place")


@pytest.fixture
def no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("itten.cli.device.pick_device", refuse)
    monkeypatch.setattr("itten.cli.shade.pick_device", refuse)
    monkeypatch.setattr("itten.cli.spectrum.pick_device", refuse)
    monkeypatch.setattr("itten.cli.bench.pick_device", refuse)


@pytest.fixture
def forbidden(monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder ``ro`` where nothing may be written, also for root."""
    real = os.access
    monkeypatch.setattr("itten.files.names._EFFECTIVE", False)

    def access(path: Path, mode: int, **more: bool) -> bool:
        return real(path, mode, **more) and not (mode & os.W_OK and Path(path).name == "ro")

    monkeypatch.setattr(os, "access", access)


LONG = "n" * 252 + ".png"
NEARLY = "n" * 246 + ".png"
FOLDER = "cannot write to the folder"
OUTPUTS = [
    ["shade", "a.png", "-o"],
    ["shade", "a.png", "-o", "x.png", "--layer"],
    ["spectrum", "a.png", "-o"],
    ["looks", "--sheet", "-o"],
]


@pytest.mark.usefixtures("no_work", "forbidden")
@pytest.mark.parametrize("command", OUTPUTS, ids=" ".join)
@pytest.mark.parametrize("name", ["ro/x.png", "ro/new/x.png"])
def test_a_folder_that_cannot_be_written_to(run: Callable, command: list[str], name: str) -> None:
    Path("ro").mkdir()
    ran = run(*command, name)
    assert (ran.code, ran.out) == (4, "")
    assert FOLDER in ran.err
    assert "'ro'" in ran.err
    assert "Errno" not in ran.err
    assert len(ran.err.splitlines()) == 1


@pytest.mark.usefixtures("no_work", "forbidden")
@pytest.mark.parametrize(
    "arguments",
    [
        ["shade", "a.png", "--layers", "ro/x.ora"],
        ["spectrum", "a.png", "--npz", "ro/x.npz"],
        ["bench", "--json", "ro/x.json"],
        ["looks", "--copy", "echo", "-o", "ro/x.toml"],
        ["looks", "--copy", "echo", "-o", "ro"],
        ["demo", "-o", "ro/sheets"],
        ["shade", "a.png", "-o", "ro"],
    ],
    ids=" ".join,
)
def test_no_other_output_goes_there(run: Callable, arguments: list[str]) -> None:
    Path("ro").mkdir()
    ran = run(*arguments)
    assert (ran.code, ran.out) == (4, "")
    assert FOLDER in ran.err


@pytest.mark.usefixtures("no_work")
def test_the_working_folder_counts_where_no_name_is_given(run: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.access
    monkeypatch.setattr(os, "access", lambda path, mode, **more: not mode & os.W_OK and real(path, mode, **more))
    for command in ("shade", "spectrum"):
        ran = run(command, "a.png")
        assert ran.code == 4
        assert FOLDER in ran.err


@pytest.mark.usefixtures("no_work")
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["-o", LONG], 2),
        (["-o", LONG[4:-4]], 0),
        (["-o", NEARLY], 0),
        (["-o", NEARLY, "--save-intermediates"], 2),
        (["-o", "ü" * 126 + ".png"], 2),
        (["-o", f"{'m' * 256}/x.png"], 2),
        (["-o", "/".join(["m" * 200] * 21) + "/x.png"], 2),
        (["-o", "taken" + "n" * 240 + ".png"], 2),
        (["-o", "taken" + "n" * 240 + ".png", "--overwrite"], 0),
        (["--layer", NEARLY], 0),
        (["--layer", NEARLY, "--save-intermediates"], 2),
        (["--layers", "n" * 252 + ".ora"], 2),
    ],
    ids=lambda value: str(value)[:24],
)
def test_a_name_that_is_or_becomes_too_long(run: Callable, arguments: list[str], code: int) -> None:
    Path("taken" + "n" * 240 + ".png").touch()
    if code == 0:
        with pytest.raises(AssertionError, match="work was started"):
            run("shade", "a.png", *arguments)
        return
    ran = run("shade", "a.png", *arguments)
    assert ran.code == code
    assert "too long" in ran.err
    assert len(ran.err.splitlines()) == 1


@pytest.mark.usefixtures("no_work")
@pytest.mark.parametrize(
    ("suffix", "size", "option"),
    [
        ("webp", (16384, 1), "-o"),
        ("webp", (1, 16384), "-o"),
        ("jpg", (65501, 1), "-o"),
        ("webp", (16384, 1), "--layer"),
    ],
)
def test_a_format_that_ends_before(run: Callable, suffix: str, size: tuple[int, int], option: str) -> None:
    Image.new("L", size).save("wide.png")
    ran = run("shade", "wide.png", option, f"out.{suffix}", *([] if option == "-o" else ["-o", "out.png"]))
    assert (ran.code, ran.out) == (2, "")
    assert f"{size[0]} × {size[1]}" in ran.err
    assert "try png" in ran.err


@pytest.mark.parametrize(("kind", "suffix"), [("WEBP", "webp"), ("JPEG", "jpg")])
def test_the_limits_are_those_of_the_encoders(tmp_path: Path, kind: str, suffix: str) -> None:
    most = LONGEST[kind]
    assert itten.write_image(torch.zeros(3, 1, most), tmp_path / f"a.{suffix}").stat().st_size > 0
    with pytest.raises(UsageError, match=f"end at {most} pixels"):
        itten.write_image(torch.zeros(3, 1, most + 1), tmp_path / f"b.{suffix}")
    check_size("PNG", 2_000_000, 1)
    with pytest.raises(UsageError, match="try tif"):
        check_size("PNG", 2_000_000, 1, depth=16)


@pytest.mark.usefixtures("no_work")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["shade", "a.png", "-o", "x.png", "--layer", "-"], "standard output is not supported"),
        (["spectrum", "a.png", "-o", "-"], "standard output is not supported"),
        (["looks", "--sheet", "-o", "-"], "standard output is not supported"),
        (["looks", "--copy", "echo", "-o", "-"], "standard output is not supported"),
        (["bench", "--json", "-"], "standard output is not supported"),
        (["shade", "a.png", "-o", "/dev/stdout"], "not a regular file"),
        (["shade", "a.png", "-o", "/dev/null"], "not a regular file"),
        (["shade", "a.png", "-o", "pipe.png"], "not a regular file"),
        (["shade", "a.png", "-o", "pipe.png", "--overwrite"], "not a regular file"),
        (["bench", "--json", "/dev/stdout"], "not a regular file"),
        (["shade", "a.png", "-o", "x_pass1.png/y.png"], "is a file, not a folder"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_is_no_file(run: Callable, arguments: list[str], words: str) -> None:
    os.mkfifo("pipe.png")
    Path("x_pass1.png").touch()
    before = sorted(Path().iterdir())
    ran = run(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert words in ran.err
    assert sorted(Path().iterdir()) == before
    assert not Path("/dev/stdout.png").exists()


def test_a_dash_can_be_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    check_place(Path("x") / "-")
    check_place(Path("-.png"))


@pytest.mark.usefixtures("no_work")
@pytest.mark.parametrize(
    "arguments",
    [
        ["x_pass1.png", "-o", "x.png"],
        ["a.png", "x_pass2.png", "-o", "x.png"],
        ["a.png", "-o", "x.png", "--write-mask", "x_pass1.png"],
        ["a.png", "-o", "y.png", "--layer", "x.png", "--keep", "x_pass1.png"],
        ["link.png", "-o", "x.png"],
    ],
    ids=" ".join,
)
def test_a_pass_does_not_replace_what_is_read(run: Callable, arguments: list[str]) -> None:
    for name in ("x_pass1.png", "x_pass2.png"):
        Path(name).write_bytes(Path("a.png").read_bytes())
    Path("link.png").symlink_to("x_pass1.png")
    ran = run("shade", *arguments, "--save-intermediates", "--overwrite")
    assert (ran.code, ran.out) == (2, "")
    assert "which is read" in ran.err


@pytest.mark.usefixtures("no_work")
@pytest.mark.parametrize("name", ["x.png", "x_pass2.png", "copies.png", "stack.ora"])
def test_a_read_only_file_is_found_before(run: Callable, name: str) -> None:
    Path(name).write_bytes(b"old")
    Path(name).chmod(0o444)
    outputs = ["-o", "x.png", "--layer", "copies.png", "--layers", "stack.ora", "--save-intermediates"]
    ran = run("shade", "a.png", *outputs, "--overwrite")
    assert (ran.code, ran.out) == (4, "")
    assert f"{name!r} is read-only" in ran.err


def test_an_unreadable_picture_is_bad_input(run: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.open

    def deny(path: object, *rest: object, **more: object) -> int:
        if Path(str(path)).name == "secret.png":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return real(path, *rest, **more)

    Path("secret.png").write_bytes(Path("a.png").read_bytes())
    monkeypatch.setattr(os, "open", deny)
    monkeypatch.setattr(os, "access", lambda path, mode, **_: Path(str(path)).name != "secret.png")
    for arguments in (["shade", "secret.png"], ["shade", "a.png", "--keep", "secret.png"], ["spectrum", "secret.png"]):
        ran = run(*arguments)
        assert (ran.code, ran.err) == (3, "itten: 'secret.png' cannot be opened (Permission denied)\n")


def test_no_error_of_the_system_shows_its_number(run: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), "some/where")

    monkeypatch.setattr("itten.image.read_picture", fail)
    ran = run("shade", "a.png", "-p", 1)
    assert (ran.code, ran.err) == (4, "itten: 'some/where': Permission denied\n")


def full(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing can be stored in that folder any more."""
    real = write._store

    def store(data: bytes, path: Path, *rest: object) -> None:
        if path.parent.resolve() == folder.resolve():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(data, path, *rest)

    monkeypatch.setattr(write, "_store", store)


def test_what_cannot_be_written_goes_to_the_working_folder(run: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("full").mkdir()
    full(Path("full"), monkeypatch)
    outputs = ["-o", "full/x.png", "--save-intermediates", "--layer", "c.png", "--layers", "full/s.ora"]
    ran = run("shade", "a.png", "-p", 2, *outputs)
    assert ran.code == 4
    assert [path.name for path in ran.files()] == [
        *("x_pass1.png", "c_pass1.png", "x_pass2.png", "c_pass2.png", "x.png", "c.png", "s.ora")
    ]
    assert all(path.exists() and path.parent != Path("full") for path in ran.files())
    told = ran.err.splitlines()
    assert len(told) == 4
    assert "'full/x_pass1.png' (No space left on device); so it went to " in told[0]
    assert "'full/x.png' (No space left on device); so it went to " in told[2]
    assert not list(Path("full").iterdir())


def test_or_to_the_folder_for_temporary_files(
    run: Callable, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    spare = tmp_path_factory.mktemp("spare")
    full(Path(), monkeypatch)
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(spare))
    ran = run("spectrum", "a.png", "-k", 2, "--json", "--npz", "x.npz")
    assert ran.code == 4
    assert str(spare / "x.npz") in ran.err
    assert np.load(spare / "x.npz")["values"].shape == (2,)
    assert '"values"' in ran.out, "what goes to standard output still does"


def test_or_is_lost_and_that_is_said(run: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(write, "_store", fail)
    ran = run("looks", "--copy", "echo")
    assert (ran.code, ran.out) == (4, "")
    assert "it is lost" in ran.err


def test_what_a_format_does_not_hold_becomes_a_png(run: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LONGEST, "WEBP", 100)
    ran = run("spectrum", "a.png", "-k", 2, "-o", "modes.webp")
    assert ran.code == 4
    assert Path("modes.png").exists()
    assert "so it went to" in ran.err


@pytest.mark.usefixtures("no_work")
@pytest.mark.parametrize("command", ["shade", "spectrum"])
def test_a_name_that_follows_from_the_pictures(run: Callable, command: str) -> None:
    """With the time in it, it is longer than the picture's own, which fits."""
    Path("a.png").rename("n" * 245 + ".png")
    ran = run(command, "n" * 245 + ".png")
    assert ran.code == 2
    assert "too long" in ran.err
    assert len(ran.err.splitlines()) == 1
