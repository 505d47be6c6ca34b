"""Stage three: the lowest eigenvectors of the graph's Laplacian."""

from itten.spectra.descriptors import heat_kernel, wave_kernel
from itten.spectra.embedding import SpectralEmbedding, SpectralFields
from itten.spectra.gradients.eigenpairs import LearnableSpectrum, eigenpairs
from itten.spectra.matrix import laplacian_matrix, laplacian_operator
from itten.spectra.result import Spectrum, unit_rms
from itten.spectra.solve import all_gate_fields, embed, fiedler, field, gate_fields, spectrum, together

__all__ = [
    "LearnableSpectrum",
    "SpectralEmbedding",
    "SpectralFields",
    "Spectrum",
    "all_gate_fields",
    "eigenpairs",
    "embed",
    "fiedler",
    "field",
    "gate_fields",
    "heat_kernel",
    "laplacian_matrix",
    "laplacian_operator",
    "spectrum",
    "together",
    "unit_rms",
    "wave_kernel",
]
