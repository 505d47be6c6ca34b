"""Eigenpairs of many small symmetric matrices with the library; on a CUDA device it waits for its own status."""

from __future__ import annotations

import torch


def symmetric_eigh(matrix: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Values ``(B, n)``, ascending, and vectors ``(B, n, n)``, columns, of ``(B, n, n)`` float64."""
    values, vectors = torch.linalg.eigh(matrix)
    return values, vectors
