"""Alignment of two pictures by a functional map between their spectra."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
import torch
from scipy import ndimage

from itten.config import AlignConfig, SpectrumConfig
from itten.config.base import config_of
from itten.errors import InputError, UsageError
from itten.graph.contrast import chosen_threshold
from itten.image.coerce import as_tensor, refuse_not_finite
from itten.matching.bases import with_unit_mass
from itten.matching.descriptors import descriptors, landmarks
from itten.matching.functional import frequencies, least_squares, nearest_pixels, refined, with_constants
from itten.matching.pairing import Matching, match, one_image
from itten.regions.segmenting import solved
from itten.spectra import Spectrum


@dataclass(frozen=True)
class Basis:
    """Vectors ``(k, H, W)`` of a picture with Σ m v² = 1, their ``values`` ``(k,)`` and the masses m ``(H, W)``, 1 in
    all; float64. A pixel without mass, in a speck, has the ``place`` ``(H · W,)`` of the nearest one with any.
    ``connected``: the graph has one component, and the first vector is a constant."""

    values: torch.Tensor
    vectors: torch.Tensor
    mass: torch.Tensor
    place: np.ndarray
    connected: bool

    @staticmethod
    def of(found: Spectrum, image: torch.Tensor) -> Basis:
        vectors, mass = with_unit_mass(found, image)
        gone = (mass == 0).numpy()
        _, (row, column) = ndimage.distance_transform_edt(gone, return_indices=True)
        place = (row * gone.shape[1] + column).ravel()
        return Basis(found.values.cpu().double(), vectors, mass, place, found.components == 1)

    def coefficients(self, functions: torch.Tensor) -> torch.Tensor:
        """``(k, q)``: Σ m v f for functions ``(q, H, W)``."""
        return self.vectors.flatten(1) @ (functions * self.mass).flatten(1).T

    @cached_property
    def rows(self) -> np.ndarray:
        """``(k, H · W)``: the vectors, pixels without mass as the nearest one with any."""
        found: np.ndarray = self.vectors.flatten(1).numpy()[:, self.place]
        return found


@dataclass(frozen=True)
class Alignment:
    """A functional map between two pictures A and B.

    ``map`` ``(k_b, k_a)`` float64, C: it takes coefficients in A's basis to coefficients in B's, A → B. Bases are the
    lowest eigenvectors, orthonormal in masses that add up to 1, so that the constant 1 has the coefficient 1 in both.
    ``values_a`` ``(k_a,)``, ``values_b`` ``(k_b,)``: eigenvalues. ``residual``: ‖C a − b‖ / ‖b‖, how much of the
    descriptors the map misses; 0 where it takes all of A's to B's. All on the CPU.
    """

    map: torch.Tensor
    values_a: torch.Tensor
    values_b: torch.Tensor
    residual: float
    config: AlignConfig
    bases: tuple[Basis, Basis] = field(repr=False, compare=False)

    @cached_property
    def points(self) -> torch.Tensor:
        """``(H_a, W_a, 2)`` int64: for every pixel of A the row and column of its pixel of B, whose row of vectors is
        nearest to C times its own. Found when first asked for."""
        first, second = self.bases
        place = second.place[nearest_pixels(self.map.numpy(), first.rows, second.rows)]
        width = second.mass.shape[1]
        found = np.stack([place // width, place % width], axis=-1).reshape(*first.mass.shape, 2)
        return torch.from_numpy(found.astype(np.int64))

    def transport(self, features: Any, way: Literal["spectrum", "points"] = "spectrum") -> torch.Tensor:
        """Functions on B ``(C, H_b, W_b)``, finite, as functions on A ``(C, H_a, W_a)`` float64.

        ``spectrum``: coefficients in B's basis times Cᵀ are those in A's; the result is smooth but for A's edges, and
        no finer than the vectors. If T takes the pixels of A to those of B, the coefficients of f ∘ T are Cᵀ times
        those of f, since C is Σ m φ_b(T) φ_aᵀ. ``points``: the values at :attr:`points`.

        Raises :class:`~itten.errors.InputError` for another shape or values that are not finite,
        :class:`~itten.errors.UsageError` for another way.
        """
        if way not in ("spectrum", "points"):
            raise UsageError(f"way is 'spectrum' or 'points', got {way!r}")
        first, second = self.bases
        tensor = as_tensor(features, "features").detach().cpu()
        size = tuple(second.mass.shape)
        if tensor.dim() != 3 or tuple(tensor.shape[1:]) != size or tensor.is_complex():
            raise InputError(f"features are (C, {size[0]}, {size[1]}) here, got {tuple(tensor.shape)}")
        tensor = tensor.double()
        if tensor.numel():
            refuse_not_finite(tensor, "features")
        if way == "points":
            return tensor[:, self.points[..., 0], self.points[..., 1]]
        found = (self.map.T @ second.coefficients(tensor)).T @ torch.from_numpy(first.rows)
        return found.reshape(-1, *first.mass.shape)


def align(
    A: Any,
    B: Any,
    k: int | None = None,
    config: AlignConfig | None = None,
    *,
    matching: Matching | None = None,
    **options: Any,
) -> Alignment:
    """A functional map between two pictures of the same thing, or of two things that are alike (Ovsjanikov, Ben-Chen,
    Solomon, Butscher and Guibas, "Functional maps", 2012).

    ``A``, ``B``: pictures as :func:`itten.image.as_image` takes them, one each; sizes may differ. ``k``: how many
    eigenvectors of either. ``config`` an :class:`~itten.config.AlignConfig`; ``options`` are its fields, and win over
    it. ``matching``: the :class:`~itten.Matching` of the two whose pairs are landmarks, if ``landmarks`` is above 0;
    left out, it is found with the usual settings.

    The map C minimises ‖C a − b‖² + commute · ‖C Λ_a − Λ_b C‖², a and b the coefficients of descriptors: colours,
    heat and wave kernels, indicators of landmarks; then come rounds of ICP. Where both pictures are one component,
    constants go to the same constants, and means are kept. Every descriptor is brought to unit norm on both pictures
    together, and each kind counts as much as its weight says, whatever their number.

    Raises :class:`~itten.errors.InputError` for what is not one picture each, for more vectors than pixels and for a
    ``matching`` of other sizes, :class:`~itten.errors.ConfigError` for unknown options,
    :class:`~itten.errors.ResourceError` where memory is short.
    """
    config = config_of(AlignConfig, config, options if k is None else {**options, "k": k})
    images = [one_image(image, name) for image, name in ((A, "A"), (B, "B"))]
    counts = config.k, config.k if config.k_b is None else config.k_b
    marks = _landmarks(images, matching, config)
    bases, groups = [], []
    for image, count in zip(images, counts, strict=True):
        if count > image[0].numel():
            raise InputError(f"{count} eigenvectors were asked for, a picture of {image[0].numel()} pixels has no more")
        threshold = chosen_threshold(config.edge_threshold, image)
        graph = SpectrumConfig(edge_threshold=threshold, laplacian=config.laplacian)
        pairs = solved(image, count, None, graph, config.drop_specks)
        basis = Basis.of(pairs, image)
        bases.append(basis)
        groups.append(descriptors(image.cpu(), basis.values, basis.vectors, config))
    if marks is not None:
        for group, mark in zip(groups, marks, strict=True):
            group.append((config.landmarks, mark))
    first, second = bases
    a, b = _balanced(
        [(weight, first.coefficients(one)) for weight, one in groups[0]],
        [(weight, second.coefficients(one)) for weight, one in groups[1]],
    )
    values = frequencies(first.values.numpy(), second.values.numpy())
    # With one component each the first vectors are the constants, whose images are known.
    known = int(first.connected and second.connected)
    found = least_squares(a[known:], b[known:], values[0][known:], values[1][known:], config.commute)
    rows, mass = (first.rows[known:], second.rows[known:]), first.mass.flatten().numpy()
    if config.rounds and found.size:
        found = refined(found, rows[0], mass, rows[1], config.rounds)
    found = with_constants(found) if known else found
    residual = float(np.linalg.norm(found @ a - b) / max(float(np.linalg.norm(b)), 1e-300))
    return Alignment(torch.from_numpy(found), first.values, second.values, residual, config, bases=(first, second))


def _landmarks(
    images: list[torch.Tensor], matching: Matching | None, config: AlignConfig
) -> tuple[torch.Tensor, torch.Tensor] | None:
    if config.landmarks == 0:
        if matching is not None:
            raise UsageError("a matching is given, but landmarks count nothing: set landmarks above 0")
        return None
    found = match(images[0], images[1]) if matching is None else matching
    if not isinstance(found, Matching):
        raise InputError(f"matching is a {type(found).__name__}; needed is what itten.match returns")
    for image, cut in zip(images, (found.first, found.second), strict=True):
        if cut.labels.shape != image.shape[1:]:
            raise InputError(f"matching is of {tuple(cut.labels.shape)}, the picture is {tuple(image.shape[1:])}")
    return landmarks(found) if len(found) else None


def _balanced(
    first: list[tuple[float, torch.Tensor]], second: list[tuple[float, torch.Tensor]]
) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients of all groups, ``(k_a, q)`` and ``(k_b, q)``: every descriptor at unit norm in both together, every
    group of q times its weight over √q."""
    a, b = [], []
    for (weight, one), (_, other) in zip(first, second, strict=True):
        norm = (one.square().sum(dim=0) + other.square().sum(dim=0)).sqrt()
        factor = weight / math.sqrt(one.shape[1]) / torch.where(norm > 0, norm, 1.0)
        a.append(one * factor)
        b.append(other * factor)
    return torch.cat(a, dim=1).numpy(), torch.cat(b, dim=1).numpy()
