"""What the project promises when things go wrong, row by row: ``python -m tests.reliability``.

Every row of ``reliability.toml`` names tests; they are run, those marked long too where the row says so, and a row
holds if all of them pass. ``--short`` leaves the long ones out, ``--only 3,19`` other rows. ``--write`` makes
``docs/reliability.md`` of what was seen; rows that were not run keep what was there. The exit status is 0 if all rows
that were run hold.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "reliability.md"
HEAD = """# What holds when things go wrong

Every line is made by `make reliability`, which runs the tests that it names (all of them are in
`tests/reliability.toml`) and ends with a count. Hostile files are made by the tests themselves. Exit codes: 0 done, 2
wrong usage, 3 bad input, 4 not enough of a resource or not written where it should be, 130 interrupted, 141 nobody
read standard output to its end, 143 terminated.

| # | fault | promise | tried by | figure |
| --- | --- | --- | --- | --- |
"""


@dataclass(frozen=True)
class Row:
    """A promise, the ``tests`` that prove it, or what it comes with ``later``."""

    number: int
    fault: str
    promise: str
    tests: tuple[str, ...] = ()
    long: bool = False
    later: str = ""

    def check(self) -> None:
        """Raises ``ValueError`` if it names no test that there is."""
        if bool(self.tests) == bool(self.later):
            raise ValueError(f"row {self.number} wants tests, or what it comes with")
        for test in self.tests:
            name, _, function = test.partition("::")
            path = ROOT / name
            if not path.exists() or (function and f"def {function}(" not in path.read_text(encoding="utf-8")):
                raise ValueError(f"row {self.number}: there is no {test}")


def load() -> list[Row]:
    """All rows, checked."""
    data = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    rows = [Row(**{**entry, "tests": tuple(entry.get("tests", ()))}) for entry in data["row"]]
    for row in rows:
        row.check()
    if [row.number for row in rows] != list(range(1, len(rows) + 1)):
        raise ValueError("rows are numbered from 1 on, without a gap")
    return rows


def proved(row: Row, short: bool) -> tuple[bool, str]:
    """Whether a row holds, and in words what was seen."""
    chosen = "long or not long" if row.long and not short else "not long"
    begin = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        options = ["-q", "-n", "2", "--dist", "worksteal", "-m", chosen, "--tb=short", f"--junitxml={report}"]
        command = [sys.executable, "-m", "pytest", *options, *row.tests]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        told = process.stdout.read() if process.stdout is not None else ""
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        cases = list(ElementTree.parse(report).iter("testcase")) if report.exists() else []
    seconds = time.perf_counter() - begin
    broken = [case for case in cases if case.find("failure") is not None or case.find("error") is not None]
    skipped = sum(case.find("skipped") is not None for case in cases)
    passed = len(cases) - len(broken) - skipped
    holds = process.returncode == 0 and not broken and passed > 0
    found = [f"{passed} tests, {seconds:.0f} s, processes of up to {used.ru_maxrss * 1024 / 1e6:.0f} MB"]
    if row.long and short:
        found.append("the short ones only")
    if skipped:
        found.append(f"{skipped} skipped")
    found += [str(one.get("value")) for case in cases for one in case.iter("property") if one.get("name") == "figure"]
    if not holds:
        print(told)
        found.insert(0, f"{len(broken)} failed")
    return holds, "; ".join(found)


def kept(page: str) -> dict[int, str]:
    """The figures of a page that was written before, by the numbers of their rows."""
    cells = (line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| "))
    return {int(row[0]): row[-1] for row in cells if len(row) == 5 and row[0].isdigit()}


def lines(rows: Sequence[Row], figures: dict[int, str]) -> Iterator[str]:
    """The rows of the page."""
    for row in rows:
        files = dict.fromkeys(Path(test.split("::")[0]).name for test in row.tests)
        tried = ", ".join(f"`{name}`" for name in files) or "–"
        figure = row.later or figures.get(row.number, "not run yet")
        yield f"| {row.number} | {row.fault} | {row.promise} | {tried} | {figure} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true", help="leave out tests that are marked long")
    parser.add_argument("--only", default="", help="numbers of rows, with commas")
    parser.add_argument("--write", action="store_true", help="write docs/reliability.md")
    arguments = parser.parse_args()
    rows = load()
    wanted = {int(number) for number in arguments.only.split(",") if number}
    chosen = [row for row in rows if row.tests and (not wanted or row.number in wanted)]
    figures: dict[int, str] = {}
    broken = []
    for row in chosen:
        holds, figures[row.number] = proved(row, arguments.short)
        if not holds:
            broken.append(row.number)
        print(f"{row.number:2} {'holds' if holds else 'BROKEN'}: {row.fault}: {figures[row.number]}", flush=True)
    for row in rows:
        if row.later:
            print(f"{row.number:2} {row.later}: {row.fault}")
    print(f"{len(chosen) - len(broken)} of {len(chosen)} rows hold, {sum(bool(row.later) for row in rows)} come later")
    if arguments.write and not broken:
        before = kept(PAGE.read_text(encoding="utf-8")) if PAGE.exists() else {}
        PAGE.write_text(HEAD + "\n".join(lines(rows, {**before, **figures})) + "\n", encoding="utf-8")
    sys.exit(bool(broken))


if __name__ == "__main__":
    main()
