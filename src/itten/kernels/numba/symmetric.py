"""All eigenvalues of a small symmetric matrix: Householder's reduction, then implicit QL.

Golub & Van Loan, Matrix Computations, 8.3. LAPACK's last bits depend on the library and its threads, these do not.
"""

from __future__ import annotations

import numpy as np

from itten.kernels.numba.jit import kernel

EPSILON = 2.220446049250313e-16


@kernel
def symmetric_values(a, n, diagonal, beside, work):
    """``diagonal[:n]`` ← the eigenvalues of ``a[:n, :n]``, ascending; ``a`` is overwritten.

    ``beside`` and ``work`` ``(n,)`` are workspace.
    """
    tridiagonalise(a, n, diagonal, beside, work)
    implicit_ql(diagonal, beside, n)
    for i in range(1, n):
        x = diagonal[i]
        j = i
        while j > 0 and diagonal[j - 1] > x:
            diagonal[j] = diagonal[j - 1]
            j -= 1
        diagonal[j] = x


@kernel(inner=True)
def tridiagonalise(a, n, diagonal, beside, work):
    """``diagonal[:n]``, ``beside[:n − 1]``: a tridiagonal matrix with the eigenvalues of ``a[:n, :n]``."""
    for k in range(n - 2):
        square = 0.0
        for i in range(k + 2, n):
            square += a[k, i] * a[k, i]
        x = a[k, k + 1]
        if square == 0.0:
            beside[k] = x
            continue
        length = np.sqrt(square + x * x)
        alpha = -length if x > 0.0 else length
        beside[k] = alpha
        a[k, k + 1] = x - alpha
        v = a[k]
        half = 1.0 / (alpha * (alpha - x))
        dot = 0.0
        for i in range(k + 1, n):
            row = a[i]
            total = 0.0
            for j in range(k + 1, n):
                total += row[j] * v[j]
            work[i] = total * half
            dot += work[i] * v[i]
        dot *= 0.5 * half
        for i in range(k + 1, n):
            work[i] -= dot * v[i]
        for i in range(k + 1, n):
            row = a[i]
            vi, wi = v[i], work[i]
            for j in range(k + 1, n):
                row[j] -= vi * work[j] + wi * v[j]
    for i in range(n):
        diagonal[i] = a[i, i]
    if n > 1:
        beside[n - 2] = a[n - 2, n - 1]
    beside[n - 1] = 0.0


@kernel(inner=True)
def implicit_ql(d, e, n):
    """``d[:n]`` ← the eigenvalues, in no order, of the tridiagonal matrix ``d``, ``e``; ``e`` is overwritten."""
    scale = 0.0
    for i in range(n):
        scale = max(scale, abs(d[i]) + abs(e[i]))
    for low in range(n):
        for _ in range(60):
            m = low
            while m < n - 1 and abs(e[m]) > EPSILON * (abs(d[m]) + abs(d[m + 1])) + EPSILON * EPSILON * scale:
                m += 1
            if m == low:
                break
            g = (d[low + 1] - d[low]) / (2.0 * e[low])
            r = np.sqrt(g * g + 1.0)
            g = d[m] - d[low] + e[low] / (g + (r if g >= 0.0 else -r))
            s, c, p = 1.0, 1.0, 0.0
            whole = True
            for i in range(m - 1, low - 1, -1):
                f = s * e[i]
                b = c * e[i]
                r = np.sqrt(f * f + g * g)
                e[i + 1] = r
                if r == 0.0:
                    d[i + 1] -= p
                    e[m] = 0.0
                    whole = False
                    break
                s = f / r
                c = g / r
                g = d[i + 1] - p
                r = (d[i] - g) * s + 2.0 * c * b
                p = s * r
                d[i + 1] = g + p
                g = c * r - b
            if whole:
                d[low] -= p
                e[low] = g
                e[m] = 0.0
