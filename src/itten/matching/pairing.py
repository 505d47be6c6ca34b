"""Segments of two pictures that look alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment

from itten.config import MatchConfig
from itten.config.base import config_of
from itten.errors import InputError
from itten.image import as_image
from itten.matching.likeness import distances, signs
from itten.regions import Segmentation, segmentation

# Distances are compared on this grid: what differs by less is equal, and numbers decide.
GRID = 1e-6


@dataclass(frozen=True)
class Matching:
    """Which segments of two pictures look alike.

    ``pairs`` ``(m, 2)`` int64: numbers of segments of the first picture and of the second, the nearest pair first.
    ``distances`` ``(m,)`` float64: theirs, ascending, all below ``config.bound``. ``first``, ``second``: the
    :class:`~itten.Segmentation` of each. ``matrix`` ``(n_a, n_b)`` float64: the distances of all pairs
    (:func:`itten.matching.likeness.distances`). Tensors, on the CPU but for what the segmentations hold.
    """

    pairs: torch.Tensor
    distances: torch.Tensor
    first: Segmentation
    second: Segmentation
    matrix: torch.Tensor
    config: MatchConfig

    def __len__(self) -> int:
        return len(self.pairs)


def match(A: Any, B: Any, n: int | str | None = None, config: MatchConfig | None = None, **options: Any) -> Matching:
    """Pairs of segments of two pictures that look alike.

    ``A``, ``B``: pictures as :func:`itten.image.as_image` takes them, one each; sizes may differ. ``n``: how many
    segments either is cut into, or ``"auto"`` (:func:`itten.segmentation`). ``config`` a
    :class:`~itten.config.MatchConfig`; ``options`` are its fields, and win over it.

    Segments are known by mean and deviation of their colour in OKLab, by their shape, by their share of the picture
    and by the heat and wave kernels of the picture's spectrum on them. None of it depends on where a segment lies, how
    it is turned, mirrored or scaled, on signs and rotations of eigenvectors, or on the numbers of labels.

    ``one-to-one``: the assignment with the least sum of distances (Crouse, "On implementing 2D rectangular assignment
    algorithms", 2016), each of them no more than the bound, and without the pairs that reach it. Among equal ones lower
    numbers go to lower ones. Nothing is random.

    Raises :class:`~itten.errors.InputError` for what is not one picture each and for more segments than pixels,
    :class:`~itten.errors.ConfigError` for unknown options, :class:`~itten.errors.ResourceError` where memory is short.
    """
    config = config_of(MatchConfig, config, options if n is None else {**options, "n": n})
    images = [one_image(image, name) for image, name in ((A, "A"), (B, "B"))]
    found = [segmentation(image, config=config.segments) for image in images]
    first, second = (signs(one, image) for one, image in zip(found, images, strict=True))
    matrix = distances(first, second, config)
    pairs = assigned(matrix.numpy(), config.bound, config.assign)
    return Matching(
        pairs=torch.from_numpy(pairs),
        distances=matrix[pairs[:, 0], pairs[:, 1]],
        first=found[0],
        second=found[1],
        matrix=matrix,
        config=config,
    )


def one_image(image: Any, name: str) -> torch.Tensor:
    """``(3, H, W)``. Raises :class:`~itten.errors.InputError` for what is not one picture."""
    found = as_image(image, name=name)
    if found.dim() != 3:
        raise InputError(f"{name} is one picture (3, H, W) here, got {tuple(found.shape)}")
    return found.detach()


def assigned(matrix: np.ndarray, bound: float, assign: str = "one-to-one") -> np.ndarray:
    """``(m, 2)`` int64: pairs of rows and columns of distances ``(n_a, n_b)`` below ``bound``, the nearest first, equal
    ones by their numbers. See :func:`match`."""
    cost = np.round(np.minimum(matrix, bound) / GRID)
    if assign == "nearest":
        rows, columns = np.arange(len(cost)), cost.argmin(axis=1)
    else:
        # Whole numbers, and less than 1 in all for pairs that are out of order.
        most = max(cost.shape)
        row, column = np.indices(cost.shape)
        rows, columns = linear_sum_assignment(cost + np.square(row - column) / (2.0 * most**3))
    near = matrix[rows, columns] < bound
    rows, columns = rows[near], columns[near]
    order = np.lexsort((columns, rows, cost[rows, columns]))
    return np.stack([rows, columns], axis=1)[order].astype(np.int64)
