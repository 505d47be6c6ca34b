"""Hostile files through the command itself, a process for each: ``python -m tests.faults.fuzz --count 2000 --seed 0``.

Loading torch takes longer than all the rest, so one process loads it, works once, and then forks for every file. What
the child calls is the command's entry point, and what it says is read from its descriptors, so that decoders that write
there by themselves are seen. The file is the target, a source or a mask, in turn.
"""

from __future__ import annotations

import argparse
import os
import resource
import select
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import chdir, redirect_stdout, suppress
from dataclasses import dataclass, field
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("ITTEN_NUM_THREADS", "1")

import itten
from itten.cli import main as command
from itten.cli.app import application
from itten.errors import IttenError
from itten.image import read_header
from tests.faults import sound
from tests.faults.hostile import Case, bombs, many_frames, mutations, strangers, truncations

HANG_S, MOST_BYTES = 10.0, 10**9
# So many bytes of address space are left: with what torch and the kernels have taken it is less than the most above.
ROOM = 600_000_000
# What damage has made a large picture of is read, as a mask, and not painted: that may take its time.
LARGE = 1 << 17
MASK = ("good.png", "--keep", "{file}", "--fit-masks")
ROLES = (("{file}",), ("{file}", "--layers", "out.ora"), ("good.png", "{file}"), MASK)
SUFFIXES = ("png", "tif", "jpg", "webp")


@dataclass
class Run:
    """How one file fared: exit code (negative for a signal, None for a hang), both streams, seconds, bytes at most."""

    case: Case
    code: int | None
    out: str
    err: str
    seconds: float
    peak: int
    faults: list[str] = field(default_factory=list)


class Worker:
    """Runs the command in children of this process, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "good.png").write_bytes(sound.sound("png"))
        self.number = 0
        self._load()
        first = self(Case("good", "a sound file", sound.sound("png")))
        if first.code != 0 or first.faults:
            raise RuntimeError(f"a sound file fails: {first}")

    def __call__(self, case: Case, name: str = "hurt.png") -> Run:
        """Run the command with this file."""
        (self.folder / name).write_bytes(case.data)
        role = MASK if self._large(name) else ROLES[self.number % len(ROLES)]
        suffix = SUFFIXES[self.number % 5 % len(SUFFIXES)]
        self.number += 1
        arguments = ["shade", *(one.format(file=name) for one in role), "-p", "1", "-o", f"out.{suffix}"]
        run = self._run(case, arguments)
        run.faults = list(self._faults(run, name, f"out.{suffix}"))
        (self.folder / name).unlink()
        return run

    def _load(self) -> None:
        """What every child would load again: the command's modules, the decoders, and the kernels."""
        for kind in sound.SOUND:
            (self.folder / "loaded").write_bytes(sound.sound(kind))
            itten.read_picture(self.folder / "loaded")
        (self.folder / "loaded").unlink()
        for role in ROLES:
            rest = [one.format(file="good.png") for one in role]
            arguments = ["shade", *rest, "-p", "1", "-o", "out.png", "--overwrite"]
            with suppress(SystemExit), open(os.devnull, "w") as nowhere, redirect_stdout(nowhere):
                application()(arguments)
        for path in self.folder.glob("out.*"):
            path.unlink()

    def _run(self, case: Case, arguments: list[str]) -> Run:
        streams = [os.memfd_create(name) for name in ("out", "err")]
        start = time.monotonic()
        child = os.fork()
        if child == 0:
            self._work(arguments, streams)
        watch = os.pidfd_open(child)
        ended = select.select([watch], [], [], HANG_S)[0]
        if not ended:
            os.kill(child, signal.SIGKILL)
        _, status, used = os.wait4(child, 0)
        seconds = time.monotonic() - start
        os.close(watch)
        said = []
        for stream in streams:
            said.append(os.pread(stream, 1 << 20, 0).decode(errors="replace"))
            os.close(stream)
        code = os.waitstatus_to_exitcode(status) if ended else None
        return Run(case, code, *said, seconds, used.ru_maxrss * 1024)

    def _work(self, arguments: list[str], streams: list[int]) -> None:
        """The child: ends with the command's exit code, 99 for what the command does not catch."""
        code = 99
        try:
            for number, stream in enumerate(streams, 1):
                os.dup2(stream, number)
            os.chdir(self.folder)
            pages = int(Path("/proc/self/statm").read_text().split()[0])
            room = pages * resource.getpagesize() + ROOM
            resource.setrlimit(resource.RLIMIT_AS, (room, room))
            sys.argv = ["itten", *arguments]
            command()
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 98
        except BaseException:
            traceback.print_exc()
        finally:
            for stream in (sys.stdout, sys.stderr):
                stream.flush()
            os._exit(code)

    def _faults(self, run: Run, name: str, out: str) -> Iterator[str]:
        """What is not as it was promised."""
        lines = run.err.splitlines()
        if run.code is None:
            yield f"no end within {HANG_S:.0f} s"
        elif run.code not in (0, 3) and not (run.code == 4 and self._large(name) and "memory" in run.err):
            # A large picture may be one for which there is no memory.
            yield f"exit code {run.code}"
        if run.peak > MOST_BYTES:
            yield f"{run.peak / 1e6:.0f} MB"
        if strange := [line for line in lines if not line.startswith("itten: ")]:
            yield f"on standard error: {strange[-1]!r}"
        if run.code == 3 and (len(lines) == 0 or name not in lines[-1]):
            yield "the file is not named"
        written = sorted(path.name for path in self.folder.iterdir() if path.name not in ("good.png", name))
        if run.code != 0 and (written or run.out):
            yield f"after a failure there is {written}, and {run.out!r} was printed"
        if run.code == 0:
            yield from self._results(run, written, out)
        for one in written:
            (self.folder / one).unlink()

    def _results(self, run: Run, written: list[str], out: str) -> Iterator[str]:
        if sorted(run.out.splitlines()) != written or out not in written:
            yield f"{run.out!r} was printed, there is {written}"
        for one in written:
            if one.endswith(".ora"):
                continue
            try:
                if not bool(itten.read_image(self.folder / one).isfinite().all()):
                    yield f"{one} is not finite"
            except IttenError as error:
                yield f"what was written cannot be read: {error}"

    def _large(self, name: str) -> bool:
        try:
            head = read_header(self.folder / name)
        except IttenError:
            return False
        return head.width * head.height > LARGE


