"""Where copies land: in voids, and at the seed's fixed offset, on the samples and on five photographs.

    python benchmarks/voids.py --json benchmarks/results/voids.json

For every picture one pass of self-attention with the default look. ``void``: share of the front copies' pixels that
land where the target had no content (high gate, no contour). ``alone``: share that lands on no other copy.
``placed``: how many of the target's segments got a copy. The last part places 500 segments in a picture of 1024² pixels
and compares that time with that of the whole pass.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from skimage import data

import itten
from itten.benchmark import machine
from itten.config import ShaderConfig
from itten.heads import contour, spectral_gate, void_map
from itten.image import as_image
from itten.samples import texture
from itten.shader import functional, shade_pass

PHOTOGRAPHS = ("astronaut", "camera", "chelsea", "coffee", "coins")


def load(name: str) -> torch.Tensor:
    if name in itten.samples.names():
        return itten.samples.load(name)
    values = getattr(data, name)()
    return as_image(values if values.ndim == 3 else np.repeat(values[:, :, None], 3, axis=2))


def landed(image: torch.Tensor, config: ShaderConfig) -> dict[str, Any]:
    result = shade_pass(image, config, config.schedule(1)[0])
    ink = contour(image)
    void = void_map(spectral_gate(result.field[0], config.sharpness, config.percentile, ink), ink).flatten()
    wanted = int(result.labels.max())
    if not result.fronts or not len(result.fronts[0]):
        return {"void": None, "alone": None, "placed": 0, "segments": wanted}
    front = result.fronts[0]
    count = torch.bincount(front.place)
    return {
        "void": float(void[front.place].double().mean()),
        "alone": float((count[front.place] == 1).double().mean()),
        "placed": len(front.owner.unique()),
        "segments": wanted,
    }


def cost() -> dict[str, Any]:
    """Time of turning and placing 500 segments, and of the pass that they belong to, medians of three."""
    image = texture("dots", 1024)
    config = ShaderConfig(min_pixels=4, max_segments=500, percentile=50)
    seconds: list[float] = []
    real = functional.copy_segments

    def timed(*arguments: Any, **options: Any) -> Any:
        begin = time.perf_counter()
        found = real(*arguments, **options)
        seconds.append(time.perf_counter() - begin)
        return found

    functional.copy_segments = timed
    whole, labels = [], 0
    for _ in range(4):
        begin = time.perf_counter()
        result = shade_pass(image, config, config.schedule(1)[0])
        whole.append(time.perf_counter() - begin)
        labels = int(result.labels.max())
    functional.copy_segments = real
    shares = [part / all_ for part, all_ in zip(seconds[1:], whole[1:], strict=True)]
    return {
        "segments": labels,
        "share": statistics.median(shares),
        "spread": max(shares) - min(shares),
        "placing_s": statistics.median(seconds[1:]),
        "pass_s": statistics.median(whole[1:]),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    rows = []
    print(f"{'picture':10s}  {'place':5s}  {'void':>7s}  {'alone':>7s}  placed")
    for name in (*itten.samples.names(), *PHOTOGRAPHS):
        for place in ("void", "seed"):
            row = {"picture": name, "place": place, **landed(load(name), ShaderConfig(place=place))}
            rows.append(row)
            shares = [("-" if row[key] is None else f"{row[key]:.4f}") for key in ("void", "alone")]
            print(
                f"{name:10s}  {place:5s}  {shares[0]:>7s}  {shares[1]:>7s}  {row['placed']} of {row['segments']}",
                flush=True,
            )
    spent = cost()
    share, spread = spent["share"], spent["spread"]
    print(f"placing {spent['segments']} segments in 1024² pixels takes {share:.3f} of the pass (spread {spread:.3f})")
    if arguments.json:
        arguments.json.write_text(json.dumps({"machine": machine(), "rows": rows, "cost": spent}, indent=2) + "\n")


if __name__ == "__main__":
    main()
