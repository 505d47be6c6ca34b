"""Select by scribbles, with itten and with scikit-image's random walker, side by side.

A photograph of scikit-image gets three strokes. Both walkers label all of it; printed are the seconds, how many pixels
they agree on, and how right the first is estimated to be.

    python examples/selection.py --picture coffee --size 256 --edge-threshold 0.05 --out selection.png
"""

from __future__ import annotations

import argparse
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from skimage import color, data, transform
from skimage.segmentation import random_walker

import itten
from itten.image import Cell
from itten.image.labels import label_colour

# Label, and both ends of a stroke as parts of height and width.
STROKES = [(1, (0.28, 0.42), (0.48, 0.55)), (2, (0.05, 0.05), (0.08, 0.94)), (3, (0.75, 0.28), (0.80, 0.40))]


def scribbles(height: int, width: int) -> np.ndarray:
    """``(height, width)``: 0, and labels on the strokes."""
    seeds = np.zeros((height, width), np.int64)
    for label, begin, end in STROKES:
        for part in np.linspace(0, 1, 2 * (height + width)):
            y = int(height * (begin[0] + part * (end[0] - begin[0])))
            x = int(width * (begin[1] + part * (end[1] - begin[1])))
            seeds[max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2] = label
    return seeds


def coloured(image: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The picture with the colours of labels over it."""
    table = np.array([label_colour(number) for number in range(int(labels.max()) + 1)], np.float32) / 255
    return (0.5 * image + 0.5 * table[labels]).astype(np.float32)


def main(
    picture: str = "coffee", size: int = 256, edge_threshold: float = 0.05, out: Path | None = None
) -> dict[str, Any]:
    """Run both, print and return the figures."""
    whole = getattr(data, picture)()
    whole = color.gray2rgb(whole) if whole.ndim == 2 else whole
    image = transform.resize(whole, (size, size), anti_aliasing=True).astype(np.float32)
    seeds = scribbles(size, size)
    itten.select(image[:32, :32], scribbles(32, 32), edge_threshold=edge_threshold)  # what is loaded once
    begin = time.perf_counter()
    ours = itten.select(image, seeds, edge_threshold=edge_threshold)
    middle = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it would rather have pyamg
        theirs = random_walker(image, seeds, mode="cg_j", channel_axis=-1)
    end = time.perf_counter()
    agree = float((ours.labels.numpy() == theirs).mean())
    print(
        f"itten: {middle - begin:.2f} s, {ours.iterations} steps, probabilities within {ours.error:.0e}, {ours.status}"
    )
    print(f"scikit-image, cg_j: {end - middle:.2f} s; both say the same of {100 * agree:.1f} % of the pixels")
    if out is not None:
        cells = [Cell("scribbles", coloured(image, seeds)), Cell("itten", coloured(image, ours.labels.numpy()))]
        cells.append(Cell("scikit-image", coloured(image, theirs)))
        print(itten.write_image(itten.contact_sheet(cells, columns=3, cell=size), out, overwrite=True))
    return {"itten": middle - begin, "scikit_image": end - middle, "agree": agree, "status": ours.status}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--picture", default="coffee", help="a photograph of skimage.data")
    parser.add_argument("--size", type=int, default=256, help="side of the picture, pixels")
    parser.add_argument("--edge-threshold", type=float, default=0.05, help="colour distance at which edges fall to 1/e")
    parser.add_argument("--out", type=Path, default=None, help="a picture to write")
    main(**vars(parser.parse_args()))
