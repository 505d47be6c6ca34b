"""A kernel cache that is damaged, cut short, full, read-only or shared: a line, and the right result."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import pytest

from itten.errors import ResourceError
from itten.kernels.numba import folder, prepare, store
from tests.faulty import KERNEL, end, run, start

GOOD = (0, "256.0\n", "")
WORK = KERNEL + "print(work())\n"
# No kernel may be compiled from here on.
LOADED = "import numba.core.dispatcher as d\nd._FunctionCompiler.compile = None\n"


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one compiled kernel."""
    where = tmp_path_factory.mktemp("compiled")
    assert run(WORK, where) == GOOD
    assert len(kernels(where)) == 1
    return where


@pytest.fixture
def cache(compiled: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(compiled, tmp_path / "cache"))


def kernels(where: Path) -> list[Path]:
    return sorted(where.rglob("*.kernel"))


DAMAGE = """
import errno, os, random, shutil, signal, sys
from itten.kernels.numba import folder, store
signal.alarm(60 + FLIPS // 500)
(path,) = folder.folder().glob("*.kernel")
good, draw, tried = path.read_bytes(), random.Random(7), 0
kernel = residual.alone
assert work() == 256.0
types, context = kernel.signatures[0], kernel.targetctx

def put(what):
    if path.is_dir() and not path.is_symlink():
        path.rmdir()
    else:
        path.unlink(missing_ok=True)
    what(path) if callable(what) else path.write_bytes(what)

def refused(what, gone=True):
    global tried
    tried += 1
    put(what)
    assert kernel._cache.load_overload(types, context) is None, tried
    assert not gone or not os.path.lexists(path), tried

for place in range(FLIPS):
    bad, bit = bytearray(good), place if len(good) * 8 == FLIPS else draw.randrange(len(good) * 8)
    bad[bit >> 3] ^= 1 << (bit & 7)
    refused(bytes(bad))
for part in range(40):
    refused(good[: len(good) * part // 40])
for size in (1, len(store.HEAD), len(store.HEAD) + store.DIGEST, len(good) - 1):
    refused(good[:size])
for place in range(0, len(good), 2048):  # a page of zeros, as after a power cut
    refused(good[:place] + bytes(min(2048, len(good) - place)) + good[place + 2048 :])
refused(good + b"\\0")
refused(good + good)
refused(store.HEAD + bytes(32))
refused(lambda path: store.keep(path, b"no pickle"))
refused(lambda path: store.keep(path, __import__("pickle").dumps((("another", "kernel"), ()))))
refused(lambda path: path.mkdir())
refused(lambda path: os.mkfifo(path))
refused(lambda path: path.symlink_to(path.name))
refused(lambda path: path.symlink_to("/dev/null"))
opened = os.open
for error in (errno.EACCES, errno.EIO, errno.EMFILE, errno.ENAMETOOLONG):
    def fail(name, *rest, **more):
        if name == path:
            raise OSError(error, os.strerror(error), str(name))
        return opened(name, *rest, **more)
    os.open = fail
    refused(good)
os.open = opened
put(good)
assert kernel._cache.load_overload(types, context) is not None
print(tried)
"""


def damages(where: Path, flips: int) -> int:
    """How many were tried; none was loaded, and there is one line on all of them."""
    code, out, said = run(KERNEL + DAMAGE.replace("FLIPS", str(flips)), where, 90 + flips / 500)
    assert code == 0, said
    assert said.count("\n") == 1
    assert "damaged and made anew" in said
    return int(out)


def test_nothing_damaged_reaches_the_machine(cache: Path) -> None:
    assert damages(cache, 400) > 450


@pytest.mark.long
def test_no_flipped_bit_reaches_the_machine(cache: Path) -> None:
    bits = 8 * kernels(cache)[0].stat().st_size
    assert damages(cache, bits) > bits > 100_000


def test_damage_costs_one_line_and_the_next_run_nothing(cache: Path) -> None:
    (path,) = kernels(cache)
    data = bytearray(path.read_bytes())
    data[-2000] ^= 16
    path.write_bytes(bytes(data))
    code, out, said = run(WORK, cache)
    assert (code, out) == GOOD[:2]
    assert said.count("\n") == 1
    assert path.name in said
    assert run(LOADED + WORK, cache) == GOOD


def test_what_stands_in_the_way_is_left_and_costs_a_line(cache: Path) -> None:
    (path,) = kernels(cache)
    path.unlink()
    path.mkdir()
    (path / "mine").write_text("kept")
    code, out, said = run(WORK, cache)
    assert (code, out) == GOOD[:2]
    assert said.count("\n") == 1
    assert (path / "mine").read_text() == "kept"


