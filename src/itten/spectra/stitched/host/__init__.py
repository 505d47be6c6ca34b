"""Stitched spectra on the CPU, in compiled kernels."""
