"""Engravings: tone, spacing and ends of lines on samples and photographs, time against the spectrum's, and memory.

    python -m benchmarks.engraving --json benchmarks/results/engraving.json

Tone: the engraving blurred by 1.5 spacings against its tone blurred alike, root mean square, and the worst mean error
in a tenth of the range from white covered by a twentieth to black covered by all but that. Spacing: the share of the
area on which lines are within 35 % of the spacing. Ends: lines that end and do not fork in 400 spacings², away from
borders. Time: processor time of ``engrave``, and with its SVG, over that of the spectrum of the same picture, medians
of turns. Memory: a process that engraves 1,500 × 1,000 pixels as 6,000 × 4,000.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
from benchmarks.memory import peak_of

import itten
from itten import samples
from itten.benchmark import machine
from itten.config import Page
from itten.vector import svg
from tests.engravings import dead_ends, photograph, spacings, tone_errors

PHOTOGRAPHS = ("astronaut", "camera", "chelsea", "coffee", "coins", "rocket")
SPACING = 6.0


def pictures(side: int) -> dict[str, torch.Tensor]:
    """Grey ramps, the samples as they are, and photographs whose longer side has ``side`` pixels."""
    ramp = torch.linspace(0, 1, 400).expand(3, 300, 400).contiguous()
    corner = torch.outer(torch.linspace(0, 1, 300), torch.linspace(1, 0.3, 400)).expand(3, -1, -1).contiguous()
    found = {"ramp": ramp, "corner": corner} | {name: samples.load(name) for name in samples.names()}
    return found | {name: photograph(name, side) for name in PHOTOGRAPHS}


def quality(image: torch.Tensor) -> dict[str, float]:
    """The figures of one picture."""
    done = itten.engrave(image, SPACING)
    error, bias = tone_errors(done)
    ends, area = dead_ends(done)
    even = float((abs(spacings(done) - 1) < 0.35).mean())
    return {"tone": error, "bias": bias, "even": even, "ends": ends, "squares": area}


def spent(call: Callable[[], object]) -> float:
    begin = time.process_time()
    call()
    return time.process_time() - begin


def times(side: int, turns: int) -> dict[str, float]:
    """Of ``engrave``, and of it with its SVG, over the spectrum's, of a photograph of ``side`` × ``side`` pixels."""
    image = photograph("astronaut", side)

    def drawn() -> None:
        svg(itten.engrave(image, SPACING).drawing(), Page())

    calls = {"spectrum": lambda: itten.spectrum(image), "engrave": lambda: itten.engrave(image, SPACING), "svg": drawn}
    for call in calls.values():
        call()
    seen: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(turns):
        for name, call in calls.items():
            seen[name].append(spent(call))
    found = {"spectrum, s": statistics.median(seen["spectrum"])}
    for name in ("engrave", "svg"):
        ratio = [own / base for own, base in zip(seen[name], seen["spectrum"], strict=True)]
        found |= {f"{name} / spectrum": statistics.median(ratio), f"{name}, spread": max(ratio) - min(ratio)}
    return found


def memory() -> float:
    """Bytes at the peak of a process that engraves 1,500 × 1,000 pixels as 6,000 × 4,000."""
    with tempfile.TemporaryDirectory() as folder:
        wide = torch.nn.functional.interpolate(photograph("coffee", 1500)[None], (1000, 1500), mode="bilinear")[0]
        itten.write_image(wide.clamp(0, 1), Path(folder) / "photo.png")
        return float(peak_of(["engrave", "photo.png", "--scale", "4", "-o", "large.png"], Path(folder)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side", type=int, default=640)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    found = {}
    for name, image in pictures(arguments.side).items():
        found[name] = one = quality(image)
        rate = one["ends"] / max(one["squares"], 1e-9)
        print(
            f"{name:10} tone {one['tone']:.3f} bias {one['bias']:.3f} even {one['even']:.3f} "
            f"ends {one['ends']:.0f} on {one['squares']:.1f} ({rate:.2f})",
            flush=True,
        )
    ends, squares = (sum(one[key] for one in found.values()) for key in ("ends", "squares"))
    print(f"all: {ends / squares:.2f} ends in 400 spacings²")
    took, peak = times(1024, arguments.turns), memory()
    for name, value in took.items():
        print(f"{name}: {value:.2f}")
    print(f"6,000 × 4,000 pixels: {peak / 1e9:.2f} GB")
    if arguments.json:
        report = {**machine(), "pictures": found, "1024": took, "memory": peak}
        arguments.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