def every(count: int, seed: int, steps: int = 20) -> Iterator[Case]:
    """All bombs, strangers and endless animations, so many truncations of each kind, and ``count`` mutations."""
    yield from bombs()
    yield from strangers()
    for form in ("GIF", "PNG", "TIFF"):
        yield Case(form.lower(), "10,000 frames", many_frames(form, 10_000))
    for kind in sound.SOUND:
        yield from truncations(kind, steps)
    yield from mutations(count, seed)


def fuzz(cases: Iterable[Case]) -> list[Run]:
    """All of them, one after the other."""
    folder = Path(tempfile.mkdtemp(prefix="itten-fuzz-"))
    try:
        with chdir(folder):
            worker = Worker(folder)
            return [worker(case) for case in cases]
    finally:
        shutil.rmtree(folder)


def table(runs: list[Run]) -> str:
    """Inputs, exits, slowest and largest, for every kind and for all."""
    rows = [f"{'kind':26}{'inputs':>8}{'exits':>34}{'slowest':>10}{'most memory':>13}{'faults':>8}"]
    kinds = list(dict.fromkeys(run.case.kind for run in runs))
    for kind in (*kinds, "all"):
        of = [run for run in runs if kind in ("all", run.case.kind)]
        codes = Counter("hang" if run.code is None else str(run.code) for run in of)
        exits = ", ".join(f"{code}: {count}" for code, count in sorted(codes.items()))
        slowest, peak = max(run.seconds for run in of), max(run.peak for run in of) / 1e6
        bad = sum(bool(run.faults) for run in of)
        rows.append(f"{kind:26}{len(of):8}{exits:>34}{slowest:8.2f} s{peak:10.0f} MB{bad:8}")
    return "\n".join(rows)


def main() -> int:
    """Run them; 1 if a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=2000, help="how many mutations")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=20, help="truncations of each kind")
    parser.add_argument("--keep", type=Path, help="a folder for the files that break a promise")
    asked = parser.parse_args()
    runs = fuzz(every(asked.count, asked.seed, asked.steps))
    print(table(runs))
    broken = [run for run in runs if run.faults]
    for number, run in enumerate(broken):
        print(f"\n{run.case.kind}, {run.case.what}: {'; '.join(run.faults)}\n{run.err[-2000:]}")
        if asked.keep is not None:
            asked.keep.mkdir(parents=True, exist_ok=True)
            (asked.keep / f"{number}.bin").write_bytes(run.case.data)
    return int(bool(broken))


if __name__ == "__main__":
    sys.exit(main())
