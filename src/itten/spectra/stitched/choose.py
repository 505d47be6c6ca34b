"""Stitched spectra: true eigenpairs of the whole picture, from the spectra of its tiles.

Every tile gives eight columns or more (1, y, x and others that span its lowest eigenvectors), each times the tile's
share of a partition of unity; Rayleigh–Ritz on their span decides signs and mixtures; steps of a two-level block
iteration with the same space as the coarse one take the error to a fraction of a percent.

At least eight more vectors are carried than are asked for, in blocks of 16 that start independent of each other: they
guard against missing a member of a cluster, up to as many members as there are lanes. Nothing is counted; the method
``exact`` does that.

The CPU's compiled kernels and tensors on any device do the same steps; this file chooses.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

import torch

from itten.config import SpectrumConfig
from itten.errors import BackendError, InputError
from itten.spectra.result import Spectrum
from itten.spectra.stitched.device.solve import stitched_device
from itten.spectra.stitched.host.solve import stitched_host

log = logging.getLogger("itten")

REACH = 15


def stitched_spectrum(
    features: torch.Tensor,
    k: int,
    config: SpectrumConfig,
    mask: torch.Tensor | None = None,
    warm: Spectrum | None = None,
) -> Spectrum:
    """The ``k`` lowest pairs of the picture ``features`` ``(C, H, W)``; see :func:`itten.spectrum`.

    Raises :class:`~itten.errors.ConvergenceError`, with the best :class:`Spectrum` so far as ``partial``, when ``tol``
    cannot be reached.
    """
    _check(features, k, config, mask)
    if not in_tensors(features, config):
        return stitched_host(features, k, config, mask, warm)
    if warm is not None:
        log.info("stitched spectra on %s start cold: what the earlier spectrum kept is not used", features.device.type)
    return stitched_device(features[None], k, config, mask)[0]


def stitched_spectra(
    pictures: torch.Tensor, k: int, config: SpectrumConfig, warm: Sequence[Spectrum | None] | None = None
) -> list[Spectrum]:
    """The same for pictures ``(B, C, H, W)``: on a device all at once if the number of steps is given, edges are
    strong and the Laplacian is the combinatorial one, else one after the other."""
    if len(pictures):
        _check(pictures[0], k, config, None)
    if len(pictures) and in_tensors(pictures, config):
        return stitched_device(pictures, k, config)
    known = [None] * len(pictures) if warm is None else warm
    return [stitched_host(one, k, config, None, before) for one, before in zip(pictures, known, strict=True)]


def in_tensors(features: torch.Tensor, config: SpectrumConfig) -> bool:
    """Whether tensors do the work, and not the CPU's compiled kernels."""
    return features.device.type != "cpu" or config.backend in ("torch", "triton")


def _check(features: torch.Tensor, k: int, config: SpectrumConfig, mask: torch.Tensor | None) -> None:
    if max(config.radii) > REACH:
        raise InputError(f"method 'stitched' takes radii up to {REACH}, got {max(config.radii)}: use 'exact'")
    if config.backend == "reference":
        raise BackendError("method 'stitched' runs with numba, torch or triton, not with backend 'reference'")
    if features.device.type != "cpu" and config.backend == "numba":
        raise BackendError(f"backend 'numba' works on the CPU, the picture is on {features.device.type}")
    if mask is not None and k > int((~mask).sum()):
        raise InputError(f"{k} eigenvectors were asked for, {int((~mask).sum())} pixels are not excluded")
