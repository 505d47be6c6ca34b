"""Learn the graph of a picture through its eigenvectors, until they tell two textures apart.

Mosaics of two textures, divided by a random curve, are drawn by code. A pixel's features are its colour and the
strength and roughness of the texture around it. Learned are the edge threshold, the radius weights and a scale for
every feature channel, by gradients through :func:`itten.eigenpairs`. The loss is free of signs: one minus the squared
correlation of the low eigenvectors with the labels, weighted softly towards vector 1. A mosaic is then cut in two by
the sign of vector 1, and the adjusted Rand index compares the cut with the labels, on mosaics not learned from.

    python examples/learn_segmentation.py --steps 12 --size 44 --seed 0
"""

from __future__ import annotations

import argparse
import math
import time

import numpy as np
import torch
from torch import nn

import itten

CHANNELS = 6
VECTORS = 4
LEARNED, HELD_OUT = 6, 10


def mosaic(size: int, rng: np.random.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """A picture ``(3, size, size)`` in [0, 1] and its labels ``(size, size)`` bool.

    On one side of a smooth curve through the middle lies fine dither, on the other coarse hatching of nearly the same
    colour.
    """
    y, x = np.mgrid[:size, :size] / size - 0.5
    angle, phase = rng.uniform(0, 2 * math.pi, 2)
    along, across = x * math.cos(angle) + y * math.sin(angle), -x * math.sin(angle) + y * math.cos(angle)
    labels = across > 0.12 * np.sin(2 * math.pi * along + phase) + rng.uniform(-0.08, 0.08)
    dither = (rng.random((size, size)) < 0.5).astype(float)
    turn = rng.uniform(0, math.pi)
    hatching = 0.5 + 0.5 * np.sign(np.sin(size * (x * math.cos(turn) + y * math.sin(turn)) * 2 * math.pi / 6))
    paint = rng.uniform(0.3, 0.7, (3, 1, 1))
    ink = 0.25 * np.where(labels, hatching, dither) + 0.04 * rng.standard_normal((3, size, size))
    picture = np.clip(paint + ink, 0, 1)
    return torch.from_numpy(picture), torch.from_numpy(labels)


def features(picture: torch.Tensor) -> torch.Tensor:
    """``(6, H, W)``: the colour, and averages over the neighbourhood of grey, of its slope and of its bend."""
    grey = picture.mean(dim=0)
    wide = nn.functional.pad(grey[None], (1, 1, 1, 1), mode="reflect")[0]
    up, down, left, right = wide[:-2, 1:-1], wide[2:, 1:-1], wide[1:-1, :-2], wide[1:-1, 2:]
    maps = torch.stack(
        [grey, (down - up).square() + (right - left).square(), (4 * grey - up - down - left - right) ** 2]
    )
    for _ in range(2):  # a box of 5 × 5 twice, which is smoother than one of 9 × 9
        maps = nn.functional.avg_pool2d(nn.functional.pad(maps, (2, 2, 2, 2), mode="reflect"), 5, 1)
    return torch.cat([picture, maps])


class Cutter(nn.Module):
    """The spectrum of scaled features; scales, edge threshold and radius weights are learned."""

    def __init__(self) -> None:
        super().__init__()
        self.log_scales = nn.Parameter(torch.zeros(CHANNELS, dtype=torch.float64))
        self.spectrum = itten.LearnableSpectrum(VECTORS + 1, tol=1e-7)

    def forward(self, maps: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Values ``(4,)`` and vectors ``(4, H, W)``, without the constant one."""
        values, vectors = self.spectrum(self.log_scales.exp()[:, None, None] * maps)
        return values[1:], vectors[1:]

    def loss(self, maps: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """1 − Σ wᵢ corr(vᵢ, labels)², the weights wᵢ a softmax of −4 λᵢ / λ₁: nearly all vector 1 if λ₂ is far off."""
        values, vectors = self(maps)
        wanted = labels.double() - labels.double().mean()
        correlation = (vectors * wanted).sum(dim=(1, 2)).square() / wanted.square().sum()
        weights = torch.softmax(-4 * values / values[0].detach(), dim=0)
        return 1 - (weights * correlation).sum()

    @torch.no_grad()
    def cut(self, maps: torch.Tensor) -> torch.Tensor:
        """``(H, W)`` bool: where vector 1 is positive."""
        return self(maps)[1][0] > 0


def adjusted_rand_index(one: torch.Tensor, other: torch.Tensor) -> float:
    """1 for equal partitions, 0 on average for independent ones (Hubert and Arabie, "Comparing partitions",
    Journal of Classification 2, 1985, eq. 5)."""
    table = torch.bincount(2 * one.flatten().long() + other.flatten().long(), minlength=4).reshape(2, 2).double()

    def pairs(count: torch.Tensor) -> float:
        return float((count * (count - 1) / 2).sum())

    rows, columns, every = pairs(table.sum(1)), pairs(table.sum(0)), pairs(table.sum())
    chance = rows * columns / every
    most = (rows + columns) / 2
    return 1.0 if most == chance else (pairs(table) - chance) / (most - chance)


def score(cutter: Cutter, mosaics: list[tuple[torch.Tensor, torch.Tensor]]) -> float:
    """The mean adjusted Rand index."""
    return float(np.mean([adjusted_rand_index(cutter.cut(maps), labels) for maps, labels in mosaics]))


def main(steps: int = 12, size: int = 44, seed: int = 0) -> dict[str, float]:
    """Learn, print and return the figures: the index on held-out mosaics ``before`` and ``after``, and ``seconds``."""
    begin = time.perf_counter()
    rng = np.random.default_rng(seed)
    drawn = [mosaic(size, rng) for _ in range(LEARNED + HELD_OUT)]
    mosaics = [(features(picture), labels) for picture, labels in drawn]
    learned, held_out = mosaics[:LEARNED], mosaics[LEARNED:]
    cutter = Cutter()
    before = score(cutter, held_out)
    print(f"held-out adjusted Rand index before: {before:.3f}")
    optimizer = torch.optim.Adam(cutter.parameters(), lr=0.2)
    for step in range(steps):
        optimizer.zero_grad()
        loss = torch.stack([cutter.loss(maps, labels) for maps, labels in learned]).mean()
        loss.backward()
        optimizer.step()
        if step % 5 == 0 or step == steps - 1:
            print(f"step {step:3d}  loss {float(loss.detach()):.4f}  {time.perf_counter() - begin:5.1f} s")
    after = score(cutter, held_out)
    seconds = time.perf_counter() - begin
    threshold = float(cutter.spectrum.log_edge_threshold.detach().exp())
    print(f"held-out adjusted Rand index after:  {after:.3f}  ({seconds:.1f} s; edge threshold {threshold:.3g})")
    return {"before": before, "after": after, "seconds": seconds}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=12, help="gradient steps")
    parser.add_argument("--size", type=int, default=44, help="side of a mosaic, pixels")
    parser.add_argument("--seed", type=int, default=0, help="seed of the mosaics")
    main(**vars(parser.parse_args()))
