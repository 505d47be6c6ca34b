"""Segments matched with their own images, beside Hu moments with colour histograms, and beside ORB.

    python -m benchmarks.matching --json benchmarks/results/matching.json

Photographs of scikit-image, their longer side 192 pixels, and nine versions of each: turned by a quarter, mirrored,
scaled to 0.7, with noise of 0.02, without the upper left eleventh, in warmer light, darker, blurred, and all at once
(turned, mirrored, scaled to 0.8, with noise). Both are cut into 12 segments by itten. A segment's own image is the one
which it shares more than half of the area of both together with (intersection over union), and where there is none it
does not count.

``itten``: :func:`itten.match`. ``colour alone``: the same without shape, spectrum and size. ``Hu and colours``: on the
same segments, logarithms of Hu's seven moments and of the area's share, and a histogram of 4 × 4 × 4 colours (square
roots: Hellinger), each over its deviation, the least sum of squares by the same assignment; all are matched. ``ORB``:
scikit-image's key points and descriptors, cross-checked; each votes for the pair of segments that it joins, and the
same assignment takes the pairs with most votes. Units and bound of ours were set on the pictures called ``seen``;
``fresh`` are others. ``unlike`` counts matches between different photographs, ``align`` says how far
:func:`itten.align` sends pixels from where they belong.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from benchmarks.segmentation import photograph
from scipy.optimize import linear_sum_assignment

import itten
from itten.benchmark import machine
from itten.matching.likeness import distances, signs
from itten.matching.pairing import assigned

SEEN = ("astronaut", "coffee", "chelsea", "rocket", "camera", "immunohistochemistry", "retina")
FRESH = ("hubble_deep_field", "colorwheel", "coins", "moon", "page", "clock", "cell", "text")
VERSIONS = ("turned", "mirrored", "scaled", "noised", "cropped", "warmer", "darker", "blurred", "all at once")
N = 12
Row = dict[str, Any]


def places_of(height: int, width: int) -> torch.Tensor:
    """``(2, H, W)``: the row and the column of every pixel."""
    return torch.stack(torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")).float()


def resized(maps: torch.Tensor, scale: float) -> torch.Tensor:
    size = [round(length * scale) for length in maps.shape[1:]]
    return torch.nn.functional.interpolate(maps[None], size, mode="area")[0].contiguous()


def versions(image: torch.Tensor) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
    """By their names versions of ``image`` ``(3, H, W)``, and of which pixels of it theirs are, ``(2, H', W')``."""
    height, width = image.shape[1:]
    same = places_of(height, width)
    random = torch.Generator().manual_seed(1)

    def noised(picture: torch.Tensor) -> torch.Tensor:
        return (picture + 0.02 * torch.randn(picture.shape, generator=random)).clamp(0, 1)

    def turned(maps: torch.Tensor) -> torch.Tensor:
        return torch.rot90(maps, 1, (1, 2)).contiguous()

    warmth = torch.tensor([0.15, 0.05, 0.0])[:, None, None], torch.tensor([0.8, 0.85, 0.8])[:, None, None]
    top, left = height // 11, width // 11
    around = torch.nn.functional.pad(image[None], (2, 2, 2, 2), mode="replicate")
    found = {
        "turned": (turned(image), turned(same)),
        "mirrored": (image.flip(2).contiguous(), same.flip(2).contiguous()),
        "scaled": (resized(image, 0.7), resized(same, 0.7)),
        "noised": (noised(image), same),
        "cropped": (image[:, top:, left:].contiguous(), same[:, top:, left:].contiguous()),
        "warmer": (warmth[0] + warmth[1] * image, same),
        "darker": (image**1.3, same),
        "blurred": (torch.nn.functional.avg_pool2d(around, 5, 1)[0], same),
    }
    whole, places = (resized(turned(one).flip(2), 0.8) for one in (image, same))
    return found | {"all at once": (noised(whole), places)}


def own_images(first: torch.Tensor, second: torch.Tensor, places: torch.Tensor) -> np.ndarray:
    """``(n_a, n_b)`` bool: which label of ``second`` ``(H', W')`` shares over half of the area with one of ``first``
    ``(H, W)``, whose pixel of ``second``'s is at ``places`` ``(2, H', W')``. At most one in each row and column."""
    at = places.round().long()
    moved = first[at[0].clamp(max=first.shape[0] - 1), at[1].clamp(max=first.shape[1] - 1)]
    counts = int(first.max()) + 1, int(second.max()) + 1
    shared = torch.bincount((moved * counts[1] + second).flatten(), minlength=counts[0] * counts[1]).reshape(counts)
    union = shared.sum(1, keepdim=True) + shared.sum(0) - shared
    found: np.ndarray = (2 * shared > union).numpy()
    return found


def described(image: torch.Tensor, labels: np.ndarray) -> np.ndarray:
    """``(n, 72)``: the peer's numbers of every segment."""
    from skimage.measure import moments_central, moments_hu, moments_normalized

    cells = (image.numpy() * 3.999).astype(int)
    colour = (cells[0] * 4 + cells[1]) * 4 + cells[2]
    rows = []
    for label in range(labels.max() + 1):
        inside = labels == label
        with np.errstate(divide="ignore", invalid="ignore"):
            hu = moments_hu(moments_normalized(moments_central(inside.astype(float), order=3)))
        hu = np.log10(np.abs(np.nan_to_num(hu)) + 1e-12)
        histogram = np.sqrt(np.bincount(colour[inside], minlength=64) / inside.sum())
        rows.append(np.concatenate([hu, [np.log(inside.mean())], histogram]))
    return np.stack(rows)


