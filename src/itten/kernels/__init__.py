"""Arrays in, arrays out. Kernels know no stage, never validate, and each has a plain float64 reference."""

from itten.kernels.registry import available, choose, kernel

__all__ = ["available", "choose", "kernel"]
