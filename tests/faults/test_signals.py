"""SIGTERM and Ctrl-C: what was begun is cleaned up, nothing but one line is said, and impatience changes nothing."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from itten.cli import app, signals

# A write that stands still in the middle, and says that it does.
SLOW = """
import os, sys, time
real = os.write
def write(descriptor, data):
    if len(data) > 1000:
        done = real(descriptor, data[:1000])
        real(2, b"half\\n")
        for _ in range(600):
            time.sleep(0.05)
        return done
    return real(descriptor, data)
os.write = write
from itten.files import write as writing
writing._CHUNK = 1 << 20
from itten.cli import main
sys.argv = ["itten", "looks", "--copy", "two-voices"]
import itten.config
itten.config.look_text = lambda name: "#" * 5000
main()
"""
# Work that takes its time to end, as one that holds threads and handles does.
STUBBORN = """
import sys, time, threading
from itten.cli import app, looks
def work(*_, **__):
    threading.Thread(target=time.sleep, args=(30,)).start()
    print("working", file=sys.stderr, flush=True)
    try:
        while True:
            time.sleep(0.01)
    finally:
        end = time.monotonic() + 0.3
        while time.monotonic() < end:
            time.sleep(0.01)
looks._print_table = work
sys.argv = ["itten", "looks"]
app.main()
"""


@contextmanager
def started(code: str, folder: Path, mark: str) -> Iterator[subprocess.Popen[str]]:
    """A process that has come as far as to print ``mark``, and does not outlive the test."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", code], cwd=folder, text=True, **pipes) as process:
        try:
            assert process.stderr is not None
            assert process.stderr.readline() == mark + "\n"
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize(
    ("number", "code", "words"), [(signal.SIGTERM, 143, "terminated"), (signal.SIGINT, 130, "interrupted")]
)
def test_a_signal_in_the_middle_of_writing_leaves_nothing(tmp_path: Path, number: int, code: int, words: str) -> None:
    with started(SLOW, tmp_path, "half") as process:
        assert [path.suffix for path in tmp_path.iterdir()] == [".part"]
        process.send_signal(number)
        out, err = process.communicate(timeout=10)
    assert (process.returncode, out, err) == (code, "", f"itten: {words}\n")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("pause", [0.0, 0.02, 0.1])
def test_a_second_interrupt_is_quiet(tmp_path: Path, pause: float) -> None:
    with started(STUBBORN, tmp_path, "working") as process:
        begin = time.monotonic()
        for _ in range(3):
            process.send_signal(signal.SIGINT)
            time.sleep(pause)
        _, err = process.communicate(timeout=10)
        assert time.monotonic() - begin < 8, "threads are not waited for"
    assert (process.returncode, err) == (130, "itten: interrupted\n")


def test_an_interrupt_that_an_import_makes_something_else_of(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    ended: list[int] = []

    def work() -> None:
        try:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(5)
        except KeyboardInterrupt:
            raise AttributeError("a module that is half there") from None

    monkeypatch.setattr(app, "application", lambda: work)
    monkeypatch.setattr(os, "_exit", ended.append)
    with pytest.raises(SystemExit):
        app.main()
    assert ended == [130]
    assert capsys.readouterr().err == "itten: interrupted\n"


def test_an_interrupt_that_is_swallowed_ends_the_command_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    class Ended(BaseException):
        pass

    def end(code: int) -> None:
        raise Ended(code)

    def work() -> None:
        with contextlib.suppress(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(5)
        time.sleep(5)

    monkeypatch.setattr(signals, "_PATIENCE_S", 0.1)
    monkeypatch.setattr(app, "application", lambda: work)
    monkeypatch.setattr(os, "_exit", end)
    begin = time.monotonic()
    with pytest.raises(Ended, match="130"):
        app.main()
    assert time.monotonic() - begin < 4


def test_a_late_one_ends_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[int] = []
    monkeypatch.setattr(os, "_exit", ended.append)
    monkeypatch.setattr(signals, "_alarm", lambda seconds: None)
    handler = signals.Handler()
    with pytest.raises(KeyboardInterrupt):
        handler(signal.SIGINT, None)
    handler(signal.SIGINT, None)
    assert ended == []
    assert handler.heard is not None
    handler.heard -= 5
    handler(signal.SIGINT, None)
    handler(signal.SIGTERM, None)
    assert ended == [130, 143]
    with pytest.raises(SystemExit):
        signals.Handler()(signal.SIGTERM, None)


def test_handlers_are_put_back_and_what_is_ignored_stays_so() -> None:
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        kept = signal.getsignal(signal.SIGINT)
        with signals.listening() as handler:
            assert signal.getsignal(signal.SIGINT) is handler
            assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
        assert signal.getsignal(signal.SIGINT) is kept
    finally:
        signal.signal(signal.SIGTERM, before)


def test_in_another_thread_there_are_no_handlers() -> None:
    kept, seen = signal.getsignal(signal.SIGINT), []

    def work() -> None:
        with signals.listening():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [kept]
