"""Stage four: what the field decides. Each head is a function, and a module that keeps its parameters."""

from itten.heads.colour import FRONT, SHADOW, Distort, Tint, distort
from itten.heads.complexity import Complexity, complexity
from itten.heads.composite import Composite, composite
from itten.heads.copy import CopyHead, Points, copy_segments
from itten.heads.gate import Contour, SpectralGate, contour, spectral_gate
from itten.heads.read import ReadHead, match, signatures
from itten.heads.segments import Segments, SegmentTable, find_segments, low_gate
from itten.heads.thicken import Thicken, thicken

__all__ = [
    "FRONT",
    "SHADOW",
    "Complexity",
    "Composite",
    "Contour",
    "CopyHead",
    "Distort",
    "Points",
    "ReadHead",
    "SegmentTable",
    "Segments",
    "SpectralGate",
    "Thicken",
    "Tint",
    "complexity",
    "composite",
    "contour",
    "copy_segments",
    "distort",
    "find_segments",
    "low_gate",
    "match",
    "signatures",
    "spectral_gate",
    "thicken",
]
