"""Hostile files, a process for each: exit 0 or 3, within ten seconds and a gigabyte, and nothing said but by itten."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from itten.errors import ImageFileError
from itten.image import read_picture
from tests.faults import hostile
from tests.faults.sound import SIZE, SOUND, sound
from tests.faulty import environment

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("count", "steps"), [(23, 1), pytest.param(2000, 20, marks=pytest.mark.long)], ids=["short", "long"]
)
def test_no_file_breaks_a_promise(
    count: int, steps: int, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    command = [sys.executable, "-m", "tests.faults.fuzz", f"--count={count}", f"--steps={steps}", "--keep", "broken"]
    home = {**environment(), "OMP_NUM_THREADS": "1", "ITTEN_NUM_THREADS": "1", "PYTHONPATH": f"{ROOT}:{ROOT}/src"}
    done = subprocess.run(command, cwd=tmp_path, env=home, capture_output=True, text=True, check=False, timeout=3600)
    print(done.stdout)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    record_property("figure", " ".join(done.stdout.splitlines()[-1].split()))
    inputs, exits = done.stdout.splitlines()[-1].split(maxsplit=2)[1:]
    assert int(inputs) > count + steps * len(SOUND)
    assert "0: " in exits
    assert "3: " in exits


@pytest.mark.parametrize("kind", SOUND)
def test_what_damage_is_done_to_is_sound(kind: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(sound(kind))
    picture = read_picture(tmp_path / "a")
    assert tuple(picture.pixels.shape[1:]) == SIZE
    assert picture.depth == (16 if "16" in kind else 8)


def test_damage_is_the_same_every_time_and_goes_everywhere() -> None:
    first, again, other = (list(hostile.mutations(230, seed)) for seed in (0, 0, 1))
    assert first == again
    assert [one.data for one in first] != [one.data for one in other]
    assert {one.kind for one in first} == set(SOUND)
    assert sum(one.data == sound(one.kind) for one in first) < 25
    assert {name for one in first for name in one.what.split(": ")[1].split(", ")} == {
        change.__name__.strip("_") for change in hostile.CHANGES
    }


@pytest.mark.parametrize("case", [*hostile.bombs(), *hostile.strangers()], ids=lambda case: f"{case.kind} {case.what}")
def test_bombs_and_strangers_are_refused(case: hostile.Case, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(case.data)
    with pytest.raises(ImageFileError, match=r"a\.png'") as caught:
        read_picture(tmp_path / "a.png")
    assert caught.value.exit_code == 3
