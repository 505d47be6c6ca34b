"""Warm starts over the demo's passes: is the answer that of a cold start, and what does it cost?

    python benchmarks/warm.py --json benchmarks/results/warm.json

The inputs of four passes of self-attention on the demo's pictures. Cold and warm starts alternate; the first pass is
cold in both columns. Cosine: the smallest singular value between the warm and the cold vectors' spaces, each against
the other's one vector more.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path

import torch

import itten
from itten import samples
from itten.benchmark import machine

PICTURES = ("notch", "brush", "hatched", "figure")
K = 8


def timed(image: torch.Tensor, repeats: int, warm: itten.Spectrum | None) -> tuple[float, itten.Spectrum]:
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        found = itten.spectrum(image, K, warm=warm)
        times.append(time.perf_counter() - begin)
    return statistics.median(times), found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    rows = []
    for name in PICTURES:
        image = samples.load(name)
        passes = itten.shade(image, passes=4, keep=True).passes
        _, previous = timed(image, 1, None)
        for index, picture in enumerate(passes[:3]):
            cold, expected = timed(picture, arguments.repeats, None)
            warm, found = timed(picture, arguments.repeats, previous)
            overlap = found.vectors[: K - 1].flatten(1).double() @ expected.vectors.flatten(1).double().T
            cosine = float(torch.linalg.svdvals(overlap).min())
            fresh = found.spent.get("fresh_tiles", 0) / max(found.spent.get("tiles", 1), 1)
            number = index + 2
            rows.append({"picture": name, "pass": number, "cold": cold, "warm": warm, "cosine": cosine, "fresh": fresh})
            share = f"{warm / cold:.2f} of a cold start, {fresh:.0%} fresh"
            print(f"{name:9s} pass {number}: {share}, cosine {cosine:.6f}", flush=True)
            previous = found
    ratio = sum(row["warm"] for row in rows) / sum(row["cold"] for row in rows)
    median = statistics.median(row["warm"] / row["cold"] for row in rows)
    print(f"in all {ratio:.2f} of a cold start, median {median:.2f}")
    if arguments.json:
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        result = {"ratio": ratio, "median": median, "machine": machine(), "rows": rows}
        arguments.json.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
