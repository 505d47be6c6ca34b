"""Whether a drawing is composed alike at several sizes: the same copies in the same places.

    python -m benchmarks.sizes --sides 256,512 --passes 4 --json benchmarks/results/sizes.json

Drawings of anti-aliased strokes, rendered from the strokes themselves at the working size and at twice and three times
that; with ``--shrunk`` the small one is the large one scaled down, as a preview is. For each pass the share of copies
that have one from the same place of the picture at the same place, within a hundredth of the side, and of those from
the same place wherever they lie; and the mean difference of the last pictures, scaled down.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

import itten
from itten.benchmark import machine
from itten.config import ShaderConfig
from tests.drawn_scene import copies, rooms, strokes

NEAR = 0.01


def drawing(name: str, side: int, times: int) -> torch.Tensor:
    """``strokes 3`` or ``rooms 2`` at a size; strokes are as wide in pixels at every working size."""
    kind, seed = name.split()
    if kind == "rooms":
        return rooms(side * times, int(seed))
    return strokes(side * times, int(seed), 30, 512 / side)


def alike(ours: np.ndarray, theirs: np.ndarray) -> tuple[float, float]:
    """Shares of copies with the same source at the same place, and with the same source."""
    if not len(ours) or not len(theirs):
        return (float(len(ours) == len(theirs)),) * 2
    away, most = np.abs(ours[:, None] - theirs[None]) < NEAR, max(len(ours), len(theirs))
    return float(away.all(2).any(1).sum() / most), float(away[..., 2:].all(2).any(1).sum() / most)


def shaded(image: torch.Tensor, side: int, passes: int, look: str | None) -> tuple[torch.Tensor, list[np.ndarray]]:
    found: list[np.ndarray] = []
    config = ShaderConfig.from_config(look).changed(detail=side)
    result = itten.shade(image, None, config, passes, lambda *now: found.append(copies(now[2])))
    return functional.adaptive_avg_pool2d(result.image, side), found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sides", default="256,512")
    parser.add_argument("--times", default="2,3")
    parser.add_argument("--passes", type=int, default=4)
    names = [f"strokes {seed}" for seed in range(1, 6)] + [f"rooms {seed}" for seed in range(1, 4)]
    parser.add_argument("--drawings", default=",".join(names))
    parser.add_argument("--look", help="the default's settings, if left out")
    parser.add_argument("--shrunk", action="store_true")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    rows = []
    for side in map(int, arguments.sides.split(",")):
        for name in arguments.drawings.split(","):
            rest, own = (side, arguments.passes, arguments.look), drawing(name, side, 1)
            for times in map(int, arguments.times.split(",")):
                picture = drawing(name, side, times)
                own = functional.adaptive_avg_pool2d(picture, side) if arguments.shrunk else own
                (small, before), (large, after) = shaded(own, *rest), shaded(picture, *rest)
                found = [alike(one, other) for one, other in zip(before, after, strict=True)]
                apart = float((small - large).abs().mean())
                row = {"side": side, "drawing": name, "times": times, "copies": [len(one) for one in before]}
                rows.append(row | {"alike": [a for a, _ in found], "sources": [b for _, b in found], "apart": apart})
                passes = "  ".join(f"{a:.2f} ({b:.2f})" for a, b in found)
                print(f"{side} {name:10s} {times}x  {passes}  apart {apart:.4f}", flush=True)
    mean = np.mean([row["alike"] for row in rows], axis=0)
    print(
        "alike, pass by pass:", " ".join(f"{one:.2f}" for one in mean), f"least {min(r['alike'][0] for r in rows):.2f}"
    )
    if arguments.json:
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        said = {"machine": machine(), "look": arguments.look, "shrunk": arguments.shrunk, "rows": rows}
        arguments.json.write_text(json.dumps(said, indent=1) + "\n")


if __name__ == "__main__":
    main()
