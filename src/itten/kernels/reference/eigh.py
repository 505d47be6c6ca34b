"""Eigenpairs of symmetric matrices, one after the other, with NumPy."""

from __future__ import annotations

import numpy as np


def symmetric_eigh(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Values ``(B, n)``, ascending, and vectors ``(B, n, n)``, columns, of ``(B, n, n)`` float64."""
    values, vectors = np.empty(matrix.shape[:2]), np.empty(matrix.shape)
    for number, one in enumerate(matrix):
        values[number], vectors[number] = np.linalg.eigh(one)
    return values, vectors
