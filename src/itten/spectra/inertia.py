"""How many eigenvalues of a picture's Laplacian lie below a number, counted and not searched for.

By Sylvester's law of inertia L − σ I has as many negative eigenvalues as the blocks of a block LDLᵀ of it. Pixels go
in strips across the picture's longer side, each as wide as the stencil reaches, so that a strip touches its two
neighbours only: strip after strip is eliminated, S ← A − σ − Cᵀ S⁻¹ C, and one dense matrix is held at a time. A
definite S, as nearly all are, is taken by Cholesky; the others by LAPACK's pivoted LDLᵀ (Bunch and Kaufman), whose
blocks have the signs, and an LU with pivots.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import scipy.sparse

# Columns of a strip that are eliminated together: those of C that are far from the strip before begin with zeros.
PANEL = 256


def count_below(matrix: scipy.sparse.csr_array, strips: list[np.ndarray], sigma: float) -> tuple[int, float]:
    """``(count, growth)``: how many eigenvalues of the symmetric ``matrix`` lie below ``sigma``, and the largest number
    met on the way.

    ``strips``: rows of the matrix in groups, of which only neighbours are joined (:func:`strips_of`). The count is
    exact for a matrix that differs from the given one by a few rounding errors of ``growth``: where that is not small
    against the distance from ``sigma`` to the nearest eigenvalue it may be wrong, and another ``sigma`` is to be
    tried.
    """
    count, growth = 0, 0.0
    update: np.ndarray | float = 0.0
    for here, there in zip(strips, [*strips[1:], None], strict=True):
        rows = matrix[here]
        s = np.asfortranarray(rows[:, here].toarray() - update)
        s.flat[:: len(here) + 1] -= sigma
        growth = max(growth, float(np.abs(s).max()))
        coupling = None if there is None else rows[:, there]
        found, update = _eliminated(s, coupling)
        count += found
    return count, growth


def _eliminated(s: np.ndarray, coupling: scipy.sparse.csr_array | None) -> tuple[int, np.ndarray | float]:
    """Negative eigenvalues of ``s``, and Cᵀ s⁻¹ C of the ``coupling`` C with the next strip (0.0 without one)."""
    from scipy.linalg import blas, lapack

    factor, failed = lapack.dpotrf(s, lower=1, clean=0)
    negative = 0 if not failed else _negative(s)
    if coupling is None:
        return negative, 0.0
    if failed:
        _, _, solved, singular = lapack.dgesv(s, coupling.toarray())
        return negative, coupling.T @ solved if not singular else np.full((coupling.shape[1],) * 2, np.inf)
    half = np.zeros(coupling.shape, order="F")
    columns = coupling.tocsc()
    update = np.zeros((coupling.shape[1],) * 2, order="F")
    for begin in range(0, coupling.shape[1], PANEL):
        part = columns[:, begin : begin + PANEL]
        if not part.nnz:
            continue
        first = int(part.indices.min())
        end = begin + part.shape[1]
        half[first:, begin:end] = blas.dtrsm(1.0, factor[first:, first:], part[first:].toarray(), lower=1)
        update[:end, begin:end] = half[first:, :end].T @ half[first:, begin:end]
        update[begin:end, :begin] = update[:begin, begin:end].T
    return negative, update


def _negative(s: np.ndarray) -> int:
    """Negative eigenvalues of a dense symmetric matrix, from the diagonal blocks of its pivoted LDLᵀ."""
    from scipy.linalg import lapack

    factor, pivots, _ = lapack.dsytrf(s, lower=1, lwork=64 * len(s))
    # A block of two has one eigenvalue of each sign; both its pivots are negative.
    pairs = int((pivots < 0).sum()) // 2
    return pairs + int((factor.diagonal()[pivots > 0] < 0).sum())


def strips_of(kept: np.ndarray, shape: tuple[int, int], reach: int) -> list[np.ndarray]:
    """Groups of rows of the matrix of the pixels ``kept`` (raster indices, ascending) of a picture ``(H, W)``, of which
    only neighbours are joined where no edge is longer than ``reach`` rows or columns."""
    height, width = shape
    y, x = np.divmod(kept, width)
    along, across = (y, x) if height >= width else (x, y)
    order = np.lexsort((across, along))
    ends = np.searchsorted(along[order], np.arange(reach, max(height, width), reach))
    return list(np.split(order, ends))
