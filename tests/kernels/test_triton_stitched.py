"""The stitched method's products in Triton against those in tensors."""

import numpy as np
import pytest
import torch

import itten
from itten.graph import make_stencil
from itten.graph.blocks import plan_blocks
from itten.kernels.torch import stitched as plain
from itten.spectra.stitched import outcome
from itten.spectra.stitched.device.operator import DeviceOperator, stitched_kernel
from itten.spectra.stitched.device.products import tile_classes
from tests.kernels.triton_cases import DEVICE, NEAR, WIDER, cases, generators, picture
from tests.pictures import drawing

FULL = make_stencil((1, 2, 3, 4, 5, 6), (1.0, 0.6, 0.4, 0.3, 0.2, 0.1))


def close(found, expected, bound=1e-5):
    scale = float(expected.abs().max().clamp(min=1e-30))
    torch.testing.assert_close(found.double(), expected.double(), rtol=bound, atol=bound * scale)


def operators(rng, case, largest=(7, 7)):
    """The same small pictures, one masked or one to three, for tensors and for Triton."""
    height, width = (int(rng.integers(1, side + 1)) for side in largest)
    shape = 1 if case % 3 == 2 else 1 + case % 5 % 3, 1 + case % 4, height, width
    image = torch.from_numpy(picture(rng, case, shape)).to(DEVICE)
    mask = torch.from_numpy(rng.random((height, width)) < 0.3).to(DEVICE) if case % 3 == 2 else None
    stencil = FULL if case % 50 == 1 else (NEAR, WIDER)[case % 2]
    plan = plan_blocks(height, width, 8, 2 + 2 * (case % 2), stencil)
    return tuple(DeviceOperator(image, plan, stencil, 0.15, mask, kind) for kind in ("torch", "triton"))


def vectors(rng, operator, lanes):
    x = operator.zeros(lanes)
    block = rng.standard_normal((operator.batch, operator.plan.height, operator.plan.width, lanes))
    operator.inside(x)[:] = torch.from_numpy(block).to(x)
    return x * operator.live.view(operator.batch, -1, 1)


@cases(2, 3, 4, 5, 10)
def test_products_and_chebyshev_steps_equal_those_in_tensors(numbers):
    for case, rng in generators(numbers):
        tensors, kernels = operators(rng, case)
        lanes = 32 if case % 10 == 0 else 16
        x, r, old = (vectors(rng, tensors, lanes) for _ in range(3))
        place = kernels._place()
        patch = {"patch": ((4, 4), (4, 8), (8, 16))[case % 3]}
        run = stitched_kernel("laplacian_block", "triton")
        close(run(kernels.colours, *place, x, **patch), tensors.product(x))
        close(kernels.norm, tensors.norm)
        close(kernels.inverse * kernels.live, tensors.inverse * tensors.live)
        smooth = stitched_kernel("smooth_block", "triton")
        if case % 2:
            close(smooth(kernels.colours, *place, kernels.inverse, x, r, None, 0.0, 0.0, **patch), tensors.left(x, r))
        else:
            found = smooth(kernels.colours, *place, kernels.inverse, x, r, old, 0.3, 0.7, **patch)
            close(found, tensors._chebyshev(x, r, old.clone(), 0.3, 0.7))


def test_constants_are_mapped_to_nothing():
    rng = np.random.default_rng(0)
    _, kernels = operators(rng, 0)
    ones = kernels.zeros(16)
    kernels.inside(ones)[:] = 1.0
    assert not kernels.product(ones).any()


def test_a_smoothing_sweep_equals_that_in_tensors():
    rng = np.random.default_rng(4)
    tensors, kernels = operators(rng, 4, (5, 7))
    r = vectors(rng, tensors, 16)
    for found, expected in zip(kernels.smooth(r, 3), tensors.smooth(r, 3), strict=True):
        close(found, expected, 1e-4)


@cases(0, 2, 3, 5)
def test_products_with_tiles_equal_those_in_tensors(numbers):
    for case, rng in generators(numbers):
        _, operator = operators(rng, case, (12, 30) if case % 8 == 0 else (7, 17))
        plan, on = operator.plan, operator.on
        lanes = 32 if case % 10 == 0 else 16
        count = operator.batch * len(plan)
        psi = torch.from_numpy(rng.standard_normal((count + 1, plan.tile_height * 16, 8))).float().to(DEVICE)
        psi[-1] = 0
        x = vectors(rng, operator, lanes).flatten(0, 1)
        arguments = psi[:-1], on.base, on.local, x
        close(stitched_kernel("restrict", "triton")(*arguments), plain.restrict(*arguments))
        c = torch.from_numpy(rng.standard_normal((count, 8, lanes))).float().to(DEVICE)
        arguments = psi, c, on.down, on.right, len(plan.lefts)
        close(stitched_kernel("expand", "triton")(*arguments), plain.expand(*arguments))
        lx = vectors(rng, operator, lanes).flatten(0, 1)
        pairs = torch.from_numpy(np.stack([*rng.integers(0, len(plan), (2, 3)), [0, 8, 0], rng.permutation(3)]))
        arguments = psi, pairs.to(DEVICE), on.base, on.local, on.corners, plan.tile_height, plan.margin, lx, x
        blocks = [[torch.zeros((3, 8, 8), dtype=torch.float64, device=DEVICE) for _ in range(2)] for _ in range(2)]
        stitched_kernel("tile_products", "triton")(*arguments, *blocks[0])
        plain.tile_products(*arguments, *blocks[1])
        for found, expected in zip(*blocks, strict=True):
            close(found, expected)
        assert sum(len(part) for part in tile_classes(plan)) == len(plan)


@cases(0, 2, 3, 4, 5)
def test_levels_of_the_elimination_equal_those_in_tensors(numbers):
    for case, rng in generators(numbers):
        batch, blocks = 1 + case % 2, int(rng.integers(2, 8))
        size, lanes = int(rng.choice([1, 5, 16, 33, 40])), 32 if case % 10 == 0 else 16
        stride = 1 if case % 3 or blocks < 3 else 2
        odd = len(range(stride, blocks, 2 * stride))
        shapes = (odd, size, 2 * size), (odd, size, size), (blocks, size, lanes), (blocks, size, lanes)
        drawn = (torch.from_numpy(rng.standard_normal((batch, *shape))).to(DEVICE) for shape in shapes)
        couple, inverse, x, out = drawn
        found, expected = x.clone(), x.clone()
        stitched_kernel("reduce_level", "triton")(couple, found, stride)
        plain.reduce_level(couple, expected, stride)
        close(found, expected, 1e-12)
        for arguments in ((inverse, couple), (inverse[:, :1].contiguous(), None)):
            found, expected = out.clone(), out.clone()
            stitched_kernel("back_level", "triton")(*arguments, x, found, stride)
            plain.back_level(*arguments, x, expected, stride)
            close(found, expected, 1e-12)


@pytest.mark.long
def test_a_whole_spectrum(monkeypatch):
    monkeypatch.setattr(outcome, "DENSE", 0)
    image = drawing(17, 26).to(DEVICE)
    options = {"radii": (1,), "tile": 8}
    expected = itten.spectrum(image, 3, "stitched", backend="torch", **options)
    found = itten.spectrum(image, 3, "stitched", backend="triton", **options)
    torch.testing.assert_close(found.values, expected.values, rtol=1e-4, atol=1e-6 * expected.scale)
    torch.testing.assert_close(found.vectors, expected.vectors, rtol=0, atol=1e-4)
