"""Two processes write the same name at the same moment: nothing is lost, nothing is half there, whoever looks."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faulty import run

# Both writers wait for each other before each write; the parent looks at what is left after it.
RACE = """
import errno, multiprocessing, os, sys
from pathlib import Path
from itten.files import write_bytes_atomic

folder, rounds, overwrite, links = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "True", sys.argv[4] == "True"
context = multiprocessing.get_context("fork")
gate = context.Barrier(3)
target = folder / "a.bin"
os.fsync = lambda descriptor: None  # the disk's own pace would part the two
sizes = [5_000, 3_000_000, 1, 70_000]

def data(writer, number):
    return bytes([1 + writer + 2 * (number % 100)]) * sizes[(number + writer) % len(sizes)]

def refuse(*_, **__):
    raise OSError(errno.EPERM, os.strerror(errno.EPERM))

def write(writer, answers):
    if not links:
        os.link = refuse
    for number in range(rounds):
        gate.wait()
        path = write_bytes_atomic(data(writer, number), target, overwrite)
        if overwrite:  # it may be the other's by now, but it is whole
            seen = target.read_bytes()
            assert seen in (data(0, number), data(1, number)), (number, len(seen), seen[:1])
        else:
            assert path.read_bytes() == data(writer, number), number
        answers.send(path.name)
        gate.wait()

pipes = [context.Pipe(False) for _ in range(2)]
crew = [context.Process(target=write, args=(writer, pipes[writer][1])) for writer in range(2)]
for one in crew:
    one.start()
both = dated = 0
for number in range(rounds):
    gate.wait(20)
    names = [pipe.recv() for pipe, _ in pipes]
    gate.wait(20)
    found = {path.name: path.read_bytes() for path in folder.iterdir()}
    pair = [data(0, number), data(1, number)]
    if overwrite:
        assert names == ["a.bin", "a.bin"]
        assert list(found) == ["a.bin"] and found["a.bin"] in pair, sorted(found)
        both += found["a.bin"] == pair[0]
    else:
        assert len(found) == 2 and "a.bin" in found, sorted(found)
        assert [found[name] for name in names] == pair, names
        both += names[0] == "a.bin"
    for name in found:
        (folder / name).unlink()
for one in crew:
    one.join(20)
print(rounds, [one.exitcode for one in crew], 0 < both < rounds)
"""
COUNTS = [60, pytest.param(500, marks=pytest.mark.long)]


@pytest.mark.parametrize("rounds", COUNTS)
@pytest.mark.parametrize(
    ("overwrite", "links"), [(False, True), (False, False), (True, True)], ids=["new", "new, no hard links", "over"]
)
def test_two_writers_at_once(tmp_path: Path, rounds: int, overwrite: bool, links: bool) -> None:
    (tmp_path / "race.py").write_text(RACE)
    home = tmp_path / "home"
    home.mkdir()
    found, out, said = run(tmp_path / "race.py", None, 120, str(home), str(rounds), str(overwrite), str(links))
    assert (found, out) == (0, f"{rounds} [0, 0] True\n"), said
