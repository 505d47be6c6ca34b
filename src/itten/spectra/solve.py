"""One door to every solver: picture in, :class:`Spectrum` or field out. Nothing behind it knows which."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import torch

from itten.config import SpectrumConfig
from itten.config.spectrum import check_method
from itten.errors import InputError, UsageError
from itten.graph.guided import guided_features
from itten.image import as_image
from itten.image.coerce import renamed
from itten.needs import PROCESS, check_room, spectrum_bytes
from itten.spectra.claims import FALLBACK
from itten.spectra.exact import check_pixels, exact_spectrum
from itten.spectra.inputs import as_excluded, as_features, warn_of_vanished, whole_number, with_threshold
from itten.spectra.precision import eigen_arithmetic
from itten.spectra.result import Spectrum, unit_rms
from itten.spectra.specks import without_specks
from itten.spectra.stitched.choose import in_tensors, stitched_spectra, stitched_spectrum
from itten.spectra.stitched.limits import STRONG
from itten.spectra.tiled import tiled_spectrum, tiled_vectors

log = logging.getLogger("itten")

# From one in so many eigenvectors on it is all that is computed; what that takes of a picture of FALLBACK pixels.
FEW_OF, DENSE_MINUTES = 8, 1.0
# Pixels that are compared before all are: nearly always they tell.
FEW = 256
_SPECTRUM: dict[str, Callable[..., Spectrum]] = {
    "tiled": tiled_spectrum,
    "stitched": stitched_spectrum,
    "exact": exact_spectrum,
}
_VECTORS: dict[str, Callable[[torch.Tensor, int, SpectrumConfig], torch.Tensor]] = {
    "tiled": tiled_vectors,
    "stitched": lambda features, k, config: lowest_vectors(stitched_spectrum, features, k, config),
    "exact": lambda features, k, config: lowest_vectors(exact_spectrum, features, k, config),
}


def spectrum(
    image: Any,
    k: int = 8,
    method: str | None = None,
    *,
    exclude: Any = None,
    warm: Spectrum | None = None,
    drop_specks: bool = False,
    guide: Any = None,
    mask: Any = None,
    **options: Any,
) -> Any:
    """The ``k`` lowest eigenpairs of the picture's Laplacian, number 0 the constant: a
    :class:`~itten.spectra.Spectrum`, or for a batch a list of them.

    ``image``: tensor ``(3, H, W)`` in [0, 1], NumPy ``(H, W, 3)``, PIL image or path; float features, as tensor ``(C,
    H, W)`` or as NumPy array ``(H, W, C)``, of any number of channels and any finite values; or a batch ``(B, C, H,
    W)`` of either as tensor. ``exclude`` ``(H, W)`` bool: pixels that are True are left out of the graph, all vectors
    are 0 there (``mask`` is its old name). ``warm``: a spectrum of a picture of the same size that shares most of its
    pixels; what did not change is taken from there. ``drop_specks``: small pieces that are nearly cut off, whose
    indicators would be among these vectors (:attr:`~itten.spectra.Spectrum.specks`), are left out as if excluded, and
    told as :attr:`~itten.spectra.Spectrum.dropped`. ``guide``: a picture; features coarser than it are brought to its
    size, along its edges (:mod:`itten.graph.guided`). ``options`` are those of :class:`~itten.config.SpectrumConfig`,
    among them ``tol``: residuals are brought below ``tol`` times the norm of L, and ``laplacian="normalised"`` for the
    pairs of L v = λ D v; ``edge_threshold`` may be ``"auto"`` here (:func:`itten.graph.contrast.auto_threshold`), and
    what it came to is told as :attr:`~itten.spectra.Spectrum.edge_threshold`.

    Raises :class:`~itten.errors.InputError` when the picture has fewer than ``k`` pixels, and for a tensor that has its
    channels last, :class:`~itten.errors.ConfigError` for an unknown option, :class:`~itten.errors.ConvergenceError`
    when a solver does not reach ``tol``; its ``partial`` is the best spectrum so far. Where only the vectors' type
    cannot hold it, such as 1e-9 in float32, the result is ``approximate``, and its advice and the log say what would
    help.
    """
    exclude = renamed(exclude, mask, ("exclude", "mask"))
    if isinstance(image, torch.Tensor) and image.dim() == 4:
        if warm is not None or guide is not None:
            raise UsageError("a batch takes no warm spectrum and no guide: solve its pictures one by one")
        hidden = exclude if hasattr(exclude, "ndim") and exclude.ndim == 3 else [exclude] * len(image)
        if len(hidden) != len(image):
            raise InputError(f"exclude has {len(hidden)} masks for a batch of {len(image)}")
        return [
            _spectrum(one, k, method, left_out, None, drop_specks, None, options)
            for one, left_out in zip(image, hidden, strict=True)
        ]
    return _spectrum(image, k, method, exclude, warm, drop_specks, guide, options)


@eigen_arithmetic()
def _spectrum(
    image: Any,
    k: int,
    method: str | None,
    exclude: Any,
    warm: Spectrum | None,
    drop_specks: bool,
    guide: Any,
    options: dict[str, Any],
) -> Spectrum:
    if warm is not None and not isinstance(warm, Spectrum):
        raise InputError(f"warm is a {type(warm).__name__}; a Spectrum is needed")
    features = as_features(image)
    if guide is not None:
        features = guided_features(features, as_features(as_image(guide, name="guide"), "guide"))
    k = whole_number(k)
    pixels = features.shape[1] * features.shape[2]
    if k > pixels:
        raise InputError(f"{k} eigenvectors were asked for, a picture of {pixels} pixels has {pixels}")
    hidden = as_excluded(exclude, features.shape[1:])
    config = make_config(method, **with_threshold(options, features, hidden))
    _check_laplacian(config)
    warn_of_vanished(features, hidden, config.edge_threshold)
    if features.device.type == "cpu":
        height, width = features.shape[1:]
        if config.method == "exact":
            check_pixels(height, width)
        needed = PROCESS + spectrum_bytes((height, width), k, config, len(features))
        check_room(needed, f"a spectrum of {width} × {height} pixels", (height, width))
    if pixels > FALLBACK and k > pixels // FEW_OF:
        minutes = DENSE_MINUTES * (pixels / FALLBACK) ** 3
        log.warning(
            "%d eigenvectors of a picture of %d pixels: so large a part of all takes as long as a dense matrix, about "
            "%.0f minutes on one core",
            k,
            pixels,
            max(minutes, 1),
        )
    if config.method == "tiled":
        if exclude is not None or drop_specks:
            raise UsageError("method 'tiled' excludes no pixels and drops no specks: use 'stitched' or 'exact'")
        return _of_a_picture(tiled_spectrum(features, k, config), features, None, config)

    def solved(left_out: torch.Tensor | None) -> Spectrum:
        return _SPECTRUM[config.method](features, k, config, mask=left_out, warm=warm if left_out is hidden else None)

    found = without_specks(solved, features, k, config, hidden) if drop_specks else solved(hidden)
    return _of_a_picture(found, features, hidden, config)


def _check_laplacian(config: SpectrumConfig) -> None:
    """Raises :class:`~itten.errors.UsageError` where a method does not have the Laplacian that is asked for."""
    if config.laplacian == "normalised" and config.method == "tiled":
        raise UsageError("method 'tiled' has no normalised Laplacian: use 'stitched' or 'exact'")


def _steady(config: SpectrumConfig) -> SpectrumConfig:
    """``config`` of fields: at strong edges they take the preset's steps, unless an accuracy is wanted.

    In tensors nothing has to be waited for then, and launches are replayed. And whether an estimate lies above or below
    a bound would be one more place where rounding decides what is painted.
    """
    free = config.accuracy is None and config.tol is None and config.refine is None
    if free and config.edge_threshold >= STRONG:
        return config.changed(refine=config.refinement)
    return config


def _of_a_picture(
    found: Spectrum, features: torch.Tensor, mask: torch.Tensor | None, config: SpectrumConfig
) -> Spectrum:
    """``found`` with its edge threshold, degenerate where the features ``(C, H, W)`` are the same in all pixels: its
    vectors say nothing of them then, and those of one value are mixed as rounding has it."""
    found = replace(found, edge_threshold=config.edge_threshold)
    flat = features.detach().flatten(1)
    if not _alike(flat[:, :FEW] if mask is None else flat[:, (~mask).flatten().nonzero()[:FEW, 0]]):
        return found
    if not _alike((features if mask is None else features[:, ~mask]).detach().flatten(1)):
        return found
    note = "the picture is one colour throughout, and the vectors are those of the bare grid"
    return replace(found, status="degenerate", advice=f"{note}; {found.advice}" if found.advice else note)


def _alike(pixels: torch.Tensor) -> bool:
    return bool((pixels == pixels[:, :1]).all())


def lowest_vectors(
    solve: Callable[..., Spectrum], features: torch.Tensor, k: int, config: SpectrumConfig
) -> torch.Tensor:
    """``(k, H, W)``: the lowest non-constant vectors; zero where the picture has fewer pixels than that."""
    height, width = features.shape[1:]
    return _filled(solve(features, min(k + 1, height * width), config).vectors[1:], k)


def _filled(vectors: torch.Tensor, k: int) -> torch.Tensor:
    return torch.cat([vectors, vectors.new_zeros((k - len(vectors), *vectors.shape[1:]))])


def fiedler(image: Any, method: str | None = None, quality: str = "standard", **options: Any) -> torch.Tensor:
    """The field ``(H, W)`` that gates the picture: the lowest non-constant vector at unit RMS.

    Takes what :func:`spectrum` takes; a batch ``(B, 3, H, W)`` gives ``(B, H, W)``.
    """
    return field(as_image(image), make_config(method, quality=quality, **options))


def field(image: torch.Tensor, config: SpectrumConfig) -> torch.Tensor:
    """``(…, H, W)`` for ``(…, 3, H, W)``: the function behind :func:`fiedler`, for pictures known to be good."""
    return embed(image, 1, config)[..., 0, :, :]


@eigen_arithmetic()
def gate_fields(
    image: torch.Tensor, numbers: tuple[int, ...], config: SpectrumConfig, warm: Spectrum | None = None
) -> tuple[torch.Tensor, Spectrum | None]:
    """Vectors ``numbers`` of one picture ``(3, H, W)`` as fields ``(n, H, W)`` of unit RMS, and the spectrum they are
    of.

    A picture with fewer vectors gives its last. ``warm`` is the spectrum of the pass before, if there was one. The
    tiled method has no spectrum to go on from: its second value is None.
    """
    _check_laplacian(config)
    config = _steady(config)
    wanted = _existing(image, numbers)
    if config.method == "tiled" or max(wanted) < 1:
        maps = embed(image, max(*wanted, 1), config)
        # One pixel has a spectrum, too: what is read from it is then compared with what is read from others.
        found = None if config.method == "tiled" else _SPECTRUM[config.method](image, 1, config, mask=None)
        return torch.stack([maps[max(number, 1) - 1] for number in wanted]), found
    found = _SPECTRUM[config.method](image, max(wanted) + 1, config, mask=None, warm=warm)
    return torch.stack([found.field(number) for number in wanted]), found


@eigen_arithmetic()
def all_gate_fields(
    images: Sequence[torch.Tensor],
    numbers: tuple[int, ...],
    config: SpectrumConfig,
    warm: Sequence[Spectrum | None],
) -> list[tuple[torch.Tensor, Spectrum | None]]:
    """:func:`gate_fields` of pictures of one size; stitched spectra on a device are computed all at once."""
    _check_laplacian(config)
    config = _steady(config)
    if config.method != "stitched" or len(images) < 2 or max(wanted := _existing(images[0], numbers)) < 1:
        return [gate_fields(image, numbers, config, before) for image, before in zip(images, warm, strict=True)]
    found = stitched_spectra(torch.stack(list(images)), max(wanted) + 1, config, warm)
    return [(torch.stack([one.field(number) for number in wanted]), one) for one in found]


def together(image: torch.Tensor, config: SpectrumConfig) -> bool:
    """Whether several pictures like ``image`` are solved quicker side by side than one after the other."""
    return config.method == "stitched" and in_tensors(image, config)


def _existing(image: torch.Tensor, numbers: tuple[int, ...]) -> list[int]:
    return [min(number, image.shape[1] * image.shape[2] - 1) for number in numbers]


@eigen_arithmetic()
def embed(image: torch.Tensor, k: int, config: SpectrumConfig) -> torch.Tensor:
    """``(…, k, H, W)``: the ``k`` lowest non-constant vectors of every picture ``(…, 3, H, W)``, at unit RMS."""
    _check_laplacian(config)
    config = _steady(config)
    if image.dim() == 3:
        return unit_rms(_VECTORS[config.method](image, k, config))
    if config.method == "stitched" and image.dim() == 4 and len(image):
        return torch.stack([unit_rms(one) for one in _lowest_of_all(image, k, config)])
    return torch.stack([embed(one, k, config) for one in image])


def _lowest_of_all(images: torch.Tensor, k: int, config: SpectrumConfig) -> list[torch.Tensor]:
    height, width = images.shape[2:]
    found = stitched_spectra(images, min(k + 1, height * width), config)
    return [_filled(one.vectors[1:], k) for one in found]


def make_config(method: str | None, **options: Any) -> SpectrumConfig:
    """A :class:`SpectrumConfig` from keyword options; ``method=None`` is the default one."""
    if method is not None:
        check_method(method)
        options["method"] = method
    return SpectrumConfig(**options)
