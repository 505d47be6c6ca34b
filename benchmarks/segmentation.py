"""Segments beside scikit-learn's ``spectral_clustering`` on the same graphs: normalised cut, agreement, time.

    python -m benchmarks.segmentation --json benchmarks/results/segmentation.json
    python -m benchmarks.segmentation --only cut,time

``cut``: K = 8 on scikit-image's astronaut at 96 × 96; normalised cuts, summed over segments, at three edge thresholds.
``mosaics``: the upper left quarters, 96 × 128 pixels, of twenty mosaics of known tiles (``benchmarks/mosaics.py``; of
the whole ones ARPACK takes minutes each), and the twenty of :func:`drawn` at 96 × 96: cells with shading and noise;
adjusted Rand index. ``steady``:
labels on one thread and on two, and after a change of the picture by 1e-6. ``time``: photographs of 512 pixels,
processor time of the spectrum and of what follows it. scikit-learn gets the affinities of the same graph as a sparse
matrix, and finds vectors with ARPACK, random_state 0; it labels in its three ways. Ours has its defaults.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import json
import statistics
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from benchmarks import mosaics
from benchmarks.scikit_learn import affinities

import itten
from itten.benchmark import machine

WAYS = ("kmeans", "discretize", "cluster_qr")
PHOTOGRAPHS = ("astronaut", "coffee", "chelsea", "camera", "rocket")
Row = dict[str, Any]


def photograph(name: str, side: int) -> torch.Tensor:
    """One of scikit-image's photographs, ``(3, H, W)``, its longer side ``side`` pixels."""
    from skimage import data

    image = itten.image.as_image(getattr(data, name)())
    scale = side / max(image.shape[1:])
    size = [round(length * scale) for length in image.shape[1:]]
    return torch.nn.functional.interpolate(image[None], size, mode="area")[0].contiguous()


def drawn(seed: int, side: int = 96) -> tuple[np.ndarray, np.ndarray]:
    """Five to ten cells with bent borders, each of a colour, a slow wave over all of them and noise: ``(3, side,
    side)`` float32, and the labels."""
    random = np.random.default_rng(seed)
    count = int(random.integers(5, 11))
    points = random.random((count, 2)) * side
    y, x = np.mgrid[:side, :side].astype(np.float64)

    def cells(rows: np.ndarray) -> np.ndarray:
        return ((rows[..., None] - points[:, 0]) ** 2 + (x[..., None] - points[:, 1]) ** 2).argmin(axis=-1)

    for _ in range(3):
        labels = cells(y)
        points = np.array([[y[labels == one].mean(), x[labels == one].mean()] for one in range(count)])
    bent = y + 3 * np.sin(x / 9 + seed)
    labels = cells(bent)
    image = (0.2 + 0.6 * random.random((count, 3)))[labels]
    slope = random.uniform(-1, 1, 2)
    image = image + random.uniform(0.05, 0.15) * np.sin((slope[0] * bent + slope[1] * x) / side * 3)[..., None]
    image = image + random.uniform(0.02, 0.06) * random.standard_normal(image.shape)
    return np.ascontiguousarray(image.clip(0, 1).transpose(2, 0, 1), np.float32), labels


def theirs(matrix: Any, count: int, way: str) -> np.ndarray:
    from sklearn.cluster import spectral_clustering

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        labels: np.ndarray = spectral_clustering(
            matrix, n_clusters=count, eigen_solver="arpack", random_state=0, assign_labels=way
        )
    return labels


def cut(matrix: Any, labels: np.ndarray) -> float:
    """The normalised cut of ``labels`` ``(N,)``, summed over them."""
    degree = np.asarray(matrix.sum(axis=1)).ravel()
    total = 0.0
    for name in np.unique(labels):
        inside = labels == name
        total += 1 - matrix[inside][:, inside].sum() / degree[inside].sum()
    return total


def judge_cut() -> list[Row]:
    image = photograph("astronaut", 96)
    rows = []
    for threshold in (0.15, 0.1, 0.05):
        matrix = affinities(image.numpy(), threshold, "normalised")
        row: Row = {"picture": "astronaut", "side": 96, "threshold": threshold, "k": 8}
        row["ours"] = cut(matrix, itten.segment(image, 8, edge_threshold=threshold).numpy().ravel())
        row["ours, no polish"] = cut(
            matrix, itten.segment(image, 8, edge_threshold=threshold, polish=False).numpy().ravel()
        )
        row |= {way: cut(matrix, theirs(matrix, 8, way)) for way in WAYS}
        rows.append(row)
        print(line(row), flush=True)
    return rows


