"""MP4: H.264 by PyAV, which is the extra ``video``."""

from __future__ import annotations

import importlib
import io
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from itten.errors import UsageError
from itten.image.provenance import remark
from itten.motion.reel import Reel

# How much is lost: 0 nothing, 51 most. Edges of ink stay clean at this.
LOSS = 16


def check_video() -> Any:
    """PyAV. Raises :class:`~itten.errors.UsageError` where it is not installed, or cannot write H.264."""
    try:
        av = importlib.import_module("av")
    except ImportError as error:
        raise UsageError("films need PyAV, which is not here: pip install 'itten[video]', or write a gif") from error
    if "libx264" not in av.codecs_available:
        raise UsageError("the installed PyAV cannot write H.264: pip install 'itten[video]', or write a gif")
    return av


def mp4(
    reel: Reel, numbers: Sequence[int], counts: Sequence[int], fps: float, made: str | None = None
) -> tuple[bytes, tuple[int, int]]:
    """The frames ``numbers`` of a reel as a film, each shown ``counts`` times, and its size, width and height. Both are
    made even by repeating the last column and row. ``made``: text that says how, which is the film's comment."""
    av = check_video()
    assert reel.size is not None
    height, width = (side + side % 2 for side in reel.size)
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4", options={"fflags": "bitexact"}) as film:
        if made is not None:
            film.metadata["comment"] = remark(made)
        stream = film.add_stream("libx264", rate=Fraction(fps).limit_denominator(1001))
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        # One thread: with several what x264 writes follows how many there are.
        stream.codec_context.thread_count = 1
        stream.options = {"crf": str(LOSS), "preset": "medium", "threads": "1"}
        at = 0
        for number, count in zip(numbers, counts, strict=True):
            frame = reel[number]
            padded = np.pad(frame, ((0, height - frame.shape[0]), (0, width - frame.shape[1]), (0, 0)), mode="edge")
            for _ in range(count):
                shown = av.VideoFrame.from_ndarray(np.ascontiguousarray(padded), format="rgb24")
                shown.pts = at
                at += 1
                film.mux(stream.encode(shown))
        film.mux(stream.encode(None))
    return buffer.getvalue(), (width, height)
