"""Eigenpairs with gradients, by the adjoint equation."""
