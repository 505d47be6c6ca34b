"""This tree against another checkout of itten, call by call in turn: a default spectrum, and default passes
(``passes``, or four of one sample at one size, such as ``figure512``, or ``plain-script1024`` with the settings that
were the default before).

    python benchmarks/against.py --other ../itten-at-020f63c --python ../itten-at-020f63c/.venv/bin/python \
        --json benchmarks/results/against.json

Each side is a process of its own that has warmed up; the two calls of a pair follow one another, so that what else the
machine does hits both. Ratios are this tree over the other, the median over all pairs. ``--neighbours N`` keeps N
other processes busy, with torch imported first and threads at their defaults; ``--single`` gives the other side the
same tree on one thread, for what threads cost among neighbours. ``--cpu`` counts processor time on one thread, for
machines where others work.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
WORKER = """
import sys, time
import torch
import numpy as np
import itten

def picture(size):
    y, x = np.mgrid[:size, :size] / size
    noise = np.random.default_rng(0).random((3, size // 8, size // 8), dtype=np.float32)
    rough = torch.nn.functional.interpolate(torch.from_numpy(noise)[None], (size, size), mode="bilinear")[0]
    discs = ((np.hypot(y % 0.25 - 0.12, x % 0.2 - 0.1) < 0.06) * 0.4).astype(np.float32)
    return (0.6 * rough + torch.from_numpy(discs)).contiguous()

def sample(name, size):
    found = itten.samples.load(name)[None]
    side = min(found.shape[2:])
    top, left = (length - side for length in found.shape[2:])
    square = found[:, :, top // 2 : top // 2 + side, left // 2 : left // 2 + side]
    return torch.nn.functional.interpolate(square, (size, size), mode="bilinear", antialias=True)[0].contiguous()

def four(name, size):
    look = PLAIN if name.startswith("plain-") else None
    target = sample(name.removeprefix("plain-"), size)
    return lambda: itten.shade(target, None, look, passes=4)

# One copy a segment, whole segments, as the default was before pieces.
PLAIN = {"min_pixels": 25, "max_segments": 40, "copies": 1, "clearance": 2.0, "turn": "quarter", "shadow": "drop"}
PLAIN |= {"palette": "distort", "envelope": {"dilation_radius": [3, 2, 2, 1]}}
if "size" in itten.ShaderConfig.model_fields:
    PLAIN["size"] = 0.0
image = picture(512)
names = "figure", "botanical", "script", "windows"
pictures = [(kind + name, size) for kind in ("", "plain-") for name in names for size in (512, 1024)]
jobs = {f"{name}{size}": four(name, size) for name, size in pictures} | {
    "spectrum7": lambda: itten.spectrum(image, 7),
    "spectrum8": lambda: itten.spectrum(image, 8),
    "spectrum64": lambda: itten.spectrum(image, 64),
    "passes": lambda: itten.shade(itten.samples.load("botanical"), passes=4),
}
print("ready", flush=True)
for line in sys.stdin:
    job = jobs[line.strip()]
    clock = time.process_time if "--cpu" in sys.argv else time.perf_counter
    begin = clock()
    job()
    print(clock() - begin, flush=True)
"""


class Side:
    """A process that does one call at a time."""

    def __init__(self, python: str, source: Path, single: bool, cpu: bool) -> None:
        environment = {name: value for name, value in os.environ.items() if name not in (*THREADS, "OMP_WAIT_POLICY")}
        environment |= {"PYTHONPATH": str(source)} | dict.fromkeys(THREADS if single else (), "1")
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        command = [python, "-c", WORKER, *(["--cpu"] if cpu else [])]
        self.process = subprocess.Popen(command, text=True, env=environment, **pipes)
        assert self.process.stdout is not None
        self.process.stdout.readline()

    def seconds(self, job: str) -> float:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(job + "\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    def end(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--other", type=Path, default=ROOT, help="the other checkout")
    parser.add_argument("--python", default=sys.executable, help="its interpreter")
    parser.add_argument("--jobs", default="spectrum7,passes")
    parser.add_argument("--pairs", type=int, default=9)
    parser.add_argument("--neighbours", type=int, default=0)
    parser.add_argument("--single", action="store_true")
    parser.add_argument("--cpu", action="store_true", help="processor time, on one thread")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    one, cpu = arguments.single or arguments.cpu, arguments.cpu
    sides = Side(sys.executable, ROOT / "src", cpu, cpu), Side(arguments.python, arguments.other / "src", one, cpu)
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(arguments.neighbours)]
    rows = []
    try:
        for job in arguments.jobs.split(","):
            for side in sides:
                side.seconds(job)
                side.seconds(job)
            pairs = [(sides[0].seconds(job), sides[1].seconds(job)) for _ in range(arguments.pairs)]
            ratios = sorted(mine / other for mine, other in pairs)
            row = {
                "job": job,
                "ratio": statistics.median(ratios),
                "spread": [ratios[0], ratios[-1]],
                "this": statistics.median(mine for mine, _ in pairs),
                "other": statistics.median(other for _, other in pairs),
                "neighbours": arguments.neighbours,
                "single": arguments.single,
                "cpu": cpu,
            }
            rows.append(row)
            print(f"{job}: {row['ratio']:.2f} ({ratios[0]:.2f} … {ratios[-1]:.2f}), {row['this']:.3f} s", flush=True)
    finally:
        for one in busy:
            one.kill()
        for side in sides:
            side.end()
    if arguments.json:
        from itten.benchmark import machine

        arguments.json.write_text(json.dumps({"rows": rows, "machine": machine()}, indent=1) + "\n")


if __name__ == "__main__":
    main()
