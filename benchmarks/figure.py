"""Figures of photographs and of composed pictures whose figure is known, against GrabCut and a threshold.

    python -m benchmarks.figure --json benchmarks/results/figure.json

For every picture of ``benchmarks.figures`` the intersection over union of what is found with what is known. GrabCut is
OpenCV's, five rounds from a rectangle that leaves so much of every side to the ground: of three margins the one with
the best mean over what was looked at, as ``find_figure`` has its constants from there. The threshold is Otsu's, of the
distance in Lab to the median colour of the rim. Both get what ``find_figure`` does at the end: the largest region, with
what it encloses. Times are processor time on pictures of 512 × 512, the median of turns; the ratio is ``find_figure``
over the peer, so that less is better. Without OpenCV (``pip install opencv-python-headless``) its columns are left out.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from benchmarks.figures import COMPOSED, Known, all_known, photograph
from scipy import ndimage
from skimage import color, filters, transform

import itten
from itten.benchmark import machine

MARGINS = (0.02, 0.05, 0.1)
TIMED = ("astronaut", "chelsea", "coffee", "rocket", "camera")
SIDE = 512

Method = Callable[[np.ndarray], np.ndarray]


def own(image: np.ndarray) -> np.ndarray:
    """``find_figure`` of ``(H, W, 3)`` uint8, ``(H, W)`` bool."""
    return itten.find_figure(torch.from_numpy(image).movedim(-1, 0).float() / 255).numpy()


def largest(found: np.ndarray) -> np.ndarray:
    """The largest region of ``found``, with what it encloses."""
    labels, count = ndimage.label(found, structure=np.ones((3, 3)))
    if count == 0:
        return found
    size = np.bincount(labels.ravel())
    size[0] = 0
    return ndimage.binary_fill_holes(labels == size.argmax())


def otsu(image: np.ndarray) -> np.ndarray:
    lab = color.rgb2lab(image)
    rim = np.concatenate([lab[0], lab[-1], lab[:, 0], lab[:, -1]])
    away = np.linalg.norm(lab - np.median(rim, axis=0), axis=-1)
    return largest(away > filters.threshold_otsu(away))


def grabcut(margin: float) -> Method:
    """GrabCut from a rectangle; the generator of its mixtures begins anew for every picture."""
    import cv2

    def cut(image: np.ndarray) -> np.ndarray:
        height, width = image.shape[:2]
        y, x = max(int(margin * height), 1), max(int(margin * width), 1)
        mask = np.zeros((height, width), np.uint8)
        cv2.setRNGSeed(0)
        rest = np.zeros((1, 65)), np.zeros((1, 65)), 5, cv2.GC_INIT_WITH_RECT
        bgr = np.ascontiguousarray(image[..., ::-1])
        cv2.grabCut(bgr, mask, (x, y, width - 2 * x, height - 2 * y), *rest)
        return largest((mask == cv2.GC_FGD) | (mask == cv2.GC_PR_FGD))

    return cut


def overlap(found: np.ndarray, known: np.ndarray) -> float:
    """Intersection over union."""
    return float((found & known).sum() / max((found | known).sum(), 1))


def means(pictures: list[Known], values: list[float]) -> dict[str, float]:
    """Of every kind, and of all."""
    kinds = {one.kind for one in pictures}
    by = {kind: [v for one, v in zip(pictures, values, strict=True) if one.kind == kind] for kind in kinds}
    return {kind: statistics.mean(by[kind]) for kind in sorted(by)} | {"all": statistics.mean(values)}


def spent(method: Method, image: np.ndarray) -> float:
    begin = time.process_time()
    method(image)
    return time.process_time() - begin


def ratios(methods: dict[str, Method], turns: int) -> tuple[dict[str, float], dict[str, float]]:
    """Of ``find_figure`` over each of the others, and the seconds of all: medians over pictures and turns."""
    pictures = [
        (transform.resize(photograph(name), (SIDE, SIDE), order=1, anti_aliasing=True) * 255).astype(np.uint8)
        for name in TIMED
    ]
    for method in methods.values():
        method(pictures[0])
    took: dict[str, list[float]] = {name: [] for name in methods}
    for _ in range(turns):
        for picture in pictures:
            for name, method in methods.items():
                took[name].append(spent(method, picture))
    seconds = {name: statistics.median(several) for name, several in took.items()}
    over = {
        name: statistics.median(a / b for a, b in zip(took["itten"], several, strict=True))
        for name, several in took.items()
        if name != "itten"
    }
    return over, seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--kinds", nargs="*", default=["photograph", *COMPOSED])
    arguments = parser.parse_args()
    pictures = [one for one in all_known() if one.kind in arguments.kinds]
    methods: dict[str, Method] = {"itten": own, "otsu": otsu}
    scores = {name: [overlap(work(one.image), one.figure) for one in pictures] for name, work in methods.items()}
    margin = None
    if importlib.util.find_spec("cv2") is None:
        print("OpenCV is not installed: GrabCut is left out")
    else:
        tried = {m: [overlap(grabcut(m)(one.image), one.figure) for one in pictures] for m in MARGINS}
        looked_at = [i for i, one in enumerate(pictures) if one.kind != "unseen"] or range(len(pictures))
        margin = max(MARGINS, key=lambda m: statistics.mean(tried[m][i] for i in looked_at))
        scores["grabcut"], methods["grabcut"] = tried[margin], grabcut(margin)
    print(f"{'picture':48s} " + " ".join(f"{name:>8s}" for name in scores))
    for i, one in enumerate(pictures):
        print(f"{one.kind:10s} {one.name:37s} " + " ".join(f"{values[i]:8.3f}" for values in scores.values()))
    mean = {name: means(pictures, values) for name, values in scores.items()}
    over, seconds = ratios(methods, arguments.turns)
    for name, of_kind in mean.items():
        print(f"{name:8s}", {kind: round(value, 3) for kind, value in of_kind.items()}, f"{seconds[name]:.2f} s")
    print("time of find_figure over", {name: round(value, 2) for name, value in over.items()}, "margin", margin)
    if arguments.json:
        rows = [
            {"picture": one.name, "kind": one.kind} | {name: values[i] for name, values in scores.items()}
            for i, one in enumerate(pictures)
        ]
        found: dict[str, Any] = {"time ratio": over, "mean overlap": mean, "seconds": seconds, "margin": margin}
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        arguments.json.write_text(json.dumps(found | machine() | {"pictures": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()
