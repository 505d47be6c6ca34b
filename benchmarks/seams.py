"""Traces of tiles: is a field the same when the tiles lie elsewhere, and does it jump at their borders?

    python benchmarks/seams.py --json benchmarks/results/seams.json

Correlation: the field of a picture against the field of the picture without its first 7 rows and 13 columns, where
every tile lies elsewhere, on the common part. Cutting rows off changes the true vectors, too: the lines
``converged`` (stitched with tol=1e-6: nothing is left of the tiles but rounding) tell by how much. Jump: the mean
difference between neighbours on both sides of a tile's border over the mean difference elsewhere, at the method's
own borders.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch

import itten
import pictures
from itten.benchmark import machine
from itten.config import SpectrumConfig
from itten.graph import make_stencil, plan_tiles
from itten.graph.blocks import TILE_WIDTH, plan_blocks

ROWS, COLUMNS = 7, 13


def borders(method: str, height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """First rows and columns of tiles, and those after their last, inside the picture."""
    config = SpectrumConfig(method="tiled" if method == "tiled" else "stitched")
    if method == "tiled":
        _, tile, overlap = config.plan
        plan = plan_tiles(height, width, tile, overlap)
        tops, lefts, tall, wide = plan.tops, plan.lefts, plan.tile_height, plan.tile_width
    else:
        tile, overlap = config.blocks
        blocks = plan_blocks(height, width, tile, overlap, make_stencil(config.radii, config.weights))
        tops, lefts, tall, wide = blocks.tops, blocks.lefts, blocks.tile_height, TILE_WIDTH
    y = np.unique(np.concatenate([tops, tops + tall]))
    x = np.unique(np.concatenate([lefts, lefts + wide]))
    return y[(y > 0) & (y < height)], x[(x > 0) & (x < width)]


def jump(field: np.ndarray, method: str) -> float:
    """Mean difference across tile borders over the mean difference elsewhere."""
    down, right = np.abs(np.diff(field, axis=0)), np.abs(np.diff(field, axis=1))
    rows, columns = borders(method, *field.shape)
    at_y, at_x = np.zeros(down.shape, bool), np.zeros(right.shape, bool)
    at_y[rows - 1] = True
    at_x[:, columns - 1] = True
    across = np.concatenate([down[at_y], right[at_x]]).mean()
    return float(across / np.concatenate([down[~at_y], right[~at_x]]).mean())


def measure(picture: np.ndarray, method: str, number: int) -> dict[str, float]:
    whole = torch.from_numpy(picture)
    part = torch.from_numpy(np.ascontiguousarray(picture[:, ROWS:, COLUMNS:]))
    k = number + 1
    options = {"method": "tiled"} if method == "tiled" else {"tol": 1e-6 if method == "converged" else None}
    one = itten.spectrum(whole, k, **options).field(number).numpy()
    two = itten.spectrum(part, k, **options).field(number).numpy()
    common = one[ROWS:, COLUMNS:]
    correlation = abs(float(np.corrcoef(common.ravel(), two.ravel())[0, 1]))
    return {"correlation": correlation, "jump": jump(one, method)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    rows = []
    for name in pictures.NAMES:
        picture = pictures.load(name)
        for method in ("tiled", "stitched", "converged"):
            row = {"picture": name, "method": method, **measure(picture, method, 1)}
            rows.append(row)
            print(f"{name:12s} {method:9s} correlation {row['correlation']:.5f}  jump {row['jump']:.3f}", flush=True)
    if arguments.json:
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        arguments.json.write_text(json.dumps({"machine": machine(), "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
