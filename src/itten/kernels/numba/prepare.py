"""All kernels compiled beforehand, by a process a core.

Compiling holds a lock of the whole process, so threads would not help. A worker is this module run as a program: it
reads names of kernels, one a line, and answers each with a line when it is done: the name, whether it could be kept,
and what was found damaged. The longest come first.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from itten.errors import ResourceError
from itten.kernels.numba.folder import folder, mark, trouble, usable
from itten.kernels.numba.store import discard, replace

# What takes longest, and what only other methods than the default ones need: that is left to `everything`.
LONGEST = ("shapes._numbers", "places._place", "tilebasis.tile_basis", "galerkin.galerkin", "maps._thicken_rows")
SELDOM = ("lanczos._tiles", "edges._apply", "edges._weights", "blocks.pack")
WORKERS = 4


def names() -> list[str]:
    """Of all kernels that declare their types."""
    from itten.kernels.numba.jit import declared

    package = importlib.import_module("itten.kernels.numba")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"itten.kernels.numba.{module.name}")
    return [one.name for one in declared]


def ready(everything: bool = False) -> bool:
    """Whether all kernels were compiled before; also where they cannot be kept."""
    if not usable()[1]:
        return True
    try:
        return mark().is_file() and (not everything or b"everything" in mark().read_bytes())
    except OSError:
        return False


def prepare(progress: Callable[[int, int], None] | None = None, everything: bool = False) -> None:
    """Compile what has not been, in processes of their own; ``progress`` hears how many of how many are done.

    Raises :class:`~itten.errors.ResourceError` when a worker dies, or when what it compiles cannot be kept.
    """
    wanted = [name for name in names() if everything or name not in SELDOM]
    queue = sorted(wanted, key=lambda name: LONGEST.index(name) if name in LONGEST else len(LONGEST))
    crew = _Crew(queue, progress)
    crew.work()
    if crew.failure:
        raise ResourceError(crew.failure)
    if usable()[1]:
        try:
            discard(mark())
            replace(mark(), b"everything" if everything else b"default")
        except OSError as error:
            raise ResourceError(f"compiled kernels cannot be kept in {folder()}: {error}") from None


class _Crew:
    """Workers, and a thread for each that tells it what to do. The first failure ends the work of all."""

    def __init__(self, queue: list[str], progress: Callable[[int, int], None] | None) -> None:
        self.queue, self.total, self.done = queue, len(queue), 0
        self.progress, self.lock = progress, threading.Lock()
        self.failure = ""
        self.workers: list[subprocess.Popen[str]] = []

    def work(self) -> None:
        size = min(WORKERS, os.cpu_count() or 1, self.total)
        crew = [threading.Thread(target=self._drive) for _ in range(size)]
        try:
            for one in crew:
                one.start()
            for one in crew:
                one.join()
        except BaseException:  # an interrupt: nobody waits for what is being compiled
            self._fail("interrupted")
            raise
        if self.done < self.total:
            self._fail("kernels could not be compiled: no process could be started")

    def _fail(self, reason: str) -> None:
        with self.lock:
            self.failure = self.failure or reason
            for worker in self.workers:
                worker.kill()

    def _drive(self) -> None:
        root = str(Path(__file__).parents[3])
        path = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
        command = [sys.executable, "-m", __name__]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        with self.lock:
            if self.failure:
                return
            try:
                worker = subprocess.Popen(command, text=True, env={**os.environ, "PYTHONPATH": path}, **pipes)  # type: ignore[call-overload]
            except OSError:  # others may have begun, and do it all
                return
            self.workers.append(worker)
        with worker:
            while name := self._next():
                try:
                    worker.stdin.write(name + "\n")
                    worker.stdin.flush()
                    answer = worker.stdout.readline().rstrip("\n").split("\t")
                except BrokenPipeError:
                    answer = []
                if len(answer) != 3 or answer[0] != name:
                    told = (worker.communicate()[1].strip() or "a compiling process died").splitlines()[-1]
                    self._fail(f"kernels could not be compiled: {told}")
                    return
                if answer[1] == "lost":
                    self._fail(answer[2])
                self._count(answer[2])

    def _next(self) -> str:
        with self.lock:
            return self.queue.pop(0) if self.queue and not self.failure else ""

    def _count(self, said: str) -> None:
        with self.lock:
            self.done += 1
            if self.progress is not None:
                self.progress(self.done, self.total)
            if said:
                trouble.say(said, aloud=not self.failure)


def main() -> None:
    """A worker."""
    from itten.kernels.numba.jit import declared

    names()
    known = {one.name: one for one in declared}
    for line in sys.stdin:
        known[line.strip()].compile()
        print(line.strip(), "lost" if trouble.lost else "kept", trouble.text, sep="\t", flush=True)


if __name__ == "__main__":
    main()
