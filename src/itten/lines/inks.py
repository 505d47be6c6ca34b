"""How much of the paper every ink covers, so that an engraving seen from afar has the picture's tone."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import map_coordinates

from itten.config import EngraveConfig

# Luma of ITU-R BT.709, on values as they are displayed: what an engraving that is scaled down comes to.
LUMA = np.array((0.2126, 0.7152, 0.0722))
# Colours a channel for which the mixture of inks is sought, steps of the search, and what ink costs: of mixtures that
# look alike the one with less ink is printed.
LATTICE, STEPS, COST = 13, 400, 2e-3


def toned(image: np.ndarray, config: EngraveConfig) -> np.ndarray:
    """``(3, H, W)`` with ``stretch`` and ``gamma`` applied."""
    if config.stretch:
        luma = np.tensordot(LUMA, image, 1)
        low, high = np.quantile(luma, (0.01, 0.99))
        if high > low:
            image = ((image - low) / (high - low)).clip(0, 1)
    return image if config.gamma == 1 else image ** (1 / config.gamma)


def coverages(image: np.ndarray, config: EngraveConfig) -> np.ndarray:
    """``(n, H, W)`` float32 for n inks: the share of the paper that each is to cover, within ``lightest … darkest``.

    ``image`` ``(3, H, W)`` in [0, 1], toned. One ink: (paper − luma) / (paper − ink). Several: those whose mixture,
    printed over one another where they chance to meet (Demichel), is nearest to the colour.
    """
    inks, paper = np.array(config.inks), np.array(config.paper)
    if len(inks) == 1:
        white, black = LUMA @ paper, LUMA @ (paper * inks[0])
        apart = white - black
        share = (white - np.tensordot(LUMA, image, 1)) / (apart if abs(apart) > 1e-6 else 1.0)
        found = share[None]
    else:
        axis = np.linspace(0, 1, LATTICE)
        lattice = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1).reshape(-1, 3)
        table = separated(lattice, inks, paper).T.reshape(len(inks), LATTICE, LATTICE, LATTICE)
        at = image.astype(np.float64) * (LATTICE - 1)
        found = np.stack([map_coordinates(one, at, order=1, mode="nearest") for one in table])
    return (config.least + (config.darkest - config.least) * found.clip(0, 1)).astype(np.float32)


def darkest(config: EngraveConfig) -> int:
    """The number of the darkest ink: outlines are drawn in it."""
    return int(np.argmin(np.array(config.inks) @ LUMA))


def separated(colours: np.ndarray, inks: np.ndarray, paper: np.ndarray) -> np.ndarray:
    """``(m, n)`` shares of n inks ``(n, 3)`` on ``paper`` ``(3,)`` whose mixture comes nearest to ``colours`` ``(m,
    3)``, by steps down the gradient within [0, 1]."""
    share = np.full((len(colours), len(inks)), 0.3)
    speed = 1 / (3 * len(inks))
    for _ in range(STEPS):
        veil = 1 - share[:, :, None] * (1 - inks)
        looks = paper * veil.prod(1)
        slope = -looks[:, None, :] / np.maximum(veil, 1e-6) * (1 - inks)
        share = (share - speed * (((looks - colours)[:, None, :] * slope).sum(2) + COST)).clip(0, 1)
    return share


def printed(cover: np.ndarray, config: EngraveConfig) -> np.ndarray:
    """``(3, …)``: inks that cover ``cover`` ``(n, …)`` of the paper, one over the other."""
    out = np.empty((3, *cover.shape[1:]), np.float32)
    for channel in range(3):
        value = np.full(cover.shape[1:], np.float32(config.paper[channel]))
        for ink, one in zip(config.inks, cover, strict=True):
            value *= 1 - one * np.float32(1 - ink[channel])
        out[channel] = value
    return out


def crossed(cover: np.ndarray, begin: float) -> tuple[np.ndarray, np.ndarray]:
    """One family's coverage as that of two which cross and together cover as much: above ``begin`` the first grows
    half as fast, and the second takes the rest of what the first leaves bare."""
    first = np.where(cover > begin, begin + 0.5 * (cover - begin), cover).astype(np.float32)
    return first, np.where(cover > begin, 1 - (1 - cover) / (1 - first), 0).astype(np.float32)
