"""Rayleigh–Ritz on batches of small pencils on any device, without a wait: shapes depend on no number in a tensor."""

from __future__ import annotations

import torch

from itten.kernels import kernel
from itten.spectra.blockspace import LANES
from itten.spectra.ritz import DROP


def device_ritz(
    a: torch.Tensor, b: torch.Tensor, wanted: int, live: torch.Tensor, kind: str, drop: float = DROP
) -> tuple[torch.Tensor, torch.Tensor]:
    """What :func:`itten.spectra.ritz.ritz` does, for ``(…, n, n)`` float64, n a multiple of 16, and ``(…, n)`` bool.

    Returns ``(…, wanted)`` values, infinite where the columns span fewer dimensions, and ``(…, n, wanted)``. Directions
    that are left out stay as zero columns of the basis; in the projected matrix they stand above all others. ``kind``,
    "triton" or "torch", solves the eigenproblems. Only the library's solver waits for the device.
    """
    eigh = kernel("symmetric_eigh", kind)
    batch, n = a.shape[:-2], a.shape[-1]
    a, b, live = a.reshape(-1, n, n), b.reshape(-1, n, n), live.reshape(-1, n)
    length = b.diagonal(dim1=1, dim2=2)
    # All columns get unit length at once; those that do not count get none.
    unit = torch.where(live & (length > 1e-34), length, torch.inf).rsqrt()
    both = 0.5 * unit[:, :, None] * unit[:, None, :]
    a, b = both * (a + a.mT), both * (b + b.mT)
    basis = torch.zeros_like(b)
    found = torch.zeros_like(live)
    eye = torch.eye(n, dtype=b.dtype, device=b.device)
    for start in range(0, n, LANES):
        part = slice(start, start + LANES)
        before = basis[:, :, :start]
        e = eye[:, part].expand(len(b), n, LANES)
        if start > 0:
            e = torch.baddbmm(e, before, before.mT @ b[:, :, part], alpha=-1)
        gram = e.mT @ (b @ e)
        new = gram.diagonal(dim1=1, dim2=2)
        inverse = torch.where(new > drop, new, torch.inf).rsqrt()
        values, rotation = eigh(inverse[:, :, None] * gram * inverse[:, None, :])
        found[:, part] = values > drop
        rotation = inverse[:, :, None] * rotation * torch.where(values > drop, values, torch.inf).rsqrt()[:, None, :]
        basis[:, :, part] = e @ rotation
    projected = basis.mT @ (a @ basis)
    projected = 0.5 * (projected + projected.mT)
    # Twice the largest row sum is above every eigenvalue (Gershgorin).
    above = 2 * projected.abs().sum(dim=2).amax(dim=1, keepdim=True)
    above = torch.where(above > 0, above, 1.0)
    values, rotation = eigh(projected + torch.diag_embed(torch.where(found, 0.0, above)))
    kept = torch.arange(n, device=a.device) < found.sum(dim=1, keepdim=True)
    values = torch.where(kept, values, torch.inf)[:, :wanted]
    c = torch.where(kept[:, None, :wanted], unit[:, :, None] * (basis @ rotation[:, :, :wanted]), 0.0)
    if wanted > n:
        values = torch.nn.functional.pad(values, (0, wanted - n), value=torch.inf)
        c = torch.nn.functional.pad(c, (0, wanted - n))
    return values.view(*batch, wanted), c.view(*batch, n, wanted)
