"""Random small pictures against the dense matrix: prints every case that disagrees, and how many there were.

    OPENBLAS_NUM_THREADS=1 python benchmarks/random_small.py --cases 1000

Sides 1 to 40, random radii, thresholds, channels, masks and numbers of vectors. A case agrees if every value is within
1e-5 of the Laplacian's norm, the vectors are orthonormal to 2e-5, each lies in the true space up to the next gap, and
the components are counted alike. ``--iterate`` forbids dense matrices within the solver, to see the iteration alone.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np
import torch

import itten
from itten.errors import IttenError
from itten.graph import make_stencil
from itten.spectra.dense import dense_pairs
from itten.spectra.stitched import outcome

TOLERANCE = 5e-6


def draw(rng: np.random.Generator) -> tuple[np.ndarray, int, np.ndarray | None, dict[str, Any]]:
    """A picture ``(C, H, W)``, a number of vectors, a mask or None, and options."""
    height, width = (int(v) for v in rng.integers(1, 41, 2))
    radii = tuple(sorted(rng.choice(np.arange(1, 16), rng.integers(1, 7), replace=False).tolist()))
    options = {
        "radii": radii,
        "radius_weights": tuple(rng.choice([1.0, 0.6, 0.4, 0.3, 0.2, 0.1], len(radii)).tolist()),
        "edge_threshold": float(rng.choice([0.02, 0.05, 0.15, 0.5, 2.0])),
    }
    image = rng.random((int(rng.integers(1, 5)), height, width), dtype=np.float32)
    kind = rng.integers(4)
    if kind == 1:
        image = image.round()
    if kind == 2:
        image[:] = 0.3
    if kind == 3:
        image = np.kron(image[:, :8, :8], np.ones((5, 5), np.float32))[:, :height, :width]
        image = np.pad(image, ((0, 0), (0, height - image.shape[1]), (0, width - image.shape[2])), mode="edge")
    mask = rng.random((height, width)) < 0.3 if rng.random() < 0.2 else None
    if mask is not None and mask.all():
        mask = None
    live = height * width if mask is None else int((~mask).sum())
    return np.ascontiguousarray(image), int(rng.integers(1, min(live, 12) + 1)), mask, options


def disagreement(image: np.ndarray, k: int, mask: np.ndarray | None, options: dict[str, Any]) -> str:
    """What is wrong with the solver's answer; the empty string if nothing."""
    hidden = None if mask is None else torch.from_numpy(mask)
    try:
        found = itten.spectrum(torch.from_numpy(image), k, "stitched", exclude=hidden, tol=TOLERANCE, **options)
    except IttenError as error:
        return f"{type(error).__name__}: {error}"
    stencil = make_stencil(options["radii"], options["radius_weights"])
    live = image[0].size if mask is None else int((~mask).sum())
    more = min(2 * k + 16, live)
    values, vectors, _, bound, components = dense_pairs(image, more, stencil, options["edge_threshold"], mask)
    unit = max(bound, 1e-30)
    rows = found.vectors.flatten(1).double().numpy()
    wrong = []
    if components != found.components:
        wrong.append(f"{found.components} components for {components}")
    if float(np.abs(found.values.numpy() - values[:k]).max()) > 1e-5 * unit:
        wrong.append(f"values off by {np.abs(found.values.numpy() - values[:k]).max() / unit:.1e}")
    if float(np.abs(rows @ rows.T - np.eye(k)).max()) > 2e-5:
        wrong.append("not orthonormal")
    gaps = np.flatnonzero(values[k:] - values[k - 1] > 1e-3 * unit)
    if len(gaps) or more == live:
        space = vectors[: k + int(gaps[0]) if len(gaps) else more].reshape(-1, image[0].size)
        cosine = float(np.linalg.norm(rows @ space.T, axis=1).min())
        if cosine < 0.999:
            wrong.append(f"cosine {cosine:.5f}")
    return ", ".join(wrong)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--iterate", action="store_true", help="no dense matrices within the solver")
    chosen = parser.parse_args()
    if chosen.iterate:
        outcome.DENSE = outcome.FALLBACK = 0
    begin, bad = time.perf_counter(), 0
    for case in range(chosen.cases):
        image, k, mask, options = draw(np.random.default_rng([chosen.seed, case]))
        wrong = disagreement(image, k, mask, options)
        if wrong:
            bad += 1
            print(f"case {case}: {image.shape} k={k} mask={mask is not None} {options}: {wrong}", flush=True)
    print(f"{bad} of {chosen.cases} cases disagree; {time.perf_counter() - begin:.0f} s")


if __name__ == "__main__":
    main()
