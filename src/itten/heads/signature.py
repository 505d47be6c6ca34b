"""Signatures: the numbers that a segment is known by, and how much each counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch

from itten.errors import UsageError
from itten.heads.segments import SegmentTable
from itten.heads.shape import FLOORS, WEIGHTS, describe_shape, shape_numbers
from itten.image.oklab import to_oklab
from itten.spectra.descriptors import heat_kernel, wave_kernel
from itten.spectra.result import Spectrum

# Sums over segments are taken over integers (values times 2³⁰): the same total in any order, on any device.
FIXED_POINT = float(1 << 30)
KINDS = ("spectral", "shape", "colour", "seed")
# (weight, floor) of the columns that do not come from the shape. On sheets of shapes under noise the kernels' weight of
# all columns together is a fortieth of what noise alone makes of a shape's distance: they decide between shapes that
# cannot be told apart. A step of 0.02 in OKLab is one that can just be seen.
KERNELS = (0.1, 0.1)
COLOUR = (100.0, 0.02)
# The kernels of a segment on which no vector lives are 0; their logarithm ends here.
DIM = 1e-6


@dataclass(frozen=True)
class Signatures:
    """S segments, d numbers each.

    ``values`` ``(S, d)`` float64; ``weights`` d factors of the squared differences, taken after standardising;
    ``apart``: True if the columns are standardised within each picture, False if over both pictures together. ``floor``
    the deviations, none or one a column, below which a column is not stretched: less than that is noise. ``live``
    ``(S,)`` bool: which rows are segments, None for all; the others are 0.
    """

    values: torch.Tensor
    weights: tuple[float, ...]
    apart: bool = False
    floor: tuple[float, ...] = ()
    live: torch.Tensor | None = None

    def __len__(self) -> int:
        return len(self.values)

    def first(self, count: int) -> Signatures:
        """Those of the first ``count`` segments."""
        live = None if self.live is None else self.live[:count]
        return Signatures(self.values[:count], self.weights, self.apart, self.floor, live)

    def trimmed(self) -> Signatures:
        """Those of segments alone. The host waits for the device if there are others."""
        return self if self.live is None else replace(self, values=self.values[self.live], live=None)


def describe(
    table: SegmentTable,
    kind: str = "spectral",
    image: torch.Tensor | None = None,
    spectrum: Spectrum | None = None,
    backend: str = "auto",
) -> Signatures:
    """The signatures of a table's segments.

    ``shape``: the segment's own shape alone (:func:`~itten.heads.shape.describe_shape`). ``spectral``: that, and the
    logarithms of the heat and wave kernels of the picture's ``spectrum``, averaged over the segment; without a spectrum
    those columns are left out. ``colour``: ``spectral``, and mean and deviation in OKLab over the segment, from
    ``image`` ``(3, H, W)`` in [0, 1]. ``seed``: mean and deviation of the field, log of the size, aspect ratio.

    No number depends on the sign of an eigenvector, on a rotation inside an eigenspace or, ``seed`` aside, on where the
    segment lies. Raises :class:`~itten.errors.UsageError` for an unknown kind, for ``colour`` without an image, and
    for an image or a spectrum of another size.
    """
    if kind not in KINDS:
        raise UsageError(f"unknown kind of signature '{kind}': there are {', '.join(KINDS)}")
    if kind == "seed":
        return _signed(table, signatures(table), (1.0,) * 4, True, ())
    parts = [describe_shape(shape_numbers(table, backend))]
    weights, floor = list(WEIGHTS), list(FLOORS)
    if kind != "shape" and spectrum is not None:
        parts.append(kernel_means(table, spectrum))
        weights += [KERNELS[0]] * parts[-1].shape[1]
        floor += [KERNELS[1]] * parts[-1].shape[1]
    if kind == "colour":
        if image is None:
            raise UsageError("signatures of kind 'colour' need the picture")
        parts.append(colour_means(table, image))
        weights += [COLOUR[0]] * parts[-1].shape[1]
        floor += [COLOUR[1]] * parts[-1].shape[1]
    return _signed(table, torch.cat(parts, dim=1), tuple(weights), False, tuple(floor))


def _signed(
    table: SegmentTable, values: torch.Tensor, weights: tuple[float, ...], apart: bool, floor: tuple[float, ...]
) -> Signatures:
    if not table.padded:
        return Signatures(values, weights, apart, floor)
    return Signatures(torch.where(table.live[:, None], values, 0.0), weights, apart, floor, table.live)


def joined(parts: Sequence[Signatures]) -> Signatures:
    """The signatures of several tables as one list, in order, without padding. Raises
    :class:`~itten.errors.UsageError` if there are none or if they are of different kinds."""
    if not parts:
        raise UsageError("no signatures to join")
    head = parts[0]
    for part in parts:
        comparable(head, part)
    values = torch.cat([part.trimmed().values for part in parts])
    return Signatures(values, head.weights, head.apart, head.floor)


def signatures(table: SegmentTable) -> torch.Tensor:
    """``(S, 4)`` float64: mean and deviation of the field, log of the size, aspect ratio."""
    return torch.stack([table.mean, table.deviation, table.size.double().log(), table.aspect], dim=1)


def kernel_means(table: SegmentTable, spectrum: Spectrum) -> torch.Tensor:
    """``(S, t + e)`` float64: log of the heat kernel and of the wave kernel, averaged over each segment.

    Both are linear in the squared vectors, so the squares are averaged first.
    """
    _same_size(table, spectrum.vectors.shape[-2:], "spectrum")
    nodes = table.shape[0] * table.shape[1]
    squares = _at(spectrum.vectors, table).double().square() * nodes
    roots = segment_means(squares, table).sqrt()
    values = spectrum.values.to(roots)
    kernels = torch.cat([heat_kernel(values, roots), wave_kernel(values, roots)]) / max(len(table), 1)
    return kernels.clamp(min=DIM).log().T


def colour_means(table: SegmentTable, image: torch.Tensor) -> torch.Tensor:
    """``(S, 6)`` float64: mean and deviation of L, a, b over each segment of a picture ``(3, H, W)`` in [0, 1]."""
    _same_size(table, image.shape[-2:], "image")
    lab = to_oklab(_at(image, table))
    mean = segment_means(lab, table)
    own = mean[:, table.owner.clamp(max=len(table) - 1) if table.padded else table.owner]
    deviation = segment_means((lab - own).square(), table).sqrt()
    return torch.cat([mean, deviation]).T


def segment_means(values: torch.Tensor, table: SegmentTable) -> torch.Tensor:
    """``(c, S)`` float64: means of ``(c, P)`` over the segments; summed as integers, the same in any order."""
    total = table.totals((values * FIXED_POINT).round().long())
    return total.double() / FIXED_POINT / table.size.clamp(min=1)


def _at(maps: torch.Tensor, table: SegmentTable) -> torch.Tensor:
    """``(c, P)``: ``maps`` ``(c, H, W)`` at the table's pixels, and at any where there is none."""
    flat = maps.flatten(1)
    return flat[:, table.pixels.clamp(max=flat.shape[1] - 1) if table.padded else table.pixels]


def _same_size(table: SegmentTable, size: tuple[int, ...], what: str) -> None:
    if tuple(size) != tuple(table.shape):
        raise UsageError(f"the segments are of a picture of {table.shape[0]} × {table.shape[1]}, the {what} is not")


def comparable(left: Signatures, right: Signatures) -> None:
    """Raises :class:`~itten.errors.UsageError` if the two are of different kinds."""
    if (left.weights, left.apart, left.floor) != (right.weights, right.apart, right.floor):
        raise UsageError("signatures of different kinds cannot be compared")
