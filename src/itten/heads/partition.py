"""Where content is cut into segments beyond its connected components: along nodal lines, or between clusters."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from itten.errors import UsageError
from itten.spectra import Spectrum, unit_rms
from itten.spectra.descriptors import NULL

KINDS = ("components", "nodal", "clusters")
# Clusters are found on at most so many pixels, in at most so many rounds.
SAMPLE, ROUNDS = 20_000, 30
# Signs of entries below this part of the vector's root mean square are noise.
QUIET = 1e-3


def partition(mask: torch.Tensor, kind: str, vectors: torch.Tensor, pieces: int = 12) -> torch.Tensor:
    """``(H, W)`` int64: 0 outside ``mask``, else the class of the pixel, from 1 on. Segments do not cross classes.

    ``components``: one class. ``nodal``: two pixels have one class if no vector of ``vectors`` ``(n, H, W)`` has
    different signs at them (entries below a thousandth of the vector's root mean square are on the side of the vector's
    first entry); the connected
    parts are the common refinement of the vectors' nodal domains (Courant and Hilbert 1924, chapter VI.6).
    ``clusters``: k-means of the spectral coordinates with ``pieces`` centres (Shi and Malik, "Normalized cuts and image
    segmentation", 2000, section 3.2; seeds by k-means++, Arthur and Vassilvitskii 2007, drawn from a fixed
    generator). Neither depends on the vectors' signs, and clusters not on rotations of an eigenspace that is given
    whole. For ``nodal`` and ``clusters`` the host waits for the device. Raises :class:`~itten.errors.UsageError` for an
    unknown kind.
    """
    if kind not in KINDS:
        raise UsageError(f"unknown segmentation '{kind}': there are {', '.join(KINDS)}")
    classes = mask.long()
    if kind == "components" or not len(vectors) or not bool(mask.any()):
        return classes
    maps = unit_rms(vectors)
    found = _signs(maps, mask) if kind == "nodal" else _clusters(maps, mask, pieces)
    classes[mask] = found + 1
    return classes


def coordinates(spectrum: Spectrum | None, field: torch.Tensor, number: int) -> torch.Tensor:
    """``(n, H, W)``: the vectors up to ``number`` that are no null vectors; without a spectrum the field alone. The
    host waits for how many there are."""
    if spectrum is None:
        return field[None]
    last = min(number, len(spectrum) - 1)
    live = spectrum.values[: last + 1] > NULL * spectrum.scale
    return spectrum.vectors[: last + 1][live.to(spectrum.vectors.device)]


def _signs(maps: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    values = maps[:, mask]
    sign = torch.where(values.abs() < QUIET, 0, values.sign()).long()
    # A vector and its negative must give the same classes: flip each so that its first live entry is positive.
    lead = torch.gather(sign, 1, (sign != 0).to(torch.uint8).argmax(dim=1, keepdim=True))
    positive = sign * torch.where(lead < 0, -1, 1) >= 0
    return torch.unique(positive, dim=1, return_inverse=True)[1]


def _clusters(maps: torch.Tensor, mask: torch.Tensor, pieces: int) -> torch.Tensor:
    from scipy.cluster.vq import vq

    points = maps[:, mask].T.double().cpu().numpy()
    sample = points[:: -(-len(points) // SAMPLE)]
    centres = _seeds(sample, pieces)
    before = None
    for _ in range(ROUNDS):
        nearest, _ = vq(sample, centres)
        if before is not None and np.array_equal(nearest, before):
            break
        before = nearest
        count = np.bincount(nearest, minlength=len(centres))
        sums = [np.bincount(nearest, weights=column, minlength=len(centres)) for column in sample.T]
        means = np.stack(sums, axis=1) / np.maximum(count, 1)[:, None]
        centres = np.where(count[:, None] > 0, means, centres)
    return torch.from_numpy(vq(points, centres)[0].astype(np.int64)).to(mask.device)


def _seeds(sample: np.ndarray, pieces: int) -> np.ndarray:
    """Centres drawn one after the other with probabilities that grow with the squared distance to those before."""
    rng = np.random.default_rng(0)
    chosen = [int(rng.integers(len(sample)))]
    distance = np.full(len(sample), np.inf)
    while len(chosen) < min(pieces, len(sample)):
        distance = np.minimum(distance, ((sample - sample[chosen[-1]]) ** 2).sum(axis=1))
        total = np.cumsum(distance)
        if total[-1] <= 0:
            break
        chosen.append(int(np.searchsorted(total, rng.random() * total[-1], side="right")))
    return sample[chosen]


class Partition(nn.Module):
    """:func:`partition` with its kind and number of pieces kept."""

    def __init__(self, kind: str = "components", pieces: int = 12) -> None:
        super().__init__()
        if kind not in KINDS:
            raise UsageError(f"unknown segmentation '{kind}': there are {', '.join(KINDS)}")
        self.kind = kind
        self.pieces = pieces

    def forward(self, mask: torch.Tensor, vectors: torch.Tensor) -> torch.Tensor:
        return partition(mask, self.kind, vectors, self.pieces)