def by_colour(found: itten.Matching, image: torch.Tensor, other: torch.Tensor) -> np.ndarray:
    """What :func:`itten.match` finds without shape, spectrum and size, of the same segments."""
    config = itten.MatchConfig(shape=0, spectrum=0, size=0)
    apart = distances(signs(found.first, image), signs(found.second, other), config)
    return assigned(apart.numpy(), config.bound)


def by_moments(images: list[torch.Tensor], labels: list[np.ndarray]) -> np.ndarray:
    one, other = (described(image, cut) for image, cut in zip(images, labels, strict=True))
    spread = np.concatenate([one, other]).std(axis=0)
    # Moments and share each over their deviation; the histogram as a whole.
    spread[8:] = np.sqrt(np.square(spread[8:]).sum())
    apart = (one[:, None] - other[None]) / np.where(spread > 0, spread, 1)
    return np.stack(linear_sum_assignment(np.square(apart).sum(axis=2)), axis=1)


def by_points(images: list[torch.Tensor], labels: list[np.ndarray]) -> np.ndarray:
    from skimage.color import rgb2gray
    from skimage.feature import ORB, match_descriptors

    points, descriptors = [], []
    for image in images:
        orb = ORB(n_keypoints=500)
        try:
            orb.detect_and_extract(rgb2gray(image.permute(1, 2, 0).numpy()))
        except RuntimeError:  # it found no point at all
            return np.zeros((0, 2), int)
        points.append(orb.keypoints.round().astype(int))
        descriptors.append(orb.descriptors)
    if not all(map(len, points)):
        return np.zeros((0, 2), int)
    votes = np.zeros([cut.max() + 1 for cut in labels])
    joined = match_descriptors(*descriptors, cross_check=True)
    sides = [cut[tuple(at[joined[:, side]].T)] for side, (cut, at) in enumerate(zip(labels, points, strict=True))]
    np.add.at(votes, tuple(sides), 1)
    pairs = np.stack(linear_sum_assignment(-votes), axis=1)
    return pairs[votes[tuple(pairs.T)] > 0]


def judge(name: str) -> list[Row]:
    image, rows = photograph(name, 192), []
    for kind, (other, places) in versions(image).items():
        begin = time.process_time()
        found = itten.match(image, other, N)
        row: Row = {"picture": name, "version": kind, "seconds": time.process_time() - begin}
        labels = [cut.labels.numpy() for cut in (found.first, found.second)]
        own = own_images(found.first.labels, found.second.labels, places)
        pairs = {"itten": found.pairs.numpy()}
        pairs["colour alone"] = by_colour(found, image, other)
        pairs["Hu and colours"] = by_moments([image, other], labels)
        pairs["ORB"] = by_points([image, other], labels)
        row["own images"] = int(own.sum())
        for who, some in pairs.items():
            row[who] = {"right": int(own[some[:, 0], some[:, 1]].sum()), "matched": len(some)}
        rows.append(row)
    return rows


def summary(rows: list[Row]) -> Row:
    """Per version, and in all: own images, and right and matched of each."""
    found: Row = {}
    for kind in (*VERSIONS, "in all"):
        some = [row for row in rows if kind in (row["version"], "in all")]
        found[kind] = {"own images": sum(row["own images"] for row in some)}
        for who in ("itten", "colour alone", "Hu and colours", "ORB"):
            right, matched = (sum(row[who][key] for row in some) for key in ("right", "matched"))
            found[kind][who] = f"{right} right of {matched}"
        print(kind, found[kind], flush=True)
    return found


def unlike(names: tuple[str, ...]) -> Row:
    """Matches between all pairs of different photographs, and of how many segments."""
    images = [photograph(name, 192) for name in names]
    counts = [len(itten.match(one, two, N)) for i, one in enumerate(images) for two in images[:i]]
    return {"pairs of pictures": len(counts), "matches": sum(counts), "segments": N * len(counts)}


def alignments(names: tuple[str, ...]) -> list[Row]:
    """How far from its own image a pixel is sent by :func:`itten.align`, in pixels of the first picture, whose longer
    side is 128: the median over those pixels whose image the other picture has."""
    rows = []
    for name in names:
        image = photograph(name, 128)
        for kind, (other, places) in versions(image).items():
            begin = time.process_time()
            found = itten.align(image, other)
            seconds, at = time.process_time() - begin, found.points
            there = places[:, at[..., 0], at[..., 1]]
            mine = places_of(*image.shape[1:])
            apart = (there - mine).square().sum(dim=0).sqrt()
            seen = ((mine >= places.amin((1, 2))[:, None, None]) & (mine <= places.amax((1, 2))[:, None, None])).all(0)
            size = found.map.abs()
            rows.append(
                {
                    "picture": name,
                    "version": kind,
                    "median": float(apart[seen].median()),
                    "within 5": float((apart[seen] <= 5).double().mean()),
                    "off the diagonal": float((size - torch.diag(size.diag())).max()),
                    "residual": found.residual,
                    "seconds": seconds,
                }
            )
            print(rows[-1], flush=True)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--only", default="seen,fresh,unlike,align")
    chosen = parser.parse_args()
    kept = json.loads(chosen.json.read_text()) if chosen.json and chosen.json.is_file() else {}
    for part in chosen.only.split(","):
        print(part)
        if part in ("seen", "fresh"):
            rows = [row for name in (SEEN if part == "seen" else FRESH) for row in judge(name)]
            kept[part] = {"in short": summary(rows), "rows": rows}
        elif part == "unlike":
            kept[part] = unlike(SEEN)
            print(kept[part], flush=True)
        else:
            kept["align"] = alignments(("astronaut", "coffee", "chelsea"))
        if chosen.json:
            chosen.json.write_text(json.dumps({**kept, "machine": machine()}, indent=1) + "\n")


if __name__ == "__main__":
    main()
