"""How long a command takes to begin: against ``import torch``, and against the imports that a picture needs.

    python benchmarks/startup.py --json benchmarks/results/startup.json
    python benchmarks/startup.py --cold

Every measurement is a process of its own, in turn: one of each a round, and the ratios are those of a round, so that a
machine that drifts does so under both sides. Before the first round everything is run once: byte code and kernels are
cached. ``--cold`` adds the first picture with an empty cache of kernels, a folder of its own each time.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch

import itten
from itten.benchmark import machine

ROUNDS = 9
IMPORTS = "import torch, numba, pydantic, typer, scipy.linalg"
# What each ratio divides by, and what it may be at most.
RATIOS = {"version": ("torch", 0.3), "help": ("torch", 0.3), "picture": ("imports", 1.35), "cold": ("torch", 12.0)}


def commands(folder: Path) -> dict[str, list[str]]:
    """The processes to time, in their order."""
    itten_command = [sys.executable, "-m", "itten"]
    paint = ["shade", str(folder / "picture.png"), "-p", "1", "-o", str(folder / "out.png"), "--overwrite"]
    return {
        "torch": [sys.executable, "-c", "import torch"],
        "imports": [sys.executable, "-c", IMPORTS],
        "version": [*itten_command, "--version"],
        "help": [*itten_command, "--help"],
        "picture": [*itten_command, *paint],
    }


def picture(side: int = 64) -> torch.Tensor:
    """A drawing of ``side``² pixels: the middle of a sample."""
    image = itten.samples.load("botanical")
    height, width = image.shape[1:]
    top, left = (height - side) // 2, (width - side) // 2
    return image[:, top : top + side, left : left + side]


def timed(command: list[str], environment: dict[str, str]) -> float:
    begin = time.perf_counter()
    subprocess.run(command, env=environment, check=True, capture_output=True)
    return time.perf_counter() - begin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--cold", type=int, nargs="?", const=1, default=0, help="so many first pictures")
    arguments = parser.parse_args()
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    seconds: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        itten.write_image(picture(), folder / "picture.png")
        processes = commands(folder)
        for command in processes.values():
            timed(command, environment)
        for _ in range(arguments.rounds):
            for label, command in processes.items():
                seconds.setdefault(label, []).append(timed(command, environment))
        for number in range(arguments.cold):
            empty = folder / f"cache{number}"
            empty.mkdir()
            cold = timed(processes["picture"], {**environment, "NUMBA_CACHE_DIR": str(empty)})
            seconds.setdefault("cold", []).append(cold)
            seconds["torch"].append(timed(processes["torch"], environment))
    report(seconds, arguments.json)


def report(seconds: dict[str, list[float]], file: Path | None) -> None:
    rows = []
    for label, (base, most) in RATIOS.items():
        if label not in seconds:
            continue
        count = len(seconds[label])
        ratios = [own / other for own, other in zip(seconds[label], seconds[base][-count:], strict=True)]
        row = {"what": label, "over": base, "ratio": statistics.median(ratios), "least": min(ratios)}
        rows.append({**row, "most": max(ratios), "wanted": most, "seconds": statistics.median(seconds[label])})
        print(f"{label:8s} / {base:8s} {row['ratio']:.2f} ({min(ratios):.2f} … {max(ratios):.2f}), wanted {most}")
    for label, values in seconds.items():
        print(f"{label:8s} {statistics.median(values):.2f} s ({min(values):.2f} … {max(values):.2f})")
    if file:
        data = {"machine": machine(), "rows": rows, "seconds": seconds}
        file.write_text(json.dumps(data, indent=2) + "\n")


if __name__ == "__main__":
    main()
