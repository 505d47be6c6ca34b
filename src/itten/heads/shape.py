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
# What each column counts: (share of its variance that a turn, a mirroring, a scale of 0.7 to 1.5 and noise on the
# border make + 0.01) to the power of −1.5, in sevenths; and the deviation which those alone make, below which a column
# is not stretched. From 40 problems of benchmarks/retrieval.py, seeds 1 to 40; the power 1 finds 0.2 % fewer shapes.
VALUE_WEIGHTS = (57, 36, 25, 26, 18, 17, 14, 11)
HARMONIC_WEIGHTS = (
    (104, 106, 61, 84),
    (72, 37, 47, 23),
    (77, 100, 40, 42),
    (59, 39, 19, 18),
    (71, 36, 16, 12),
    (37, 26, 17, 17),
    (42, 27, 14, 16),
    (37, 15, 14, 7),
    (31, 10, 6, 7),
)
FORM_WEIGHTS = (81, 110, 102, 93, 87, 30, 26)
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
