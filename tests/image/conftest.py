"""Pictures that the tests of the image stage share."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image


def encode(picture: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.fixture(scope="session")
def encoded() -> Callable[..., bytes]:
    return encode


@pytest.fixture(scope="session")
def rgb() -> np.ndarray:
    """A small uint8 picture without symmetry: smooth, with some noise."""
    y, x = np.mgrid[0:24, 0:36]
    noise = np.random.Generator(np.random.PCG64(5)).integers(0, 20, (24, 36, 3))
    return (np.stack([x * 6, y * 9, (x + y) * 3], axis=-1) + noise).clip(0, 255).astype(np.uint8)
