"""One pass of the default look against the spectrum that it computes, at 512² pixels; or a soft one against a hard one.

    python benchmarks/passes.py --json benchmarks/results/passes.json
    python benchmarks/passes.py --soft --json benchmarks/results/soft.json

Both sides are timed in turn, pass and spectrum of the same picture, and the median of their ratios is given. A pass
that attends to itself computes one spectrum. With ``--soft`` they are a pass with soft edges and one with hard edges
over the same picture, at 512² and 1024², each side first every other time; beside other work the ratio of the least
times says more than the median ratio.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path
from typing import Any

import torch

import itten
from itten.benchmark import machine
from itten.config import ShaderConfig
from itten.samples import texture
from itten.shader import shade_pass

ROUNDS = 9


def crop(name: str, side: int = 512) -> torch.Tensor:
    """The middle of a sample; where it is too small, it and its mirror images from its corner on."""
    image = itten.samples.load(name)
    for dim in (1, 2):
        first = max((image.shape[dim] - side) // 2, 0)
        while image.shape[dim] < side:
            image = torch.cat([image, image.flip(dim)], dim=dim)
        image = image.narrow(dim, first, side)
    return image.contiguous()


def soft_against_hard() -> dict[str, Any]:
    """Ratios of the times of soft and hard passes, picture by picture."""
    configs = {edges: ShaderConfig(edges=edges) for edges in ("hard", "soft")}
    rows = []
    for side in (512, 1024):
        for name in ("figure", "botanical", "script", "windows"):
            image = crop(name, side)
            times: dict[str, list[float]] = {"hard": [], "soft": []}
            for number in range(-1, ROUNDS):
                for edges in sorted(configs, reverse=bool(number % 2)):
                    (parameters,) = configs[edges].schedule(1)
                    begin = time.perf_counter()
                    shade_pass(image, configs[edges], parameters)
                    if number >= 0:  # the first pair compiles and fills caches
                        times[edges].append(time.perf_counter() - begin)
            ratios = sorted(soft / hard for soft, hard in zip(times["soft"], times["hard"], strict=True))
            row: dict[str, Any] = {"picture": name, "side": side, "ratio": statistics.median(ratios), "ratios": ratios}
            row["ratio_of_least"] = min(times["soft"]) / min(times["hard"])
            rows.append({**row, **{f"{edges}_s": statistics.median(found) for edges, found in times.items()}})
            spread = f"({ratios[0]:.2f} … {ratios[-1]:.2f})"
            least = f"of the least {row['ratio_of_least']:.2f}"
            print(f"{name:10s} {side:4d}²  soft / hard {row['ratio']:.2f} {spread}, {least}", flush=True)
    medians = {side: statistics.median(row["ratio"] for row in rows if row["side"] == side) for side in (512, 1024)}
    print("medians", {side: round(ratio, 2) for side, ratio in medians.items()})
    return {"medians": medians, "rows": rows}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--soft", action="store_true")
    arguments = parser.parse_args()
    data = soft_against_hard() if arguments.soft else against_the_spectrum()
    if arguments.json:
        arguments.json.write_text(json.dumps({"machine": machine(), **data}, indent=2) + "\n")


def against_the_spectrum() -> dict[str, Any]:
    config = ShaderConfig()
    (parameters,) = config.schedule(1)
    pictures = {name: crop(name) for name in ("hatched", "brush", "figure", "botanical", "windows")}
    pictures |= {kind: texture(kind) for kind in ("lines", "cells", "dither", "weave")}
    rows = []
    for name, image in pictures.items():
        shade_pass(image, config, parameters)
        ratios, spectra = [], []
        for _ in range(ROUNDS):
            begin = time.perf_counter()
            itten.spectrum(image, config.gate_vectors[0] + 1)
            middle = time.perf_counter()
            shade_pass(image, config, parameters)
            end = time.perf_counter()
            spectra.append(middle - begin)
            ratios.append((end - middle) / (middle - begin))
        row = {"picture": name, "ratio": statistics.median(ratios), "least": min(ratios), "most": max(ratios)}
        rows.append({**row, "spectrum_s": statistics.median(spectra)})
        print(f"{name:10s} pass / spectrum {row['ratio']:.2f} ({row['least']:.2f} … {row['most']:.2f})", flush=True)
    median = statistics.median(row["ratio"] for row in rows)
    print(f"median {median:.2f}")
    return {"median": median, "rows": rows}


if __name__ == "__main__":
    main()
