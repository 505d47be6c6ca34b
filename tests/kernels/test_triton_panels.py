"""Panels of a tile's columns in Triton: against those in tensors, tile by tile, and products with more than one."""

import numpy as np
import pytest
import torch

from itten.graph import make_stencil
from itten.graph.blocks import plan_blocks
from itten.kernels.torch import stitched as plain
from itten.kernels.triton.stitched_panels import tile_panels
from itten.spectra.stitched.device.operator import DeviceOperator, stitched_kernel
from itten.spectra.stitched.device.panels import TilePanels
from itten.spectra.stitched.device.weak import root_of_mass
from tests.kernels.test_triton_stitched import close, vectors
from tests.kernels.triton_cases import DEVICE, NEAR, WIDER, cases, generators
from tests.pictures import drawing

FULL = make_stencil((1, 2, 3, 4, 5, 6), (1.0, 0.6, 0.4, 0.3, 0.2, 0.1))


def operators(image, mask, stencil, rows, overlap, threshold=0.3):
    """One picture ``(C, H, W)``, for tensors and for Triton."""
    plan = plan_blocks(*image.shape[1:], rows, overlap, stencil)
    picture = torch.from_numpy(image).to(DEVICE)[None]
    hidden = None if mask is None else torch.from_numpy(mask).to(DEVICE)
    return [DeviceOperator(picture, plan, stencil, threshold, hidden, kind) for kind in ("torch", "triton")]


def compared(both, columns, panels, mass):
    tiles = torch.arange(len(both[0].plan), device=DEVICE)
    root = root_of_mass(both[0], mass)
    (expected, least), (found, grown) = (TilePanels(one, columns, root)(tiles, panels) for one in both)
    assert found.shape == (len(tiles), 16 * both[0].plan.tile_height, 8 * panels)
    # Within a panel columns are made one after the other, and each is determined up to rounding.
    torch.testing.assert_close(found, expected, rtol=0, atol=2e-3 * float(expected.abs().max()))
    finite = least.isfinite()
    torch.testing.assert_close(grown[finite], least[finite], rtol=5e-3, atol=1e-12)
    assert bool((grown[~finite] > 1e200).all())
    return found


@cases(1, 2, 3, every=40)
def test_small_tiles_equal_those_in_tensors(numbers):
    for case, rng in generators(numbers):
        height, width = 4 + int(rng.integers(0, 4)), int(rng.integers(14, 22))
        image = rng.random((1 + case % 3, height, width), dtype=np.float32)
        mask = rng.random((height, width)) < 0.2 if case % 2 else None
        both = operators(image, mask, (NEAR, WIDER)[case // 2 % 2], 4, 1 + case % 2)
        compared(both, 8 if case % 4 else 5, (4, 2, 1)[case % 3], 0.125)


def test_a_tile_of_nothing_and_one_without_steps():
    image = np.random.default_rng(3).random((1, 4, 34), dtype=np.float32)
    mask = np.zeros((4, 34), bool)
    mask[:, :18] = True
    both = operators(image, mask, NEAR, 4, 1)
    assert not compared(both, 8, 2, 0.25)[0].any()
    assert not compared(both, 3, 1, 0.25)[:, :, 3:].any()
    nothing = torch.empty(0, 64, device=DEVICE)
    found, least = tile_panels(nothing, nothing, nothing, nothing, nothing, nothing, nothing, 1.0, 0.0, 16, 0.1, 8, 2)
    assert found.shape == (0, 64, 16)
    assert len(least) == 0


@pytest.mark.long
def test_a_whole_tile_with_the_whole_stencil():
    compared(operators(drawing(24, 16).numpy(), None, FULL, 24, 6, 0.05), 8, 2, 0.0625)


@pytest.mark.parametrize("panels", [2, 4])
def test_products_with_panels_equal_those_in_tensors(panels):
    rng = np.random.default_rng(panels)
    image = rng.random((2, 7, 17), dtype=np.float32)
    _, operator = operators(image, None, NEAR, 4, 1)
    plan, on, columns = operator.plan, operator.on, 8 * panels
    psi = torch.from_numpy(rng.standard_normal((len(plan) + 1, plan.tile_height * 16, columns))).float().to(DEVICE)
    psi[-1] = 0
    x, lx = (vectors(rng, operator, 32).flatten(0, 1) for _ in range(2))
    arguments = psi[:-1], on.base, on.local, x
    close(stitched_kernel("restrict", "triton")(*arguments), plain.restrict(*arguments))
    c = torch.from_numpy(rng.standard_normal((len(plan), columns, 32))).float().to(DEVICE)
    arguments = psi, c, on.down, on.right, len(plan.lefts)
    close(stitched_kernel("expand", "triton")(*arguments), plain.expand(*arguments))
    first = [0, 32 - columns, 0]
    pairs = torch.from_numpy(np.stack([*rng.integers(0, len(plan), (2, 3)), first, rng.permutation(3)])).to(DEVICE)
    arguments = psi, pairs, on.base, on.local, on.corners, plan.tile_height, plan.margin, lx, x
    shape = 3, columns, columns
    blocks = [[torch.zeros(shape, dtype=torch.float64, device=DEVICE) for _ in range(2)] for _ in range(2)]
    stitched_kernel("tile_products", "triton")(*arguments, *blocks[0])
    plain.tile_products(*arguments, *blocks[1])
    for found, expected in zip(*blocks, strict=True):
        close(found, expected)
        assert bool(found.flatten(1).any(dim=1).all())
