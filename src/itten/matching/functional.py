"""Functional maps between two bases: least squares, row by row, and their refinement.

Source: Ovsjanikov, Ben-Chen, Solomon, Butscher and Guibas, "Functional maps: a flexible representation of maps between
shapes", 2012. Everything here is plain NumPy in float64.
"""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

PIXELS = 4096


def frequencies(values_a: np.ndarray, values_b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Eigenvalues ``(k_a,)`` and ``(k_b,)`` in units of the one that both have last: those of a picture and of a
    smaller copy differ by a factor. As they are where that one is 0."""
    last = min(len(values_a), len(values_b)) - 1
    units = [one[last] if one[last] > 0 else 1.0 for one in (values_a, values_b)]
    return values_a / units[0], values_b / units[1]


def with_constants(found: np.ndarray) -> np.ndarray:
    """The map ``(k_b, k_a)`` of what is left without the first vectors, ``found``, and of these, which are constants:
    1 goes to 1 and means stay what they are."""
    whole = np.zeros((found.shape[0] + 1, found.shape[1] + 1))
    whole[0, 0], whole[1:, 1:] = 1.0, found
    return whole


def least_squares(
    a: np.ndarray, b: np.ndarray, values_a: np.ndarray, values_b: np.ndarray, commute: float
) -> np.ndarray:
    """The map C ``(k_b, k_a)`` that minimises ‖C a − b‖² + ``commute`` · Σᵢⱼ (λᵇᵢ − λᵃⱼ)² Cᵢⱼ².

    ``a`` ``(k_a, q)``, ``b`` ``(k_b, q)``: coefficients of q descriptors in either basis. The second term is
    ‖C Λ_a − Λ_b C‖², so that every row is a problem of its own; of several
    solutions the one of least norm is taken.
    """
    found = np.zeros((len(b), len(a)))
    for i, value in enumerate(values_b):
        rows = np.concatenate([a.T, np.sqrt(commute) * np.diag(value - values_a)])
        found[i] = np.linalg.lstsq(rows, np.concatenate([b[i], np.zeros(len(a))]), rcond=None)[0]
    return found


def refined(
    found: np.ndarray, vectors_a: np.ndarray, mass_a: np.ndarray, vectors_b: np.ndarray, rounds: int
) -> np.ndarray:
    """C ``(k_b, k_a)`` after ``rounds`` of ICP, the refinement of the same paper: every pixel of A goes to the pixel of
    B whose row of vectors is nearest to C times its own, then C becomes the solution of the Procrustes problem, the
    orthogonal matrix nearest to Σ m φ_b(T(x)) φ_a(x)ᵀ. ``vectors`` ``(k, N)``, ``mass_a`` ``(N,)``. Of pictures with
    more than :data:`PIXELS` pixels so many take part, evenly spaced in raster order."""
    some_a, some_b = (spread(one.shape[1]) for one in (vectors_a, vectors_b))
    vectors_a, mass_a, vectors_b = vectors_a[:, some_a], mass_a[some_a], vectors_b[:, some_b]
    for _ in range(rounds):
        there = vectors_b[:, nearest_pixels(found, vectors_a, vectors_b)]
        left, _, right = np.linalg.svd((there * mass_a) @ vectors_a.T, full_matrices=False)
        found = left @ right
    return found


def spread(count: int) -> np.ndarray:
    """Numbers below ``count``, all or :data:`PIXELS` of them at even distances."""
    return np.arange(min(count, PIXELS)) * count // min(count, PIXELS)


def nearest_pixels(found: np.ndarray, vectors_a: np.ndarray, vectors_b: np.ndarray) -> np.ndarray:
    """``(N_a,)`` int64: for every pixel of A the one of B with the nearest row. A map takes the indicator of a pixel,
    whose coefficients are the pixel's row of vectors, to that of its image."""
    _, place = cKDTree(np.ascontiguousarray(vectors_b.T)).query(np.ascontiguousarray((found @ vectors_a).T))
    return np.asarray(place, np.int64)
