"""Panes on twenty mosaics whose tiles are known, against scikit-image's SLIC and Felzenszwalb's method.

    python -m benchmarks.panes --json benchmarks/results/panes.json

For each mosaic: boundary recall, the share of the tiles' border pixels that have a border of the pieces within 2 pixels
(Martin, Fowlkes and Malik 2004), and the undersegmentation error, the share of pixels that lie outside of the tile that
has most of their piece (Neubert and Protzel 2012, the smaller of both parts of every piece). Every method makes as many
pieces as panes does, as nearly as its settings allow, and rather more than fewer, up to a fifth: SLIC with the best of
four weights for compactness, Felzenszwalb's with the best of four pairs of smoothing and least size. Times are of a
picture of 1024 × 1024, of one run each after a first one, against ``itten.spectrum`` with k = 8.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import torch
from benchmarks import mosaics
from scipy import ndimage

import itten
from itten.benchmark import machine

TOLERANCE, MORE, MOST = 2.0, 1.25, 1.2


def edges(labels: np.ndarray) -> np.ndarray:
    """Pixels whose right or lower neighbour has another label."""
    found = np.zeros(labels.shape, bool)
    found[:-1] |= labels[1:] != labels[:-1]
    found[:, :-1] |= labels[:, 1:] != labels[:, :-1]
    return found


def recall(found: np.ndarray, truth: np.ndarray) -> float:
    """The share of ``truth``'s border pixels that have one of ``found`` within the tolerance."""
    there, wanted = edges(found), edges(truth)
    if not there.any():
        return 0.0
    return float((ndimage.distance_transform_edt(~there)[wanted] <= TOLERANCE).mean())


def undersegmentation(found: np.ndarray, truth: np.ndarray) -> float:
    table = np.zeros((int(found.max()) + 1, int(truth.max()) + 1))
    np.add.at(table, (found.ravel(), truth.ravel()), 1)
    return float(np.minimum(table, table.sum(axis=1, keepdims=True) - table).sum() / found.size)


def count(labels: np.ndarray) -> int:
    """How many connected pieces there are."""
    return int(mosaics.connected(labels, 1).max()) + 1


def with_pieces(make: Callable[[float], np.ndarray], wanted: int, low: float, high: float) -> np.ndarray:
    """Of what ``make`` gives for settings between ``low``, fewest pieces, and ``high``, most, the one with ``wanted``
    pieces, else with as few more as fourteen halvings find."""
    best: tuple[int, np.ndarray] | None = None
    for _ in range(14):
        middle = np.sqrt(low * high)
        labels = make(middle)
        pieces = count(labels)
        if pieces >= wanted and (best is None or pieces < best[0]):
            best = pieces, labels
        if pieces == wanted:
            break
        low, high = (middle, high) if pieces < wanted else (low, middle)
    return make(high) if best is None else best[1]


def slic(image: np.ndarray, wanted: int) -> Iterable[np.ndarray]:
    from skimage.segmentation import slic as cut

    for compactness in (3.0, 10.0, 20.0, 40.0):
        yield with_pieces(
            lambda number, c=compactness: cut(image, n_segments=round(number), compactness=c, start_label=0),
            wanted,
            wanted / 4,
            wanted * 8.0,
        )


def felzenszwalb(image: np.ndarray, wanted: int) -> Iterable[np.ndarray]:
    from skimage.segmentation import felzenszwalb as cut

    for sigma, least in ((0.5, 25), (0.5, 60), (0.5, 150), (0.8, 60)):
        yield with_pieces(
            lambda over, s=sigma, m=least: cut(image, scale=1e4 / over, sigma=s, min_size=m), wanted, 1.0, 1e5
        )


def measure(name: str) -> dict[str, object]:
    mosaic = mosaics.load(name)
    image = np.ascontiguousarray(mosaic.image.transpose(1, 2, 0))
    panes = itten.panes(torch.from_numpy(mosaic.image), n=round(MORE * mosaic.tiles)).labels.numpy()
    row: dict[str, object] = {"mosaic": name, "tiles": mosaic.tiles, "pieces": int(panes.max()) + 1}
    row["panes"] = {"recall": recall(panes, mosaic.labels), "error": undersegmentation(panes, mosaic.labels)}
    for method in (slic, felzenszwalb):
        results = [
            {
                "recall": recall(labels, mosaic.labels),
                "error": undersegmentation(labels, mosaic.labels),
                "pieces": count(labels),
            }
            for labels in method(image, int(panes.max()) + 1)
        ]
        near = [one for one in results if one["pieces"] <= MOST * row["pieces"]]
        row[method.__name__] = max(near or [min(results, key=lambda one: one["pieces"])], key=lambda one: one["recall"])
    return row


def seconds(work: Callable[[], object]) -> float:
    work()
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def times(side: int = 1024) -> dict[str, float]:
    image = itten.samples.load("figure")
    image = torch.nn.functional.interpolate(image[None], size=(side, side), mode="bilinear", antialias=True)[0]
    return {
        "spectrum": seconds(lambda: itten.spectrum(image, 8)),
        "panes": seconds(lambda: itten.panes(image)),
        "bands": seconds(lambda: itten.bands(image)),
        "outlines": seconds(itten.panes(image).outlines),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--only", nargs="*", default=mosaics.NAMES)
    arguments = parser.parse_args()
    methods = ("panes", "slic", "felzenszwalb")
    print(f"{'mosaic':16s} tiles pieces " + " ".join(f"{m:>12s} error" for m in methods) + "  above panes")
    rows = []
    for name in arguments.only:
        row = measure(name)
        rows.append(row)
        figures = " ".join(f"{row[m]['recall']:12.4f} {row[m]['error']:5.3f}" for m in methods)
        below = [m for m in methods[1:] if row[m]["recall"] > row["panes"]["recall"]]
        print(f"{name:16s} {row['tiles']:5d} {row['pieces']:6d} {figures}  {' '.join(below)}", flush=True)
    means = {m: float(np.mean([row[m]["recall"] for row in rows])) for m in methods}
    print("mean recall", {m: round(value, 4) for m, value in means.items()})
    took = times()
    print("seconds at 1024 × 1024", {name: round(value, 3) for name, value in took.items()})
    if arguments.json:
        report = {"machine": machine(), "mosaics": rows, "mean recall": means, "seconds": took}
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        arguments.json.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
