"""One pass of the default look against the spectrum that it computes, at 512² pixels.

    python benchmarks/passes.py --json benchmarks/results/passes.json

Both sides are timed in turn, pass and spectrum of the same picture, and the median of their ratios is given. A pass
that attends to itself computes one spectrum.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path

import torch

import itten
from itten.benchmark import machine
from itten.config import ShaderConfig
from itten.samples import texture
from itten.shader import shade_pass

ROUNDS = 9


def crop(name: str) -> torch.Tensor:
    image = itten.samples.load(name)
    height, width = image.shape[1:]
    top, left = (height - 512) // 2, (width - 512) // 2
    return image[:, top : top + 512, left : left + 512].contiguous()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
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
    if arguments.json:
        data = {"machine": machine(), "median": median, "rows": rows}
        arguments.json.write_text(json.dumps(data, indent=2) + "\n")


if __name__ == "__main__":
    main()
