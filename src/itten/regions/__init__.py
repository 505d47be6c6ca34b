"""Regions of a picture by its spectrum: segments."""

from itten.regions.segmenting import Segmentation, segment, segmentation

__all__ = ["Segmentation", "segment", "segmentation"]
