"""What a spectrum of many feature channels costs beside one of three.

    python benchmarks/features.py --json benchmarks/results/features.json

A picture of three channels is turned into C by a matrix with orthonormal columns: all distances, and so graph, spectrum
and steps, stay what they were, and only what touches channels differs. Calls with three channels and with each other
number alternate; a ratio is that of a pair of neighbouring calls, and the median and the spread are of those.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch is loaded, as the command does

import argparse
import json
import statistics
import time
from pathlib import Path

import numpy as np
import torch

import itten
from itten import samples
from itten.benchmark import machine

CHANNELS = (16, 64, 256)
PICTURE, SIDE, K = "brush", 384, 8


def picture(side: int) -> torch.Tensor:
    """``(3, side, side)`` float32 in [0, 1]."""
    whole = samples.load(PICTURE)[None]
    return torch.nn.functional.interpolate(whole, (side, side), mode="bilinear", antialias=True)[0].clamp(0, 1)


def mixed(image: torch.Tensor, channels: int) -> torch.Tensor:
    """``(channels, H, W)`` with the distances of ``image`` ``(3, H, W)``."""
    noise = np.random.default_rng(channels).standard_normal((channels, 3))
    turn = torch.from_numpy(np.linalg.qr(noise)[0]).float()
    return torch.einsum("cd,dhw->chw", turn, image).contiguous()


def timed(features: torch.Tensor) -> tuple[float, itten.Spectrum]:
    begin = time.perf_counter()
    found = itten.spectrum(features, K)
    return time.perf_counter() - begin, found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--side", type=int, default=SIDE)
    arguments = parser.parse_args()
    plain = picture(arguments.side)
    rows = []
    for channels in CHANNELS:
        features = mixed(plain, channels)
        _, expected = timed(plain)
        _, found = timed(features)
        apart = float(((found.values - expected.values).abs() / expected.values.clamp(min=1e-12))[1:].max())
        few, many = [], []
        for _ in range(arguments.repeats):
            few.append(timed(plain)[0])
            many.append(timed(features)[0])
        ratios = [b / a for a, b in zip(few, many, strict=True)]
        low, middle, high = statistics.quantiles(ratios, n=4)
        rows.append(
            {
                "channels": channels,
                "ratio": middle,
                "quartiles": [low, high],
                "best_of_each": min(many) / min(few),
                "seconds": statistics.median(many),
                "seconds_of_three": statistics.median(few),
                "values_apart": apart,
            }
        )
        print(
            f"{channels:4d} channels: {middle:.2f} times three channels ({low:.2f} to {high:.2f}, best against best "
            f"{min(many) / min(few):.2f}), {statistics.median(many):.2f} s, values within {apart:.1e}",
            flush=True,
        )
    if arguments.json:
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        result = {
            "ratio_of_256": rows[-1]["ratio"],
            "machine": machine(),
            "picture": PICTURE,
            "side": arguments.side,
            "k": K,
            "repeats": arguments.repeats,
            "rows": rows,
        }
        arguments.json.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
