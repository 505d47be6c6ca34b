"""Two pictures beside each other: segments that look alike, and functional maps between their spectra."""

from itten.matching.aligning import Alignment, align
from itten.matching.pairing import Matching, match

__all__ = ["Alignment", "Matching", "align", "match"]
