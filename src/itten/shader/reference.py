"""The reference path: one pass in NumPy and float64, the oracle that the fast paths are tested against."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from itten.config import FRONT, SHADOW, PassParameters, ShaderConfig
from itten.graph import make_stencil, plan_tiles
from itten.kernels.reference import fields, segments
from itten.kernels.reference.lanczos import lanczos_tiles
from itten.spectra.result import GAUGE_TOLERANCE
from itten.spectra.tiled import RITZ_FLOOR, start_vector


@dataclass(frozen=True)
class ReferencePass:
    """The new ``image`` ``(3, H, W)`` float64, and the ``field`` and ``gate`` ``(H, W)`` it was made with."""

    image: np.ndarray
    field: np.ndarray
    gate: np.ndarray


def reference_field(image: np.ndarray, config: ShaderConfig) -> np.ndarray:
    """The tiled field ``(H, W)`` of ``image`` ``(3, H, W)`` at unit RMS, in float64.

    Tiled whatever ``config.spectrum.method`` says: fields of other methods are given to :func:`reference_pass`.
    """
    spectrum = config.spectrum
    steps, tile, overlap = spectrum.plan
    stencil = make_stencil(spectrum.radii, spectrum.weights)
    plan = plan_tiles(image.shape[1], image.shape[2], tile, overlap)
    height, width = plan.tile_height, plan.tile_width
    vectors, _ = lanczos_tiles(
        image,
        plan.corners,
        height,
        width,
        stencil.offsets,
        stencil.weights,
        1.0 / spectrum.edge_threshold,
        start_vector(plan, spectrum.seed),
        steps,
        1,
        RITZ_FLOOR,
        GAUGE_TOLERANCE,
    )
    out = np.zeros(image.shape[1:])
    for index, (top, left) in enumerate(plan.corners.tolist()):
        i, j = divmod(index, len(plan.lefts))
        share = plan.rows[i][:, None] * plan.columns[j]
        out[top : top + height, left : left + width] += share * vectors[index, 0].reshape(height, width)
    size = np.sqrt(np.mean(out**2))
    return out / size if size > 0 else out


def reference_pass(
    image: np.ndarray,
    config: ShaderConfig,
    parameters: PassParameters,
    source: np.ndarray | None = None,
    field: np.ndarray | None = None,
    source_field: np.ndarray | None = None,
) -> ReferencePass:
    """One pass over ``image`` ``(3, H, W)``; fields that are not given are computed."""
    image = image.astype(np.float64)
    values = reference_field(image, config) if field is None else field.astype(np.float64)
    ink = fields.contour(image)
    gate = _gate(values, ink, config)
    busy = fields.complexity(values, config.complexity_window)
    out = fields.thicken(
        image,
        gate,
        ink,
        busy,
        parameters.effect,
        parameters.thicken_modulation,
        parameters.kernel_sigma_ratio,
        parameters.fill_threshold,
        parameters.dilation_radius,
        config.thicken_rotation,
    )
    own = _segments(gate, ink, values, config)
    targets = own[: config.max_segments]
    if source is None:
        content, offered = image, own
    else:
        content = source.astype(np.float64)
        other = reference_field(content, config) if source_field is None else source_field.astype(np.float64)
        other_ink = fields.contour(content)
        offered = _segments(_gate(other, other_ink, config), other_ink, other, config)
    if targets and offered:
        matches = segments.match(targets, offered)
        layers = segments.copies(targets, offered, matches, busy, config.strength, parameters.effect)
        for points, tint in zip(layers, (SHADOW, FRONT), strict=True):
            scale, add = np.array(tint.scale), np.array(tint.add)
            colours = [
                segments.distort(content[:, y, x], tint.rotation, tint.contrast, scale, add, parameters.effect)
                for _, _, y, x in points
            ]
            out = segments.composite(out, points, colours, config.composite)
    return ReferencePass(out, values, gate)


def _gate(values: np.ndarray, ink: np.ndarray, config: ShaderConfig) -> np.ndarray:
    return fields.gate(values, config.sharpness, config.percentile, ink if config.threshold == "gap" else None)


def _segments(gate: np.ndarray, ink: np.ndarray, values: np.ndarray, config: ShaderConfig) -> list[segments.Segment]:
    mask = segments.low_gate(gate, ink, config.min_pixels)
    return segments.find_segments(mask, values, config.min_pixels, 2 * config.max_segments)
