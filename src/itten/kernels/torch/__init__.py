"""Kernels on tensors, for any device that torch knows."""
