"""Regions of a picture: segments by its spectrum, and what is selected from scribbles."""

from itten.regions.segmenting import Segmentation, segment, segmentation
from itten.regions.selection import Selection, select

__all__ = ["Segmentation", "Selection", "segment", "segmentation", "select"]
