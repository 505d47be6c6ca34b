"""Frames one after the other, kept compressed and, where they are many, on disk: what an encoder reads them from."""

from __future__ import annotations

import tempfile
import zlib
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from itten.config import AnimationConfig
from itten.errors import ResourceError, UsageError

Frame = NDArray[np.uint8]
# So many bytes stay in memory, the rest goes to a temporary file.
IN_MEMORY = 1 << 26
MOST_COLOURS = 256


class Reel:
    """Frames ``(H, W, 3)`` uint8 of one size, in the order in which they were added. It counts their colours as long as
    these are at most 256. To be closed, as by ``with``."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115
        self._places: list[tuple[int, int]] = []
        self._known: NDArray[np.uint32] | None = np.zeros(0, np.uint32)
        self.size: tuple[int, int] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Give back what the frames take."""
        self._file.close()

    def __len__(self) -> int:
        return len(self._places)

    def add(self, frame: Frame) -> None:
        """One more frame at the end. Raises :class:`~itten.errors.UsageError` for one of another size and
        :class:`~itten.errors.ResourceError` where there is no room for it."""
        if frame.dtype != np.uint8 or frame.ndim != 3 or frame.shape[2] != 3 or 0 in frame.shape:
            raise UsageError(f"a frame is (H, W, 3) uint8, got {frame.shape} of {frame.dtype}")
        height, width = frame.shape[:2]
        if self.size is None:
            self.size = height, width
        if self.size != (height, width):
            raise UsageError(f"all frames have one size, {self.size[1]} × {self.size[0]}; got {width} × {height}")
        if self._known is not None:
            found = np.union1d(self._known, np.unique(packed(frame)))
            self._known = found if len(found) <= MOST_COLOURS else None
        try:
            start = self._file.seek(0, 2)
            length = self._file.write(zlib.compress(frame.tobytes(), 1))
        except OSError as error:
            raise ResourceError(f"no room for the frames of an animation ({error.strerror or error})") from error
        self._places.append((start, length))

    def __getitem__(self, number: int) -> Frame:
        start, length = self._places[number]
        self._file.seek(start)
        data = zlib.decompress(self._file.read(length))
        assert self.size is not None
        return np.frombuffer(data, np.uint8).reshape(*self.size, 3)

    @property
    def colours(self) -> NDArray[np.uint8] | None:
        """All colours of all frames ``(n, 3)``, ascending, if they are at most 256; else None."""
        return None if self._known is None else unpacked(self._known)


def packed(frame: Frame) -> NDArray[np.uint32]:
    """Colours ``(…, 3)`` uint8 as single numbers ``(…)``."""
    wide = frame.astype(np.uint32)
    return np.asarray(wide[..., 0] << 16 | wide[..., 1] << 8 | wide[..., 2], dtype=np.uint32)


def unpacked(colours: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """The colours ``(n, 3)`` uint8 of numbers ``(n,)`` of :func:`packed`."""
    return np.stack([colours >> 16 & 255, colours >> 8 & 255, colours & 255], axis=-1).astype(np.uint8)


def order(count: int, config: AnimationConfig) -> list[int]:
    """The numbers of ``count`` frames as they are played once. Back and forth the two ends come once each round; what
    is not played for ever ends where it began."""
    forth = list(range(count))
    if not config.ping_pong or count < 2:
        return forth
    back = forth[-2::-1]
    return forth + (back if config.loop else back[:-1])


def lengths(numbers: Sequence[int], config: AnimationConfig, unit: int) -> list[int]:
    """How long each frame of :func:`order` is shown, in parts of a second of which there are ``unit``; what rounding
    takes from one is given to the next. The last frame, where it turns back if it does, is held."""
    ends, at, last = [], 0.0, max(numbers)
    for number in numbers:
        at += 1.0 / config.fps + (config.hold if number == last else 0.0)
        ends.append(int(at * unit + 0.5))
    return [max(end - start, 1) for start, end in zip([0, *ends[:-1]], ends, strict=True)]


def played(reel: Reel, numbers: Sequence[int]) -> Iterator[tuple[Frame, tuple[int, int, int, int]]]:
    """Every frame and the box ``(top, left, bottom, right)``, the last two exclusive, of what differs from the one
    before: all of the first, one pixel where nothing does."""
    before: Frame | None = None
    for number in numbers:
        frame = reel[number]
        yield frame, (0, 0, *frame.shape[:2]) if before is None else changed_box(before, frame)
        before = frame


def changed_box(before: Frame, after: Frame) -> tuple[int, int, int, int]:
    """The box of the pixels in which two frames differ; one pixel where they do not."""
    differs = (before != after).any(axis=2)
    rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
    if not len(rows):
        return 0, 0, 1, 1
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1
