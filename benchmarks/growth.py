"""Growth: seconds a pixel and peak memory as the picture gets larger.

    python benchmarks/growth.py --sides 512,1024,2048 --json benchmarks/results/growth.json

Each size is a process of its own. The picture is a photograph from scikit-image, mirrored until it is large enough and
shaded, so that no two places are equal.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

K = 8


def picture(side: int) -> np.ndarray:
    from skimage import data

    tile = data.astronaut().astype(np.float32) / 255
    tile = np.concatenate([tile, tile[::-1]], axis=0)
    tile = np.concatenate([tile, tile[:, ::-1]], axis=1)
    times = -(-side // tile.shape[0])
    large = np.tile(tile, (times, times, 1))[:side, :side]
    y, x = np.mgrid[:side, :side].astype(np.float32) / side
    return np.ascontiguousarray((large * (0.55 + 0.25 * y + 0.2 * x)[..., None]).transpose(2, 0, 1))


def work(side: int, repeats: int) -> None:
    import torch

    import itten

    itten.spectrum(torch.rand(3, 96, 80, generator=torch.Generator().manual_seed(0)), K)
    image = torch.from_numpy(picture(side))
    times = []
    for _ in range(repeats):
        found = None
        begin = time.perf_counter()
        found = itten.spectrum(image, K)
        times.append(time.perf_counter() - begin)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    residual = float((found.residuals / found.scale).max())
    print(json.dumps({"side": side, "seconds": times, "peak_gib": peak, "residual": residual}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sides", default="512,1024,2048")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--work", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    if arguments.work:
        work(arguments.work, arguments.repeats)
        return
    from itten.benchmark import machine

    environment = {"OMP_WAIT_POLICY": "PASSIVE", **os.environ}
    rows = []
    for side in map(int, arguments.sides.split(",")):
        repeats = arguments.repeats if side <= 1024 else 1
        command = [sys.executable, __file__, "--work", str(side), "--repeats", str(repeats)]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
        row = json.loads(done.stdout.splitlines()[-1])
        row["nanoseconds_a_pixel"] = sorted(row["seconds"])[len(row["seconds"]) // 2] / side**2 * 1e9
        rows.append(row)
        print(f"{side:5d}²  {row['nanoseconds_a_pixel']:7.0f} ns a pixel  peak {row['peak_gib']:.2f} GiB", flush=True)
    if arguments.json:
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        arguments.json.write_text(json.dumps({"machine": machine(), "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
