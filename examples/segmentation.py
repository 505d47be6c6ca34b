"""Segments of scikit-image's photographs, beside those of scikit-learn's spectral clustering on the same graph.

    python examples/segmentation.py [FOLDER]

Prints normalised cuts and seconds, and writes a sheet to FOLDER, the working folder if none is named. The photographs
are brought to 128 pixels, since ARPACK takes minutes for larger ones; itten takes them as they are.
"""

from __future__ import annotations

import sys
import time
import warnings
from pathlib import Path

import numpy as np
import torch
from scipy import sparse
from skimage import data
from sklearn.cluster import spectral_clustering

import itten
from itten.image import Cell
from itten.regions.shown import overlay

COUNT, SIDE = 8, 128
NAMES = ("astronaut", "coffee", "chelsea")


def photograph(name: str, side: int) -> torch.Tensor:
    image = itten.image.as_image(getattr(data, name)())
    scale = side / max(image.shape[1:])
    size = [round(length * scale) for length in image.shape[1:]]
    return torch.nn.functional.interpolate(image[None], size, mode="area")[0].contiguous()


def affinities(image: torch.Tensor, threshold: float) -> sparse.csr_matrix:
    """exp(−‖I_i − I_j‖ / threshold), weighed by distance, between pixels up to six apart: itten's graph."""
    config = itten.SpectrumConfig()
    colours = image.double().numpy().reshape(len(image), -1)
    height, width = image.shape[1:]
    number = np.arange(height * width).reshape(height, width)
    rows, columns, weights = [], [], []
    for dy in range(-6, 7):
        for dx in range(-6, 7):
            near = sum(w for r, w in zip(config.radii, config.weights, strict=True) if dy * dy + dx * dx <= r * r)
            if near == 0 or (dy, dx) == (0, 0):
                continue
            one = number[max(-dy, 0) : height - max(dy, 0), max(-dx, 0) : width - max(dx, 0)].ravel()
            other = number[max(dy, 0) : height - max(-dy, 0), max(dx, 0) : width - max(-dx, 0)].ravel()
            apart = np.sqrt(np.square(colours[:, one] - colours[:, other]).sum(axis=0))
            rows.append(one), columns.append(other), weights.append(near * np.exp(-apart / threshold))
    where = np.concatenate(rows), np.concatenate(columns)
    return sparse.csr_matrix((np.concatenate(weights), where), (height * width,) * 2)


def normalised_cut(matrix: sparse.csr_matrix, labels: np.ndarray) -> float:
    member = sparse.csr_matrix((np.ones(len(labels)), (np.arange(len(labels)), labels)))
    links = (member.T @ matrix @ member).toarray()
    return float((1 - np.diag(links) / links.sum(axis=1)).sum())


def main(folder: Path, names: tuple[str, ...] = NAMES, side: int = SIDE) -> dict[str, tuple[float, float]]:
    """Both normalised cuts of every photograph; the sheet goes to ``folder``."""
    found, cells = {}, []
    for name in names:
        image = photograph(name, side)
        begin = time.perf_counter()
        ours = itten.segmentation(image, COUNT)
        middle = time.perf_counter()
        matrix = affinities(image, ours.edge_threshold)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns that its graph is not fully connected
            theirs = spectral_clustering(matrix, n_clusters=COUNT, eigen_solver="arpack", random_state=0)
        end = time.perf_counter()
        cuts = normalised_cut(matrix, ours.labels.numpy().ravel()), normalised_cut(matrix, theirs)
        found[name] = cuts
        print(
            f"{name}: cut {cuts[0]:.4f} in {middle - begin:.2f} s; scikit-learn {cuts[1]:.4f} in {end - middle:.1f} s"
        )
        other = torch.from_numpy(theirs.astype(np.int64)).reshape(image.shape[1:])
        for title, labels in (("itten", ours.labels), ("scikit-learn", other)):
            cells.append(Cell(f"{name}: {title}", overlay(image, labels)))
    path = itten.write_image(itten.contact_sheet(cells, columns=2), folder / "segments.png")
    print(path)
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
