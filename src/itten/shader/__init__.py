"""Stage five: the passes, as a function and as a module."""

from itten.shader.functional import read_source, shade, shade_pass
from itten.shader.head import SpectralHead
from itten.shader.layers import Layers
from itten.shader.module import SpectralShader
from itten.shader.output import Masks, PassResult, ShaderOutput, Source, stacked_sources
from itten.shader.travel import CoordinateMap, Step

__all__ = [
    "CoordinateMap",
    "Layers",
    "Masks",
    "PassResult",
    "ShaderOutput",
    "Source",
    "SpectralHead",
    "SpectralShader",
    "Step",
    "read_source",
    "shade",
    "shade_pass",
    "stacked_sources",
]
