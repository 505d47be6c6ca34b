"""The lowest eigenpairs of a symmetric tridiagonal matrix: bisection on Sturm counts, then inverse iteration.

Golub & Van Loan, Matrix Computations, 8.4 and 8.2.2. In float64; small enough to be free beside the products.
"""

from __future__ import annotations

import numpy as np

from itten.kernels.numba.jit import kernel

TINY = 1e-30


@kernel(inner=True)
def ritz_vectors(alpha, beta, size, floor, out, values):
    """The lowest eigenpairs above ``floor`` of a symmetric tridiagonal matrix, in float64.

    Bisection on Sturm counts, then inverse iteration with Gram–Schmidt against the ones before.
    the first ``size`` columns of ``out`` ``(k, …)`` get unit vectors, ``values`` ``(k,)``; returns how many were found.
    """
    k = out.shape[0]
    bound = 0.0
    for i in range(size):
        radius = abs(alpha[i])
        radius += beta[i - 1] if i > 0 else 0.0
        radius += beta[i] if i + 1 < size else 0.0
        bound = max(bound, radius)
    below = sturm_count(alpha, beta, size, floor)
    found = min(k, size - below)
    diagonal = np.empty(size)
    upper = np.empty(size)
    second = np.empty(size)
    for q in range(found):
        lo, hi = floor, bound * (1.0 + 1e-12) + 1e-12
        for _ in range(200):
            mid = 0.5 * (lo + hi)
            if mid <= lo or mid >= hi:
                break
            if sturm_count(alpha, beta, size, mid) > below + q:
                hi = mid
            else:
                lo = mid
        values[q] = hi
        v = out[q]
        for i in range(size):
            v[i] = 1.0 + 0.1 * ((7 * i + 3) % 11)
        for _ in range(4):
            shifted_solve(alpha, beta, size, hi, bound * 1e-15 + TINY, diagonal, upper, second, v)
            for p in range(q):
                dot = 0.0
                for i in range(size):
                    dot += out[p, i] * v[i]
                for i in range(size):
                    v[i] -= dot * out[p, i]
            length = 0.0
            for i in range(size):
                length += v[i] * v[i]
            length = np.sqrt(length)
            for i in range(size):
                v[i] /= length
    return found


@kernel(inner=True)
def sturm_count(alpha, beta, size, x):
    """How many eigenvalues of the tridiagonal matrix lie below x."""
    count = 0
    d = 1.0
    for i in range(size):
        off = beta[i - 1] * beta[i - 1] if i > 0 else 0.0
        d = alpha[i] - x - off / d
        if abs(d) < TINY:
            d = -TINY
        if d < 0.0:
            count += 1
    return count


@kernel(inner=True)
def shifted_solve(alpha, beta, size, shift, tiny, diagonal, upper, second, v):
    """v ← (T − shift)⁻¹ v by Gaussian elimination with partial pivoting; a zero pivot becomes ``tiny``."""
    for i in range(size):
        diagonal[i] = alpha[i] - shift
        upper[i] = beta[i] if i + 1 < size else 0.0
        second[i] = 0.0
    for i in range(size - 1):
        low = beta[i]
        if abs(diagonal[i]) >= abs(low):
            pivot = diagonal[i] if abs(diagonal[i]) > tiny else tiny
            diagonal[i] = pivot
            factor = low / pivot
            diagonal[i + 1] -= factor * upper[i]
            v[i + 1] -= factor * v[i]
        else:
            factor = diagonal[i] / low
            diagonal[i] = low
            keep = diagonal[i + 1]
            diagonal[i + 1] = upper[i] - factor * keep
            upper[i] = keep
            if i + 2 < size:
                second[i] = upper[i + 1]
                upper[i + 1] = -factor * second[i]
            keep = v[i]
            v[i] = v[i + 1]
            v[i + 1] = keep - factor * v[i]
    for i in range(size - 1, -1, -1):
        total = v[i]
        if i + 1 < size:
            total -= upper[i] * v[i + 1]
        if i + 2 < size:
            total -= second[i] * v[i + 2]
        pivot = diagonal[i] if abs(diagonal[i]) > tiny else tiny
        v[i] = total / pivot
