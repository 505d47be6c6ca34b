"""Stage three: the lowest eigenvectors of the graph's Laplacian."""

from itten.spectra.embedding import SpectralEmbedding
from itten.spectra.result import Spectrum, unit_rms
from itten.spectra.solve import embed, fiedler, field, spectrum

__all__ = ["SpectralEmbedding", "Spectrum", "embed", "fiedler", "field", "spectrum", "unit_rms"]
