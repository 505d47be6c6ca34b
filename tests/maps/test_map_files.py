"""Files of coordinate maps: what is written is read, and nothing else is."""

from __future__ import annotations

import io
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import itten
from itten.errors import MapFileError, ResourceError
from itten.maps import flattened
from itten.shader import CoordinateMap
from tests.maps.test_apply import HALF, HARD, SOFT, made, step


@pytest.fixture(scope="module")
def soft() -> CoordinateMap:
    return made(SOFT, None, passes=2, shadow="drop", write=HALF)[0]


def same(one: CoordinateMap, other: CoordinateMap) -> None:
    assert one.sizes == other.sizes
    assert [len(steps) for steps in one.passes] == [len(steps) for steps in other.passes]
    for left, right in zip(sum(one.passes, ()), sum(other.passes, ()), strict=True):
        for name, value in vars(left).items():
            again = getattr(right, name)
            if isinstance(value, np.ndarray):
                assert value.dtype == again.dtype
                np.testing.assert_array_equal(value, again)
            else:
                assert value == again


def test_what_is_written_is_read(soft: CoordinateMap, tmp_path: Path) -> None:
    for number, one in enumerate([soft, made(HARD, HARD.flip(2), passes=1)[0], step([[1.0, 0.0], [0.0, 1.0]])]):
        path = itten.write_map(one, tmp_path / f"{number}")
        assert path.suffix == ".npz"
        found = itten.read_map(path)
        same(one, found)
        assert (one.written is None) == (found.written is None)
        assert one.written is None or (one.written == found.written).all()


def test_the_same_map_has_the_same_bytes(soft: CoordinateMap, tmp_path: Path) -> None:
    first, second = (itten.write_map(soft, tmp_path / name).read_bytes() for name in ("a.npz", "b.npz"))
    assert first == second


def test_other_programs_find_the_lookup(soft: CoordinateMap, tmp_path: Path) -> None:
    with np.load(itten.write_map(soft, tmp_path / "a.npz"), allow_pickle=False) as held:
        for name, value in vars(flattened(soft)).items():
            np.testing.assert_array_equal(held[f"flat_{name}"], value)
        assert held["flat_linear"].shape == (*HARD.shape[1:], 2, 2)


def arrays(coordinates: CoordinateMap, folder: Path) -> dict[str, Any]:
    with np.load(itten.write_map(coordinates, folder / "whole.npz")) as held:
        return {name: held[name] for name in held.files if not name.startswith("flat_")}


def changed(name: str, at: Any, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(held: dict[str, Any]) -> None:
        held[name] = held[name].copy()
        held[name][at] = value

    return change


WRONG: dict[str, Callable[[dict[str, Any]], Any]] = {
    "schema": changed("schema", 0, 2),
    "passes": changed("schema", 1, -1),
    "size": changed("sizes", 0, (-4, 4)),
    "too large": changed("sizes", 0, (1 << 24, 1 << 24)),
    "place": changed("place", 3, 1 << 30),
    "negative place": changed("place", 0, -1),
    "picture": changed("picture", 0, 7),
    "row": changed("y", 0, 1e9),
    "no number": changed("x", 0, np.nan),
    "coverage": changed("coverage", 0, 1.5),
    "flattened copy": changed("linear", 0, 0.0),
    "owner": changed("owner", 0, 1 << 20),
    "mode": changed("steps", (0, 3), 9),
    "mode of whole pixels": changed("steps", (0, 3), 0),
    "more points than there are": changed("steps", (0, 5), 1 << 28),
    "a pass that is not": changed("steps", (0, 0), 5),
    "missing": lambda held: held.pop("y"),
    "other kind": lambda held: held.update(y=held["y"].astype(np.float64)),
    "objects": lambda held: held.update(y=np.array([{}] * len(held["y"]), dtype=object)),
    "other shape": lambda held: held.update(y=held["y"][:-1]),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_is_refused(soft: CoordinateMap, tmp_path: Path, case: str) -> None:
    held = arrays(soft, tmp_path)
    WRONG[case](held)
    np.savez_compressed(tmp_path / "wrong.npz", **held)
    with pytest.raises((MapFileError, ResourceError), match=r"coordinate map|memory") as told:
        itten.read_map(tmp_path / "wrong.npz")
    assert told.value.exit_code == 3 or case == "more points than there are"


def test_what_is_no_map_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.npz").write_text("no zip")
    (tmp_path / "pickle.npz").write_bytes(pickle.dumps([1, 2]))
    (tmp_path / "empty.npz").touch()
    for name in ("text.npz", "pickle.npz", "empty.npz", "none.npz", "."):
        with pytest.raises(MapFileError, match=r"(\.npz|tmp|test).*(map|exist)"):
            itten.read_map(tmp_path / name)


def test_a_head_that_promises_more_than_the_file_has_is_not_believed(soft: CoordinateMap, tmp_path: Path) -> None:
    """A bomb: a gigabyte of pictures in a member of a few bytes, by its own word."""
    held = arrays(soft, tmp_path)
    table = held["steps"]
    grown = int(held["place"].shape[0])
    table[0, 5] += (1 << 24) - grown
    with zipfile.ZipFile(tmp_path / "bomb.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, values in held.items():
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, np.asarray(values), version=(1, 0))
            data = buffer.getvalue()
            if name == "place":
                data = data.replace(f"({grown},)".encode(), f"({1 << 24},)".encode())
            archive.writestr(f"{name}.npy", data)
    with pytest.raises(MapFileError, match="place"):
        itten.read_map(tmp_path / "bomb.npz")


def test_damage_is_told_as_such(soft: CoordinateMap, tmp_path: Path) -> None:
    """Flipped and missing bytes: a map or an error that is one, never another exception."""
    data, random = itten.write_map(soft, tmp_path / "whole.npz").read_bytes(), np.random.default_rng(1)
    path, refused = tmp_path / "damaged.npz", 0
    for number in range(150):
        wrong = bytearray(data)
        if number % 3 == 0:
            wrong = wrong[: int(random.integers(0, len(data)))]
        else:
            for at in random.integers(0, len(data), 1 + number % 5):
                wrong[at] = int(random.integers(0, 256))
        path.write_bytes(wrong)
        try:
            itten.read_map(path)
        except (MapFileError, ResourceError):
            refused += 1
    assert refused > 80
