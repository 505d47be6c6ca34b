import pytest
import torch

from itten.errors import UsageError
from itten.heads import Composite, composite
from tests.pictures import noise


def test_the_last_point_on_a_pixel_wins():
    image = torch.zeros(3, 2, 2)
    place = torch.tensor([1, 3, 1, 1, 3])
    colours = torch.arange(15.0).reshape(3, 5) / 15
    out = composite(image, place, colours)
    assert torch.equal(out[:, 0, 1], colours[:, 3])
    assert torch.equal(out[:, 1, 1], colours[:, 4])
    assert float(out[:, :, 0].abs().max()) == 0.0


def test_zbuffer_is_the_mean_of_the_contributions():
    image = torch.ones(3, 2, 3)
    place = torch.tensor([4, 0, 4, 4])
    colours = noise(1, 4, 9)[:, 0]
    out = composite(image, place, colours, "zbuffer")
    expected = colours[:, [0, 2, 3]].double().mean(dim=1)
    torch.testing.assert_close(out[:, 1, 1].double(), expected, atol=1e-6, rtol=0)
    assert torch.equal(out[:, 0, 0], colours[:, 1])
    assert bool((out[:, 0, 1:] == 1).all())


@pytest.mark.parametrize("mode", ["overwrite", "zbuffer"])
def test_equals_a_loop_over_points(mode):
    image = noise(13, 17)
    rng = torch.Generator().manual_seed(3)
    place = torch.randint(0, 13 * 17, (4000,), generator=rng)
    colours = torch.rand((3, 4000), generator=rng)
    flat = image.flatten(1).double().clone()
    seen: dict[int, list[torch.Tensor]] = {}
    for index, pixel in enumerate(place.tolist()):
        seen.setdefault(pixel, []).append(colours[:, index].double())
    for pixel, contributions in seen.items():
        flat[:, pixel] = contributions[-1] if mode == "overwrite" else torch.stack(contributions).mean(dim=0)
    out = Composite(mode)(image, place, colours)
    torch.testing.assert_close(out.flatten(1).double(), flat, atol=1e-6, rtol=0)


def test_zbuffer_does_not_depend_on_the_order_of_points():
    image = noise(9, 9)
    rng = torch.Generator().manual_seed(1)
    place = torch.randint(0, 81, (3000,), generator=rng)
    colours = torch.rand((3, 3000), generator=rng)
    shuffled = torch.randperm(3000, generator=rng)
    first = composite(image, place, colours, "zbuffer")
    assert torch.equal(first, composite(image, place[shuffled], colours[:, shuffled], "zbuffer"))


@pytest.mark.parametrize("mode", ["overwrite", "zbuffer"])
def test_no_points_no_change(mode):
    image = noise(4, 5)
    nothing = torch.zeros(0, dtype=torch.int64)
    assert torch.equal(composite(image, nothing, torch.zeros(3, 0), mode), image)


def test_unknown_modes_are_refused():
    with pytest.raises(UsageError, match="overwrite, zbuffer"):
        composite(noise(4, 4), torch.zeros(0, dtype=torch.int64), torch.zeros(3, 0), "multiply")
    with pytest.raises(UsageError, match="overwrite, zbuffer"):
        Composite("multiply")
