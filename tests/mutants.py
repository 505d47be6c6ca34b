"""Whether the tests would see a fault: every entry of ``mutants.toml`` is put into a copy of the tree, and the short
suite has to go red there.

``python -m tests.mutants`` runs all, two at a time; ``--only WORD`` those whose file or fault holds the word. A fault
names the tests that should see it, which run first; if they stay green the whole short suite decides. The exit status
is 0 if all are caught. What is named is run once without a fault before, and has to be green.
"""

from __future__ import annotations

import argparse
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
LEFT_OUT = shutil.ignore_patterns(".venv", ".git", ".*_cache", "__pycache__", "*.egg-info", "demo_output", ".coverage*")
LIMIT_S = 1800
# Says in the environment of a copy that it is one.
IN_A_COPY = "ITTEN_TESTS_MUTANT"
THREADS = ("OPENBLAS_NUM_THREADS",)


@dataclass(frozen=True)
class Mutant:
    """``old`` occurs once in ``file`` and becomes ``new``, which is the ``fault``; ``tests`` should see it."""

    file: str
    fault: str
    old: str
    new: str
    tests: tuple[str, ...] = ()

    def check(self) -> None:
        """Raises ``ValueError`` if it cannot be put in."""
        found = (ROOT / self.file).read_text(encoding="utf-8").count(self.old)
        if found != 1:
            raise ValueError(f"{self.file}: {found} places, not one, hold {self.old!r} ({self.fault})")
        if missing := [test for test in self.tests if not (ROOT / test.split("::")[0]).exists()]:
            raise ValueError(f"{self.file}: no such tests: {', '.join(missing)} ({self.fault})")


def load() -> list[Mutant]:
    """All entries, checked."""
    data = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    mutants = [Mutant(**{**entry, "tests": tuple(entry.get("tests", ()))}) for entry in data["mutant"]]
    for mutant in mutants:
        mutant.check()
    return mutants


class Tree:
    """A copy of the tree. All copies share a cache of compiled kernels, which knows them by a digest of their sources:
    a fault in a kernel is compiled anew."""

    def __init__(self, home: Path) -> None:
        self.root, self.cache = home / "tree", home.parent / "cache"
        shutil.copytree(ROOT, self.root, ignore=LEFT_OUT)
        where = self._run(["-c", "import itten; print(itten.__file__)"]).stdout.strip()
        if not Path(where).is_relative_to(self.root):
            raise RuntimeError(f"the copy would test {where}")

    def passes(self, tests: tuple[str, ...]) -> bool:
        """Whether the short suite, or some tests of it, are green."""
        done = self._run(["-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests])
        if done.returncode not in (0, 1, 2):  # 2: the fault broke an import
            raise RuntimeError(f"pytest ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        return done.returncode == 0

    def catches(self, mutant: Mutant) -> str:
        """Which tests saw it; nothing if none did."""
        path = self.root / mutant.file
        plain = path.read_text(encoding="utf-8")
        path.write_text(plain.replace(mutant.old, mutant.new), encoding="utf-8")
        try:
            if mutant.tests and not self.passes(mutant.tests):
                return "the tests it names"
            return "" if self.passes(()) else "the whole suite"
        except subprocess.TimeoutExpired:
            return f"the limit of {LIMIT_S} s"
        finally:
            path.write_text(plain, encoding="utf-8")

    def _run(self, arguments: list[str]) -> subprocess.CompletedProcess[str]:
        given = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
        environment = {**given, **dict.fromkeys(THREADS, "1"), "PYTHONPATH": str(self.root / "src")}
        environment |= {"ITTEN_CACHE_DIR": str(self.cache), "PYTHONDONTWRITEBYTECODE": "1", IN_A_COPY: "1"}
        return subprocess.run(
            [sys.executable, *arguments], cwd=self.root, env=environment, capture_output=True, text=True,
            timeout=LIMIT_S, check=False,
        )  # fmt: skip


def main() -> int:
    """Run them; 1 if one survives."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="those whose file or fault holds this word")
    parser.add_argument("--skip", type=int, default=0, help="begin after so many")
    parser.add_argument("--at-once", type=int, default=2, help="how many at a time")
    parser.add_argument("--trust", action="store_true", help="do not run the named tests without a fault first")
    asked = parser.parse_args()
    todo: queue.SimpleQueue[Mutant] = queue.SimpleQueue()
    mutants = [one for one in load() if asked.only in one.file or asked.only in one.fault]
    mutants = mutants[asked.skip :]
    for mutant in mutants:
        todo.put(mutant)
    survived: list[Mutant] = []
    errors: list[BaseException] = []
    begin = time.monotonic()

    def work(home: Path, named: tuple[str, ...]) -> None:
        try:
            tree = Tree(home)
            if named and not tree.passes(named):
                raise RuntimeError("tests that the list names are red without any fault")
            while not errors:
                mutant, start = todo.get_nowait(), time.monotonic()
                by = tree.catches(mutant)
                if not by:
                    survived.append(mutant)
                what = f"by {by}" if by else "SURVIVED"
                print(f"{time.monotonic() - start:6.1f} s  {what:20}  {mutant.file}: {mutant.fault}", flush=True)
        except queue.Empty:
            return
        except BaseException as error:
            errors.append(error)
            raise

    named = () if asked.trust else tuple(sorted({test for mutant in mutants for test in mutant.tests}))
    with tempfile.TemporaryDirectory(prefix="itten-mutants-") as folder:
        workers = []
        for number in range(asked.at_once):
            home = Path(folder) / str(number)
            home.mkdir()
            workers.append(threading.Thread(target=work, args=(home, named[number :: asked.at_once])))
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    if errors:
        return 2
    caught = len(mutants) - len(survived)
    print(f"{caught} of {len(mutants)} caught in {time.monotonic() - begin:.0f} s")
    return int(bool(survived))


if __name__ == "__main__":
    sys.exit(main())
