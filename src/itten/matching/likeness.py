"""How alike segments of two pictures are, by numbers that neither turns, mirroring, scale nor numbering change."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from itten.config import MatchConfig
from itten.heads.segments import SegmentTable, tabulate
from itten.heads.shape import FLOORS, WEIGHTS, describe_shape, shape_numbers
from itten.heads.signature import colour_means, kernel_means
from itten.matching.bases import with_unit_mass
from itten.regions import Segmentation

# What each part of a signature is measured in: six of ten segments that a quarter turn, mirroring, a scale of 0.7,
# noise of 0.02, a crop of an eleventh or another white balance leave what they are differ by less. Colour: steps in
# OKLab. Shape: the weighted mean of deviations over their floors. Size: the logarithm of the share of the picture.
# Spectrum: the logarithms of the kernels.
MEAN, DEVIATION, SHAPE, SIZE, HEAT, WAVE = 0.01, 0.01, 2.8, 0.06, 0.16, 0.27
# So many floors are as far apart as shape numbers can be: one number that is another says no more than that.
MOST_FLOORS = 10.0


@dataclass(frozen=True)
class Signs:
    """What n segments are known by, float64, in the order of their labels. ``colour`` ``(n, 6)``: mean and deviation
    in OKLab. ``shape`` ``(n, 51)``: :func:`~itten.heads.shape.describe_shape`. ``size`` ``(n, 1)``: logarithm of the
    share of the pixels. ``kernels`` ``(n, 8)``: logarithms of four heat kernels and four wave kernels, averaged."""

    colour: torch.Tensor
    shape: torch.Tensor
    size: torch.Tensor
    kernels: torch.Tensor


def signs(found: Segmentation, image: torch.Tensor) -> Signs:
    """What the segments of ``image`` ``(3, H, W)`` in [0, 1] are known by. Computed on the CPU."""
    image, sizes = image.detach().cpu(), found.sizes.cpu()
    table = table_of(found)
    # The table has the largest first.
    place = torch.argsort(torch.argsort(sizes, descending=True, stable=True))
    vectors, mass = with_unit_mass(found.spectrum, image)
    # √m v are of unit norm: what lives on a few pixels of little mass cannot outgrow the sums of integers.
    of_pixels = replace(found.spectrum, vectors=vectors * mass.sqrt())
    return Signs(
        colour=colour_means(table, image)[place],
        shape=describe_shape(shape_numbers(table))[place],
        size=(sizes.double() / sizes.sum()).log()[:, None],
        kernels=kernel_means(table, of_pixels)[place],
    )


def table_of(found: Segmentation) -> SegmentTable:
    """Segments as the heads know them, the largest first."""
    labels = found.labels.cpu()
    return tabulate(labels + 1, torch.zeros(labels.shape), 1, max(len(found), 1))


def distances(first: Signs, second: Signs, config: MatchConfig) -> torch.Tensor:
    """``(n_a, n_b)`` float64: the weighted mean over parts of log(1 + (d/u)²), d how far the two are apart in that part
    and u its unit. 0 for equal segments; log 2 = 0.69 where each part differs by its unit.

    The logarithm is Cauchy's (Holland and Welsch, "Robust regression using iteratively reweighted least-squares",
    1977): where one part is altogether another, because a shadow fell or a border moved, the others still decide.
    """
    floors, weights = (torch.tensor(one, dtype=torch.float64) for one in (FLOORS, WEIGHTS))
    off = (_apart(first.shape, second.shape) / floors).abs().clamp(max=MOST_FLOORS)
    colour, kernels = _apart(first.colour, second.colour), _apart(first.kernels, second.kernels)
    parts = (
        (config.colour, colour[..., :3].norm(dim=2) / MEAN),
        (config.colour, colour[..., 3:].norm(dim=2) / DEVIATION),
        (config.shape, (off.square() @ (weights / weights.sum())).sqrt() / SHAPE),
        (config.size, _apart(first.size, second.size)[..., 0] / SIZE),
        (config.spectrum, kernels[..., :4].square().mean(dim=2).sqrt() / HEAT),
        (config.spectrum, kernels[..., 4:].square().mean(dim=2).sqrt() / WAVE),
    )
    total = sum(weight for weight, _ in parts)
    found = torch.zeros(len(first.size), len(second.size), dtype=torch.float64)
    for weight, one in parts:
        found += weight / total * torch.log1p(one.square())
    return found


def _apart(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    return one[:, None] - other[None]
