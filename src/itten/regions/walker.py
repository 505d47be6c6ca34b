"""The random walker: probabilities that a walk from a pixel ends at a seed of a label (Grady, "Random walks for image
segmentation", IEEE Trans. Pattern Anal. Mach. Intell. 28, 2006).

They minimise xᵀLx with x given on the seeds: L_uu x_u = −L_us x_s. Flexible conjugate gradients (Notay, SIAM J. Sci.
Comput. 22, 2000) in float64, since the preconditioner, in float32, is neither quite symmetric nor quite the same
matrix every time; several right sides side by side, each with steps of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from itten.regions.walkgraph import WalkGraph

Precondition = Callable[[np.ndarray], np.ndarray]

# Steps at most, and so many without a better estimate.
MOST_STEPS, PATIENCE = 300, 40


@dataclass(frozen=True, eq=False)
class Walked:
    """``x`` ``(n, pixels)`` float64, 0 where nothing is free; how far it is estimated to be ``off`` ``(n,)`` anywhere,
    and the ``steps`` made."""

    x: np.ndarray
    off: np.ndarray
    steps: int


def walk(graph: WalkGraph, precondition: Precondition, right: np.ndarray, tol: float) -> Walked:
    """Solve L_uu x = ``right`` ``(n, pixels)``, 0 beside the free pixels, until the preconditioned residual, which
    estimates the error, is at most ``tol`` everywhere, or where it gets no better."""
    x, r, p, ap = np.zeros_like(right), right.copy(), np.zeros_like(right), np.zeros_like(right)
    spare, nothing, minus = np.zeros_like(right), np.zeros_like(right), -graph.operator.live.ravel()
    least, since, steps = np.inf, 0, 0
    while True:
        z = precondition(r)
        off = np.abs(z).max(axis=1)
        since = 0 if off.max() < 0.9 * least else since + 1
        least = min(least, float(off.max()))
        if off.max() <= tol or steps == MOST_STEPS or since == PATIENCE:
            return Walked(x, off, steps)
        # A p stands here divided by p · A p: p is made orthogonal, in A, to the direction before.
        p *= -_column(_dot(z, ap), p)
        p += z
        if right.dtype == np.float32:
            graph.stepped([p, ap], nothing, (minus, 0.0))
        else:
            ap = graph.inner(p)
        curvature = _dot(p, ap)
        inverse = np.where(curvature > 0, 1 / np.where(curvature > 0, curvature, 1.0), 0.0)
        alpha = _column(_dot(r, p) * inverse, p)
        x += np.multiply(p, alpha, out=spare)
        r -= np.multiply(ap, alpha, out=spare)
        ap *= _column(inverse, p)
        steps += 1


def _dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """``(n,)``: the inner products of rows. BLAS has one thread here: no bits depend on how many there are."""
    return np.array([float(one @ other) for one, other in zip(a, b, strict=True)])


def _column(values: np.ndarray, like: np.ndarray) -> np.ndarray:
    """``(n, 1)`` in the type of ``like``."""
    found: np.ndarray = values[:, None].astype(like.dtype)
    return found
