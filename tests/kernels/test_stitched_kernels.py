"""The stitched solver's kernels, each against plain NumPy on fresh random input."""

import numpy as np
import pytest
import scipy.linalg
import scipy.sparse.csgraph

from itten.graph import make_stencil
from itten.graph.blocks import plan_blocks, plan_within
from itten.kernels.numba import bandfactor, dense16
from itten.kernels.reference.lanczos import laplacian_matrix
from itten.kernels.reference.stitched import chebyshev, weighted_columns
from itten.spectra.components import contrasts
from itten.spectra.stitched.host import operator as canvas_operator
from itten.spectra.stitched.host.basis import TILE_SHIFT, least_mass, tile_columns
from itten.spectra.stitched.host.blockspace import BlockSpace, aligned
from itten.spectra.stitched.host.islands import find_islands
from itten.spectra.stitched.host.panels import arrange
from itten.spectra.stitched.host.ritz import ritz
from itten.spectra.stitched.host.small import SIGMA, TINY, SmallProblem
from itten.spectra.stitched.host.warm import stale_tiles
from tests.pictures import noise

DEFAULT = make_stencil((1, 2, 3, 4, 5, 6), (1.0, 0.6, 0.4, 0.3, 0.2, 0.1))
STENCILS = [DEFAULT, make_stencil((1,), (1.0,)), make_stencil((2, 15), (0.5, 0.1)), make_stencil((8,), (0.3,))]
CASES = [(40, 53, 0), (17, 17, 1), (61, 30, 0), (9, 70, 3), (45, 41, 2), (24, 16, 0), (33, 5, 3)]


def make(height, width, stencil, tile=24, overlap=6, threshold=0.4, mask=None):
    image = noise(height, width, seed=height * width, channels=2).numpy()
    plan = plan_blocks(height, width, tile, overlap, stencil)
    operator = canvas_operator.CanvasOperator(image, plan, stencil, threshold, mask)
    matrix = laplacian_matrix(image, stencil.offsets, stencil.weights / operator.unit, 1 / threshold)
    return image, plan, operator, matrix


def block(plan, seed=0):
    x = np.zeros((plan.canvas_height, plan.pitch, 16), np.float32)
    x[plan.inside] = np.random.default_rng(seed).standard_normal((plan.height, plan.width, 16))
    flat = aligned(x.size)
    flat[:] = x.ravel()
    return flat


def inside(plan, x):
    return x.reshape(plan.canvas_height, plan.pitch, 16)[plan.inside].reshape(-1, 16).astype(np.float64)


