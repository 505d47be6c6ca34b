"""Regions of a picture: what is selected from scribbles."""

from itten.regions.selection import Selection, select

__all__ = ["Selection", "select"]
