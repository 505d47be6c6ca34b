"""Rayleigh–Ritz on batches of small pencils on any device; shapes depend on no number in a tensor."""

from __future__ import annotations

from functools import lru_cache

import torch
from torch.nn.functional import pad, threshold

from itten.kernels import kernel
from itten.spectra.stitched.host.blockspace import LANES
from itten.spectra.stitched.limits import DROP

# Columns up to which a kernel does it all.
LARGEST = 64
# Above the eigenvalues of a matrix of zeros.
TINY = 1e-200


def device_ritz(
    a: torch.Tensor, b: torch.Tensor, wanted: int, live: torch.Tensor, kind: str, drop: float = DROP
) -> tuple[torch.Tensor, torch.Tensor]:
    """What :func:`itten.spectra.stitched.host.ritz.ritz` does, for ``(…, n, n)`` float64 and ``(…, n)`` bool;
    n is a multiple of 16.

    Returns ``(…, wanted)`` values, infinite where the columns span fewer dimensions, and ``(…, n, wanted)``. Directions
    that are left out stay as zero columns of the basis; in the projected matrix they stand above all others. With
    ``kind`` "triton" that is one launch for n up to 64; beyond it, and with "torch", the library's solver waits.
    """
    batch, n = a.shape[:-2], a.shape[-1]
    a, b, live = a.reshape(-1, n, n), b.reshape(-1, n, n), live.reshape(-1, n)
    if kind == "triton" and n <= LARGEST:
        from itten.kernels.triton.ritz import ritz_pencil

        values, c = ritz_pencil(a, b, live, min(wanted, n), drop)
    else:
        values, c = _by_tensors(a, b, min(wanted, n), live, kind, drop)
    if wanted > n:
        values, c = pad(values, (0, wanted - n), value=torch.inf), pad(c, (0, wanted - n))
    return values.view(*batch, wanted), c.view(*batch, n, wanted)


def _by_tensors(
    a: torch.Tensor, b: torch.Tensor, wanted: int, live: torch.Tensor, kind: str, drop: float
) -> tuple[torch.Tensor, torch.Tensor]:
    n = a.shape[1]
    blocks, whole = kernel("symmetric_eigh", kind), kernel("symmetric_eigh", kind if n <= LARGEST else "torch")
    length = b.diagonal(dim1=1, dim2=2)
    # All columns get unit length at once; those that do not count get none.
    unit = torch.where(live & (length > 1e-34), length, torch.inf).rsqrt()
    both = 0.5 * unit[:, :, None] * unit[:, None, :]
    a, b = (a + a.mT).mul_(both), (b + b.mT).mul_(both)
    basis, found, eye = torch.zeros_like(b), torch.zeros_like(live), _eye(n, b.device)
    for start in range(0, n, LANES):
        part = slice(start, start + LANES)
        if start == 0:
            gram = b[:, part, part]
        else:
            before = basis[:, :, :start]
            e = torch.baddbmm(eye[:, part].expand(len(b), n, LANES), before, before.mT @ b[:, :, part], alpha=-1)
            gram = e.mT @ (b @ e)
        inverse = threshold(gram.diagonal(dim1=1, dim2=2), drop, torch.inf).rsqrt()
        values, rotation = blocks(inverse[:, :, None] * gram * inverse[:, None, :])
        found[:, part] = values > drop
        rotation = inverse[:, :, None] * rotation * threshold(values, drop, torch.inf).rsqrt()[:, None, :]
        if start == 0:
            basis[:, part, part] = rotation
        else:
            basis[:, :, part] = e @ rotation
    projected = basis.mT @ (a @ basis)
    projected = (projected + projected.mT).mul_(0.5)
    above = 2 * torch.linalg.vector_norm(projected, dim=(1, 2))[:, None] + TINY
    projected.diagonal(dim1=1, dim2=2).add_(torch.where(found, 0.0, above))
    values, rotation = whole(projected)
    kept = torch.arange(n, device=a.device)[:wanted] < found.sum(dim=1, keepdim=True)
    values = torch.where(kept, values[:, :wanted], torch.inf)
    c = torch.where(kept[:, None, :], unit[:, :, None] * (basis @ rotation[:, :, :wanted]), 0.0)
    return values, c


@lru_cache(maxsize=8)
def _eye(n: int, device: torch.device) -> torch.Tensor:
    """Kept for the next call; nobody may write to it."""
    return torch.eye(n, dtype=torch.float64, device=device)
