"""One door to every solver: picture in, :class:`Spectrum` or field out. Nothing behind it knows which."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from itten.config import SpectrumConfig
from itten.errors import InputError, UsageError
from itten.image import as_image
from itten.spectra.result import Spectrum, unit_rms
from itten.spectra.stitched import stitched_spectrum, stitched_vectors
from itten.spectra.tiled import tiled_spectrum, tiled_vectors

_SPECTRUM: dict[str, Callable[..., Spectrum]] = {"tiled": tiled_spectrum, "stitched": stitched_spectrum}
_VECTORS: dict[str, Callable[[torch.Tensor, int, SpectrumConfig], torch.Tensor]] = {
    "tiled": tiled_vectors,
    "stitched": stitched_vectors,
}


def spectrum(image: Any, k: int = 8, method: str | None = None, **options: Any) -> Spectrum:
    """The ``k`` lowest eigenpairs of the picture's Laplacian, number 0 the constant.

    ``image``: tensor ``(3, H, W)`` in [0, 1], NumPy ``(H, W, 3)``, PIL image or path. ``options`` are those
    of :class:`~itten.config.SpectrumConfig`. Raises :class:`~itten.errors.InputError` when the picture
    has fewer than ``k`` pixels, :class:`~itten.errors.ConfigError` for an unknown option.
    """
    features = _single(image)
    if not isinstance(k, int) or k < 1:
        raise UsageError(f"k must be a whole number of at least 1, got {k!r}")
    pixels = features.shape[1] * features.shape[2]
    if k > pixels:
        raise InputError(f"{k} eigenvectors were asked for, a picture of {pixels} pixels has {pixels}")
    config = make_config(method, **options)
    return _SPECTRUM[config.method](features, k, config)


def fiedler(image: Any, method: str | None = None, quality: str = "standard", **options: Any) -> torch.Tensor:
    """The field ``(H, W)`` that gates the picture: the lowest non-constant vector at unit RMS.

    Takes what :func:`spectrum` takes; a batch ``(B, 3, H, W)`` gives ``(B, H, W)``.
    """
    return field(as_image(image), make_config(method, quality=quality, **options))


def field(image: torch.Tensor, config: SpectrumConfig) -> torch.Tensor:
    """``(…, H, W)`` for ``(…, 3, H, W)``: the function behind :func:`fiedler`, for pictures known to be good."""
    return embed(image, 1, config)[..., 0, :, :]


def embed(image: torch.Tensor, k: int, config: SpectrumConfig) -> torch.Tensor:
    """``(…, k, H, W)``: the ``k`` lowest non-constant vectors of every picture ``(…, 3, H, W)``, at unit RMS."""
    if image.dim() == 3:
        return unit_rms(_VECTORS[config.method](image, k, config))
    return torch.stack([embed(one, k, config) for one in image])


def make_config(method: str | None, **options: Any) -> SpectrumConfig:
    """A :class:`SpectrumConfig` from keyword options; ``method=None`` is the default one."""
    if method is not None:
        if method not in _SPECTRUM:
            raise UsageError(f"unknown method '{method}': there are {', '.join(_SPECTRUM)}")
        options["method"] = method
    return SpectrumConfig(**options)


def _single(image: Any) -> torch.Tensor:
    features = as_image(image)
    if features.dim() != 3:
        raise InputError(f"one picture (3, H, W) is wanted here, got {tuple(features.shape)}")
    return features
