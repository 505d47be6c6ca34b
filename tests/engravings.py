"""Pictures and measures for engravings."""

from __future__ import annotations

import numpy as np
import torch
from scipy import ndimage
from skimage import data, morphology, transform

from itten.lines import Engraving
from itten.lines.family import phase_between


def photograph(name: str, side: int) -> torch.Tensor:
    """A photograph of scikit-image ``(3, H, W)``, its longer side ``side`` pixels."""
    image = getattr(data, name)()
    image = np.repeat(image[..., None], 3, 2) if image.ndim == 2 else image[..., :3]
    scale = side / max(image.shape[:2])
    size = round(image.shape[0] * scale), round(image.shape[1] * scale)
    small = transform.resize(image, size, anti_aliasing=True)
    return torch.from_numpy(np.ascontiguousarray(small.transpose(2, 0, 1), np.float32)).clamp(0, 1)


def blurred(image: torch.Tensor, sigma: float) -> np.ndarray:
    return np.stack([ndimage.gaussian_filter(one, sigma, mode="nearest") for one in image.double().numpy()])


def tone_errors(done: Engraving) -> tuple[float, float]:
    """Root mean square of what an engraving is off its tone, both blurred by 1.5 spacings, and the worst mean error in
    a tenth of the range from white covered to ``lightest`` to black covered to ``darkest``."""
    seen, wanted = (blurred(one, 1.5 * done.spacing) for one in (done.image, done.tone))
    apart = seen - wanted
    dark, light = float(wanted.min()), float(wanted.max())
    tenth = ((wanted - dark) / max(light - dark, 1e-9) * 10).clip(0, 9).astype(int)
    biases = [abs(apart[tenth == one].mean()) for one in range(10) if (tenth == one).sum() > 300]
    return float(np.sqrt((apart**2).mean())), float(max(biases))


def spacings(done: Engraving, family: int = 0) -> np.ndarray:
    """Between neighbouring lines at every pixel, over the spacing that was asked for: one over the gradient of the
    phase, in turns, over a Gaussian of three quarters of a spacing."""
    lines, times = done.families[family].phase, 2
    size = tuple(times * side for side in done.picture.shape[1:])
    rows = phase_between(lines, done.picture, done.config, size, 0, size[0])
    grows = []
    for axis in (0, 1):
        first = (slice(None), slice(0, -1)) if axis == 0 else (slice(None), slice(None), slice(0, -1))
        second = (slice(None), slice(1, None)) if axis == 0 else (slice(None), slice(None), slice(1, None))
        a, b = (rows[one][0] + 1j * rows[one][1] for one in (first, second))
        b = np.where((rows[first][2:] * rows[second][2:]).sum(0) < 0, b.conj(), b)
        step = np.abs(np.angle(b * a.conj()))
        grows.append(np.pad(step, [(0, 1), (0, 0)] if axis == 0 else [(0, 0), (0, 1)], mode="edge"))
    density = ndimage.gaussian_filter(np.hypot(*grows), 0.75 * done.spacing * times) * times / (2 * np.pi)
    return 1 / np.maximum(density, 1e-9) / done.spacing


def dead_ends(done: Engraving, family: int = 0) -> tuple[int, float]:
    """How many lines end (white ones where it is dark) that do not fork, and on how many times 400 spacings² that is
    counted: where no border of a thing, and not the picture's, lies within a spacing.

    Ends of the skeletons of lines, all drawn of one width, three samples a pixel; not the stubs at forks.
    """
    own = done.families[family]
    lines, times = own.phase, 3
    size = tuple(times * side for side in done.picture.shape[1:])
    rows = phase_between(lines, done.picture, done.config, size, 0, size[0])
    turn = np.abs(np.arctan2(rows[1], rows[0])) / (2 * np.pi)
    pitch, pixels = done.spacing * times, done.spacing / lines.guide.step
    dark = ndimage.gaussian_filter(enlarged(own.coverage, size), pitch / 2) >= 0.5
    weights = lines.guide.weights[:2]
    inner = ndimage.minimum_filter(np.where(weights > 0, weights, 1).min(0), size=int(2 * pixels + 1)) > 0.7
    inner = enlarged(inner.astype(np.float32), size) > 0.5
    edge = int(pitch)
    inner[:edge] = inner[-edge:] = inner[:, :edge] = inner[:, -edge:] = False
    count = 0
    for drawn, where in ((turn < 0.2, ~dark), (turn > 0.3, dark)):
        bones = morphology.skeletonize(drawn)
        near = ndimage.convolve(bones.astype(int), np.ones((3, 3), int), mode="constant")
        ends, forks = bones & (near == 2), bones & (near > 3)
        count += int((ends & inner & where & (ndimage.distance_transform_edt(~forks) > 0.75 * pitch)).sum())
    return count, float(inner.sum()) / pitch**2 / 400


def enlarged(values: np.ndarray, size: tuple[int, ...]) -> np.ndarray:
    return torch.nn.functional.interpolate(torch.from_numpy(values)[None, None], size, mode="bilinear")[0, 0].numpy()
