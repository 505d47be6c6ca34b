"""The lowest eigenpairs of a sparse Laplacian that is given as edges, in blocks, and none of them left out.

Subspace iteration with Chebyshev's polynomials (Zhou, Saad, Tiago, Chelikowsky, "Self-consistent-field calculations
using Chebyshev-filtered subspace iteration", J. Comput. Phys. 219, 2006, algorithm 4.3): a block of vectors, more than
are wanted, is multiplied by a polynomial of L that is small above the block's largest value and large below. A Krylov
space of one vector holds one vector of every eigenspace; a block of b vectors holds b, so that members of a cluster are
not missed. No factor is made, which on a graph that expands would be nearly dense. Null vectors are known beforehand,
one for each component.

Work goes with edges times vectors times the polynomials' degrees, about √(λ_max / λ_c) times a few.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from itten.errors import ConvergenceError

if TYPE_CHECKING:
    import scipy.sparse

# Vectors beyond those that are wanted, at least.
GUARDS = 8
# Residuals of what counts, as a part of the cutoff.
TOLERANCE = 1e-8
# What rounding leaves of them, as a part of the largest value.
ROUNDING = 1e-14
# How much more a polynomial may lift the lowest vector than the first one left out: rounding is lifted, too.
LIFT = 1e8
MOST_DEGREE, MOST_ROUNDS = 400, 200
# After how many steps of a polynomial what rounding makes of null vectors is taken out.
OFTEN = 8
# Where the block would be a larger part of all vectors, LAPACK finds them all.
DENSE_PART = 0.25
# Fewer are a dense matrix: LAPACK needs less time.
FEW = 64


@dataclass(frozen=True)
class SparseGraph:
    """``laplacian`` of n tokens, CSR float64; ``component`` ``(n,)`` numbers the components, which have ``sizes``."""

    laplacian: scipy.sparse.csr_array
    component: np.ndarray
    sizes: np.ndarray

    @property
    def count(self) -> int:
        return len(self.component)

    def part(self, kept: np.ndarray) -> SparseGraph:
        """The graph of those components alone that lie within ``kept`` ``(n,)`` bool, each wholly or not at all."""
        _, component = np.unique(self.component[kept], return_inverse=True)
        return SparseGraph(self.laplacian[kept][:, kept], component, np.bincount(component).astype(np.float64))

    def outside(self, x: torch.Tensor) -> torch.Tensor:
        """``x`` ``(n, b)`` without its mean over every component."""
        if len(self.sizes) == 1:
            return x - x.mean(dim=0)
        owner = torch.from_numpy(self.component)
        total = x.new_zeros((len(self.sizes), x.shape[1])).index_add_(0, owner, x)
        return x - (total / torch.from_numpy(self.sizes)[:, None])[owner]


def sparse_graph(count: int, begin: np.ndarray, end: np.ndarray, weight: np.ndarray) -> SparseGraph:
    """L = D − A of ``count`` tokens with undirected edges, in whatever order and how often they are listed; loops and
    edges of weight 0 count nothing."""
    import scipy.sparse
    import scipy.sparse.csgraph

    live = (begin != end) & (weight > 0)
    begin, end, weight = begin[live], end[live], weight[live]
    one_way = scipy.sparse.coo_array((weight, (begin, end)), shape=(count, count)).tocsr()
    adjacency = scipy.sparse.csr_array(one_way + one_way.T)
    degree = scipy.sparse.diags_array(np.asarray(adjacency.sum(axis=1)))
    laplacian = scipy.sparse.csr_array(degree - adjacency)
    laplacian.sort_indices()
    _, component = scipy.sparse.csgraph.connected_components(adjacency, directed=False)
    component = component.astype(np.int64)
    return SparseGraph(laplacian, component, np.bincount(component).astype(np.float64))


def lowest_pairs(graph: SparseGraph, need: int, floor: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Values ``(m,)`` ascending and vectors ``(m, n)`` float64, on the complement of the null vectors.

    Among them are the ``need`` lowest and all below ``floor``; some more, less exact, follow. Residuals of those that
    are wanted are below 1e-8 of the larger of ``floor`` and the last wanted value. Deterministic: start vectors come
    from a generator of their own. Raises :class:`~itten.errors.ConvergenceError` after 200 rounds, which takes weights
    that differ by more than 1e10.
    """
    together = graph.sizes[graph.component] > 1
    if not together.all():
        # Tokens without any edge are components, and nothing else.
        values, inner = lowest_pairs(graph.part(together), need, floor)
        vectors = inner.new_zeros((len(values), graph.count))
        vectors[:, torch.from_numpy(together)] = inner
        return values, vectors
    n, rest = graph.count, graph.count - len(graph.sizes)
    need = min(need, rest)
    width = need + max(GUARDS, need // 2)
    if n <= FEW or width >= DENSE_PART * n:
        return _all_pairs(graph)
    top, matrix = _bound(graph.laplacian), _tensor(graph.laplacian)
    noise = torch.Generator().manual_seed(0)
    x = graph.outside(torch.randn((n, width), generator=noise, dtype=torch.float64))
    low, above, degree = 0.0, 0.3 * top, 12
    for _ in range(MOST_ROUNDS):
        x = _filtered(graph, matrix, x, low, above, top, degree)
        x = torch.linalg.qr(graph.outside(x)).Q
        product = matrix @ x
        values, turn = torch.linalg.eigh(x.T @ product)
        x, product = x @ turn, product @ turn
        residual = (product - x * values).norm(dim=0)
        cut = max(float(values[need - 1]) if need else 0.0, floor)
        wanted = max(need, int((values <= floor).sum()))
        if wanted > len(values) - GUARDS // 2:
            # More lie below the floor than the block has room for.
            more = max(2 * width, wanted + GUARDS) - width
            width += more
            if width >= DENSE_PART * n:
                return _all_pairs(graph)
            x = torch.cat([x, torch.randn((n, more), generator=noise, dtype=torch.float64)], dim=1)
            above = max(float(values[-1]), 0.05 * top)
            low, degree = float(values[0]), _degree(float(values[0]), 0.0, above, top, LIFT)
            continue
        worst, goal = float(residual[:wanted].max()) if wanted else 0.0, max(TOLERANCE * cut, ROUNDING * top)
        if worst <= goal and _beyond(float(values[wanted]), float(residual[wanted]), floor, goal):
            return values, x.T.contiguous()
        low, above = float(values[0]), min(float(values[-1]) * (1 + 1e-3), 0.5 * top)
        wish = 2.0 * worst / goal
        degree = min(_degree(low, 0.0, above, top, LIFT), 1 + _degree(cut, 0.0, above, top, max(wish, 10.0)))
    raise ConvergenceError(
        f"the {need} lowest eigenpairs of {n} tokens have residuals of {worst:.1e} after {MOST_ROUNDS} rounds, "
        f"{goal:.1e} is wanted: edge weights differ by too much"
    )


def _beyond(value: float, residual: float, floor: float, goal: float) -> bool:
    """Whether the first value that does not count is told well enough to lie above the ``floor``: while it has not
    converged it is too large."""
    return residual <= max(goal, min(0.1 * value, 0.5 * (value - floor)))


def _degree(value: float, least: float, above: float, top: float, lift: float) -> int:
    """The degree with which ``value`` is lifted ``lift`` times above what lies between ``above`` and ``top``."""
    place = (top + above - 2.0 * max(value, least)) / (top - above)
    rate = math.acosh(max(place, 1.0 + 1e-12))
    return int(min(max(math.log(lift) / rate, 4.0), MOST_DEGREE))


def _filtered(
    graph: SparseGraph, matrix: torch.Tensor, x: torch.Tensor, low: float, above: float, top: float, degree: int
) -> torch.Tensor:
    """T_degree of L mapped so that [above, top] becomes [−1, 1], scaled to about 1 at ``low``."""
    half, centre = 0.5 * (top - above), 0.5 * (top + above)
    first = half / (low - centre)
    ratio, now = 2.0 / first, first
    y = torch.addmm(x, matrix, x, beta=-centre * now / half, alpha=now / half)
    spare = torch.empty_like(x)
    for step in range(1, degree):
        following = 1.0 / (ratio - now)
        torch.addmm(x, matrix, y, beta=-now * following, alpha=2.0 * following / half, out=spare)
        spare.sub_(y, alpha=2.0 * following * centre / half)
        x, y, spare, now = y, spare, x, following
        if step % OFTEN == 0:
            # Null vectors are lifted most.
            x, y = graph.outside(x), graph.outside(y)
    return y


def _bound(laplacian: scipy.sparse.csr_array) -> float:
    """No value is larger: the largest of degree + mean degree of the neighbours (Merris, "A note on Laplacian graph
    eigenvalues", Linear Algebra Appl. 285, 1998, theorem 1)."""
    degree = laplacian.diagonal()
    around = degree * degree - laplacian @ degree
    live = degree > 0
    return 1.0001 * float((degree[live] + around[live] / degree[live]).max(initial=0.0))


def _tensor(matrix: scipy.sparse.csr_array) -> torch.Tensor:
    starts, columns, data = (torch.from_numpy(part) for part in (matrix.indptr, matrix.indices, matrix.data))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Sparse CSR tensor support")
        return torch.sparse_csr_tensor(starts, columns, data, size=matrix.shape, check_invariants=False)


def _all_pairs(graph: SparseGraph) -> tuple[torch.Tensor, torch.Tensor]:
    """All pairs outside the null space, whose vectors are moved to the upper end."""
    n, components = graph.count, len(graph.sizes)
    whole = torch.from_numpy(graph.laplacian.toarray())
    owner = torch.from_numpy(graph.component)
    lift = 2.0 * _bound(graph.laplacian) + 1.0
    same = (owner[:, None] == owner).to(whole.dtype) / torch.from_numpy(graph.sizes)[owner]
    values, columns = torch.linalg.eigh(whole + lift * same)
    keep = n - components
    return values[:keep].clamp(min=0.0), columns[:, :keep].T.contiguous()
