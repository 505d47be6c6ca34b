"""Sample pictures and benchmark textures, drawn by code: no files, no downloads, the same every time."""

from __future__ import annotations

import difflib
import importlib
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from itten.errors import UsageError
from itten.samples.textures import KINDS, texture, texture_pairs

__all__ = ["KINDS", "describe", "load", "names", "texture", "texture_pairs"]

_DESCRIPTIONS = {
    "notch": "a milk tooth: one closed outline in ink, with a notch (336 × 320)",
    "portrait": "a head in profile, lit from the left, dithered to one bit (512 × 416)",
    "hatched": "squares hatched in red and pink by hand, with arrows between them (512 × 640)",
    "brush": "a circle in one breath with a drying brush, and a red seal (576 × 576)",
    "figure": "a cat with hat, cane and curled tail under the moon, engraved (1152 × 832)",
    "tonal": "a still life in colour: jug, pear, oranges, late light (480 × 640)",
    "botanical": "a plant from a herbarium sheet, ink over a loose wash (704 × 512)",
    "windows": "a waterfront at dusk with lit windows and their reflections (512 × 768)",
    "woven": "a broken twill in five colours of wool, thread by thread (448 × 448)",
    "script": "a page of handwriting in a language that does not exist (576 × 448)",
}


def names() -> tuple[str, ...]:
    """Return the names of the sample pictures."""
    return tuple(_DESCRIPTIONS)


def describe(name: str) -> str:
    """Return one line about a sample: what it shows and its height × width.

    Raises :class:`~itten.errors.UsageError` for an unknown name.
    """
    return _DESCRIPTIONS[_known(name)]


def load(name: str) -> Tensor:
    """Draw a sample and return it as ``(3, H, W)`` float32 in [0, 1], each value a multiple of 1/255.

    The picture is the same on every call and belongs to the caller. Global random state is neither read
    nor written. Raises :class:`~itten.errors.UsageError` for an unknown name.
    """
    return _drawn(_known(name)).clone()


@lru_cache(maxsize=len(_DESCRIPTIONS))
def _drawn(name: str) -> Tensor:
    draw = getattr(importlib.import_module(f"itten.samples.{name}"), name)
    # 8-bit values, so that a sample is the same whether it is drawn or read back from a file
    levels = np.floor(np.clip(draw(), 0, 1) * 255 + 0.5).astype(np.float32) / np.float32(255)
    return torch.from_numpy(np.ascontiguousarray(levels.transpose(2, 0, 1)))


def _known(name: str) -> str:
    if name in _DESCRIPTIONS:
        return name
    near = difflib.get_close_matches(str(name), _DESCRIPTIONS, n=1, cutoff=0.5)
    hint = f"; did you mean {near[0]!r}? Known are" if near else "; known are"
    raise UsageError(f"there is no sample called {name!r}{hint} {', '.join(_DESCRIPTIONS)}")
