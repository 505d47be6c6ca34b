"""Stage three: the lowest eigenvectors of the graph's Laplacian."""

from itten.spectrum.embedding import SpectralEmbedding
from itten.spectrum.result import Spectrum, unit_rms
from itten.spectrum.solve import embed, fiedler, field, spectrum

__all__ = ["SpectralEmbedding", "Spectrum", "embed", "fiedler", "field", "spectrum", "unit_rms"]
