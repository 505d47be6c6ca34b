"""Compiled kernels: where they are kept, that all are compiled beforehand, and what a damaged or locked folder does."""

import os
import subprocess
import sys

import pytest

from itten.kernels.numba import folder, jit, prepare

CODE = """
import logging, sys
logging.basicConfig(format="%(message)s")
from itten.kernels.numba.team import share
from itten.kernels.numba.blocks import residual
import numpy as np
x, out = np.ones(256, np.float32), np.zeros(256, np.float32)
residual(0, 1, 3 * x, x, np.full(16, 2, np.float32), out)
print(float(out.sum()))
"""


def run(where, code=CODE, **more):
    environment = {**os.environ, "ITTEN_CACHE_DIR": str(where), "PYTHONPATH": os.pathsep.join(sys.path), **more}
    environment.pop("NUMBA_CACHE_DIR", None)
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True, timeout=300
    )
    assert done.stdout.strip() == "256.0"
    return done.stderr


def files(where, end):
    return sorted(where.rglob(f"*.{end}"))


def test_types_are_read_as_numba_knows_them():
    from numba import types

    scalar, array, fixed, pair = jit.signature("i8 f4[2] i8[1]r (f8,b1)")
    assert (scalar, array) == (types.int64, types.Array(types.float32, 2, "C"))
    assert not fixed.mutable
    assert pair == types.Tuple([types.float64, types.boolean])


def test_every_kernel_that_declares_its_types_is_named_once_and_the_longest_are_among_them():
    names = prepare.names()
    assert len(set(names)) == len(names) > 35
    assert {*prepare.LONGEST, *prepare.SELDOM} <= {*names, "edges._weights"}


def test_a_kernel_is_kept_and_what_is_damaged_is_made_anew(tmp_path):
    assert run(tmp_path) == ""
    kept = files(tmp_path, "kernel")
    assert len(kept) == 1
    assert oct(kept[0].parent.stat().st_mode & 0o777) == "0o700"
    before = kept[0].stat().st_mtime_ns
    assert run(tmp_path) == ""
    assert kept[0].stat().st_mtime_ns == before
    for damage in (b"", kept[0].read_bytes()[:-40]):  # more of this in tests/faults
        kept[0].write_bytes(damage)
        said = run(tmp_path)
        assert said.count("\n") == 1, said
        assert "damaged" in said
    assert run(tmp_path) == ""


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="folders have no modes here")
def test_a_folder_that_others_may_write_to_is_not_read(tmp_path):
    run(tmp_path)
    here = files(tmp_path, "kernel")[0].parent
    here.chmod(0o777)
    said = run(tmp_path)
    assert said.count("\n") == 1
    assert "others may write" in said


def test_a_folder_that_cannot_be_made_costs_a_line_and_no_result(tmp_path):
    (tmp_path / "file").write_text("")
    said = run(tmp_path / "file" / "folder")
    assert said.count("\n") == 1
    assert "every process" in said


def test_old_folders_are_swept_and_others_left(tmp_path, monkeypatch):
    kept, old, other = (tmp_path / name for name in ("kernels-new", "kernels-old", "pictures"))
    for one in (kept, old, other):
        one.mkdir()
        (one / "x.kernel").write_text("")
        (one / "folder").mkdir()
    for one in (old, other):
        os.utime(one, (0, 0))
    folder._sweep(kept)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["kernels-new", "pictures"]


def test_workers_compile_what_they_are_told_and_report_what_they_cannot(tmp_path, monkeypatch):
    monkeypatch.setenv("ITTEN_CACHE_DIR", str(tmp_path))
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    for function in (folder.folder, folder.usable):
        function.cache_clear()
    try:
        monkeypatch.setattr(prepare, "names", lambda: ["blocks.turn", "components.settle", "blocks.residual"])
        heard = []
        assert not prepare.ready()
        prepare.prepare(lambda done, total: heard.append((done, total)))
        assert heard == [(1, 3), (2, 3), (3, 3)]
        assert prepare.ready()
        assert not prepare.ready(everything=True)
        assert len(files(tmp_path, "kernel")) == 3
        monkeypatch.setattr(prepare, "names", lambda: ["blocks.nothing"])
        with pytest.raises(prepare.ResourceError, match="KeyError"):
            prepare.prepare()
    finally:
        monkeypatch.undo()
        for function in (folder.folder, folder.usable):
            function.cache_clear()


def test_what_cannot_be_written_is_said_once(caplog):
    trouble = folder.Trouble()
    for _ in range(2):
        trouble.lose("no space")
    assert trouble.lost
    assert [one.levelname for one in caplog.records if "no space" in one.message] == ["WARNING"]


PAINT = """
import itten
from itten.kernels.numba import cache, jit, prepare
prepare.prepare()  # kernels that call others would otherwise be seen compiling those
load_one, seen = cache.KernelCache.load_overload, []

def load(self, types, context):
    seen.append((self._name, tuple(types)))
    return load_one(self, types, context)

cache.KernelCache.load_overload = load
target, source = itten.samples.load("botanical")[:, :90, :110], itten.samples.load("windows")[:, :70, :64]
for look in itten.look_names():
    itten.shade(target, source, config=look, passes=1)
itten.shade(target, passes=2)
itten.spectrum(target, 12, refine=1)
known = {(repr(one.compiled.py_func), jit.signature(one.types)) for one in jit.declared}
assert len(seen) > 25
print(*[name for name, types in seen if (name, types) not in known])
"""


@pytest.mark.long
def test_looks_and_spectra_need_no_kernel_but_those_compiled_beforehand():
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", PAINT], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr
