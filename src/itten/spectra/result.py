"""What a spectrum solver returns, and the one rule that fixes signs."""

from __future__ import annotations

import numbers
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch

from itten.errors import InputError
from itten.files import as_path, write_bytes_atomic
from itten.spectra.saved import ARRAYS, SAID, packed, unpacked

# Magnitudes that differ by less than this, relative to the largest, count as equal: rounding must not
# choose the sign of a symmetric mode.
GAUGE_TOLERANCE = 1e-3

Status = Literal["converged", "approximate", "degenerate"]


@dataclass(frozen=True)
class Spectrum:
    """The lowest eigenpairs of a picture's Laplacian, and how good they are.

    ``values`` ``(k,)`` float64, ascending, number 0 the constant's. ``vectors`` ``(k, H, W)`` of unit norm,
    each with its entry of largest magnitude positive. ``residuals`` ``(k,)`` float64, ‖L v − λ v‖₂ of these vectors,
    rounded as they are, against the Laplacian of the whole image: an eigenvalue of L lies within that distance of λ.
    ``scale`` an upper bound of ‖L‖₂ (twice the degree of a pixel in a flat picture), to compare with. ``status``
    ``converged`` (the accuracy that was asked for is estimated to be reached; with ``tol`` the residuals are at most
    ``tol`` · ``scale``; without either at most 1e-6 of it), ``approximate`` or ``degenerate``
    (fewer vectors exist than were asked for: those are zero; or the picture is one colour throughout: the vectors are
    the bare grid's), with ``advice`` in words.
    ``laplacian`` ``normalised``: the pairs are those of L v = λ D v, ``vectors`` of unit norm in D, ‖v‖² = Σ D v²,
    ``residuals`` ‖L v − λ D v‖ in the norm of D⁻¹, which again bound the distance to a true value, and ``scale`` is 2.
    ``spent`` counts what it took. ``components`` of the graph: as many vectors, the first ones, belong to the value 0.
    ``errors`` ``(k,)`` float64: how far every value is estimated to be from the true one, relative to it; 0 for null
    vectors that are known exactly, None where nothing is known of it.
    ``dropped`` ``(H, W)`` bool: the pixels in specks that were left out of the graph (``drop_specks``), None if nothing
    was. ``edge_threshold``: of its graph. ``kept`` is private: what a warm start from this spectrum uses.
    """

    values: torch.Tensor
    vectors: torch.Tensor
    residuals: torch.Tensor
    scale: float
    method: str
    status: Status
    advice: str = ""
    spent: dict[str, float] = field(default_factory=dict)
    components: int = 1
    errors: torch.Tensor | None = None
    laplacian: str = "combinatorial"
    dropped: torch.Tensor | None = None
    edge_threshold: float = 0.15
    kept: Any = field(default=None, repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.values)

    def field(self, index: int = 1) -> torch.Tensor:
        """Vector ``index`` as a field ``(H, W)`` of unit RMS; numbers below 0 count from the end. Raises
        :class:`~itten.errors.InputError` for a number that there is not."""
        if not isinstance(index, numbers.Integral) or not -len(self) <= index < len(self):
            raise InputError(f"index is a whole number from 0 to {len(self) - 1} here, got {index!r}")
        return unit_rms(self.vectors[index])

    def numpy(self) -> dict[str, np.ndarray]:
        """The arrays by their names, on the host: ``values``, ``vectors``, ``residuals``, and ``errors`` and
        ``dropped`` where there are any."""
        each = ((name, getattr(self, name)) for name in ARRAYS)
        return {name: one.detach().cpu().numpy() for name, one in each if one is not None}

    def packed(self) -> bytes:
        """What :meth:`save` writes."""
        return packed(self.numpy(), {name: getattr(self, name) for name in SAID})

    def save(self, path: str | os.PathLike[str], overwrite: bool = False) -> Path:
        """Write an ``.npz`` with the arrays of :meth:`numpy` and, as JSON in ``about``, the rest but for ``kept``; and
        return the path really written, as :func:`itten.write_image` does. The same spectrum gives the same bytes."""
        asked = as_path(path)
        return write_bytes_atomic(self.packed(), asked if asked.suffix else asked.with_suffix(".npz"), overwrite)

    @staticmethod
    def load(path: str | os.PathLike[str]) -> Spectrum:
        """The spectrum that :meth:`save` wrote, on the CPU. Raises :class:`~itten.errors.InputError` for a file that
        is missing, damaged or of another kind."""
        arrays, told = unpacked(path)
        held: dict[str, Any] = {name: torch.from_numpy(one) for name, one in arrays.items()}
        return Spectrum(**held, **told)

    @property
    def specks(self) -> torch.Tensor:
        """``(k,)`` bool, on the host: which vectors live on a few pixels, a thousandth of the picture and 64 at most,
        by their participation number (Σ v²)² / Σ v⁴: they are those of small pieces that are nearly cut off, or are,
        and say nothing of the picture."""
        square = self.vectors.detach().flatten(1).double().square()
        spread = square.sum(dim=1) ** 2 / square.square().sum(dim=1).clamp(min=1e-300)
        empty = square.sum(dim=1) == 0
        return ((spread <= speck_pixels(square.shape[1])) & ~empty).cpu()


def speck_pixels(pixels: int) -> int:
    """How many pixels a speck has at most in a picture of so many."""
    return max(2, min(64, pixels // 1000))


def unit_rms(vectors: torch.Tensor) -> torch.Tensor:
    """``(…, H, W)`` scaled to a root mean square of 1; a zero map stays zero.

    Summed in float64, rows first, so that the result does not depend on the number of threads.
    """
    square = vectors.double().square().sum(dim=-1).sum(dim=-1) / (vectors.shape[-1] * vectors.shape[-2])
    # The inner where keeps the gradient of a zero map finite.
    scale = torch.where(square > 0, torch.where(square > 0, square, 1.0).rsqrt(), 0.0)
    return (vectors * scale[..., None, None]).to(vectors.dtype)


def fix_signs(vectors: torch.Tensor) -> torch.Tensor:
    """``(k, H, W)``: the entry of largest magnitude positive, near ties decided by the lowest index."""
    flat = vectors.flatten(1)
    size = flat.abs()
    near = size >= size.amax(dim=1, keepdim=True) * (1.0 - GAUGE_TOLERANCE)
    index = near.to(torch.uint8).argmax(dim=1, keepdim=True)
    negative = torch.gather(flat, 1, index) < 0
    return torch.where(negative[..., None], -vectors, vectors)
