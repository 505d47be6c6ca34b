"""Areas of a picture by its spectrum: panes of glass, and the bands of a map."""

from itten.areas.figure import find_figure
from itten.areas.glass import Panes, panes
from itten.areas.map import Bands, bands
from itten.areas.outlines import outlines
from itten.areas.tints import PALETTES, tints

__all__ = ["PALETTES", "Bands", "Panes", "bands", "find_figure", "outlines", "panes", "tints"]
