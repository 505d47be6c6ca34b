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
FLOOR = 0.1


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


def describe_shape(raw: torch.Tensor) -> dict[str, torch.Tensor]:
    """The kernel's numbers ``(S, COLUMNS)`` as groups of columns ``(S, …)`` float64.

    ``values``: log(λᵢ A + 0.1), the segment's own Laplacian spectrum ("Shape-DNA", Reuter, Wolter, Peinecke 2006).
    ``harmonics``: magnitudes of its circular harmonics (Jacovitti & Neri 2000); order 0 with its sign.
    ``form``: log of the ratio of the principal second moments, log of A / 2π(⟨u²⟩ + ⟨v²⟩) (0 for a disc: Hu 1962, first
    invariant), three radial means, log of area over hull area (solidity), log of the hull's perimeter² / 4π area.
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
    return {
        "values": (raw[:, :HARMONICS] + FLOOR).log(),
        "harmonics": magnitude,
        "form": torch.stack(form, dim=1),
    }
