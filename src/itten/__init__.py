"""itten paints with the spectrum of an image.

Pixels become a graph, the lowest eigenvectors of its Laplacian gate the picture, and segments with low
gate are matched by spectral signature, copied, turned and moved. Nothing is learned, nothing is
downloaded, the same input gives the same bytes.

The public names are imported when they are first used, so that ``import itten`` stays light.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOME = {
    "Picture": "itten.image",
    "read_image": "itten.image",
    "read_picture": "itten.image",
    "write_image": "itten.image",
    "write_picture": "itten.image",
    "contact_sheet": "itten.image",
    "spectrum": "itten.spectra",
    "fiedler": "itten.spectra",
    "eigenpairs": "itten.spectra",
    "laplacian_matrix": "itten.spectra",
    "laplacian_operator": "itten.spectra",
    "LearnableSpectrum": "itten.spectra",
    "panes": "itten.areas",
    "bands": "itten.areas",
    "find_figure": "itten.areas",
    "select": "itten.regions",
    "Selection": "itten.regions",
    "fill_ground": "itten.works.handwriting",
    "segment": "itten.regions",
    "segmentation": "itten.regions",
    "Segmentation": "itten.regions",
    "SpectralSegmenter": "itten.regions.segmenter",
    "match": "itten.matching",
    "Matching": "itten.matching",
    "align": "itten.matching",
    "Alignment": "itten.matching",
    "MatchConfig": "itten.config",
    "AlignConfig": "itten.config",
    "SegmentAttention": "itten.heads",
    "SpectralAttention": "itten.heads",
    "Spectrum": "itten.spectra",
    "SpectralEmbedding": "itten.spectra",
    "engrave": "itten.lines",
    "Engraving": "itten.lines",
    "EngraveConfig": "itten.config",
    "shade": "itten.shader",
    "ShaderOutput": "itten.shader",
    "CoordinateMap": "itten.shader",
    "apply_map": "itten.maps",
    "read_map": "itten.maps",
    "write_map": "itten.maps",
    "SpectralShader": "itten.shader",
    "animate": "itten.motion",
    "growth": "itten.motion.growth",
    "vary": "itten.motion.vary",
    "Growth": "itten.motion",
    "Animation": "itten.motion",
    "AnimationConfig": "itten.config",
    "ShaderConfig": "itten.config",
    "SpectrumConfig": "itten.config",
    "PanesConfig": "itten.config",
    "SegmentConfig": "itten.config",
    "BandsConfig": "itten.config",
    "Envelope": "itten.config",
    "HeadConfig": "itten.config",
    "Look": "itten.config",
    "load_look": "itten.config",
    "look_names": "itten.config",
    "IttenError": "itten.errors",
}
_MODULES = ("samples", "errors")

__all__ = sorted([*_HOME, *_MODULES, "__version__"])

if TYPE_CHECKING:
    from itten import errors as errors
    from itten import samples as samples
    from itten.areas import bands as bands
    from itten.areas import find_figure as find_figure
    from itten.areas import panes as panes
    from itten.config import AlignConfig as AlignConfig
    from itten.config import AnimationConfig as AnimationConfig
    from itten.config import BandsConfig as BandsConfig
    from itten.config import EngraveConfig as EngraveConfig
    from itten.config import Envelope as Envelope
    from itten.config import HeadConfig as HeadConfig
    from itten.config import Look as Look
    from itten.config import MatchConfig as MatchConfig
    from itten.config import PanesConfig as PanesConfig
    from itten.config import SegmentConfig as SegmentConfig
    from itten.config import ShaderConfig as ShaderConfig
    from itten.config import SpectrumConfig as SpectrumConfig
    from itten.config import load_look as load_look
    from itten.config import look_names as look_names
    from itten.errors import IttenError as IttenError
    from itten.heads import SegmentAttention as SegmentAttention
    from itten.heads import SpectralAttention as SpectralAttention
    from itten.image import Picture as Picture
    from itten.image import contact_sheet as contact_sheet
    from itten.image import read_image as read_image
    from itten.image import read_picture as read_picture
    from itten.image import write_image as write_image
    from itten.image import write_picture as write_picture
    from itten.lines import Engraving as Engraving
    from itten.lines import engrave as engrave
    from itten.maps import apply_map as apply_map
    from itten.maps import read_map as read_map
    from itten.maps import write_map as write_map
    from itten.matching import Alignment as Alignment
    from itten.matching import Matching as Matching
    from itten.matching import align as align
    from itten.matching import match as match
    from itten.motion import Animation as Animation
    from itten.motion import Growth as Growth
    from itten.motion import animate as animate
    from itten.motion.growth import growth as growth
    from itten.motion.vary import vary as vary
    from itten.regions import Segmentation as Segmentation
    from itten.regions import Selection as Selection
    from itten.regions import segment as segment
    from itten.regions import segmentation as segmentation
    from itten.regions import select as select
    from itten.regions.segmenter import SpectralSegmenter as SpectralSegmenter
    from itten.shader import CoordinateMap as CoordinateMap
    from itten.shader import ShaderOutput as ShaderOutput
    from itten.shader import SpectralShader as SpectralShader
    from itten.shader import shade as shade
    from itten.spectra import LearnableSpectrum as LearnableSpectrum
    from itten.spectra import SpectralEmbedding as SpectralEmbedding
    from itten.spectra import Spectrum as Spectrum
    from itten.spectra import eigenpairs as eigenpairs
    from itten.spectra import fiedler as fiedler
    from itten.spectra import laplacian_matrix as laplacian_matrix
    from itten.spectra import laplacian_operator as laplacian_operator
    from itten.spectra import spectrum as spectrum
    from itten.works.handwriting import fill_ground as fill_ground


def __getattr__(name: str) -> Any:
    if name in _HOME or name in _MODULES:
        importlib.import_module("itten.kernels.fork")  # a fork waits for the imports that follow
    if name in _HOME:
        value = getattr(importlib.import_module(_HOME[name]), name)
    elif name in _MODULES:
        value = importlib.import_module(f"itten.{name}")
    else:
        raise AttributeError(f"module 'itten' has no attribute '{name}'")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return list(__all__)