def dense_basis(plan, panels, psi):
    phi = np.zeros((plan.height * plan.width, 8 * len(panels)))
    index = np.arange(plan.height * plan.width).reshape(plan.height, plan.width)
    for number, t in enumerate(panels.owner):
        top, left = plan.tops[t // len(plan.lefts)], plan.lefts[t % len(plan.lefts)]
        where = index[top : top + plan.tile_height, left : left + 16]
        tile = psi[number].reshape(plan.tile_height, 16, 8)[: where.shape[0], : where.shape[1]]
        phi[where.ravel(), 8 * number : 8 * number + 8] = tile.reshape(-1, 8)
    return phi


@pytest.mark.parametrize("size", [(24, 16), (25, 17), (100, 90), (7, 200), (43, 31)])
def test_shares_sum_to_one_and_neighbours_are_all_that_touch(size):
    for stencil in STENCILS:
        plan = plan_blocks(*size, 24, 12, stencil)
        total = np.zeros(size)
        for t in range(len(plan)):
            i, j = divmod(t, len(plan.lefts))
            y, x = plan.tops[i], plan.lefts[j]
            share = plan.rows[i][:, None] * plan.columns[j]
            part = total[y : y + 24, x : x + 16]
            part += share[: part.shape[0], : part.shape[1]]
            for u in range(t, len(plan)):
                p, q = divmod(u, len(plan.lefts))
                near = plan.tops[p] - y < 24 + plan.margin and abs(plan.lefts[q] - x) < 16 + plan.margin
                assert not near or [p - i, q - j] in plan.neighbours.tolist()
        np.testing.assert_allclose(total, 1, atol=1e-6)


def test_tiles_grow_until_the_factor_fits():
    plan = plan_within(600, 600, 24, 6, DEFAULT, 2 << 20)
    assert plan.factor_bytes <= 2 << 20
    assert plan.tile_height > 24
    assert plan_within(600, 600, 24, 6, DEFAULT, 1 << 30).tile_height == 24


@pytest.mark.parametrize("stored", [True, False])
@pytest.mark.parametrize(("height", "width", "which"), CASES)
def test_product_degrees_and_smoothing_equal_the_matrix(height, width, which, stored, monkeypatch):
    monkeypatch.setattr(canvas_operator, "STORED", (1 << 30) * stored)
    monkeypatch.setattr(canvas_operator, "STRIP", 7)
    _, plan, operator, matrix = make(height, width, STENCILS[which])
    assert operator.streamed is not stored
    degree = operator.degree.reshape(plan.canvas_height, plan.pitch)[plan.inside].ravel()
    np.testing.assert_allclose(degree, matrix.diagonal(), rtol=2e-6, atol=1e-6)
    x, out, z, left = block(plan), block(plan) * 0, block(plan) * 0, block(plan) * 0
    operator.product(x, out)
    np.testing.assert_allclose(inside(plan, out), matrix @ inside(plan, x), atol=2e-6 * operator.norm)
    operator.smooth(x, z, left)
    d = matrix.diagonal()[:, None] + canvas_operator.DIAGONAL_SHIFT
    expected = chebyshev(matrix, d, inside(plan, x), 5, canvas_operator.LOW, canvas_operator.HIGH)
    np.testing.assert_allclose(inside(plan, z), expected, atol=2e-5 * np.abs(expected).max())
    rest = inside(plan, x) - matrix @ expected
    np.testing.assert_allclose(inside(plan, left), rest, atol=1e-5 * np.abs(x).max())


@pytest.mark.parametrize("stored", [True, False])
@pytest.mark.parametrize(("height", "width", "which"), CASES)
def test_tile_columns_and_galerkin_blocks_equal_the_assembled_matrices(height, width, which, stored, monkeypatch):
    monkeypatch.setattr(canvas_operator, "STORED", (1 << 30) * stored)
    image, plan, operator, matrix = make(height, width, STENCILS[which])
    everything, rng = np.arange(len(plan)), np.random.default_rng(height)
    counts = rng.integers(1, 4, len(plan))
    panels = arrange(plan, counts)
    psi = np.empty((len(panels), plan.tile_height * 128), np.float32)
    tile_columns(operator, 8, 0.25, everything, panels, psi)
    phi = dense_basis(plan, panels, psi)
    mass = matrix.diagonal() + 0.25
    own = slice(8 * panels.first[0], 8 * panels.first[0] + 8)
    gram = (phi[:, own].T * mass) @ phi[:, own]
    exists = np.diag(gram) > 1
    np.testing.assert_allclose(gram[np.ix_(exists, exists)], 64 * np.eye(exists.sum()), atol=5e-3)
    t = len(plan) - 1
    top, left = plan.tops[t // len(plan.lefts)], plan.lefts[t % len(plan.lefts)]
    patch = image[:, top : top + plan.tile_height, left : left + 16]
    h, w = patch.shape[1:]
    noises = [np.random.default_rng(i).standard_normal(plan.tile_height * 128) for i in range(counts[t])]
    start = np.stack([one.reshape(plan.tile_height, 16, 8)[:h, :w].reshape(-1, 8) for one in noises])
    weights, near = STENCILS[which].weights / operator.unit, plan.near
    here = mass.reshape(height, width)[top : top + h, left : left + w].ravel()
    place = STENCILS[which].offsets[near], weights[near], 2.5
    raw = weighted_columns(patch, here, *place, start, TILE_SHIFT * plan.near_share)
    share = plan.rows[-1][:h, None] * plan.columns[-1][:w]
    q = np.linalg.qr(np.concatenate(raw, axis=1) * share.reshape(-1, 1))[0]
    found = psi[panels.first[t] :].reshape(-1, plan.tile_height, 16, 8)[:, :h, :w].reshape(len(raw), -1, 8)
    for columns in found.astype(np.float64) * np.sqrt(here)[:, None] / 8:
        np.testing.assert_allclose(q @ (q.T @ columns), columns, atol=2e-3)
    a = np.zeros(panels.blocks * 64, np.float32)
    b = np.zeros_like(a)
    operator.galerkin(panels, psi, everything, a, b)
    small = SmallProblem(panels, a, b)
    n = 8 * len(panels)
    c = small.vector()
    c[: n * 16] = np.random.default_rng(1).standard_normal(n * 16)
    dense_a, dense_b = phi.T @ (matrix @ phi), phi.T @ phi
    for blocks, dense in ((a, dense_a), (b, dense_b)):
        out = small.vector()
        small.times(blocks, c, out)
        expected = dense @ c[: n * 16].reshape(n, 16)
        np.testing.assert_allclose(out[: n * 16].reshape(n, 16), expected, atol=3e-5 * np.abs(expected).max())
    out = small.vector()
    small.solve(c, out)
    exists = np.diag(dense_b) > 1e-6
    found = out[: n * 16].reshape(n, 16)[exists]
    system = (dense_a + SIGMA * dense_b + TINY * np.eye(n))[np.ix_(exists, exists)]
    if np.linalg.eigvalsh(system)[0] > 1e-3:
        expected = np.linalg.solve(system, c[: n * 16].reshape(n, 16)[exists])
        np.testing.assert_allclose(found, expected, atol=2e-2 * np.abs(expected).max())
    if n >= 96 and which == 0:
        values, _ = small.lowest(1, 12)
        length = np.diag(dense_b)[exists] ** -0.5
        pencil = [one[np.ix_(exists, exists)] * length[:, None] * length for one in (dense_a, dense_b)]
        expected = scipy.linalg.eigh(pencil[0], pencil[1] + 1e-9 * np.eye(exists.sum()), eigvals_only=True)
        np.testing.assert_allclose(values[:4], expected[:4], atol=1e-2 * expected[4] + 1e-5)


def test_tiles_of_many_pieces_are_known():
    """Stripes of colours of their own: a tile of 24 rows has eight pieces of three rows, and one of one colour none."""
    image = np.full((1, 96, 64), 0.5, np.float32)
    image[0, :, 32:] = (np.arange(96) // 3 % 7 * 0.9)[:, None]
    plan = plan_blocks(96, 64, 24, 6, DEFAULT)
    operator = canvas_operator.CanvasOperator(image, plan, DEFAULT, 0.03, None)
    for count in (1, 2):
        panels = arrange(plan, np.full(len(plan), count))
        psi = np.empty((len(panels), plan.tile_height * 128), np.float32)
        scarce = tile_columns(operator, 8, 0.25, np.arange(len(plan)), panels, psi).reshape(len(plan.tops), -1)
        striped, plain = plan.lefts >= 32, plan.lefts + 16 <= 32
        assert (scarce[:, striped] == (count == 1)).all()
        assert not scarce[:, plain].any()


@pytest.mark.parametrize("share", [0.003, 0.01])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_specks_that_tiles_share_leave_the_small_problem_definite(share, seed):
    rng = np.random.default_rng(seed)
    image = np.full((3, 100, 110), 0.9, np.float32)
    specks = rng.random(image.shape[1:]) < share
    image[:, specks] = 0.6 * rng.random((3, specks.sum()))
    plan = plan_blocks(100, 110, 24, 6, DEFAULT)
    operator = canvas_operator.CanvasOperator(image, plan, DEFAULT, 0.15, None)
    panels, every = arrange(plan, np.ones(len(plan), np.int64)), np.arange(len(plan))
    psi = np.empty((len(plan), plan.tile_height * 128), np.float32)
    tile_columns(operator, 8, least_mass(operator, 16), every, panels, psi)
    a = np.zeros(panels.blocks * 64, np.float32)
    b = np.zeros_like(a)
    operator.galerkin(panels, psi, every, a, b)
    small = SmallProblem(panels, a, b)
    blocks = small.factor.reshape(small.rows, panels.band, 16, 16)[:, 0]
    pivots = np.diagonal(blocks, axis1=1, axis2=2) ** -2.0
    assert pivots.min() > 3 * dense16.PIVOT  # rounding would be below it, and what is dropped is 1e30
    assert pivots.max() < 1e6


def test_band_factor_solves():
    rng = np.random.default_rng(3)
    for rows, bands in ((1, 1), (5, 3), (9, 9)):
        n = rows * 16
        y, x = np.mgrid[:n, :n]
        matrix = rng.standard_normal((n, n))
        matrix = np.where(np.abs(y // 16 - x // 16) < bands, matrix + matrix.T, 0) + 8 * np.sqrt(n) * np.eye(n)
        u = aligned(rows * bands * 256)
        for r in range(rows):
            for q in range(min(bands, rows - r)):
                part = matrix[16 * r : 16 * r + 16, 16 * (r + q) : 16 * (r + q) + 16]
                u[(r * bands + q) * 256 :][:256] = part.ravel()
        bandfactor.factor_band(u, rows, bands)
        for lanes, solve in ((16, bandfactor.solve_band), (8, bandfactor.solve_band8)):
            b = rng.standard_normal((n, lanes)).astype(np.float32)
            found = b.ravel().copy()
            solve(u, rows, bands, found)
            np.testing.assert_allclose(found.reshape(n, lanes), np.linalg.solve(matrix, b), atol=1e-5)


def test_block_algebra():
    rng = np.random.default_rng(4)
    for wide in (False, True):
        space = BlockSpace(6, 1360, wide)
        space.data[:] = rng.standard_normal(space.data.size)
        pairs = (0, 1), (2, 3), (4, 5)
        x, z, p = (np.hstack([space[s].reshape(-1, 16).astype(np.float64) for s in pair]) for pair in pairs)
        np.testing.assert_allclose(space.gram([0, 1], [2, 3]), x.T @ z, atol=1e-3)
        a, b = space.projected([0, 1], [0, 1])
        np.testing.assert_allclose(a, x.T @ x, atol=1e-3)
        np.testing.assert_array_equal(a, b)
        c = rng.standard_normal((96, 32)) / 8
        space.combine([0, 1], [2, 3], [4, 5], [4, 5], c)
        change = z @ c[32:64] + p @ c[64:]
        for got, expected in (((0, 1), x @ c[:32] + change), ((4, 5), change)):
            found = np.hstack([space[s].reshape(-1, 16) for s in got])
            np.testing.assert_allclose(found, expected, atol=1e-4)


def test_ritz_drops_what_is_dependent_and_orders_values():
    rng = np.random.default_rng(5)
    s = rng.standard_normal((200, 48))
    s[:, 20:30] = s[:, :10] * 3
    s[:, 40] = 0
    d = np.arange(200.0)
    values, c = ritz(s.T @ (d[:, None] * s), s.T @ s, 16, np.ones(48, bool))
    q = scipy.linalg.orth(s)
    np.testing.assert_allclose(values, np.linalg.eigvalsh(q.T @ (d[:, None] * q))[:16], rtol=1e-8)
    np.testing.assert_allclose((s @ c).T @ (s @ c), np.eye(16), atol=1e-8)


def test_contrasts_are_orthonormal_null_vectors():
    sizes = np.array([9, 5, 5, 1])
    values = contrasts(sizes, 4)
    np.testing.assert_allclose((values * sizes) @ values.T, np.eye(4), atol=1e-12)


def test_components_equal_scipys():
    image = (noise(37, 41, channels=1, seed=2).numpy() > 0.55).astype(np.float32)
    stencil = make_stencil((1,), (1.0,))
    plan = plan_blocks(37, 41, 24, 6, stencil)
    operator = canvas_operator.CanvasOperator(image, plan, stencil, 0.01, None)
    islands = find_islands(operator)
    matrix = laplacian_matrix(image, stencil.offsets, stencil.weights, 100.0)
    matrix.data[np.abs(matrix.data) < 1e-20] = 0
    matrix.eliminate_zeros()
    count, _ = scipy.sparse.csgraph.connected_components(matrix, directed=False)
    assert len(islands) == count
    assert islands.sizes.sum() == 37 * 41
    null = islands.vectors(count, operator).reshape(count, -1)
    assert np.abs(matrix @ null.T).max() < 1e-12
    np.testing.assert_allclose(null @ null.T, np.eye(count), atol=1e-10)
    assert (np.diff(islands.sizes) <= 0).all()


def test_only_tiles_that_changed_are_stale():
    plan = plan_blocks(100, 120, 24, 6, DEFAULT)
    before = np.zeros((1, plan.canvas_height, plan.pitch), np.float32)
    now = before.copy()
    assert [len(part) for part in stale_tiles(plan, before, now)] == [0, 0]
    now[0, plan.margin + 50, plan.margin + 60] = 1
    own, blocks = stale_tiles(plan, before, now)
    for t in range(len(plan)):
        top, left = plan.tops[t // len(plan.lefts)], plan.lefts[t % len(plan.lefts)]
        assert (t in own) == (top <= 50 < top + 24 and left <= 60 < left + 16)
        near = top - 6 <= 50 < top + 30 and left - 6 <= 60 < left + 22
        assert not near or t in blocks
    assert len(own) < len(blocks) < len(plan)
