"""Forks, spawned processes, threads, a loader's workers, and a signal in the middle: equal results, and no waiting."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.faulty import KERNEL, end, environment, run, start

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
HANG = 20.0

# In the parent: torch's threads and the kernels' own exist and have worked.
USED = """
import os, sys, threading, time
import torch, itten
from tests.pictures import drawing, pattern
torch.set_num_threads(3)
target, source = drawing(72, 88), pattern(64, 80)

def work():
    return itten.shade(target, source, passes=1).image, itten.spectrum(target, 4, refine=1).vectors

def equal(left, right):
    return all(one.equal(other) for one, other in zip(left, right, strict=True))

def forked(check):
    "The child's exit code: 0 where `check` holds there."
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = 0 if check() else 3
        except BaseException as error:
            print(type(error).__name__, error, file=sys.stderr, flush=True)
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

first = work()
large = torch.rand(1500, 1500)
total = (large * large).sum()
"""


def finish(code: str, seconds: float = HANG, **more: str) -> str:
    """What the program printed; it waits for itself at most so long, and a child does not survive it."""
    watched = f"import faulthandler; faulthandler.dump_traceback_later({seconds + 25}, exit=True)\n{code}"
    found, out, said = run(watched, None, seconds + 30, ITTEN_NUM_THREADS="3", **more)
    assert found == 0, said
    return out.strip()


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
from itten.image import read
from itten.kernels import fork
from itten.spectra import precision
from itten.spectra.stitched.device import graph, plan
from itten.spectra.stitched.host import iterate
from itten.kernels.numba import team
locks = [iterate.SPARE.lock, read._quiet_lock, graph._lock, global_compiler_lock._lock, precision._one_thread.lock,
         team._team.lock]
taken = threading.Barrier(2)

def holder(lock):
    with lock:
        taken.wait()
        time.sleep(0.3)

def free():
    now = [iterate.SPARE.lock, read._quiet_lock, graph._lock, global_compiler_lock._lock, precision._one_thread.lock,
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


def test_threads_that_call_at_once_find_the_same() -> None:
    code = """
found, crew = [], [threading.Thread(target=lambda: found.append(equal(work(), first))) for _ in range(4)]
for one in crew: one.start()
for one in crew: one.join()
print(found)
"""
    assert finish(USED + code) == "[True, True, True, True]"


LOADER = """
import os, sys
import torch, itten
from tests.pictures import drawing, pattern

class Pictures(torch.utils.data.Dataset):
    def __len__(self):
        return 4

    def __getitem__(self, number):
        picture = drawing(72, 88 + number)
        return itten.shade(picture, pattern(64, 80), passes=1).image.sum(), itten.spectrum(picture, 4).values

def load(workers, way=None):
    loader = torch.utils.data.DataLoader(Pictures(), batch_size=None, num_workers=workers, multiprocessing_context=way)
    return [one for pair in loader for one in pair]

if __name__ == "__main__":
    torch.set_num_threads(2)
    import faulthandler; faulthandler.dump_traceback_later(90, exit=True)
    here = load(0)
    for way in sys.argv[1:]:
        there = load(2, way)
        print(way, len(here), all(one.equal(other) for one, other in zip(here, there, strict=True)))
"""


@pytest.mark.parametrize("way", ["fork", "spawn"])
def test_a_loader_with_two_workers(tmp_path: Path, way: str) -> None:
    program = tmp_path / "loader.py"
    program.write_text(LOADER)
    done = subprocess.run(
        [sys.executable, program, way], env=environment(), capture_output=True, text=True, check=False, timeout=100
    )
    assert (done.returncode, done.stdout) == (0, f"{way} 8 True\n"), done.stderr


def interrupted(code: str, cache: Path | None, ready: str, wait: float) -> tuple[int, str, float]:
    """Exit code, standard error, and seconds from the signal to the end."""
    process = start(code, cache)
    watch = threading.Timer(100, process.kill)
    watch.start()
    assert process.stdout is not None
    assert process.stdout.readline() == ready + "\n"
    watch.cancel()
    time.sleep(wait)
    process.send_signal(signal.SIGINT)
    begin = time.monotonic()
    found, _, said = end(process, HANG)
    return found, said, time.monotonic() - begin


def test_an_interrupt_in_the_middle_of_passes() -> None:
    code = "print('ready', flush=True)\nwhile True: work()\n"
    found, said, seconds = interrupted(USED + code, None, "ready", 0.3)
    assert found in (130, -signal.SIGINT), said
    assert said.rstrip().endswith("KeyboardInterrupt")
    assert seconds < 8


def test_an_interrupt_while_workers_compile(tmp_path: Path) -> None:
    code = """
import sys, threading
from itten.cli import main
print("ready", flush=True)
sys.argv = ["itten", "warmup"]
main()
"""
    found, said, seconds = interrupted(code, tmp_path, "ready", 3.0)
    assert found == 130
    assert said.splitlines()[-1] == "itten: interrupted"
    assert "Traceback" not in said
    assert seconds < 8


def test_an_interrupt_of_the_command_leaves_nothing(tmp_path: Path) -> None:
    code = """
import os, sys, threading, time
from itten.cli import main
import itten
from tests.pictures import drawing
os.chdir(FOLDER)
itten.write_image(drawing(), "a.png")

def watch():
    while "itten.spectra.stitched.host.iterate" not in sys.modules:
        time.sleep(0.01)
    print("painting", flush=True)

threading.Thread(target=watch, daemon=True).start()
sys.argv = ["itten", "shade", "a.png", "-p", "1000", "-o", "out.png"]
main()
"""
    found, said, seconds = interrupted(code.replace("FOLDER", repr(str(tmp_path))), None, "painting", 1.0)
    assert (found, said.splitlines()[-1]) == (130, "itten: interrupted")
    assert "Traceback" not in said
    assert seconds < 8
    assert [one.name for one in tmp_path.iterdir()] == ["a.png"]
