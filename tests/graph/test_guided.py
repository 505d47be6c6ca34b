"""Coarse feature maps brought to a picture's size along its edges."""

import numpy as np
import pytest
import torch

import itten
from itten.errors import InputError
from itten.graph.guided import CELLS, COLOUR, guided_features
from tests.pictures import drawing, noise


def halves(height=48, width=60):
    """A picture of two colours, with an edge that runs through cells."""
    image = torch.full((3, height, width), 0.2)
    image[:, :, 25:] = 0.8
    return image


def plain(features, guide):
    """The definition, pixel by pixel."""
    (c, h, w), (height, width) = features.shape, guide.shape[1:]
    cells = torch.nn.functional.adaptive_avg_pool2d(guide.double(), (h, w)).numpy()
    out = np.zeros((c, height, width))
    for y in range(height):
        for x in range(width):
            v, u = (y + 0.5) * h / height - 0.5, (x + 0.5) * w / width - 0.5
            total = 0.0
            for i in range(max(round(v) - 2, 0), min(round(v) + 3, h)):
                for j in range(max(round(u) - 2, 0), min(round(u) + 3, w)):
                    colour = ((guide[:, y, x].double().numpy() - cells[:, i, j]) ** 2).sum()
                    weight = np.exp(-((i - v) ** 2 + (j - u) ** 2) / (2 * CELLS**2) - colour / (2 * COLOUR**2))
                    out[:, y, x] += weight * features[:, i, j].numpy()
                    total += weight
            out[:, y, x] /= total
    return out


@pytest.mark.parametrize("size", [(5, 7), (1, 1), (3, 22), (13, 2)])
def test_it_is_the_mean_of_near_and_like_cells(size):
    guide = 0.5 * noise(15, 22, 1)
    features = noise(*size, 2, 4)
    found = guided_features(features, guide)
    np.testing.assert_allclose(found.numpy(), plain(features, guide), rtol=1e-4, atol=1e-5)


def test_features_follow_the_edges_of_the_picture():
    features = torch.zeros(2, 6, 6)
    features[0, :, 3:] = 1.0
    found = guided_features(features, halves())
    # The coarse border lies at column 30, the picture's at 25.
    assert float(found[0, :, :24].max()) < 0.05
    assert float(found[0, :, 26:].min()) > 0.6
    assert float(found[0, :, 40:].min()) > 0.95
    assert not found[1].any()


def test_what_is_as_large_stays_what_it_is():
    features = noise(9, 11, 1, 5).double()
    assert guided_features(features, noise(9, 11)) is features
    assert guided_features(noise(4, 4, 1, 5).double(), noise(9, 11)).dtype == torch.float64


def test_larger_features_are_refused():
    with pytest.raises(InputError, match="larger than the picture"):
        guided_features(noise(10, 11, 1, 5), noise(9, 11))


def test_a_spectrum_of_guided_features():
    guide = drawing(60, 66)
    features = torch.nn.functional.adaptive_avg_pool2d(guide, (12, 11)).repeat(3, 1, 1)
    found = itten.spectrum(features, 5, guide=guide, edge_threshold=0.3)
    expected = itten.spectrum(guided_features(features, guide), 5, edge_threshold=0.3)
    assert found.vectors.shape == (5, 60, 66)
    assert torch.equal(found.vectors, expected.vectors)
    same = itten.spectrum(guide, 5, guide=guide)
    assert torch.equal(same.vectors, itten.spectrum(guide, 5).vectors)
