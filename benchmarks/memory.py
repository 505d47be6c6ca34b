"""How much memory a command takes at its peak, beside what it says before it begins.

    python benchmarks/memory.py --sizes 256 512 1024 2048 --json benchmarks/results/memory.json

Every measurement is one pass of ``itten shade`` in a process of its own, over samples brought to the size: enlarged,
which makes their edges soft, or repeated and reduced to black and white, which makes them hard.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import torch

import itten
from itten.benchmark import machine
from itten.needs import shading_needs

WITHIN = 0.25
# The command, and what its process took at most: what getrusage says of a child begins with what its parent held.
TOLD = """
import sys
from itten.cli import main
try:
    main()
finally:
    with open("/proc/self/status") as file:
        print(next(line for line in file if line.startswith("VmHWM")), file=sys.stderr)
"""


class Case(NamedTuple):
    """Target, kind (``soft`` or ``hard``), source or nothing, and look or nothing."""

    target: str
    kind: str
    source: str
    look: str


CASES = (
    Case("figure", "soft", "", ""),
    Case("figure", "soft", "windows", ""),
    Case("hatched", "hard", "", ""),
    Case("hatched", "hard", "brush", ""),
    Case("tonal", "soft", "figure", "impasto"),
    Case("botanical", "soft", "", "confetti"),
    Case("figure", "soft", "", "riso"),
    Case("hatched", "hard", "", "riso"),
)


def picture(name: str, kind: str, side: int) -> torch.Tensor:
    """A sample as ``(3, side, side)``."""
    image = itten.samples.load(name)
    if kind == "soft":
        larger = torch.nn.functional.interpolate(image[None], size=(side, side), mode="bilinear", antialias=True)[0]
        return larger.clamp(0, 1)
    whole = image.repeat(1, *(-(-side // length) for length in image.shape[1:]))[:, :side, :side]
    return (whole.mean(dim=0, keepdim=True) > 0.5).float().expand(3, -1, -1).contiguous()


def peak_of(arguments: list[str], folder: Path) -> int:
    """The peak of resident memory in bytes of a command run in ``folder``, as it says itself: what the system tells of
    a child begins with what its parent holds."""
    command = [sys.executable, "-c", TOLD, *arguments]
    told = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stderr
    return int(told.split("VmHWM:")[1].split()[0]) * 1024


def measured(case: Case, side: int, folder: Path) -> tuple[int, int]:
    """The peak of resident memory in bytes, and what was estimated."""
    names = [folder / f"{one}_{case.kind}_{side}.png" for one in (case.target, case.source) if one]
    for one, name in zip((case.target, case.source), names, strict=False):
        if not name.exists():
            itten.write_image(picture(one, case.kind, side), name)
    options = ["--look", case.look] if case.look else []
    ends = ["-p", "1", "-o", str(folder / "out.png"), "--overwrite"]
    peak = peak_of(["shade", *map(str, names), *options, *ends], folder)
    config = itten.ShaderConfig.from_config(case.look or None)
    needs = shading_needs((side, side), [(side, side)] * (len(names) - 1), config)
    return peak, needs.soft if case.kind == "soft" else needs.hard


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[256, 512, 1024])
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for side in arguments.sizes:
            for case in CASES:
                peak, estimate = measured(case, side, Path(folder))
                rows.append({"side": side, **case._asdict(), "peak": peak, "estimate": estimate})
                told = f"{estimate / peak:5.2f} × measured, {peak / side**2:6.0f} bytes a pixel"
                print(f"{side:5} {' '.join(filter(None, case)):32} {peak / 1e6:6.0f} MB, estimate {told}", flush=True)
                if arguments.json:
                    arguments.json.write_text(json.dumps({**machine(), "rows": rows}, indent=1) + "\n")
    worst = max(abs(row["estimate"] / row["peak"] - 1) for row in rows)
    print(f"the worst estimate is off by {100 * worst:.0f} % (at most {100 * WITHIN:.0f} % is promised)")
    sys.exit(worst > WITHIN)


if __name__ == "__main__":
    main()
