"""Drawings made of paths: areas and lines in pixels of a picture, in order for a plotter, as SVG and PDF.

What lies above a level in a field becomes areas (:func:`outlines`), lines become few and well ordered
(:func:`joined`, :func:`trimmed`, :func:`ordered`), both lose the points that nobody misses (:func:`simplified`), and a
:class:`Drawing` of them is fitted to a page and written.
"""

from itten.vector.fit import Fit, fitted
from itten.vector.join import joined, lengths, trimmed
from itten.vector.model import WHITE, Drawing, Layer
from itten.vector.order import ordered, travel
from itten.vector.outlines import area, outlines
from itten.vector.pdf import pdf
from itten.vector.prepare import TOLERANCE
from itten.vector.simplify import clipped, clipped_shapes, simplified, simplified_shapes
from itten.vector.svg import svg
from itten.vector.write import SUFFIXES, check_drawing_suffix, write_drawing, write_pdf, write_svg

__all__ = [
    "SUFFIXES",
    "TOLERANCE",
    "WHITE",
    "Drawing",
    "Fit",
    "Layer",
    "area",
    "check_drawing_suffix",
    "clipped",
    "clipped_shapes",
    "fitted",
    "joined",
    "lengths",
    "ordered",
    "outlines",
    "pdf",
    "simplified",
    "simplified_shapes",
    "svg",
    "travel",
    "trimmed",
    "write_drawing",
    "write_pdf",
    "write_svg",
]
