"""The file of a coordinate map: a compressed ``.npz`` whose layout ``docs/maps.md`` describes."""

from __future__ import annotations

import io
import math
import os
import zipfile
import zlib
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from itten.errors import InputError, MapFileError
from itten.files import Refused, as_path, opened, write_bytes_atomic
from itten.image import MAX_PIXELS
from itten.limits import MOST_PASSES
from itten.maps.flat import flattened
from itten.needs import PROCESS, check_room
from itten.shader.travel import KINDS, LONGEST, MODES, CoordinateMap, Step

SCHEMA = 1
MOST_STEPS, MOST_PICTURES = 1 << 16, 1 << 12
# The columns of the table of steps: their pass, kind, head, mode, whether they are early, points, copies, and whether
# they have a coverage.
COLUMNS = 8
_POINT = {"place": np.int32, "picture": np.uint16, "y": np.float32, "x": np.float32, "owner": np.int32}
# Deflate packs no more than that many times.
_PACKED = 1100
_HEAD = 4096


def write_map(coordinates: CoordinateMap, path: str | os.PathLike[str], overwrite: bool = False) -> Path:
    """Write a map and return the path really written, as :func:`itten.write_image` does. The same map gives the same
    bytes. A name without a suffix gets ``.npz``. Raises :class:`~itten.errors.ResourceError`."""
    if not isinstance(coordinates, CoordinateMap):
        raise InputError(f"coordinates is a {type(coordinates).__name__}; a CoordinateMap is needed")
    asked = as_path(path)
    steps = [(number, step) for number, each in enumerate(coordinates.passes) for step in each]
    table = [(at, *_row(step)) for at, step in steps]
    held: dict[str, NDArray[Any]] = {
        "schema": np.array([SCHEMA, len(coordinates.passes)], np.int32),
        "sizes": np.array(coordinates.sizes, np.int32),
        "steps": np.array(table, np.int32).reshape(len(steps), COLUMNS),
    }
    if coordinates.written is not None:
        held["written"] = coordinates.written
    every = [step for _, step in steps]
    for name, kind in _POINT.items():
        held[name] = np.concatenate([np.zeros(0, kind), *(getattr(step, name) for step in every)])
    soft = [step.coverage for step in every if step.coverage is not None]
    held["coverage"] = np.concatenate([np.zeros(0, np.float32), *soft])
    held["linear"] = np.concatenate([np.zeros((0, 2, 2), np.float32), *(step.linear for step in every)])
    flat = flattened(coordinates)
    held |= {f"flat_{name}": values for name, values in vars(flat).items()}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **held)  # type: ignore[arg-type]
    return write_bytes_atomic(buffer.getvalue(), asked if asked.suffix else asked.with_suffix(".npz"), overwrite)


def _row(step: Step) -> tuple[int, ...]:
    """A step's row of the table, but for its pass."""
    kinds = KINDS.index(step.kind), step.head, MODES.index(step.mode)
    return *kinds, step.early, len(step), len(step.linear), step.coverage is not None


def read_map(path: str | os.PathLike[str]) -> CoordinateMap:
    """Read the map at ``path``. No object of it is unpickled, and nothing is made of a size that the file cannot fill.

    Raises :class:`~itten.errors.MapFileError` for a file that is missing, no map, or damaged, and
    :class:`~itten.errors.ResourceError` where memory does not suffice.
    """
    as_path(path)
    name = repr(os.fspath(path))
    try:
        with opened(path, "map") as file:
            return _read(file)
    except FileNotFoundError as error:
        raise MapFileError(f"{name} does not exist") from error
    except Refused as error:
        raise MapFileError(f"{name} {error.strerror}") from error
    except _Wrong as error:
        raise MapFileError(f"{name} is no coordinate map, or damaged ({error})") from error
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, KeyError, NotImplementedError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise MapFileError(f"{name} cannot be read as a coordinate map ({reason})") from error
    except (
        SyntaxError,
        TypeError,
        IndexError,
        OverflowError,
        ArithmeticError,
        zlib.error,
    ) as error:  # zlib's and headers' own
        raise MapFileError(f"{name} is no coordinate map, or damaged ({type(error).__name__})") from error


class _Wrong(Exception):
    """What is wrong with a map."""