FULL = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (4000, resource.RLIM_INFINITY))
"""
WARM = """
from itten.cli import warmup
from itten.kernels.numba import prepare
prepare.names = lambda: ["blocks.residual", "components.settle"]
"""
COMMAND = """
import sys
from itten.cli import main
sys.argv = ["itten", "warmup"]
main()
"""


def test_a_full_disk_costs_a_line_and_no_result(tmp_path: Path) -> None:
    code, out, said = run(FULL + WORK, tmp_path)
    assert (code, out) == GOOD[:2]
    assert said.count("\n") == 1
    assert str(tmp_path) in said
    assert "too large" in said
    assert [one for one in tmp_path.rglob("*") if one.is_file()] == []


def test_a_full_disk_ends_the_compiling_of_all_with_a_line(tmp_path: Path) -> None:
    code, _, said = run(FULL + WARM + KERNEL + "warmup.kernels_for('cpu'); assert work() == 256.0\n", tmp_path)
    assert code == 0, said
    first, second = said.splitlines()
    assert "compiling kernels" in first
    assert str(tmp_path) in second
    assert second.endswith("going on without")
    code, _, said = run(FULL + WARM + COMMAND, tmp_path)
    assert code == 4
    assert f"cannot be kept in {tmp_path}" in said
    assert [one for one in tmp_path.rglob("*") if one.is_file()] == []


# A file system that is read-only, also for root.
LOCKED = """
import errno, os
def locked(*_, **__):
    raise OSError(errno.EROFS, os.strerror(errno.EROFS))
allowed = os.access
os.access = lambda path, mode, **more: mode != os.W_OK and allowed(path, mode, **more)
os.replace = os.unlink = os.rmdir = os.mkdir = locked
"""


def test_a_complete_folder_that_is_read_only_is_used_and_nothing_said(cache: Path) -> None:
    kernels(cache)[0].parent.chmod(0o555)
    assert run(LOCKED + LOADED + WORK, cache) == GOOD


@pytest.mark.parametrize("damage", ["gone", "flipped"])
def test_a_folder_that_is_read_only_and_not_whole_costs_a_line(cache: Path, damage: str) -> None:
    (path,) = kernels(cache)
    data = path.read_bytes()
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    code, out, said = run(LOCKED + WORK, cache)
    assert (code, out) == GOOD[:2]
    assert said.count("\n") == 1
    assert str(cache) in said


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_somebody_else_is_not_read(cache: Path) -> None:
    os.chown(kernels(cache)[0].parent, 4321, -1)
    code, out, said = run(WORK, cache)
    assert (code, out) == GOOD[:2]
    assert said.count("\n") == 1
    assert "compiled anew in every process" in said


def test_two_processes_that_compile_at_once_leave_whole_files(tmp_path: Path) -> None:
    both = [start(WORK, tmp_path) for _ in range(2)]
    assert [end(one) for one in both] == [GOOD, GOOD]
    (path,) = kernels(tmp_path)
    assert store.load(path)
    assert [one.name for one in path.parent.iterdir()] == [path.name]
    assert run(LOADED + WORK, tmp_path) == GOOD


def test_what_a_killed_writer_leaves_is_no_kernel_and_is_swept(tmp_path: Path) -> None:
    killed = "import os, signal\nos.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
    assert run(killed + WORK, tmp_path)[0] == -signal.SIGKILL
    (left,) = [one for one in tmp_path.rglob("*") if one.is_file()]
    assert left.suffix == store.PART
    assert run(WORK, tmp_path) == GOOD
    assert left.exists()  # it could be somebody's who is writing now
    os.utime(left, (1, 1))
    assert run(LOADED + WORK, tmp_path) == GOOD
    assert list(left.parent.iterdir()) == kernels(tmp_path)


def test_where_no_kernel_can_be_kept_warming_up_says_so(tmp_path: Path) -> None:
    code, _, said = run(LOCKED + WARM + COMMAND, tmp_path)
    assert code == 4
    assert said.splitlines()[-1].startswith(f"itten: compiled kernels cannot be kept in {tmp_path}")
    assert "Traceback" not in said


@pytest.mark.usefixtures("here")
def test_where_no_process_starts_nothing_counts_as_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError("no more processes")

    monkeypatch.setattr(prepare, "names", lambda: ["blocks.residual"])
    monkeypatch.setattr(prepare.subprocess, "Popen", refuse)
    with pytest.raises(ResourceError, match="no process"):
        prepare.prepare()
    assert not prepare.ready()


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ITTEN_CACHE_DIR", str(tmp_path))
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    for function in (folder.folder, folder.usable):
        function.cache_clear()
    yield tmp_path
    monkeypatch.undo()
    for function in (folder.folder, folder.usable):
        function.cache_clear()


@pytest.mark.usefixtures("here")
def test_a_damaged_mark_is_no_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepare, "names", list)
    prepare.prepare(everything=True)
    assert prepare.ready(everything=True)
    for damage in (b"", b"\xff\xfe\xff", b"everythin"):
        folder.mark().write_bytes(damage)
        assert prepare.ready()
        assert not prepare.ready(everything=True)
    folder.mark().unlink()
    folder.mark().mkdir()
    assert not prepare.ready()
    prepare.prepare()
    assert prepare.ready()
    folder.mark().unlink()
    (folder.mark() / "mine").mkdir(parents=True)
    with pytest.raises(ResourceError, match="cannot be kept in"):
        prepare.prepare()


def test_kernels_are_named_after_what_shows_in_their_code(tmp_path: Path) -> None:
    """What keeps them may change; a kernel's own file may not."""
    copy = Path(shutil.copytree(Path(folder.__file__).parents[2], tmp_path / "itten"))
    code = "from itten.kernels.numba.folder import source_stamp; print(source_stamp())"
    stamps = [run(code, PYTHONPATH=str(tmp_path))[1]]
    for name in ("team.py", "blocks.py"):
        with open(copy / "kernels" / "numba" / name, "a") as file:
            file.write("\n# changed\n")
        stamps.append(run(code, PYTHONPATH=str(tmp_path))[1])
    assert stamps[0] == stamps[1] != stamps[2] != ""
