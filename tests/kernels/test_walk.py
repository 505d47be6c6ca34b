"""The kernels of a walk against sparse matrices."""

from __future__ import annotations

import numpy as np
import pytest

from itten.config import SpectrumConfig
from itten.graph import make_stencil
from itten.kernels.numba.walk import walk_expand, walk_restrict
from itten.kernels.reference.lanczos import laplacian_matrix
from itten.regions.pieces import leaving
from itten.regions.walkgraph import WalkGraph
from itten.spectra.stitched.host.basis import stitched_basis


def graph(height: int, width: int, radii: tuple[int, ...], seeds: int = 3) -> tuple[WalkGraph, np.ndarray]:
    rng = np.random.default_rng(height * width)
    features, config = rng.random((3, height, width), np.float32), SpectrumConfig(radii=radii)
    marked = np.zeros((height, width), bool)
    marked.flat[rng.choice(height * width, seeds, replace=False)] = True
    stencil = make_stencil(config.radii, config.weights)
    made = WalkGraph(features, config, None, marked)
    made.exact = None
    scale = 1 / config.edge_threshold
    matrix = laplacian_matrix(features.astype(float), stencil.offsets, stencil.weights / made.operator.unit, scale)
    return made, matrix.toarray()


@pytest.mark.parametrize(("height", "width"), [(3, 5), (9, 17), (8, 33), (20, 50)])
@pytest.mark.parametrize("radii", [(1,), (1, 2, 3, 4, 5, 6)])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_products(height: int, width: int, radii: tuple[int, ...], count: int) -> None:
    made, matrix = graph(height, width, radii)
    rng = np.random.default_rng(count)
    x, r = rng.standard_normal((2, count, height, width))
    free = made.picture(made.free[None].astype(float))[0].ravel()
    product = (x.reshape(count, -1) @ matrix).reshape(x.shape)
    found = made.picture(made.inner(made.canvas(x)))
    assert np.abs(found - product * free.reshape(height, width)).max() < 1e-4
    d = rng.random((height, width)).astype(np.float32)
    blocks = [made.canvas(x.astype(np.float32)), *(np.zeros((count, made.plan.pixels), np.float32) for _ in range(2))]
    steps = (made.canvas(d), 0.7), (made.canvas(d), 0.0)
    made.stepped(blocks, made.canvas(r.astype(np.float32)), *steps)
    first = 0.7 * x + d * (r - product)
    second = d * (r - (first.reshape(count, -1) @ matrix).reshape(x.shape))
    assert np.abs(made.picture(blocks[1]) - first).max() < 1e-3
    assert np.abs(made.picture(blocks[2]) - second).max() < 1e-3 * max(1, np.abs(second).max())
    for block in blocks:
        assert made.picture(np.abs(block)).sum() == pytest.approx(np.abs(block).sum(), rel=1e-6)


def test_restriction_and_expansion_are_each_others_transposes() -> None:
    made, _ = graph(40, 50, (1, 2, 3, 4, 5, 6), seeds=30)
    plan, rng = made.plan, np.random.default_rng(0)
    panels, psi, _, _ = stitched_basis(made.operator, 8, None)
    dense = np.zeros((len(panels) * 8, plan.pixels))
    for panel, t in enumerate(panels.owner.tolist()):
        top, left = plan.tops[t // len(plan.lefts)] + plan.margin, plan.lefts[t % len(plan.lefts)] + plan.margin
        for row in range(plan.tile_height):
            begin = (top + row) * plan.pitch + left
            dense[panel * 8 : panel * 8 + 8, begin : begin + 16] += psi[panel].reshape(-1, 16, 8)[row].T
    assert not dense[:, ~made.free].any()
    assert np.linalg.matrix_rank(dense) > 4 * len(panels)
    x = made.canvas(rng.standard_normal((3, 40, 50)).astype(np.float32))
    tiles = plan.pitch, plan.margin, plan.tops, plan.lefts, plan.tile_height
    out = np.zeros(len(panels) * 128, np.float32)
    walk_restrict(0, len(panels), psi, panels.owner, x, *tiles, out)
    assert np.abs(out.reshape(-1, 16)[:, :3] - dense @ x.T).max() < 1e-4
    c = rng.standard_normal((len(panels) * 8, 16)).astype(np.float32)
    grown = x.copy()
    walk_expand(plan.margin, plan.canvas_height - plan.margin, psi, panels.first, c.ravel(), *tiles, grown)
    assert np.abs(grown - x - (dense.T @ c[:, :3]).T).max() < 1e-4


def test_edges_that_leave_pieces() -> None:
    made, matrix = graph(12, 15, (1, 2))
    labels = np.random.default_rng(1).integers(-1, 4, (12, 15)).astype(np.int32)
    canvas = np.full((made.plan.canvas_height, made.plan.pitch), -1, np.int32)
    canvas[made.plan.inside] = labels
    own, ends, weights = leaving(made, canvas.ravel())
    place = np.full(made.plan.pixels, -1)
    place[np.flatnonzero(made.canvas(np.ones((1, 12, 15), bool))[0])] = np.arange(180)
    found = np.zeros((4, 180))
    np.add.at(found, (own, place[ends]), weights)
    member = np.stack([labels.ravel() == number for number in range(4)]).astype(float)
    expected = np.where(member > 0, 0, -(member @ (matrix - np.diag(np.diag(matrix)))))
    assert np.abs(found - expected).max() < 1e-5
