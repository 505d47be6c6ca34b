"""Does the read head find a shape again? Fifty shapes, turned, mirrored, scaled and noisy, among 250.

    python benchmarks/retrieval.py --json benchmarks/results/retrieval.json

Keys: 250 shapes of twelve families, drawn by code, on sheets of 25. Queries: 50 of them, turned by any angle, every
other one mirrored, scaled by 0.7 to 1.5 (300 to 3,000 pixels), with every pixel on both sides of the border flipped
with probability 0.1, one pixel in a hundred inside left white, and grey noise. Everything goes through the package:
contour, segments, the spectrum of each sheet, signatures, match. A query that noise breaks into pieces too small for a
segment is missed. Random matches give 0.4 % and 2 %. The signatures' weights come from seeds 1 to 40.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from scipy import ndimage

import itten
from itten.benchmark import machine
from itten.heads import KINDS, SegmentTable, Signatures, contour, describe, find_segments, joined, match

QUERIES, KEYS = 50, 250
SHEET = 5  # shapes along a side of a sheet
CELL = 124  # pixels
REACH = 1.6  # a shape of area 1 may reach so far from its centre
BORDER_NOISE = 0.1
# Seeds that nothing was chosen with.
SEEDS = (201, 202, 203, 204, 205)

Shape = Callable[[np.ndarray], np.ndarray]  # complex points to "inside"
Random = np.random.Generator


def inside(corners: np.ndarray) -> Shape:
    """The polygon with these complex corners, by crossings."""

    def mask(z: np.ndarray) -> np.ndarray:
        odd = np.zeros(z.shape, dtype=bool)
        for a, b in zip(corners, np.roll(corners, -1), strict=True):
            if a.imag != b.imag:
                at = a.real + (z.imag - a.imag) * (b.real - a.real) / (b.imag - a.imag)
                odd ^= ((z.imag < a.imag) != (z.imag < b.imag)) & (z.real < at)
        return odd

    return mask


def strokes(lines: list[tuple[complex, complex]], half: float) -> Shape:
    """All points within ``half`` of the lines."""

    def mask(z: np.ndarray) -> np.ndarray:
        found = np.zeros(z.shape, dtype=bool)
        for a, b in lines:
            along = np.clip(((z - a) * np.conj(b - a)).real / max(abs(b - a) ** 2, 1e-12), 0.0, 1.0)
            found |= np.abs(z - a - along * (b - a)) < half
        return found

    return mask


def rays(count: int) -> np.ndarray:
    return np.exp(2j * np.pi * np.arange(count) / count)


def polygon(r: Random) -> Shape:
    angles = np.sort(r.uniform(0, 2 * np.pi, r.integers(3, 8)))
    return inside(r.uniform(0.5, 1.0, len(angles)) * np.exp(1j * angles))


def star(r: Random) -> Shape:
    count = int(r.integers(4, 9))
    corners = rays(2 * count) * np.where(np.arange(2 * count) % 2, r.uniform(0.3, 0.7), 1.0)
    return inside(corners.real * r.uniform(0.5, 1.0) + 1j * corners.imag)


def blob(r: Random) -> Shape:
    order = np.arange(2, 7)
    size, phase = r.normal(0, 0.35, 5) / np.sqrt(order), r.uniform(0, 2 * np.pi, 5)

    def mask(z: np.ndarray) -> np.ndarray:
        waves = size[:, None, None] * np.cos(order[:, None, None] * np.angle(z) + phase[:, None, None])
        return np.abs(z) < np.maximum(1.0 + waves.sum(axis=0), 0.15)

    return mask


def letter(r: Random) -> Shape:
    grid = [x + 1j * y for x in (-0.6, 0.0, 0.6) for y in (-0.9, 0.0, 0.9)]
    stops = [grid[i] for i in r.permutation(9)[: r.integers(3, 6)]]
    return strokes(list(itertools.pairwise(stops)), r.uniform(0.12, 0.22))


def crescent(r: Random) -> Shape:
    shift, radius, flat = r.uniform(0.3, 0.8) + 1j * r.uniform(0, 0.3), r.uniform(0.6, 1.0), r.uniform(0.6, 1.0)

    def mask(z: np.ndarray) -> np.ndarray:
        from_bite = z - shift
        return (np.abs(z) < 1) & (np.abs(from_bite.real + 1j * from_bite.imag / flat) > radius)

    return mask


def ring(r: Random) -> Shape:
    flat, hole, gap = r.uniform(0.5, 1.0), r.uniform(0.4, 0.8), r.choice([0.0, r.uniform(0.1, 1.0)])

    def mask(z: np.ndarray) -> np.ndarray:
        radius = np.abs(z.real + 1j * z.imag / flat)
        return (radius < 1) & (radius > hole) & (np.abs(np.angle(z)) > gap)

    return mask


def comb(r: Random) -> Shape:
    count, length = int(r.integers(3, 7)), r.uniform(0.5, 1.3)
    teeth = np.linspace(-1, 1, count)
    lines = [(-1 + 0j, 1 + 0j)] + [(x + 0j, x + 1j * length * r.uniform(0.7, 1.0)) for x in teeth]
    return strokes(lines, r.uniform(0.25, 0.4) / count)


def arrow(r: Random) -> Shape:
    shaft, head, wide = r.uniform(0.08, 0.3), r.uniform(0.2, 0.9), r.uniform(0.4, 0.9)
    notch = r.uniform(-0.2, 0.2)
    half = np.array([-1 + notch, -1 + 1j * shaft, 1 - head + 1j * shaft, 1 - head - notch + 1j * wide, 1])
    return inside(np.concatenate([half, np.conj(half[1:-1])[::-1]]))


def gear(r: Random) -> Shape:
    count, depth, hole, share = int(r.integers(5, 12)), r.uniform(0.15, 0.4), r.uniform(0, 0.5), r.uniform(-0.4, 0.4)

    def mask(z: np.ndarray) -> np.ndarray:
        edge = np.where(np.cos(count * np.angle(z)) > share, 1.0, 1.0 - depth)
        return (np.abs(z) < edge) & (np.abs(z) >= hole)

    return mask


def cross(r: Random) -> Shape:
    ends = r.uniform(0.4, 1.0, 4) * rays(4) * np.exp(1j * r.normal(0, 0.25, 4))
    return strokes([(0j, complex(end)) for end in ends], r.uniform(0.1, 0.25))


def spiral(r: Random) -> Shape:
    t = np.linspace(0.25, 1.0, 40)
    path = t ** r.uniform(0.6, 1.4) * np.exp(1j * t * r.uniform(4, 10))
    return strokes(list(itertools.pairwise(path.tolist())), r.uniform(0.07, 0.13))


def flower(r: Random) -> Shape:
    count, offset = int(r.integers(3, 7)), r.uniform(0.5, 0.9)
    centres, sizes = offset * rays(count), r.uniform(0.25, 0.5, count)

    def mask(z: np.ndarray) -> np.ndarray:
        petals = [np.abs(z - c) < s for c, s in zip(centres, sizes, strict=True)]
        return np.any(petals, axis=0) | (np.abs(z) < offset - 0.1)

    return mask


FAMILIES = (polygon, star, blob, letter, crescent, ring, comb, arrow, gear, cross, spiral, flower)


def shapes(random: Random, count: int) -> Iterator[tuple[Shape, float, complex, float]]:
    """Shapes of area about 1 around 0 that hang together: mask, factor and middle of its coordinates, and reach."""
    z = np.linspace(-2.4, 2.4, 160)[None, :] + 1j * np.linspace(-2.4, 2.4, 160)[:, None]
    found = 0
    while found < count:
        mask = FAMILIES[found % len(FAMILIES)](random)
        points = z[mask(z)]
        factor = math.sqrt(len(points) * (4.8 / 159) ** 2)
        middle = complex(points.mean()) if len(points) else 0j
        reach = float(np.abs(points - middle).max()) / factor if len(points) else 9.0
        if reach < REACH and ndimage.label(mask(z))[1] == 1:
            found += 1
            yield mask, factor, middle, reach


def draw(shape: tuple[Shape, float, complex, float], pixels: float, turn: complex, mirror: bool, shift: complex,
         noise: Random | None) -> np.ndarray:  # fmt: skip
    """``(CELL, CELL)`` bool: the largest piece of one shape of about so many pixels."""
    mask, factor, middle, _ = shape
    at = (np.arange(CELL) - (CELL - 1) / 2)[None, :] + 1j * (np.arange(CELL) - (CELL - 1) / 2)[:, None] - shift
    z = at * turn / math.sqrt(pixels)
    ink = mask((np.conj(z) if mirror else z) * factor + middle)
    if noise is not None:
        border = ndimage.binary_dilation(ink) & ~ndimage.binary_erosion(ink)
        ink = ink ^ (border & (noise.random(ink.shape) < BORDER_NOISE))
        ink &= noise.random(ink.shape) >= 0.01
    labels, _ = ndimage.label(ink)
    return labels == 1 + np.argmax(np.bincount(labels.ravel())[1:])


def sheets(drawings: list[np.ndarray], random: Random) -> Iterator[torch.Tensor]:
    """Pictures ``(3, H, W)`` of ink on paper, 25 shapes each, with grey noise."""
    for begin in range(0, len(drawings), SHEET * SHEET):
        cells = drawings[begin : begin + SHEET * SHEET]
        cells += [np.zeros((CELL, CELL), dtype=bool)] * (-len(cells) % SHEET)
        ink = np.block([cells[i : i + SHEET] for i in range(0, len(cells), SHEET)])
        grey = np.where(ink, 0.1, 0.92) + random.normal(0, 0.03, ink.shape)
        yield torch.from_numpy(np.clip(grey, 0, 1).astype(np.float32)).expand(3, -1, -1).contiguous()


Read = list[tuple[SegmentTable, torch.Tensor, itten.Spectrum, torch.Tensor]]


def read(pictures: Iterator[torch.Tensor]) -> Read:
    """For each sheet its segments, itself, its spectrum and the number of the shape that each segment is."""
    found: Read = []
    before = 0
    for picture in pictures:
        spectrum = itten.spectrum(picture, k=7)
        table = find_segments(contour(picture), spectrum.field(6), 100, SHEET * SHEET)
        cell = table.centroid // CELL
        found.append((table, picture, spectrum, cell[:, 0] * SHEET + cell[:, 1] + before))
        before += SHEET * SHEET
    return found


def problem(seed: int) -> tuple[Read, Read]:
    """The sheets of keys and of queries; queries are the first shapes among the keys."""
    random = np.random.default_rng(seed)
    drawn, asked = [], []
    for number, shape in enumerate(shapes(random, KEYS)):
        pixels = float(np.exp(random.uniform(math.log(620), math.log(min(1330, 3600 / (2.25 * shape[3] ** 2))))))
        turns, shifts = np.exp(2j * np.pi * random.random(2)), random.uniform(-0.5, 0.5, (2, 2)) @ np.array([1, 1j])
        drawn.append(draw(shape, pixels, complex(turns[0]), False, complex(shifts[0]), None))
        if number < QUERIES:
            scale = float(random.uniform(0.7, 1.5))
            image = draw(shape, pixels * scale**2, complex(turns[1]), number % 2 == 1, complex(shifts[1]), random)
            asked.append(image)
    return read(sheets(drawn, random)), read(sheets(asked, random))


def collect(sheets_read: Read, kind: str) -> tuple[Signatures, torch.Tensor]:
    parts = [describe(table, kind, picture, spectrum) for table, picture, spectrum, _ in sheets_read]
    return joined(parts), torch.cat([names for *_, names in sheets_read])


def ranks(keys: Read, queries: Read, kind: str) -> torch.Tensor:
    """``(QUERIES,)``: how many keys are nearer than the right one; all, where noise left no segment."""
    held, names = collect(keys, kind)
    asked, wanted = collect(queries, kind)
    order = names[match(asked, held, "nearest", len(held))]
    found = torch.full((QUERIES,), len(held))
    found[wanted] = (order == wanted[:, None]).int().argmax(dim=1)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--seeds", type=int, nargs="*", default=SEEDS)
    arguments = parser.parse_args()
    found: dict[str, list[list[float]]] = {kind: [] for kind in KINDS}
    spent = []
    for seed in arguments.seeds:
        keys, queries = problem(seed)
        for kind in KINDS:
            rank = ranks(keys, queries, kind)
            found[kind].append([float((rank < best).double().mean()) for best in (1, 5)])
        begin = time.perf_counter()
        collect(keys, "spectral")
        spent.append((time.perf_counter() - begin) / sum(len(table) for table, *_ in keys))
        print(f"seed {seed}: " + ", ".join(f"{kind} {rows[-1][0]:.0%}" for kind, rows in found.items()), flush=True)
    print(f"{'kind':10s} top-1  top-5")
    rows = []
    for kind, figures in found.items():
        first, fifth = np.mean(figures, axis=0).tolist()
        rows.append({"kind": kind, "top1": first, "top5": fifth, "top1_by_seed": [figure[0] for figure in figures]})
        print(f"{kind:10s} {first:5.1%}  {fifth:5.1%}")
    print(f"describing takes {1e6 * np.median(spent):.0f} µs a segment")
    if arguments.json:
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        result = {"queries": QUERIES, "keys": KEYS, "seeds": list(arguments.seeds), "rows": rows,
                  "seconds_per_segment": float(np.median(spent)), "machine": machine()}  # fmt: skip
        arguments.json.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