def _read(file: BinaryIO) -> CoordinateMap:
    with zipfile.ZipFile(file) as archive:
        schema = _array(archive, "schema", np.int32, (2,))
        if schema[0] != SCHEMA:
            raise _Wrong(f"its schema is {schema[0]}, {SCHEMA} is known")
        passes = int(schema[1])
        _check(0 <= passes <= MOST_PASSES, "its number of passes")
        sizes = _array(archive, "sizes", np.int32, (None, 2), MOST_PICTURES)
        _check(len(sizes) > 0 and bool(((sizes > 0) & (sizes <= LONGEST)).all()), "its sizes")
        areas = sizes.astype(np.int64).prod(axis=1)
        _check(int(areas.max()) <= MAX_PIXELS, "its sizes")
        table = _array(archive, "steps", np.int32, (None, COLUMNS), MOST_STEPS)
        limits = np.array([passes, len(KINDS), 1 << 16, len(MODES), 2, 1 << 31, 1 << 31, 2], np.int64)
        _check(bool(((table >= 0) & (table < limits)).all() and (np.diff(table[:, 0]) >= 0).all()), "its steps")
        points, copies = (table[:, column].astype(np.int64) for column in (5, 6))
        _check(bool((copies > 0).all()), "its steps")
        total, soft = int(points.sum()), int(points[table[:, 7] == 1].sum())
        height, width = int(sizes[0, 0]), int(sizes[0, 1])
        check_room(PROCESS + 24 * total + height * width, "the map", (height, width))
        written = _array(archive, "written", np.bool_, (height, width)) if "written.npy" in archive.namelist() else None
        held = {key: _array(archive, key, kind, (total,)) for key, kind in _POINT.items()}
        coverage = _array(archive, "coverage", np.float32, (soft,))
        linear = _array(archive, "linear", np.float32, (int(copies.sum()), 2, 2))
    _check(bool(((held["place"] >= 0) & (held["place"] < height * width)).all()), "its places")
    _check(bool((held["picture"] < len(sizes)).all()), "its pictures")
    for key, most in (("y", sizes[:, 0]), ("x", sizes[:, 1])):
        _check(bool(((held[key] >= 0) & (held[key] <= most[held["picture"]] - 1)).all()), f"its places in {key}")
    _check(bool(((coverage >= 0) & (coverage <= 1)).all()), "its coverage")
    _check(bool((np.isfinite(linear).all()) and (np.abs(np.linalg.det(linear.astype(float))) > 1e-9).all()), "linear")
    steps: list[list[Step]] = [[] for _ in range(passes)]
    at = covered = copied = 0
    for row in table:
        count, many = int(row[5]), int(row[6])
        own = {key: values[at : at + count] for key, values in held.items()}
        _check(bool(((own["owner"] >= 0) & (own["owner"] < many)).all()), "its owners")
        mode, whole = MODES[row[3]], not row[7]
        _check(whole == (mode in ("move", "mean")), "its modes")
        share = None if whole else coverage[covered : covered + count]
        ways = linear[copied : copied + many]
        step = Step(KINDS[row[1]], int(row[2]), mode, bool(row[4]), **own, linear=ways, coverage=share)
        steps[row[0]].append(step)
        at, covered, copied = at + count, covered + (0 if whole else count), copied + many
    known = tuple((int(tall), int(wide)) for tall, wide in sizes)
    return CoordinateMap(known, tuple(tuple(each) for each in steps), written)


def _check(right: bool, what: str) -> None:
    if not right:
        raise _Wrong(f"{what} cannot be")


def _array(
    archive: zipfile.ZipFile, name: str, kind: Any, shape: tuple[int | None, ...], most: int = 0
) -> NDArray[Any]:
    """The array ``name`` if it is of that ``kind`` and ``shape``, None being up to ``most``; nothing is allocated for
    one that is not."""
    entry = archive.getinfo(f"{name}.npy")
    _check(entry.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED), f"how {name} is packed")
    with archive.open(entry) as file:
        version = np.lib.format.read_magic(file)
        _check(version == (1, 0), f"the head of {name}")
        found, fortran, dtype = np.lib.format.read_array_header_1_0(file, max_header_size=_HEAD)
        fits = len(found) == len(shape) and all(
            size == said if said is not None else 0 <= size <= most for size, said in zip(found, shape, strict=True)
        )
        _check(fits and not fortran and dtype == np.dtype(kind) and not dtype.hasobject, f"the shape of {name}")
        length = math.prod(found) * dtype.itemsize
        _check(length <= entry.file_size <= _PACKED * (entry.compress_size + 1), f"the length of {name}")
        data = file.read(length)
        _check(len(data) == length and not file.read(1), f"the length of {name}")
    values: NDArray[Any] = np.frombuffer(data, dtype).reshape(found)
    # A byte that is neither 0 nor 1 is no truth value.
    return values.view(np.uint8) != 0 if dtype == np.bool_ else values.copy()
