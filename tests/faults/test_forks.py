"""A forked child works, whatever other threads were doing, or says why it cannot; and nothing waits for ever."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.faulty import HANG, KERNEL, USED, finish, run

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")


def test_a_forked_child_works_and_finds_the_same() -> None:
    code = """
assert forked(lambda: equal(work(), first)) == 0
assert forked(lambda: (large * large).sum().isclose(total) and torch.get_num_threads() == 1) == 0
assert torch.get_num_threads() == 3 and equal(work(), first)  # the parent is as it was
print(forked(lambda: forked(lambda: equal(work(), first)) == 0))  # a grandchild
"""
    assert finish(USED + code) == "0"


def test_forks_in_the_middle_of_another_threads_work() -> None:
    code = """
stop = threading.Event()
def busy():
    while not stop.is_set():
        work(); (large * large).sum()
others = [threading.Thread(target=busy, daemon=True) for _ in range(2)]
for one in others: one.start()
found = []
for turn in range(4):
    time.sleep(0.05 + 0.11 * turn)
    found.append(forked(lambda: equal(work(), first)))
stop.set()
for one in others: one.join()
print(found, equal(work(), first))
"""
    assert finish(USED + code, 60) == "[0, 0, 0, 0] True"


def test_every_lock_of_ours_is_free_in_a_child_that_was_forked_while_another_thread_had_it() -> None:
    code = """
from numba.core.compiler_lock import global_compiler_lock
from itten.image import quiet
from itten.kernels import fork
from itten.spectra import precision
from itten.spectra.stitched.device import graph, plan
from itten.spectra.stitched.host import iterate
from itten.kernels.numba import team
locks = [iterate.SPARE.lock, quiet._lock, graph._lock, global_compiler_lock._lock, precision._one_thread.lock,
         team._team.lock]
taken = threading.Barrier(2)

def holder(lock):
    with lock:
        taken.wait()
        time.sleep(0.3)

def free():
    now = [iterate.SPARE.lock, quiet._lock, graph._lock, global_compiler_lock._lock, precision._one_thread.lock,
           team._team.lock]
    return all(one.acquire(timeout=1) for one in now)

for seconds in (15.0, 0.05):  # waited for, and waited for in vain
    fork.SECONDS = seconds
    for lock in locks:
        if lock is locks[3] and seconds < 1:
            continue
        other = threading.Thread(target=holder, args=(lock,))
        other.start(); taken.wait()
        assert forked(free) == 0, (seconds, lock)
        other.join()
print("all")
"""
    assert finish(USED + code) == "all"


COMPILE = """
import os, sys, threading, time
from itten.errors import ResourceError
from itten.kernels import fork
from itten.kernels.numba import blocks, jit
known = {one.name: one for one in jit.declared}
other = threading.Thread(target=known["blocks.squares"].compile)
other.start()
from numba.core.compiler_lock import global_compiler_lock
while global_compiler_lock._lock.acquire(blocking=False):  # until the other thread has it
    global_compiler_lock._lock.release()
    time.sleep(0.001)
"""


def test_a_fork_while_another_thread_compiles(tmp_path: Path) -> None:
    code = (
        COMPILE
        + KERNEL
        + """
child = os.fork()
if child == 0:
    os._exit(0 if work() == 256.0 else 1)
print(os.waitpid(child, 0)[1])
other.join()
"""
    )
    found, out, said = run(code, tmp_path, 60)
    assert (found, out, said) == (0, "0\n", "")


def test_a_fork_that_cannot_wait_for_a_compiler_says_so(tmp_path: Path) -> None:
    code = (
        COMPILE
        + KERNEL
        + """
fork.SECONDS = 0.01
child = os.fork()
if child == 0:
    try:
        work()
    except ResourceError as error:
        print(error, flush=True)
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
other.join()
"""
    )
    found, out, said = run(code, tmp_path, 60)
    assert (found, said) == (0, "")
    assert "another thread was compiling kernels when this process was forked" in out


@pytest.mark.long
@pytest.mark.parametrize("delay", [0.02 * 1.45**step for step in range(16)])
def test_a_fork_at_any_moment_of_the_first_use(delay: float) -> None:
    """Imports, kernels that are loaded, the first passes: 0.02 to 5 seconds after another thread has begun."""
    code = f"""
import os, sys, threading, time
import itten

def work():
    return itten.shade(itten.samples.load("windows")[:, :70, :64], passes=1).image

found = []
other = threading.Thread(target=lambda: found.append(work()))
other.start()
time.sleep({delay})
child = os.fork()
if child == 0:
    import faulthandler; faulthandler.dump_traceback_later({2 * HANG}, exit=True)
    print(float(work().double().sum()), flush=True)
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
other.join()
print(float(found[0].double().sum()))
"""
    found, out, said = run(code, None, 4 * HANG)
    assert found == 0, said
    assert len(set(out.split())) == 1


@pytest.mark.parametrize("seconds", [15.0, 0.0])
def test_a_fork_while_another_thread_imports(seconds: float) -> None:
    """The child has what was being imported, or says that it has not."""
    code = f"""
import os, sys, threading, time
import itten
itten.load_look
from itten.kernels import fork
fork.SECONDS = {seconds}
other = threading.Thread(target=lambda: itten.shade)
other.start()
while "torch" not in sys.modules:
    time.sleep(0.001)
child = os.fork()
if child == 0:
    try:
        print(itten.shade.__name__, flush=True)
    except ImportError as error:
        print(error, flush=True)
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
other.join()
"""
    found, out, said = run(code, None, HANG + 30)
    assert found == 0, said
    assert out == "shade\n" if seconds else "when this process was forked" in out
