"""Labels in files: what is written is what is read, and colours are told apart."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from itten.errors import UsageError
from itten.image import Picture, picture_bytes, read_provenance
from itten.image.labels import distinct, labels_png
from itten.image.oklab import to_oklab


@pytest.mark.parametrize(("most", "mode"), [(0, "P"), (11, "P"), (255, "P"), (256, "I;16"), (65535, "I;16")])
def test_values_are_labels(tmp_path: Path, most: int, mode: str) -> None:
    labels = np.random.default_rng(most).integers(0, most + 1, (13, 17))
    labels[3, 5] = most
    (tmp_path / "l.png").write_bytes(labels_png(labels, '{"a":1}'))
    with Image.open(tmp_path / "l.png") as picture:
        assert picture.mode == mode
        np.testing.assert_array_equal(np.asarray(picture), labels)
    assert read_provenance(tmp_path / "l.png") == '{"a":1}'
    assert labels_png(labels) == labels_png(labels)
    assert read_provenance(tmp_path / "l.png") is not None


def test_the_palette_is_distinct() -> None:
    labels = np.arange(12).reshape(3, 4)
    with Image.open(io.BytesIO(labels_png(labels))) as picture:
        seen = np.asarray(picture.convert("RGB")).reshape(-1, 3) / 255
    np.testing.assert_allclose(seen, distinct(12), atol=0.5001 / 255)
    np.testing.assert_allclose(distinct(256)[:12], distinct(12), atol=1e-12)
    lab = to_oklab(torch.from_numpy(distinct(24).T.copy())).numpy().T
    apart = np.linalg.norm(lab[:, None] - lab, axis=-1) + np.eye(24)
    assert apart.min() > 0.05


def test_pictures_with_labels() -> None:
    labels = torch.arange(6).reshape(2, 3)
    picture = Picture(torch.zeros(3, 2, 3), labels=labels)
    assert picture_bytes(picture, Path("a.png")) == labels_png(labels.numpy())
    with Image.open(io.BytesIO(picture_bytes(picture, Path("a.webp")))) as other:
        assert other.mode == "RGB"


@pytest.mark.parametrize("wrong", [-1, 65536])
def test_what_a_png_does_not_hold(wrong: int) -> None:
    with pytest.raises(UsageError, match="65,535"):
        labels_png(np.array([[0, wrong]]))
