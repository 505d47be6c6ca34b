"""Stage four: what the field decides. Each head is a function, and a module that keeps its parameters."""

from itten.heads.colour import FRONT, SHADOW, Distort, Tint, distort
from itten.heads.complexity import Complexity, complexity
from itten.heads.composite import Composite, composite
from itten.heads.copy import CopyHead, Points, copy_segments
from itten.heads.gate import Contour, SpectralGate, contour, spectral_gate
from itten.heads.oklab import from_oklab, to_oklab
from itten.heads.read import ReadHead, distances, match, nearest, one_to_one
from itten.heads.segments import Segments, SegmentTable, find_segments, low_gate
from itten.heads.signature import KINDS, Signatures, describe, joined, signatures
from itten.heads.thicken import Thicken, thicken

__all__ = [
    "FRONT",
    "KINDS",
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
    "Signatures",
    "SpectralGate",
    "Thicken",
    "Tint",
    "complexity",
    "composite",
    "contour",
    "copy_segments",
    "describe",
    "distances",
    "distort",
    "find_segments",
    "from_oklab",
    "joined",
    "low_gate",
    "match",
    "nearest",
    "one_to_one",
    "signatures",
    "spectral_gate",
    "thicken",
    "to_oklab",
]
