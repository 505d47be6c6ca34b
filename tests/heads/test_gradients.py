"""Gradients through the chain: spectrum, gate, soft attention over segments, composite."""

import math
import sys

import pytest
import torch

import itten
from itten.errors import GradientError
from itten.heads import attend, composite, pool_segments, spectral_gate
from itten.heads.composite import FIXED_POINT, zbuffer
from itten.spectra import heat_kernel, unit_rms, wave_kernel
from tests.pictures import noise

SIDE = 12
K = 6
# Four segments of the target and three of the source, fixed, and where the copied pixels land: some twice, some thrice.
LABELS = (1 + torch.arange(SIDE * SIDE) // (SIDE * SIDE // 4)).reshape(SIDE, SIDE)
SOURCE_LABELS = (torch.arange(SIDE * SIDE).reshape(SIDE, SIDE) // 4 % 3) + 1
PLACE = torch.randint(0, SIDE * SIDE, (90,), generator=torch.Generator().manual_seed(0))
RAMP = torch.linspace(0.6, 1.4, SIDE * SIDE, dtype=torch.float64).reshape(SIDE, SIDE)
OWNER = torch.arange(90) % 4
OPTIONS = {"radii": (1, 2, 3), "radius_weights": torch.tensor([1.0, 0.5, 0.25], dtype=torch.float64)}


def distinct():
    return noise(SIDE, SIDE, 3).double()


def degenerate():
    """Unchanged by quarter turns, exactly: pairs of equal values, and no two neighbours of equal colour to speak of."""
    quarter = noise(SIDE // 2, SIDE // 2, 4).double()
    picture = torch.zeros(3, SIDE, SIDE, dtype=torch.float64)
    half = SIDE // 2
    picture[:, :half, :half] = quarter
    picture[:, :half, half:] = quarter.rot90(-1, (1, 2))
    picture[:, half:, half:] = quarter.rot90(-2, (1, 2))
    picture[:, half:, :half] = quarter.rot90(-3, (1, 2))
    return picture


def chain(image, threshold, mode, invariant):
    """Spectrum → gate → soft attention → composite. ``invariant`` gates by a heat kernel, else by vector 1.

    Where eigenvalues coincide a single vector is nobody's function: any rotation of the pair will do. There the field
    is a map that is free of rotations, times a fixed ramp: the picture's symmetry would make four pixels equal, and
    then the percentile, an order statistic, has a kink.
    """
    values, vectors = itten.eigenpairs(image, K, edge_threshold=threshold, **OPTIONS)
    flat = vectors.flatten(1)
    heat = heat_kernel(values, flat)
    signatures = torch.cat([heat, wave_kernel(values, flat)]) if not invariant else heat
    signatures = signatures.view(-1, SIDE, SIDE)
    field = unit_rms(signatures[1] * RAMP if invariant else vectors[1])
    gate = spectral_gate(field, 2.0)
    queries = pool_segments(signatures * gate, LABELS, 4)
    keys = pool_segments(signatures, SOURCE_LABELS, 3)
    colours, _ = attend(queries, keys, pool_segments(image, SOURCE_LABELS, 3), 0.05)
    copied = colours[OWNER].T * gate.flatten()[PLACE]
    return composite(image * gate, PLACE, copied, mode)


@pytest.mark.parametrize("mode", ["overwrite", "zbuffer"])
@pytest.mark.parametrize("case", ["distinct", "degenerate"])
def test_the_whole_chain_has_the_right_gradient(case, mode, monkeypatch):
    image = (distinct() if case == "distinct" else degenerate()).requires_grad_()
    threshold = torch.tensor(0.4, dtype=torch.float64, requires_grad=True)
    values = itten.eigenpairs(image, K + 1, edge_threshold=threshold, **OPTIONS)[0].detach()
    gaps = values.diff() / values[1:]
    assert (float(gaps[1:].min()) < 1e-8) == (case == "degenerate")
    assert float(gaps[-2:].min()) > 1e-4  # the last value, which scales the kernels, is simple
    if mode == "zbuffer":
        # Sums over integers are steps of 1e-12 which differences of 1e-5 would see; finer ones it does not.
        monkeypatch.setattr(sys.modules["itten.heads.composite"], "FIXED_POINT", float(1 << 50))
    assert torch.autograd.gradcheck(
        lambda a, b: chain(a, b, mode, case == "degenerate"), (image, threshold), fast_mode=True, eps=1e-5
    )


def test_entries_of_the_jacobian():
    """The same, entry by entry, for a row of pixels; the test above looks at random projections of all."""
    maps = noise(SIDE, SIDE, 20, 15).double().view(5, 3, SIDE, SIDE) - 0.5
    for picture, invariant in ((distinct(), False), (degenerate(), True)):
        rows = picture[:, 4:5].clone().requires_grad_()
        threshold = torch.tensor(0.4, dtype=torch.float64, requires_grad=True)

        def seen(rows, threshold, picture=picture, invariant=invariant):
            image = torch.cat([picture[:, :4], rows, picture[:, 5:]], dim=1)
            return (chain(image, threshold, "overwrite", invariant) * maps).sum(dim=(1, 2, 3))

        assert torch.autograd.gradcheck(seen, (rows, threshold), eps=1e-5)


def test_a_field_of_a_degenerate_pair_has_no_gradient():
    image = degenerate().requires_grad_()
    values, vectors = itten.eigenpairs(image, K, edge_threshold=0.4, **OPTIONS)
    pair = int((values.diff() / values[1:].clamp(min=1e-9))[1:].argmin()) + 1
    gate = spectral_gate(unit_rms(vectors[pair]))
    with pytest.raises(GradientError, match="belong to one eigenvalue"):
        gate.square().sum().backward()


def test_zbuffer_keeps_its_bits_and_has_the_means_gradient():
    image, colours = noise(SIDE, SIDE, 1), noise(1, 90, 2)[:, 0]
    count = torch.bincount(PLACE, minlength=SIDE * SIDE)
    total = torch.zeros(3, SIDE * SIDE, dtype=torch.int64)
    total.index_add_(1, PLACE, (colours.double() * FIXED_POINT).round().long())
    mean = (total.double() / FIXED_POINT / count.clamp(min=1)).float()
    expected = torch.where(count > 0, mean, image.flatten(1)).reshape(image.shape)
    with_gradient = zbuffer(image.requires_grad_(), PLACE, colours.requires_grad_())
    assert with_gradient.equal(expected)
    assert zbuffer(image.detach(), PLACE, colours.detach()).equal(expected)
    slope = noise(SIDE, SIDE, 8)
    for found, wanted in zip(
        torch.autograd.grad((with_gradient * slope).sum(), (image, colours)),
        (torch.where(count > 0, 0.0, slope.flatten(1)).view_as(image), slope.flatten(1)[:, PLACE] / count[PLACE]),
        strict=True,
    ):
        torch.testing.assert_close(found, wanted)


def test_one_step_against_the_gradient_lowers_the_loss():
    image = distinct().requires_grad_()
    wanted = noise(SIDE, SIDE, 9).double()

    def loss(image):
        return (chain(image, torch.tensor(0.4, dtype=torch.float64), "zbuffer", False) - wanted).square().mean()

    before = loss(image)
    (gradient,) = torch.autograd.grad(before, image)
    assert math.isfinite(float(gradient.norm()))
    assert float(loss(image - 0.01 * gradient / gradient.norm())) < float(before)
