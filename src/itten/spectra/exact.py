"""The truth, and for doubters: SciPy's Lanczos with shift and invert on the assembled matrix, in float64.

A Krylov space of one start vector holds one vector of every eigenspace: the others of a multiple value come in by
rounding, or not at all. So what was found is counted against the inertia (:mod:`itten.spectra.inertia`), and sought
again beside what is known until nothing is missing.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from itten.config import SpectrumConfig
from itten.config.spectrum import Laplacian
from itten.errors import ConvergenceError, InputError, ResourceError
from itten.graph import make_stencil
from itten.graph.stencil import Stencil
from itten.spectra.claims import FALLBACK, claimed, labelled
from itten.spectra.dense import Pairs, complete, dense_pairs, problem
from itten.spectra.inertia import count_below, strips_of
from itten.spectra.result import Spectrum, fix_signs
from itten.spectra.stitched.accuracy import exact_errors

if TYPE_CHECKING:
    import scipy.sparse

log = logging.getLogger("itten")

# Up to DENSE pixels LAPACK is quicker; beyond MOST the factors would take tens of gigabytes.
DENSE, MOST = 1024, 1_000_000
# The shift, relative to the bound of ‖L‖: negative, so that the shifted matrix is definite.
SHIFT = 1e-7
# Values that differ by less, relative to the bound of ‖L‖, are one cluster, which is counted from that far below it.
CLUSTER = 1e-10
# The inertia is believed if the elimination met no number larger than so many times the bound of ‖L‖.
GROWTH = 1e4
# Restarts of Lanczos in a search at most, and counts without progress before it is given up.
MOST_RESTARTS, PATIENCE = 1000, 3
UNKNOWN = 1 << 40


def check_pixels(height: int, width: int) -> None:
    """Raises :class:`~itten.errors.ResourceError` for a picture of more than a million pixels."""
    pixels = height * width
    if pixels > MOST:
        raise ResourceError(
            f"method 'exact' takes up to {MOST:,} pixels, this picture has {pixels:,}: use 'stitched' with a tol"
        )


def exact_spectrum(
    features: torch.Tensor, k: int, config: SpectrumConfig, mask: torch.Tensor | None = None, warm: Any = None
) -> Spectrum:
    """The ``k`` lowest pairs to about float64 precision; memory grows to gigabytes from 100,000 pixels on.

    ``converged`` says that no value is missing at or below the largest one returned, values within 1e-10 of ‖L‖ being
    one cluster: of the last one as many members are returned as ``k`` leaves room for. The normalised Laplacian is
    searched and counted as D^(−1/2) L D^(−1/2), which has its values. Raises
    :class:`~itten.errors.ResourceError` for more than a million pixels, and
    :class:`~itten.errors.ConvergenceError`, with the pairs that there are as ``partial``, where that cannot be said of
    more than 4,096 pixels; fewer are then solved as a dense matrix.
    """
    begin = time.perf_counter()
    pixels = features.shape[1] * features.shape[2]
    check_pixels(*features.shape[1:])
    array = features.detach().cpu().numpy()
    hidden = None if mask is None else mask.cpu().numpy()
    live = pixels if hidden is None else int((~hidden).sum())
    if k > live:
        raise InputError(f"{k} eigenvectors were asked for, {live} pixels are not excluded")
    stencil = make_stencil(config.radii, config.weights)
    graph = stencil, config.edge_threshold, hidden, config.laplacian
    trouble, how = "", "dense LAPACK"
    if live <= DENSE or 3 * k > live:
        pairs = dense_pairs(array, k, *graph)
    else:
        how = "counted shift-invert Lanczos"
        pairs, trouble = sparse_pairs(array, k, *graph)
        if trouble and live <= FALLBACK:
            log.warning("method 'exact': %s; going on with a dense matrix", trouble)
            pairs, trouble, how = dense_pairs(array, k, *graph), "", f"dense LAPACK, as {trouble},"
    values, vectors, residuals, bound, components = pairs
    found = Spectrum(
        values=torch.from_numpy(values),
        vectors=fix_signs(torch.from_numpy(vectors)).to(features.device, features.dtype),
        residuals=torch.from_numpy(residuals),
        scale=bound,
        method=config.method,
        status="approximate" if trouble else "converged",
        advice=(f"{components} islands; " if components > 1 else "") + f"{how} on the assembled matrix, in float64",
        components=components,
        laplacian=config.laplacian,
        errors=torch.from_numpy(exact_errors(values, residuals, bound)),
        spent={"seconds": time.perf_counter() - begin},
    )
    found = claimed(found, features, config, mask)
    if trouble:
        raise ConvergenceError(
            f"method 'exact': {trouble}; the {len(found)} pairs that were found are in the error's .partial", found
        )
    return labelled(found, config)


def sparse_pairs(
    features: np.ndarray,
    k: int,
    stencil: Stencil,
    threshold: float,
    mask: np.ndarray | None,
    laplacian: Laplacian = "combinatorial",
) -> tuple[Pairs, str]:
    """As :func:`~itten.spectra.dense.dense_pairs`, by (L + shift)⁻¹ on the complement of the null space; and what
    speaks against it: nothing, unless pairs may be missing. There may then be fewer than ``k``."""
    matrix, kept, null, _, bound = given = problem(features, stencil, threshold, mask, laplacian)
    m, n = len(null[0]), matrix.shape[0]
    values, vectors, trouble = np.zeros(0), np.zeros((n, 0)), ""
    if k > m:
        search = Search(matrix, null[1], k - m, bound)
        trouble = search.until_counted(strips_of(kept, (features.shape[1], features.shape[2]), stencil.reach))
        values, vectors = search.values, search.vectors
    values, vectors = complete(values, vectors, null, k)
    residuals = np.linalg.norm(matrix @ vectors - vectors * values, axis=0)
    return (values, given.pixels(vectors, features.shape[1:]), residuals, bound, m), trouble


class Search:
    """The ``wanted`` lowest pairs of ``matrix`` ``(n, n)`` orthogonal to the ``null`` space ``(n, m)``: ``values``,
    ascending, and ``vectors`` in columns, so far."""

    def __init__(self, matrix: scipy.sparse.csr_array, null: np.ndarray, wanted: int, bound: float) -> None:
        import scipy.sparse
        import scipy.sparse.linalg

        self.matrix, self.null, self.wanted, self.bound = matrix, null, wanted, bound
        self.values, self.vectors = np.zeros(0), np.zeros((matrix.shape[0], 0))
        self.starts = 0
        self.factor = scipy.sparse.linalg.splu(
            scipy.sparse.csc_array(matrix + SHIFT * bound * scipy.sparse.eye_array(matrix.shape[0])),
            permc_spec="MMD_AT_PLUS_A",
            diag_pivot_thresh=0.0,
            options={"SymmetricMode": True},
        )

    def until_counted(self, strips: list[np.ndarray]) -> str:
        """Search until none is missing; what is still wrong if that cannot be reached. ``strips``: of the matrix."""
        failures, before = 0, self.wanted + 1
        self.more(self.wanted)
        while True:
            missing = max(self.missing(strips), self.wanted - len(self.values))
            if missing == 0:
                return ""
            failures = 0 if missing < before else failures + 1
            if missing >= UNKNOWN:
                return "the values cannot be counted"
            if failures == PATIENCE:
                return f"{missing} of the {self.wanted} lowest pairs beside the null space are not found"
            log.info("method 'exact': %d pairs are missing; searching beside those that are known", missing)
            before = missing
            while self.more(min(missing, self.wanted)):
                pass

    def more(self, count: int) -> bool:
        """Search for ``count`` pairs beside those that are known, from a new start; whether that lowered a value."""
        from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigsh

        known = np.hstack([self.null, self.vectors])

        def beside(x: np.ndarray) -> np.ndarray:
            return x - known @ (known.T @ x)

        n = len(known)
        operator = LinearOperator((n, n), matvec=lambda x: beside(self.factor.solve(beside(x))), dtype=np.float64)
        start = operator.matvec(np.random.default_rng(self.starts).standard_normal(n))
        self.starts += 1
        try:
            theta, found = eigsh(operator, count, which="LA", v0=start, tol=1e-12, maxiter=MOST_RESTARTS)
        except ArpackNoConvergence as error:
            theta, found = error.eigenvalues, error.eigenvectors
        found = found[:, np.argsort(-theta)]
        values = np.einsum("ij,ij->j", found, self.matrix @ found)
        if not len(self.values):
            self.values, self.vectors = values, found
            return bool(len(values))
        last = self.values[-1] if len(self.values) == self.wanted else np.inf
        better = values < last - CLUSTER * self.bound
        if better.any():
            whole = np.linalg.qr(np.hstack([self.vectors, beside(found[:, better])]))[0]
            values, turn = np.linalg.eigh(whole.T @ (self.matrix @ whole))
            self.values, self.vectors = values[: self.wanted], whole @ turn[:, : self.wanted]
        return bool(better.any())

    def missing(self, strips: list[np.ndarray]) -> int:
        """How many eigenvalues below the cluster of the largest value known are not among those known; UNKNOWN if that
        cannot be told."""
        quotients = np.einsum("ij,ij->j", self.null, self.matrix @ self.null)
        known, width = np.sort(np.concatenate([quotients, self.values])), CLUSTER * self.bound
        lowest = len(known) - 1
        while lowest > 0 and known[lowest] - known[lowest - 1] < 4 * width:
            lowest -= 1
        if lowest == 0:
            return 0
        for part in (2.0, 1.5, 2.5):
            count, growth = count_below(self.matrix, strips, known[lowest] - part * width)
            if growth < GROWTH * self.bound:
                return max(0, count - lowest)
        return UNKNOWN
