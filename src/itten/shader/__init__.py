"""Stage five: the passes, as a function and as a module."""

from itten.shader.functional import read_source, shade, shade_pass
from itten.shader.module import SpectralShader
from itten.shader.output import PassResult, ShaderOutput, Source

__all__ = ["PassResult", "ShaderOutput", "Source", "SpectralShader", "read_source", "shade", "shade_pass"]
