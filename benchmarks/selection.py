"""Selections from scribbles: itten's random walker beside scikit-image's, and against a direct solver.

    python benchmarks/selection.py --json benchmarks/results/selection.json

Photographs of scikit-image, three labels, calls in turn, processor time; a ratio is that of neighbouring calls, and the
median and the spread are of those. scikit-image walks on four neighbours and itten on 112; its ``cg_mg`` wants pyamg,
without which ``cg_j`` stands in and the table says so. It is timed at its default tolerance and at 1e-5, for what
the default leaves is told, too: the error against its own direct solution at 256². Memory is the peak of a process of
its own at four megapixels.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch is loaded, as the command does

import argparse
import importlib.util
import json
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

import itten
from itten.benchmark import machine
from itten.config import SpectrumConfig
from itten.graph import make_stencil
from itten.kernels.reference.walk import walk

PICTURES, SIZES, THRESHOLDS = ("astronaut", "coffee", "camera"), (512, 1024), (0.15, 0.05, 0.02)
MODE = "cg_mg" if importlib.util.find_spec("pyamg") else "cg_j"
MEMORY = """
import resource, sys
sys.path.insert(0, sys.argv[1])
from selection import photograph, scribbles
import itten
image, seeds = photograph("astronaut", 2048), scribbles(2048)
found = itten.select(image, seeds, edge_threshold=0.15)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, found.status, found.iterations)
"""


def photograph(name: str, side: int) -> np.ndarray:
    """``(side, side, 3)`` float32 in [0, 1]."""
    from skimage import color, data, transform

    picture = getattr(data, name)()
    picture = color.gray2rgb(picture) if picture.ndim == 2 else picture
    return transform.resize(picture, (side, side), anti_aliasing=True).astype(np.float32)


def scribbles(side: int) -> np.ndarray:
    """``(side, side)``: three strokes, four or five pixels wide at any size."""
    seeds = np.zeros((side, side), np.int64)
    strokes = [((3, 7), (6, 7.5)), ((1, 1), (6, 1)), ((12, 12), (14, 14))]
    for label, (begin, end) in enumerate(strokes, 1):
        for part in np.linspace(0, 1, 2 * side):
            y, x = (int(side / 16 * (a + part * (b - a))) for a, b in zip(begin, end, strict=True))
            seeds[y - 2 : y + 3, x - 2 : x + 3] = label
    return seeds


def theirs(image: np.ndarray, seeds: np.ndarray, mode: str = MODE, **options: Any) -> np.ndarray:
    from skimage.segmentation import random_walker

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return random_walker(image, seeds, mode=mode, channel_axis=-1, return_full_prob=True, **options)


def timed(call: Callable[[], Any]) -> float:
    begin = time.process_time()
    call()
    return time.process_time() - begin


def accuracy(name: str, threshold: float) -> dict[str, Any]:
    """Against direct solutions at 256²."""
    image, seeds = photograph(name, 256), scribbles(256)
    config = SpectrumConfig(edge_threshold=threshold)
    stencil = make_stencil(config.radii, config.weights)
    features = np.ascontiguousarray(image.transpose(2, 0, 1))
    truth = walk(features, stencil.offsets, stencil.weights, 1 / threshold, seeds)
    found = itten.select(image, seeds, config)
    off = float(np.abs(found.probabilities.numpy() - truth).max())
    row = {"picture": name, "threshold": threshold, "off": off, "told": found.error, "iterations": found.iterations}
    if threshold == THRESHOLDS[0]:
        exact = theirs(image, seeds, "bf")
        row["cg_off"] = float(np.abs(theirs(image, seeds) - exact).max())
        row["cg_off_at_1e-5"] = float(np.abs(theirs(image, seeds, tol=1e-5) - exact).max())
    return row


def speed(name: str, side: int, repeats: int) -> dict[str, Any]:
    image, seeds = photograph(name, side), scribbles(side)
    found = itten.select(image, seeds, edge_threshold=0.15)
    theirs(image, seeds)
    ours, usual, tight = [], [], []
    for _ in range(repeats):
        ours.append(timed(lambda: itten.select(image, seeds, edge_threshold=0.15)))
        usual.append(timed(lambda: theirs(image, seeds)))
        tight.append(timed(lambda: theirs(image, seeds, tol=1e-5)))
    ratios = [b / a for a, b in zip(ours, usual, strict=True)]
    stricter = [b / a for a, b in zip(ours, tight, strict=True)]
    return {
        "picture": name,
        "side": side,
        "ratio": statistics.median(ratios),
        "spread": [min(ratios), max(ratios)],
        "ratio_at_1e-5": statistics.median(stricter),
        "seconds": statistics.median(ours),
        "theirs": statistics.median(usual),
        "theirs_at_1e-5": statistics.median(tight),
        "iterations": found.iterations,
        "residual": float(found.residuals.max()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="one picture, no thresholds, no memory")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    names = PICTURES[:1] if arguments.quick else PICTURES
    rows = []
    for side in SIZES:
        for name in names:
            row = speed(name, side, arguments.repeats)
            rows.append(row)
            print(
                f"{name:10s} {side}²: {row['ratio']:.1f} × {MODE} ({row['spread'][0]:.1f} to {row['spread'][1]:.1f}), "
                f"{row['ratio_at_1e-5']:.1f} × at 1e-5; {row['seconds']:.2f} s against {row['theirs']:.2f} and "
                f"{row['theirs_at_1e-5']:.2f} s, {row['iterations']} steps",
                flush=True,
            )
    growth = [
        large["seconds"] / small["seconds"] * (SIZES[0] / SIZES[1]) ** 2
        for small, large in zip(rows[: len(names)], rows[len(names) :], strict=True)
    ]
    print(f"growth a pixel from {SIZES[0]}² to {SIZES[1]}²: {', '.join(f'{one:.2f}' for one in growth)}")
    result = {
        "ratio": statistics.median(row["ratio"] for row in rows),
        "mode": MODE,
        "growth": growth,
        "machine": machine(),
        "repeats": arguments.repeats,
        "speed": rows,
    }
    if not arguments.quick:
        result["accuracy"] = [accuracy(name, threshold) for threshold in THRESHOLDS for name in names]
        for row in result["accuracy"]:
            print({key: f"{value:.1e}" if isinstance(value, float) else value for key, value in row.items()})
        code = [sys.executable, "-c", MEMORY, str(Path(__file__).parent)]
        told = subprocess.run(code, capture_output=True, text=True, check=True).stdout.split()
        result["peak_bytes_of_4_megapixels"] = int(told[0]) * 1024
        print(f"2048²: {int(told[0]) / 1e6:.2f} GB at the peak, {told[1]} after {told[2]} steps")
    if arguments.json:
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        arguments.json.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
