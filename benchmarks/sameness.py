"""Whether the same picture gives the same segments and copies: on other backends, with other threads, turned, mirrored.

    python benchmarks/sameness.py --crops 40 --json benchmarks/results/sameness.json

Backends and threads: one default pass over the ten samples and random crops of them, by numba's kernels with one thread
and with two, and by torch's. Counted are pictures with the same labels, and with the same front copies. Turned and
mirrored pictures: of the segments that the target has, up to 40, so many are matched alike: the turned picture offers
the same segment, and its best match is the turned best match. Segments are the same that share more than half of their
union.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

import itten
from itten.benchmark import machine
from itten.config import ShaderConfig
from itten.heads import match
from itten.kernels.numba import team
from itten.shader import read_source, shade_pass
from itten.shader.output import PassResult

SIDES = 96, 260
SHARED = 0.5
WAYS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "rot90": lambda x: x.rot90(1, (-2, -1)),
    "rot180": lambda x: x.rot90(2, (-2, -1)),
    "rot270": lambda x: x.rot90(3, (-2, -1)),
    "left-right": lambda x: x.flip(-1),
    "upside-down": lambda x: x.flip(-2),
}


def pictures(crops: int) -> dict[str, torch.Tensor]:
    """The samples, and crops of them at random places and of random sizes."""
    found = {name: itten.samples.load(name) for name in itten.samples.names()}
    rng, names = np.random.default_rng(0), itten.samples.names()
    for number in range(crops):
        name = names[number % len(names)]
        high, wide = (int(side) for side in rng.integers(*SIDES, 2))
        height, width = found[name].shape[1:]
        top, left = int(rng.integers(0, height - high)), int(rng.integers(0, width - wide))
        found[f"{name} {top},{left} {high}x{wide}"] = found[name][:, top : top + high, left : left + wide].contiguous()
    return found


def passed(image: torch.Tensor, backend: str, threads: int) -> PassResult:
    """One default pass."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        config = ShaderConfig(spectrum={"backend": backend})
        with team.limited(threads):
            return shade_pass(image, config, config.schedule(1)[0])
    finally:
        torch.set_num_threads(before)


def same(one: PassResult, other: PassResult) -> tuple[bool, bool]:
    """Whether two passes have the same segments, and the same front copies in the same places."""
    copies = len(one.fronts) == len(other.fronts) and all(
        torch.equal(a.place, b.place) and torch.equal(a.origin, b.origin)
        for a, b in zip(one.fronts, other.fronts, strict=True)
    )
    return torch.equal(one.labels, other.labels), copies


def matched_alike(image: torch.Tensor, way: Callable[[torch.Tensor], torch.Tensor]) -> tuple[int, int]:
    """``(alike, segments)``: how many of a picture's segments are matched as in the turned picture, of how many."""
    plain, turned = _matches(image), _matches(way(image).contiguous())
    # Where every pixel has gone, as labels of the turned picture seen from the plain one.
    height, width = plain[0].shape
    raster = way(torch.arange(height * width).reshape(1, height, width))[0].flatten()
    labels = torch.empty_like(raster)
    labels[raster] = turned[0].flatten()
    labels = labels.reshape(height, width)
    alike, count = 0, min(len(plain[1]), ShaderConfig().max_segments)
    for number, best in enumerate(plain[1][:count].tolist()):
        other = _same_segment(plain[0], number, labels)
        alike += other >= 0 and int(turned[1][other]) == _same_segment(plain[0], best, labels)
    return alike, count


def _matches(image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Labels of all segments that a picture offers itself, and the best match of each."""
    config = ShaderConfig()
    source = read_source(image, config)
    table, keys = source.segments[0], source.signatures[0]
    return table.label_map(), match(keys, keys)[:, 0]


def _same_segment(labels: torch.Tensor, number: int, others: torch.Tensor) -> int:
    """Which of ``others`` is segment ``number`` of ``labels``; −1 for none."""
    own = labels == number + 1
    under = torch.bincount(others[own], minlength=1)
    under[0] = 0
    best = int(under.argmax())
    union = int((own | (others == best)).sum())
    return best - 1 if best > 0 and int(under[best]) > SHARED * union else -1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--crops", type=int, default=40)
    parser.add_argument("--turned", default="windows,figure")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    rows = []
    for name in filter(None, arguments.turned.split(",")):
        for way, turn in WAYS.items():
            alike, count = matched_alike(itten.samples.load(name), turn)
            rows.append({"picture": name, "way": way, "alike": alike, "segments": count})
            print(f"{name:10s} {way:12s} {alike} of {count} matched alike", flush=True)
    others = {"two threads": ("auto", 2), "torch": ("torch", 1)}
    count = {name: [0, 0] for name in others}
    all_pictures = pictures(arguments.crops)
    for name, image in all_pictures.items():
        plain = passed(image, "auto", 1)
        for kind, (backend, threads) in others.items():
            found = same(plain, passed(image, backend, threads))
            count[kind] = [before + one for before, one in zip(count[kind], found, strict=True)]
            rows.append({"picture": name, "other": kind, "segments": found[0], "copies": found[1]})
            if not all(found):
                print(f"{name}: {kind}: segments {found[0]}, copies {found[1]}", flush=True)
    for kind, (segments, copies) in count.items():
        print(f"{kind}: same segments in {segments}, same copies in {copies} of {len(all_pictures)} pictures")
    if arguments.json:
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        arguments.json.write_text(json.dumps({"machine": machine(), "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
