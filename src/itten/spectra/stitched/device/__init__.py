"""Stitched spectra in tensors, on any device."""
