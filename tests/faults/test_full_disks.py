"""The disk is full: a file system of 64 KiB where one may be mounted, a limit on the size of files everywhere; and the
whole command, one of whose system calls fails."""

from __future__ import annotations

import errno
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import itten
from itten.image import read_picture
from tests.faults.calls import CALLS, ERRORS, NAMES, Failing, contents
from tests.faulty import HANG, environment
from tests.pictures import drawing, noise

MOUNT = "mount -t tmpfs -o size=64k tmpfs full && "
# What fits and what does not, new and over an old file; then everything that is left.
WRITER = """
import sys
from pathlib import Path
from itten.errors import ResourceError
from itten.files import write_bytes_atomic

folder = Path(sys.argv[1])
kept = {}
for number, (name, size, overwrite) in enumerate([
    ("a", 20_000, False), ("b", 20_000, False), ("b", 30_000, True), ("c", 50_000, False), ("a", 70_000, True),
    ("a", 8_000, False), ("a", 5_000, True), ("d/e", 64_000, False),
]):
    data = bytes([65 + number]) * size
    try:
        written = write_bytes_atomic(data, folder / name, overwrite)
    except ResourceError as error:
        assert error.exit_code == 4 and repr(str(folder / name)) in str(error), error
        print("refused", name, str(error).rsplit("(", 1)[1][:-1])
    else:
        kept[written] = data
        print("written", name)
    found = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert found == kept, (sorted(found), sorted(kept))
"""


def bash(line: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [*arguments, "bash", "-c", line]
    home, null = environment(), subprocess.DEVNULL
    return subprocess.run(
        command, cwd=folder, env=home, capture_output=True, text=True, check=False, timeout=6 * HANG, stdin=null
    )


@pytest.fixture
def private(tmp_path: Path) -> tuple[str, ...]:
    """What a line is run with, so that it may mount."""
    (tmp_path / "full").mkdir()
    for way in ((), ("unshare", "-m"), ("unshare", "-rm")):
        try:
            if way and bash(MOUNT + "true", tmp_path, *way).returncode == 0:
                return way
        except FileNotFoundError:
            break
    pytest.skip("no file system can be mounted here")


def test_a_file_system_of_64_kib(tmp_path: Path, private: tuple[str, ...]) -> None:
    (tmp_path / "writer.py").write_text(WRITER)
    done = bash(f"{MOUNT}'{sys.executable}' writer.py full", tmp_path, *private)
    assert done.returncode == 0, done.stderr
    told = done.stdout.splitlines()
    assert told[0] == "written a"
    assert told[3:5] == ["refused c No space left on device", "refused a No space left on device"]
    assert told[6] == "written a"
    assert told[7] == "refused d/e No space left on device"


def test_the_command_on_a_file_system_of_64_kib(tmp_path: Path, private: tuple[str, ...]) -> None:
    """A small file fits; a large one goes to the working folder, whole, and the command says so and ends with 4."""
    itten.write_image(noise(160, 160), tmp_path / "a.png")
    command = f"'{sys.executable}' -m itten"
    line = (
        f"{MOUNT}{command} looks --copy echo -o full/echo.toml; echo code $?; "
        f"{command} shade a.png -p 1 -o full/out.png --set effect=0; echo code $?; ls -A full"
    )
    done = bash(line, tmp_path, *private)
    assert done.stdout.splitlines() == ["full/echo.toml", "code 0", str(tmp_path / "out.png"), "code 4", "echo.toml"]
    (told,) = [line for line in done.stderr.splitlines() if "cannot write" in line]
    assert told.startswith("itten: cannot write 'full/out.png' (No space left on device); so it went to ")
    assert read_picture(tmp_path / "out.png").pixels.shape == (3, 160, 160)


def test_a_limit_on_the_size_of_files(tmp_path: Path) -> None:
    """The system then takes a part of what is to be written, and refuses the rest."""
    (tmp_path / "full").mkdir()
    (tmp_path / "writer.py").write_text(WRITER)
    done = bash(f"ulimit -f 48 && '{sys.executable}' -B writer.py full", tmp_path)
    assert done.returncode == 0, done.stderr
    assert [line for line in done.stdout.splitlines() if "refused" in line] == [
        f"refused {name} File too large" for name in ("c", "a", "d/e")
    ]


OUTPUTS = {
    "out.png": ["-o", "out.png", "--save-intermediates"],
    "out_pass1.png": [],
    "copies.webp": ["--layer", "copies.webp"],
    "copies_pass1.webp": [],
    "all.ora": ["--layers", "all.ora"],
}


def command_with(run: Callable, call: str, code: int, number: int, always: bool) -> bool:
    """Run the command while a call fails, with one file that is there before; whether that call was made."""
    Path("out.png").write_bytes(b"old")
    before = set(contents(Path()))
    failing = Failing(call, number, code, always, Path.cwd())
    arguments = [one for options in OUTPUTS.values() for one in options]
    with failing.installed():
        ran = run("shade", "small.png", "-p", 1, *arguments, "--overwrite")
    found = contents(Path())
    where = f"{call} {number} {errno.errorcode[code]}: {ran.code} {ran.err}"
    assert ran.code in (0, 3, 4), where
    assert all(line.startswith("itten: ") for line in ran.err.splitlines()), where
    if call != "unlink":
        assert not [name for name in found if name.endswith(".part")], where
    fresh = {name for name, data in found.items() if data != b"old"} - (before - {"out.png"})
    fresh = {name for name in fresh if not name.endswith(".part")}
    if ran.code == 0:
        assert fresh == set(OUTPUTS), where
    elif ran.code == 4:
        assert ran.err, where
        assert failing.reached, where
    else:
        assert fresh == set(), where
        assert "small.png" in ran.err, where
    for name in fresh:
        if not name.endswith(".ora"):
            assert read_picture(name).pixels.shape == (3, 36, 44), where
    for path in ran.files():
        assert path.exists(), where
    for name in set(found) - before | {"out.png"}:
        Path(name).unlink(missing_ok=True)
    return failing.reached


@pytest.fixture
def elsewhere(folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path_factory.mktemp("spare")))
    itten.write_image(drawing(36, 44), "small.png")


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize("call", CALLS)
def test_a_call_of_the_command_fails(run: Callable, call: str) -> None:
    for number in (1, 2, 3, 5, 8):
        code = ERRORS[(number + CALLS.index(call)) % len(ERRORS)]
        if not command_with(run, call, code, number, always=number == 3):
            break


@pytest.mark.long
@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("code", ERRORS, ids=NAMES)
def test_every_call_of_the_command_fails_in_turn(run: Callable, call: str, code: int) -> None:
    for always in (False, True):
        number = 1
        while command_with(run, call, code, number, always):
            number += 1
        assert number > 1 or call == "link"
