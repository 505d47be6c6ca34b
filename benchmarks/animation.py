"""Animations beside those of other encoders: bytes, time, and how far what is shown lies from the frames.

    python benchmarks/animation.py --json benchmarks/results/animation.json

The frames of a growth (``itten.growth``, two passes) are made once for each picture. Then, in turns after one turn that
does not count, the same frames are written by itten and by the others: GIF by Pillow (``save_all``, once left to itself
and once with one table for all), by imageio, and by FFmpeg's encoder through PyAV with its fixed table; animated PNG
and WebP without losses by Pillow. All give bytes; itten's frames wait in its reel, and to take them out counts. Times
are processor time. What was written is decoded by Pillow and held against the frames that were meant, each in the
middle of its time, so that equal frames that were put together count as seen: the largest and the mean difference of a
channel, of 255, how many colours all frames have, and whether first and last are what they were.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch is loaded, as the command does

import argparse
import importlib
import io
import json
import platform
import statistics
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

import itten
from itten import samples
from itten.benchmark import machine
from itten.motion import Reel, animation_bytes

FPS = 20
LENGTH_MS = 1000 // FPS
# One of whole pixels and two colours, one of soft ink, one of many colours.
PICTURES = {"ink": "brush", "drawing": "botanical", "photograph": "tonal"}
SIDE = 288

Encoder = Callable[[list[np.ndarray], Reel], bytes]


def picture(name: str) -> torch.Tensor:
    whole = samples.load(PICTURES[name])[:, :SIDE, :SIDE]
    return (whole.mean(dim=0) > 0.5).float().expand(3, -1, -1).contiguous() if name == "ink" else whole


def config() -> itten.AnimationConfig:
    return itten.AnimationConfig(fps=FPS, seconds=0.8, hold=0)


def by_itten(suffix: str) -> Encoder:
    return lambda frames, reel: animation_bytes(reel, Path(f"a{suffix}"), config())[0]


def by_pillow(kind: str, **options: Any) -> Encoder:
    def encode(frames: list[np.ndarray], reel: Reel) -> bytes:
        buffer, stills = io.BytesIO(), [Image.fromarray(one) for one in frames]
        stills[0].save(buffer, kind, save_all=True, append_images=stills[1:], duration=LENGTH_MS, loop=0, **options)
        return buffer.getvalue()

    return encode


def by_pillow_one_table(frames: list[np.ndarray], reel: Reel) -> bytes:
    """One adaptive table, of the last frame, for all."""
    table = Image.fromarray(frames[-1]).quantize(256, method=Image.Quantize.MEDIANCUT)
    stills, buffer = [Image.fromarray(one).quantize(palette=table) for one in frames], io.BytesIO()
    stills[0].save(buffer, "GIF", save_all=True, append_images=stills[1:], duration=LENGTH_MS, loop=0)
    return buffer.getvalue()


def by_imageio(frames: list[np.ndarray], reel: Reel) -> bytes:
    imageio = importlib.import_module("imageio.v3")
    return bytes(imageio.imwrite("<bytes>", frames, extension=".gif", duration=LENGTH_MS, loop=0))


def by_ffmpeg(frames: list[np.ndarray], reel: Reel) -> bytes:
    av = importlib.import_module("av")
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="gif") as film:
        stream = film.add_stream("gif", rate=Fraction(FPS))
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "rgb8"
        for at, frame in enumerate(frames):
            shown = av.VideoFrame.from_ndarray(frame, format="rgb24")
            shown.pts = at
            film.mux(stream.encode(shown))
        film.mux(stream.encode(None))
    return buffer.getvalue()


KINDS: dict[str, dict[str, Encoder]] = {
    "GIF": {
        "itten": by_itten(".gif"),
        "Pillow": by_pillow("GIF"),
        "Pillow, one table": by_pillow_one_table,
        "imageio": by_imageio,
        "FFmpeg": by_ffmpeg,
    },
    "APNG": {"itten": by_itten(".png"), "Pillow": by_pillow("PNG")},
    "WebP": {"itten": by_itten(".webp"), "Pillow": by_pillow("WEBP", lossless=True, exact=True)},
}


def shown(data: bytes) -> Iterator[tuple[np.ndarray, float]]:
    """Every frame as it is seen, and how many milliseconds it stays."""
    with Image.open(io.BytesIO(data)) as file:
        for number in range(getattr(file, "n_frames", 1)):
            file.seek(number)
            file.load()
            yield np.array(file.convert("RGB")), float(file.info.get("duration", LENGTH_MS))


def errors(data: bytes, frames: list[np.ndarray]) -> dict[str, Any]:
    """How what is seen in the middle of every frame's time differs from that frame."""
    ends, seen, at = [], [], 0.0
    for frame, length in shown(data):
        at += length
        ends.append(at)
        seen.append(frame)
    worst, mean, colours = 0, [], np.zeros(0, np.uint32)
    for number, frame in enumerate(frames):
        there = seen[min(int(np.searchsorted(ends, (number + 0.5) * LENGTH_MS, side="right")), len(seen) - 1)]
        apart = np.abs(there.astype(np.int16) - frame)
        worst, mean = max(worst, int(apart.max())), [*mean, float(apart.mean())]
        packed = there.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)
        colours = np.union1d(colours, packed)
    ends_exact = bool(np.array_equal(seen[0], frames[0]) and np.array_equal(seen[-1], frames[-1]))
    return {
        "frames": len(seen),
        "worst": worst,
        "mean": statistics.mean(mean),
        "colours": len(colours),
        "ends exact": ends_exact,
    }


def row(kind: str, name: str, frames: list[np.ndarray], reel: Reel, repeats: int) -> dict[str, Any]:
    """All encoders of one kind in turns, after one turn that does not count."""
    encoders, found, took = KINDS[kind], {}, {one: [] for one in KINDS[kind]}
    for turn in range(repeats + 1):
        for one, encode in encoders.items():
            begin = time.process_time()
            data = encode(frames, reel)
            if turn:
                took[one].append(time.process_time() - begin)
            else:
                found[one] = {"bytes": len(data), **errors(data, frames)}
    own = found["itten"]
    for one, facts in found.items():
        ratios = [mine / other for mine, other in zip(took["itten"], took[one], strict=True)]
        facts["seconds"] = statistics.median(took[one])
        facts["time, itten over it"] = statistics.median(ratios)
        facts["time, spread"] = [min(ratios), max(ratios)]
        facts["bytes, itten over it"] = own["bytes"] / facts["bytes"]
        spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
        print(
            f"{kind:4} {name:10} {one:17} itten over it: bytes {facts['bytes, itten over it']:.2f}, "
            f"time {facts['time, itten over it']:.2f} ({spread}); {facts['bytes']:9,} bytes {facts['seconds']:.2f} s; "
            f"worst {facts['worst']:3} mean {facts['mean']:6.3f}, {facts['colours']} colours, "
            f"ends {'exact' if facts['ends exact'] else 'not exact'}",
            flush=True,
        )
    return {"kind": kind, "picture": name, "frames": len(frames), "encoders": found}


def versions() -> dict[str, str]:
    names = ("PIL", "imageio", "av")
    return {"python": platform.python_version(), **{one: importlib.import_module(one).__version__ for one in names}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    rows = []
    for name in PICTURES:
        frames = list(itten.growth(picture(name), passes=2, animation=config()))
        with Reel() as reel:
            for frame in frames:
                reel.add(frame)
            rows += [row(kind, name, frames, reel, arguments.repeats) for kind in KINDS]
    if arguments.json:
        report = {"machine": machine(), "versions": versions(), "rows": rows}
        arguments.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
