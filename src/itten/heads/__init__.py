"""Stage four: what the field decides. Each head is a function, and a module that keeps its parameters.

Attention registers operators with torch, which the shader has no use for: it is imported when it is first asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from itten.config import FRONT, SHADOW, Tint
from itten.heads.attend import attend
from itten.heads.colour import Distort, distort
from itten.heads.complexity import Complexity, complexity
from itten.heads.composite import Composite, composite
from itten.heads.content import Marks, marks, soft
from itten.heads.copy import CopyHead, copy_segments
from itten.heads.coverage import Cover, Coverage, Opacity, coverage
from itten.heads.gate import Contour, SpectralGate, contour, spectral_gate
from itten.heads.palette import Palette, copy_colours
from itten.heads.partition import Partition, partition
from itten.heads.pieces import Fine, Pieces, offers_wanted
from itten.heads.points import Points
from itten.heads.protect import Protect, Protection, protected
from itten.heads.read import ReadHead, distances, match, nearest, one_to_one
from itten.heads.redraw import Redraw, redrawn
from itten.heads.segments import Segments, SegmentTable, find_segments, low_gate
from itten.heads.signature import KINDS, Signatures, describe, joined, signatures
from itten.heads.thicken import Thicken, thicken
from itten.heads.turn import handedness, orientation
from itten.heads.void import place_in_voids, squared_distance, turned, void_map
from itten.heads.working import Working
from itten.image.oklab import from_oklab, to_oklab

if TYPE_CHECKING:
    from itten.heads.attention import SegmentAttention, SpectralAttention, pool_segments
    from itten.heads.token_graph import graph_signatures

_LATER = {
    "SegmentAttention": "itten.heads.attention",
    "SpectralAttention": "itten.heads.attention",
    "graph_signatures": "itten.heads.token_graph",
    "pool_segments": "itten.heads.attention",
}

__all__ = [
    "FRONT",
    "KINDS",
    "SHADOW",
    "Complexity",
    "Composite",
    "Contour",
    "CopyHead",
    "Cover",
    "Coverage",
    "Distort",
    "Fine",
    "Marks",
    "Opacity",
    "Palette",
    "Partition",
    "Pieces",
    "Points",
    "Protect",
    "Protection",
    "ReadHead",
    "Redraw",
    "SegmentAttention",
    "SegmentTable",
    "Segments",
    "Signatures",
    "SpectralAttention",
    "SpectralGate",
    "Thicken",
    "Tint",
    "Working",
    "attend",
    "complexity",
    "composite",
    "contour",
    "copy_colours",
    "copy_segments",
    "coverage",
    "describe",
    "distances",
    "distort",
    "find_segments",
    "from_oklab",
    "graph_signatures",
    "handedness",
    "joined",
    "low_gate",
    "marks",
    "match",
    "nearest",
    "offers_wanted",
    "one_to_one",
    "orientation",
    "partition",
    "place_in_voids",
    "pool_segments",
    "protected",
    "redrawn",
    "signatures",
    "soft",
    "spectral_gate",
    "squared_distance",
    "thicken",
    "to_oklab",
    "turned",
    "void_map",
]


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module 'itten.heads' has no attribute '{name}'")
    globals()[name] = value = getattr(importlib.import_module(_LATER[name]), name)
    return value
