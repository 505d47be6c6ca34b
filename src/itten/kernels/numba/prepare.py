"""All kernels compiled beforehand, by a process a core.

Compiling holds a lock of the whole process, so threads would not help. A worker is this module run as a program: it
reads names of kernels, one a line, and answers each with a line when it is done. The longest come first.
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
from itten.kernels.numba.folder import mark, usable

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
        return mark().exists() and (not everything or "everything" in mark().read_text())
    except OSError:
        return False


def prepare(progress: Callable[[int, int], None] | None = None, everything: bool = False) -> None:
    """Compile what has not been, in processes of their own; ``progress`` hears how many of how many are done.

    Raises :class:`~itten.errors.ResourceError` when a worker dies.
    """
    wanted = [name for name in names() if everything or name not in SELDOM]
    queue = sorted(wanted, key=lambda name: LONGEST.index(name) if name in LONGEST else len(LONGEST))
    total, done, lock = len(queue), 0, threading.Lock()
    failures: list[str] = []

    def drive() -> None:
        nonlocal done
        root = str(Path(__file__).parents[3])
        path = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
        command = [sys.executable, "-m", __name__]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        with subprocess.Popen(command, text=True, env={**os.environ, "PYTHONPATH": path}, **pipes) as worker:  # type: ignore[call-overload]
            while not failures:
                with lock:
                    if not queue:
                        break
                    name = queue.pop(0)
                try:
                    worker.stdin.write(name + "\n")
                    worker.stdin.flush()
                    answer = worker.stdout.readline().strip()
                except BrokenPipeError:
                    answer = ""
                if answer != name:
                    failures.append((worker.communicate()[1].strip() or "a compiling process died").splitlines()[-1])
                    return
                with lock:
                    done += 1
                    if progress is not None:
                        progress(done, total)
            worker.stdin.close()

    crew = [threading.Thread(target=drive) for _ in range(min(WORKERS, os.cpu_count() or 1))]
    for one in crew:
        one.start()
    for one in crew:
        one.join()
    if failures:
        raise ResourceError(f"kernels could not be compiled: {failures[0]}")
    if usable()[1]:
        mark().write_text("everything" if everything else "default")


def main() -> None:
    """A worker."""
    from itten.kernels.numba.jit import declared

    names()
    known = {one.name: one for one in declared}
    for line in sys.stdin:
        known[line.strip()].compile()
        print(line.strip(), flush=True)


if __name__ == "__main__":
    main()
