"""The learning example does what it says, on mosaics that it has not learned from."""

import importlib.util
from pathlib import Path

import pytest
import torch


@pytest.fixture(scope="module")
def example():
    path = Path(__file__).parents[1] / "examples" / "learn_segmentation.py"
    spec = importlib.util.spec_from_file_location("learn_segmentation", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


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
    path = Path(__file__).parents[1] / "examples" / "segmentation.py"
    spec = importlib.util.spec_from_file_location("segmentation_example", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    ours, theirs = module.main(tmp_path, ("astronaut",), 40)["astronaut"]
    assert ours <= theirs
    assert (tmp_path / "segments.png").is_file()
    assert "scikit-learn" in capsys.readouterr().out


def test_colours_are_carried_along_a_functional_map(tmp_path, capsys):
    path = Path(__file__).parents[1] / "examples" / "alignment.py"
    spec = importlib.util.spec_from_file_location("alignment_example", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.main(tmp_path, ("coffee",), 64)["coffee"] < 2
    assert (tmp_path / "alignment.png").is_file()
    assert "belong" in capsys.readouterr().out
