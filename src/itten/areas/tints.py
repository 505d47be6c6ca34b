"""Colours of heights: palettes by name, and all that lies between their colours."""

from __future__ import annotations

import numpy as np
import torch

from itten.config.colour import Colour, colours_of
from itten.image.oklab import from_oklab, to_oklab

# From low to high. Lightness rises in each, or falls in none but the last step, so that maps read without colours.
PALETTES: dict[str, str] = {
    "atlas": "#2f6b52,#5c9a63,#a3bf76,#e3d79a,#dcb273,#c08a5a,#9c6d55,#cbb7aa,#f7f3ee",
    "sea": "#0c2340,#17456b,#2a6f94,#55a0b4,#95c8c6,#d3e6d8,#f4f1de",
    "desert": "#4a1f24,#7f3b2c,#b3603a,#d58f53,#e9bd82,#f5e3bd,#fdf8ea",
    "dusk": "#1b1b3a,#43305f,#7c3f72,#b9566f,#e27d62,#f4b36b,#fbe7b2",
    "paper": "#b9a98c,#c9bb9f,#d8ccb3,#e5dcc7,#efe9d9,#f8f5ec",
    "ice": "#22344f,#3f5f83,#6b90b0,#9dbdd0,#c9dde4,#eaf3f3,#ffffff",
}


def tints(palette: str | tuple[Colour, ...], count: int) -> np.ndarray:
    """``count`` colours ``(count, 3)`` float64 in [0, 1], evenly from the first of a palette to its last, interpolated
    in OKLab; the first alone for one."""
    colours = np.array(colours_of(PALETTES[palette]) if isinstance(palette, str) else palette)
    lab = to_oklab(torch.from_numpy(colours.T.copy())).numpy()
    at = np.linspace(0, len(colours) - 1, count) if count > 1 else np.zeros(1)
    between = np.stack([np.interp(at, np.arange(len(colours)), channel) for channel in lab])
    return from_oklab(torch.from_numpy(between)).clamp(0, 1).numpy().T
