"""How right eigenvalues are from strong to weak edges: stitched spectra against counted shift-invert in float64.

    python benchmarks/contrast.py --json benchmarks/results/contrast.json
    python benchmarks/contrast.py --pictures coffee --thresholds 0.05,0.03 --k 12 --size 160x190

The six pictures of ``spectrum.py`` and crops of photographs of scikit-image. For each edge threshold: the true
relative error of the values, apart those above 1e-7 of ‖L‖ and those below, the least cosine of a vector with the true
space that is cut at a gap behind it, what the result says of itself, and times. The truth, SciPy's Lanczos with shift
and invert counted by the inertia, takes minutes: ``--truth FOLDER`` keeps it.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch is loaded, as the command does

import argparse
import hashlib
import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

import itten
from itten.benchmark import machine

sys.path.insert(0, str(Path(__file__).resolve().parent))
import pictures

PHOTOGRAPHS = ("coffee", "astronaut", "chelsea", "camera", "rocket")
THRESHOLDS = (0.15, 0.1, 0.05, 0.03, 0.02)
# Values below this part of the bound of ‖L‖ are as good as zero: their spaces count, not their digits.
TINY = 1e-7
# Pairs of the truth beyond those that are asked for, among which the space is cut at the widest gap.
MORE = 6


def load(name: str, size: tuple[int, int] | None) -> torch.Tensor:
    """``(3, H, W)`` float32: the picture, or its upper left part of ``size``."""
    if name in PHOTOGRAPHS:
        from skimage import data

        height, width = size or (300, 320)
        return itten.image.as_image(getattr(data, name)())[:, :height, :width].contiguous()
    found = torch.from_numpy(pictures.load(name))
    return found if size is None else found[:, : size[0], : size[1]].contiguous()


def truth(image: torch.Tensor, k: int, threshold: float, folder: Path | None) -> dict[str, np.ndarray]:
    """Values, vectors ``(k, N)`` and seconds, kept in ``folder``."""
    key = hashlib.sha256(image.numpy().tobytes() + f"{tuple(image.shape)} {k} {threshold}".encode()).hexdigest()[:24]
    path = None if folder is None else folder / f"{key}.npz"
    if path is not None and path.is_file():
        return dict(np.load(path))
    begin = time.perf_counter()
    try:
        found, counted = itten.spectrum(image.double(), k, "exact", edge_threshold=threshold), True
    except itten.ConvergenceError as error:
        if error.partial is None:
            raise
        found, counted = error.partial, False
    seconds = time.perf_counter() - begin
    known = {"values": found.values.numpy(), "vectors": found.vectors.flatten(1).numpy(), "scale": found.scale}
    known = {name: np.asarray(one) for name, one in {**known, "seconds": seconds, "counted": counted}.items()}
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(path, **known)
    return known


def judged(found: itten.Spectrum, true: dict[str, np.ndarray], k: int) -> dict[str, Any]:
    """Errors of a result against the truth."""
    values, right, scale = found.values.numpy()[1:], true["values"][1:k], float(true["scale"])
    large = right > TINY * scale
    wrong = np.abs(values - right)
    relative = (wrong / np.maximum(right, 1e-300))[large]
    gaps = np.diff(true["values"])[k - 1 :]
    cut = k + int(np.argmax(gaps)) if len(gaps) else k
    vectors = found.vectors.flatten(1).double().numpy()
    cosines = np.linalg.norm(vectors @ true["vectors"][:cut].T, axis=1) / np.linalg.norm(vectors, axis=1)
    told = getattr(found, "errors", None)
    return {
        "lowest": float(right[0]),
        "highest": float(right[-1]),
        "tiny": int((~large).sum()),
        "error": float(relative.max(initial=0.0)),
        "tiny error": float(wrong[~large].max(initial=0.0) / scale),
        "cosine": float(np.minimum(cosines, 1.0).min()),
        "residual": float(found.residuals.max()),
        "told": None if told is None else [float(one) for one in told[1:]],
        "errors": [float(one) for one in wrong / np.maximum(right, 1e-300)],
        "status": found.status,
        "steps": found.spent.get("steps"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", default=",".join((*pictures.NAMES, *PHOTOGRAPHS)))
    parser.add_argument("--thresholds", default=",".join(map(str, THRESHOLDS)))
    parser.add_argument("--k", default="12,64")
    parser.add_argument("--size", help="HEIGHTxWIDTH of the part that is taken")
    parser.add_argument("--options", default="{}", help="more of what itten.spectrum takes, as JSON")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--truth", type=Path, help="a folder that the truth is kept in")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    height, _, width = (arguments.size or "").partition("x")
    size = (int(height), int(width)) if arguments.size else None
    options, rows = json.loads(arguments.options), []
    itten.spectrum(torch.rand(3, 96, 80, generator=torch.Generator().manual_seed(0)), 8, "stitched")
    for name in arguments.pictures.split(","):
        image = load(name, size)
        for threshold in map(float, arguments.thresholds.split(",")):
            for k in map(int, arguments.k.split(",")):
                true = truth(image, k + MORE, threshold, arguments.truth)
                times = []
                for _ in range(arguments.repeats):
                    begin = time.perf_counter()
                    found = itten.spectrum(image, k, "stitched", edge_threshold=threshold, **options)
                    times.append(time.perf_counter() - begin)
                case = {"picture": name, "size": list(image.shape[1:]), "threshold": threshold, "k": k}
                facts = {"seconds": statistics.median(times), "exact seconds": float(true["seconds"])}
                rows.append({**case, **judged(found, true, k), **facts, "counted": bool(true["counted"])})
                row = rows[-1]
                print(
                    f"{name:10s} {threshold:5g} k {k:3d}  values {row['lowest']:.1e} to {row['highest']:.1e}, "
                    f"{row['tiny']:2d} tiny; error {100 * row['error']:9.3f} %, tiny {row['tiny error']:.1e} of L; "
                    f"cosine {row['cosine']:.4f}; {row['seconds']:.2f} s, exact {row['exact seconds']:.0f} s "
                    f"({row['status']})",
                    flush=True,
                )
        if arguments.json:
            arguments.json.write_text(json.dumps({"machine": machine(), "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
