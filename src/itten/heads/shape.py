"""What a segment's shape is known by: numbers free of its place, its turn, its mirroring and its size.

The kernel ``shape_numbers`` gives eigenvalues and sums; here they become descriptors, and each gets a weight.
"""

from __future__ import annotations

import torch

from itten.heads.segments import SegmentTable
from itten.kernels import choose, kernel
from itten.kernels.reference.shapes import ANGULAR, COLUMNS, HARMONICS, HULL, RADIAL, RINGS, SECOND
from itten.kernels.registry import ARRAY_BACKENDS

# Eigenvalues times area below this do not tell shapes apart; those of a set in several pieces are 0.
RIGID = 0.1
# What each column counts: 1 / (share of its variance that a turn, a mirroring, a scale of 0.7 to 1.5 and noise on the
# border make + 0.02), and the deviation which those alone make, below which a column is not stretched. From seeds 1 to
# 12 of benchmarks/retrieval.py.
VALUE_WEIGHTS = (27, 23, 20, 20, 17, 15, 14, 12)
HARMONIC_WEIGHTS = (
    (44, 46, 24, 32),
    (41, 32, 28, 27),
    (40, 43, 29, 31),
    (35, 37, 26, 20),
    (38, 34, 24, 19),
    (30, 24, 21, 19),
    (27, 21, 12, 18),
    (25, 18, 13, 8),
    (25, 13, 12, 12),
)
FORM_WEIGHTS = (39, 45, 45, 41, 40, 22, 22)
WEIGHTS = tuple(float(w) for w in (*VALUE_WEIGHTS, *(w for row in HARMONIC_WEIGHTS for w in row), *FORM_WEIGHTS))
FLOORS = (
    *(0.1 for _ in VALUE_WEIGHTS),
    *(0.0025 for row in HARMONIC_WEIGHTS for _ in row),
    *(0.05, 0.02, 0.0015, 0.005, 0.015, 0.05, 0.025),
)


def shape_numbers(table: SegmentTable, backend: str = "auto") -> torch.Tensor:
    """``(S, COLUMNS)`` float64: the kernel of that name on the segments of a table."""
    chosen = choose("shape_numbers", table.pixels.device.type, backend)
    run = kernel("shape_numbers", chosen)
    if not len(table):
        return torch.zeros((0, COLUMNS), dtype=torch.float64, device=table.pixels.device)
    if chosen in ARRAY_BACKENDS:
        return torch.from_numpy(run(table.pixels.numpy(), table.size.numpy(), table.shape[1]))
    found: torch.Tensor = run(table.pixels, table.size, table.shape[1])
    return found


def describe_shape(raw: torch.Tensor) -> torch.Tensor:
    """The kernel's numbers ``(S, COLUMNS)`` as descriptors ``(S, 51)`` float64, column by column:

    8: log(λᵢ A + 0.1), the segment's own Laplacian spectrum, free ends, times its area: "Shape-DNA" (Reuter, Wolter,
    Peinecke 2006, section 3). 36: magnitudes of its circular harmonics of angular order 0 to 8 and radial order 0 to 3
    (Jacovitti & Neri 2000); order 0 is real and keeps its sign. 7 of its form: log of the ratio of the principal second
    moments; log of A / 2π(⟨u²⟩ + ⟨v²⟩), 0 for a disc (Hu 1962, first invariant); ⟨r⟩, ⟨r³⟩, ⟨r⁴⟩ with r in radii of
    gyration; log of the area over that of the hull (solidity); log of the hull's perimeter² / 4π area.
    """
    parts = raw[:, HARMONICS:SECOND].reshape(-1, 2, ANGULAR, RADIAL)
    magnitude = parts.square().sum(dim=1).sqrt()
    magnitude = torch.cat([parts[:, 0, :1], magnitude[:, 1:]], dim=1).flatten(1)
    uu, vv, uv, area = raw[:, SECOND:RINGS].unbind(1)
    spread = ((uu - vv).square() + 4.0 * uv.square()).sqrt()
    hull, around = raw[:, HULL:].unbind(1)
    form = [
        ((uu + vv + spread) / (uu + vv - spread)).log(),
        (area / (2.0 * torch.pi * (uu + vv))).log(),
        *raw[:, RINGS:HULL].unbind(1),
        (area / hull).log(),
        (around.square() / (4.0 * torch.pi * hull)).log(),
    ]
    return torch.cat([(raw[:, :HARMONICS] + RIGID).log(), magnitude, torch.stack(form, dim=1)], dim=1)
