"""Threads, a loader's workers, and a signal in the middle: equal results, and an end within seconds."""

from __future__ import annotations

import signal
import threading
import time
from pathlib import Path

import pytest

from tests.faulty import HANG, USED, end, finish, run, start


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


@pytest.mark.parametrize("way", ["fork", pytest.param("spawn", marks=pytest.mark.long)])
def test_a_loader_with_two_workers(tmp_path: Path, way: str) -> None:
    program = tmp_path / "loader.py"
    program.write_text(LOADER)
    found, out, said = run(program, None, 100, way)
    assert (found, out) == (0, f"{way} 8 True\n"), said


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
    assert seconds < 12


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
    assert seconds < 12


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
    assert seconds < 12
    assert [one.name for one in tmp_path.iterdir()] == ["a.png"]
