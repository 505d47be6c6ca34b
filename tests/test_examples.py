"""The examples do what they say, on mosaics and graphs that they have not learned from."""

import importlib.util
from pathlib import Path

import pytest
import torch


def loaded(name):
    path = Path(__file__).parents[1] / "examples" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"{name}_example", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def example():
    return loaded("learn_segmentation")


def test_selections_beside_those_of_scikit_image(tmp_path):
    figures = loaded("selection").main(size=96, out=tmp_path / "seen.png")
    assert figures["status"] == "converged"
    assert figures["agree"] > 0.7
    assert (tmp_path / "seen.png").stat().st_size > 10000


@pytest.mark.long
def test_it_learns(example):
    """Two steps on small mosaics already help; it is the long run that reaches the figures of the README."""
    figures = example.main(steps=2, size=24)
    assert figures["after"] > figures["before"]


@pytest.mark.long
def test_it_learns_to_tell_textures_apart(example):
    figures = example.main()
    assert figures["before"] < 0.6
    assert figures["after"] >= 0.9


def test_the_index_has_its_known_values(example):
    one = torch.tensor([0, 0, 0, 1, 1, 1]).bool()
    assert example.adjusted_rand_index(one, one) == 1.0
    assert example.adjusted_rand_index(one, ~one) == 1.0
    # By hand: table ((2, 1), (1, 2)), 2 pairs agree, 2.4 by chance, 6 at most.
    other = torch.tensor([0, 0, 1, 0, 1, 1]).bool()
    assert example.adjusted_rand_index(one, other) == pytest.approx((2 - 2.4) / (6 - 2.4))


def test_segments_beside_those_of_scikit_learn(tmp_path, capsys):
    ours, theirs = loaded("segmentation").main(tmp_path, ("astronaut",), 40)["astronaut"]
    assert ours <= theirs
    assert (tmp_path / "segments.png").is_file()
    assert "scikit-learn" in capsys.readouterr().out


def test_skip_links_are_told_apart_by_the_spectrum_alone():
    found = loaded("skip_links").main(orders=2, steps=80)
    assert found["plain attention"] == 0.1
    assert found["eigenvectors with random signs"] < 0.7
    assert found["spectral attention"] == 1.0


def test_digits_are_told_better_by_the_spectra_of_their_patches():
    found = loaded("digits").main(epochs=6)
    assert found["spectral attention"] > found["plain attention"] + 0.01


def test_colours_are_carried_along_a_functional_map(tmp_path, capsys):
    path = Path(__file__).parents[1] / "examples" / "alignment.py"
    spec = importlib.util.spec_from_file_location("alignment_example", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.main(tmp_path, ("coffee",), 64)["coffee"] < 2
    assert (tmp_path / "alignment.png").is_file()
    assert "belong" in capsys.readouterr().out
