"""The stitched basis of tiles in Triton against dense matrices in float64, tile by tile."""

import numpy as np
import pytest
import torch

from itten.graph import make_stencil
from itten.graph.blocks import plan_blocks
from itten.kernels.numba.tilebasis import DEPENDENT
from itten.kernels.triton.stitched_basis import scratch_bytes, tile_basis, tile_table
from itten.spectra.stitched.device.basis import TILE_SHIFT
from tests.kernels.triton_cases import DEVICE, NEAR, WIDER, cases, generators, picture
from tests.pictures import drawing

FULL = make_stencil((1, 2, 3, 4, 5, 6), (1.0, 0.6, 0.4, 0.3, 0.2, 0.1))
SCALE = 1 / 0.15


def orthonormal(x):
    """Gram–Schmidt; a column of which less than DEPENDENT is new becomes zero."""
    q = np.zeros_like(x)
    for i in range(x.shape[1]):
        left = x[:, i] - q @ (q.T @ x[:, i])
        whole, kept = x[:, i] @ x[:, i], left @ left
        if kept > DEPENDENT * whole and whole > 1e-20:
            left -= q @ (q.T @ left)
            q[:, i] = left / np.linalg.norm(left)
    return q


def first_columns(plan):
    """``(tile pixels, 8)``: 1, y, x, and five columns without their mean."""
    y, x = np.divmod(np.arange(plan.tile_height * 16), 16)
    inside = (y < plan.height) & (x < plan.width)
    start = np.random.default_rng(1).standard_normal((len(y), 8))
    start = np.where(inside[:, None], start - start[inside].mean(axis=0), 0)
    start[:, :3] = np.stack([np.ones(len(y)), y - y[inside].mean(), x - x[inside].mean()], axis=1)
    return start


def both(image, plan, stencil, live, columns):
    """What the kernel finds, and what dense matrices give: ``(tiles, tile pixels, 8)`` twice."""
    weights = stencil.weights / stencil.weights.sum()
    known = {}
    for offset, weight in zip(stencil.offsets.tolist(), weights, strict=True):
        known[tuple(offset)] = known[-offset[0], -offset[1]] = weight
    y, x = np.mgrid[: plan.canvas_height, : plan.pitch] % 16
    canvas = np.zeros((len(image), plan.canvas_height, plan.pitch), np.float32)
    canvas[0] = 1e4 * (2.0 + 16 * y + x)
    alive = np.zeros(canvas.shape[1:], bool)
    alive[plan.inside] = live
    canvas[(slice(None), *plan.inside)] = np.where(live, image, canvas[(slice(None), *plan.inside)])
    start, expected, shares, places = first_columns(plan), [], [], []
    rows, across = np.divmod(np.arange(plan.tile_height * 16), 16)
    for t in range(len(plan)):
        i, j = divmod(t, len(plan.lefts))
        y, x = rows + plan.tops[i] + plan.margin, across + plan.lefts[j] + plan.margin
        share = plan.rows[i][rows] * plan.columns[j][across] * alive[y, x]
        colours = canvas[:, y, x].astype(float)
        distance = np.sqrt(np.square(colours[:, :, None] - colours[:, None, :]).sum(axis=0))
        steps = zip((y - y[:, None]).ravel().tolist(), (x - x[:, None]).ravel().tolist(), strict=True)
        matrix = np.array([known.get(step, 0.0) for step in steps]).reshape(distance.shape)
        matrix *= np.exp(-SCALE * distance) * (alive[y, x] & alive[y, x][:, None])
        matrix = np.diag(matrix.sum(axis=1) + TILE_SHIFT) - matrix
        found = np.where(np.arange(8) < columns, start, 0)
        found[:, 3:] = np.linalg.solve(matrix, orthonormal(np.linalg.solve(matrix, found[:, 3:])))
        expected.append(orthonormal(found * share[:, None]))
        shares.append(share)
        places.append(y[0] * plan.pitch + x[0])
    out = torch.full((len(plan), len(start), 8), torch.nan, device=DEVICE)
    arrays = canvas.reshape(len(image), -1), np.array(places), np.array(shares, np.float32), start.astype(np.float32)
    moved = [torch.from_numpy(array).to(DEVICE) for array in arrays]
    table = torch.from_numpy(tile_table(stencil.offsets, weights.tolist(), plan.tile_height)).to(DEVICE)
    tile_basis(*moved, table, SCALE, plan.pitch, TILE_SHIFT, columns, out)
    return out.cpu().numpy(), np.array(expected)


@cases(0, 1, 2, 9)
def test_small_tiles_equal_dense_matrices(numbers):
    for case, rng in generators(numbers):
        rows = 4 if case % 20 == 9 else int(rng.integers(1, 3))
        more = case % 9 == 0
        height, width = int(rng.integers(1, rows + 1 + 3 * more)), int(rng.integers(1, 17 + 9 * more))
        stencil = (NEAR, WIDER, FULL)[case % 3]
        plan = plan_blocks(height, width, rows, min(2, rows - 1), stencil)
        live = rng.random((height, width)) > (0.0, 0.3, 0.9)[case % 5 % 3]
        image = picture(rng, case, (1 + case % 4, height, width))
        columns = 8 if case % 4 else int(rng.integers(3, 9))
        found, expected = both(image, plan, stencil, live, columns)
        np.testing.assert_allclose(found, expected, atol=1e-5, err_msg=str(case))


@pytest.mark.long
@pytest.mark.parametrize("size", [(24, 16), (21, 13), (26, 16)])
def test_a_whole_tile_with_the_whole_stencil(size):
    plan = plan_blocks(*size, 24, 6, FULL)
    image = drawing(*size).numpy()
    live = np.ones(size, bool)
    live[3:9, 2:5] = size[1] == 16
    found, expected = both(image, plan, FULL, live, 8)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_no_tiles_and_the_scratch_of_one():
    out = torch.empty(0, 64, 8, device=DEVICE)
    nothing = torch.empty(0, device=DEVICE)
    tile_basis(nothing, nothing, nothing, nothing, nothing, SCALE, 16, TILE_SHIFT, 8, out)
    assert scratch_bytes(FULL.offsets, 24) == 24 * 7 * 1024
    assert scratch_bytes(FULL.offsets, 4) == 4 * 4 * 1024