def judge_mosaics(names: list[str]) -> list[Row]:
    from sklearn.metrics import adjusted_rand_score

    rows = []
    for name in names:
        if name.startswith("drawn "):
            image, labels = drawn(int(name.removeprefix("drawn ")))
        else:
            mosaic, part = mosaics.load(name), (slice(0, 96), slice(0, 128))
            image = np.ascontiguousarray(mosaic.image[(slice(None), *part)])
            labels = mosaics.connected(mosaic.labels[part])
        count = len(np.unique(labels))
        begin = time.process_time()
        found = itten.segmentation(torch.from_numpy(image), count)
        seconds = time.process_time() - begin
        matrix = affinities(image, found.edge_threshold, "normalised")
        row: Row = {"picture": name, "k": count, "threshold": found.edge_threshold, "seconds": seconds}
        row["ours"] = adjusted_rand_score(labels.ravel(), found.labels.numpy().ravel())
        begin = time.process_time()
        for way in WAYS:
            row[way] = adjusted_rand_score(labels.ravel(), theirs(matrix, count, way))
        row["their seconds"] = (time.process_time() - begin) / len(WAYS)
        rows.append(row)
        print(line(row), flush=True)
    return rows


def judge_time(repeats: int) -> list[Row]:
    rows = []
    for name in PHOTOGRAPHS:
        image, parts = photograph(name, 512), []
        itten.segment(image, 12)
        for _ in range(repeats):
            begin = time.process_time()
            found = itten.segmentation(image, 12)
            whole = time.process_time() - begin
            begin = time.process_time()
            options: Row = {"edge_threshold": found.edge_threshold, "laplacian": "normalised", "drop_specks": True}
            itten.spectrum(image, 12, **options)
            spectrum = time.process_time() - begin
            parts.append(((whole - spectrum) / spectrum, spectrum))
        ratio = [one for one, _ in parts]
        row: Row = {
            "picture": name,
            "size": list(image.shape[1:]),
            "the rest over the spectrum": statistics.median(ratio),
        }
        row |= {"least": min(ratio), "most": max(ratio), "spectrum": statistics.median(one for _, one in parts)}
        rows.append(row)
        print(line(row), flush=True)
    return rows


def judge_steady() -> Row:
    """Of how many pictures labels stay the same."""
    program = (
        "import sys, numpy as np, torch, itten; from benchmarks.segmentation import drawn; "
        "sys.stdout.buffer.write(np.stack([itten.segment(torch.from_numpy(drawn(s)[0]), 8).numpy() "
        "for s in range(20)]).tobytes())"
    )
    first, second = (
        subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            check=True,
            env={**os.environ, "OMP_NUM_THREADS": count},
        ).stdout
        for count in ("1", "2")
    )
    moved = 0
    for seed in range(20):
        image = torch.from_numpy(drawn(seed)[0])
        noise = 2e-6 * torch.rand(image.shape, generator=torch.Generator().manual_seed(seed)) - 1e-6
        moved += not itten.segment((image + noise).clamp(0, 1), 8).equal(itten.segment(image, 8))
    row = {"threads": "the same bytes" if first == second else "differ", "moved by a change of 1e-6": f"{moved} of 20"}
    print(row, flush=True)
    return row


def line(row: Row) -> str:
    return ", ".join(
        f"{key} {value:.4g}" if isinstance(value, float) else f"{key} {value}" for key, value in row.items()
    )


def verdict(rows: list[Row]) -> Row:
    """Ours against each of theirs: in how many ours is lower by more than 0.001, and the means."""
    found: Row = {"mean": {who: statistics.mean(row[who] for row in rows) for who in ("ours", *WAYS)}}
    found["below"] = {way: sum(row["ours"] < row[way] - 0.001 for row in rows) for way in WAYS}
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--only", default="cut,mosaics,steady,time")
    parser.add_argument("--pictures", default=",".join([*mosaics.NAMES, *(f"drawn {seed}" for seed in range(20))]))
    parser.add_argument("--repeats", type=int, default=5)
    chosen = parser.parse_args()
    kept = json.loads(chosen.json.read_text()) if chosen.json and chosen.json.is_file() else {}
    wanted = chosen.only.split(",")
    if "cut" in wanted:
        kept["cut"] = judge_cut()
    if "mosaics" in wanted:
        kept["mosaics"] = judge_mosaics(chosen.pictures.split(","))
        kept["mosaics, in short"] = verdict(kept["mosaics"])
        print(json.dumps(kept["mosaics, in short"], indent=1))
    if "steady" in wanted:
        kept["steady"] = judge_steady()
    if "time" in wanted:
        kept["time"] = judge_time(chosen.repeats)
    if chosen.json:
        chosen.json.write_text(json.dumps({"machine": machine(), **kept}, indent=1) + "\n")


if __name__ == "__main__":
    main()
