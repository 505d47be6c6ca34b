"""The small problem in float64, for values that are below the rounding of float32 in ΦᵀLΦ.

Where a picture nearly falls apart the values sought may be 1e-9 of ‖L‖; entries of ΦᵀLΦ are as large as ‖L‖ all the
same, since tiles fade out at their borders, and only their sum over many tiles is that small.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from itten.spectra.stitched.host.blockspace import LANES
from itten.spectra.stitched.host.operator import CanvasOperator
from itten.spectra.stitched.host.panels import Panels
from itten.spectra.stitched.host.small import SmallProblem

if TYPE_CHECKING:
    import scipy.sparse

# A + SIGMA B + TINY is what is factored; unknowns beyond MOST would take gigabytes.
SIGMA, TINY = 1e-7, 1e-9
MOST = 64_000


class DoubleSmallProblem(SmallProblem):
    """A :class:`SmallProblem` whose matrices are float64, factored by SuperLU; its vectors are float32."""

    def __init__(self, operator: CanvasOperator, panels: Panels, psi: np.ndarray) -> None:
        self.panels, self.rows = panels, panels.rows
        a, b = np.zeros(panels.blocks * 64), np.zeros(panels.blocks * 64)
        operator.galerkin(panels, psi, np.arange(len(panels.plan)), a, b)
        self.b = b.astype(np.float32)
        self.factor = np.zeros(0, np.float32)
        self._factored(a, b)

    def _factored(self, a: np.ndarray, b: np.ndarray) -> None:
        import scipy.sparse
        import scipy.sparse.linalg

        matrix = _assembled(self.panels, a + SIGMA * b)
        matrix += TINY * scipy.sparse.eye_array(matrix.shape[0], format="csc")
        self._factor = scipy.sparse.linalg.splu(
            matrix, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True}
        )

    def solve(self, b: np.ndarray, x: np.ndarray) -> None:
        used = 8 * len(self.panels)
        x.reshape(-1, LANES)[:used] = self._factor.solve(b.reshape(-1, LANES)[:used].astype(np.float64))

    def solved(self) -> None:
        self.b = np.zeros(0, np.float32)

    def lowest(
        self, count: int, depth: int, start: list[np.ndarray] | None = None
    ) -> tuple[np.ndarray, list[np.ndarray]]:
        """As of a :class:`SmallProblem`; values are those of (A + σ B)⁻¹ B, of which float32 tells as many digits."""
        theta, found = self.krylov(count, depth, start)
        return 1 / np.maximum(theta, 1e-30) - SIGMA, found


def _assembled(panels: Panels, blocks: np.ndarray) -> scipy.sparse.csc_array:
    """The symmetric matrix of which ``blocks`` hold one half, block rows of 8 in the order of the panels."""
    import scipy.sparse

    counts = (panels.high - panels.low).ravel()
    column = np.repeat(np.repeat(np.arange(len(panels)), panels.low.shape[1]), counts)
    within = np.arange(panels.blocks) - np.repeat(np.cumsum(counts) - counts, counts)
    row = np.repeat(panels.low.ravel(), counts) + within
    eight = np.arange(8)
    shape = panels.blocks, 8, 8
    rows = np.broadcast_to(8 * row[:, None, None] + eight[:, None], shape)
    columns = np.broadcast_to(8 * column[:, None, None] + eight, shape)
    values = blocks.reshape(shape)
    apart = row != column
    size = 8 * len(panels), 8 * len(panels)
    one = scipy.sparse.coo_array((values.ravel(), (rows.ravel(), columns.ravel())), size)
    other = scipy.sparse.coo_array((values[apart].ravel(), (columns[apart].ravel(), rows[apart].ravel())), size)
    return scipy.sparse.csc_array(one + other)
