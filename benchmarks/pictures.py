"""Six pictures of 96,000 to 108,000 pixels, one of each kind that spectral solvers find easy or hard."""

from __future__ import annotations

import numpy as np
import torch

from itten import samples


def islands(height: int = 314, width: int = 306) -> np.ndarray:
    """Flat ground with flat discs of other colours: parts of the graph hang together by very thin edges."""
    y, x = np.mgrid[:height, :width]
    picture = np.empty((3, height, width), dtype=np.float32)
    picture[:] = np.array([0.92, 0.9, 0.84], dtype=np.float32)[:, None, None]
    discs = [(70, 80, 40, (0.1, 0.2, 0.6)), (90, 210, 55, (0.7, 0.1, 0.1)), (210, 100, 60, (0.1, 0.5, 0.2)),
             (230, 230, 45, (0.9, 0.6, 0.0)), (160, 160, 22, (0.2, 0.2, 0.2))]  # fmt: skip
    for cy, cx, radius, colour in discs:
        picture[:, (y - cy) ** 2 + (x - cx) ** 2 < radius * radius] = np.array(colour, dtype=np.float32)[:, None]
    return picture


def crop(picture: torch.Tensor, top: int, left: int, height: int = 314, width: int = 306) -> np.ndarray:
    return np.ascontiguousarray(picture[:, top : top + height, left : left + width].numpy(), dtype=np.float32)


def photograph() -> np.ndarray:
    from skimage import data

    picture = torch.from_numpy(data.astronaut().transpose(2, 0, 1).astype(np.float32) / 255)
    return crop(picture, 0, 90)


def load(name: str) -> np.ndarray:
    """``(3, H, W)`` float32 by name."""
    if name == "ink":
        return samples.load("notch").numpy()
    if name == "dither":
        return crop(samples.load("portrait"), 60, 60)
    if name == "hatched":
        return crop(samples.load("hatched"), 30, 30)
    if name == "photograph":
        return photograph()
    if name == "noise":
        return np.random.default_rng(0).random((3, 314, 306), dtype=np.float32)
    return islands()


NAMES = ("ink", "dither", "hatched", "photograph", "noise", "islands")
