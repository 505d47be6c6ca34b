"""Rayleigh–Ritz on a few blocks whose products are at hand, safe against directions that are only rounding."""

from __future__ import annotations

import numpy as np

from itten.spectra.stitched.host.blockspace import LANES
from itten.spectra.stitched.limits import DROP


def ritz(
    a: np.ndarray, b: np.ndarray, wanted: int, live: np.ndarray, drop: float = DROP
) -> tuple[np.ndarray, np.ndarray]:
    """The ``wanted`` lowest pairs of the pencil (a, b), the projections of L and of the identity on a set of columns.

    Columns are taken in blocks of 16, orthonormalised one block after the other; ``live`` says which count at
    all. Returns ``(wanted,)`` values, infinite where the columns span fewer dimensions, and ``(columns, wanted)``.
    """
    a, b = (a + a.T) / 2, (b + b.T) / 2
    n = len(a)
    basis = np.zeros((n, 0))
    length = np.diag(b)
    live = live & (length > 1e-34)
    for start in range(0, n, LANES):
        chosen = start + np.flatnonzero(live[start : start + LANES])
        if not len(chosen):
            continue
        e = np.zeros((n, len(chosen)))
        e[chosen, np.arange(len(chosen))] = 1 / np.sqrt(length[chosen])
        e -= basis @ (basis.T @ (b @ e))
        new = np.einsum("ij,ij->j", e, b @ e)
        keep = new > drop
        if not keep.any():
            continue
        e = e[:, keep] / np.sqrt(new[keep])
        values, rotation = np.linalg.eigh(e.T @ b @ e)
        keep = values > drop
        basis = np.hstack([basis, e @ (rotation[:, keep] / np.sqrt(values[keep]))])
    projected = basis.T @ a @ basis
    values, rotation = np.linalg.eigh((projected + projected.T) / 2)
    found = min(wanted, len(values))
    lowest, c = np.full(wanted, np.inf), np.zeros((n, wanted))
    lowest[:found] = values[:found]
    c[:, :found] = basis @ rotation[:, :found]
    return lowest, c
