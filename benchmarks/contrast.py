"""How right eigenvalues are from strong to weak edges, and how fast: stitched spectra against shift-invert in float64.

    python benchmarks/contrast.py --truth FOLDER --python INTERPRETER --json benchmarks/results/contrast.json
    python benchmarks/contrast.py --truth FOLDER --known --judge-only --pictures coffee --thresholds 0.05 --k 12

The six pictures of ``spectrum.py`` and crops of photographs of scikit-image, each of about 96,000 pixels. The truth
and its seconds are those of ``contrast_truth.py``: CHOLMOD's, where ``--python`` has scikit-sparse. It takes half a
minute a case, and ``--truth`` keeps it; ``--known`` skips what is not there.

A row has the worst relative error of the values above 1e-7 of ‖L‖, the worst of those below as a part of ‖L‖, the least
cosine of a vector with the true space that is cut at a gap behind it, what ``Spectrum.errors`` said, and times.
``--judge-only`` takes no times and ``--time-only`` nothing else, so that times can be taken on a quiet machine; where
there is none, NUMBA_NUM_THREADS=1 makes the processor's seconds comparable with the peer's. Rows that the file of
``--json`` has already are kept or brought up to date. The summary holds the rows against what is
wanted of them.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch is loaded, as the command does

import argparse
import itertools
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

import itten
from itten.benchmark import machine
from itten.errors import ConvergenceError, UsageError

sys.path.insert(0, str(Path(__file__).resolve().parent))
import contrast_truth
import pictures

THRESHOLDS = (0.15, 0.1, 0.05, 0.03, 0.02)
# Values below this part of the bound of ‖L‖ are as good as zero: their spaces count, not their digits.
TINY = 1e-7
# Pairs behind those that are asked for, among which the space is cut at the widest gap.
MORE = 6
CASE = ("picture", "laplacian", "threshold", "k", "options")

Row = dict[str, Any]


def cosines(vectors: np.ndarray, true: dict[str, Any], k: int) -> np.ndarray:
    """Of every vector ``(k, n)`` with the true space, cut at a gap behind the k-th."""
    m, values = int(true["components"]), true["values"]
    unit = vectors * true["root"]
    unit /= np.maximum(np.linalg.norm(unit, axis=1), 1e-300)[:, None]
    volume = np.bincount(true["labels"], true["root"] ** 2)
    sums = np.array([np.bincount(true["labels"], one * true["root"]) for one in unit])
    square = (sums**2 / volume).sum(axis=1)
    if k > m:
        gaps = np.diff(values)[k - m - 1 : k - m - 1 + MORE]
        cut = k - m + int(np.argmax(gaps))
        square += ((unit @ true["vectors"][:cut].T.astype(np.float64)) ** 2).sum(axis=1)
    return np.sqrt(np.minimum(square, 1.0))


def judged(found: itten.Spectrum, true: dict[str, Any], k: int) -> Row:
    """Errors of a result against the truth."""
    m, scale = int(true["components"]), float(true["bound"])
    right = np.concatenate([np.zeros(m), true["values"]])[1:k]
    wrong = np.abs(found.values.numpy()[1:] - right)
    large = right > TINY * scale
    relative = wrong / np.maximum(right, 1e-300)
    cosine = cosines(found.vectors.flatten(1).double().numpy(), true, k)[1:]
    row = {
        "islands": m,
        "islands found": found.components,
        "lowest": float(right[0]),
        "highest": float(right[-1]),
        "tiny": int((~large).sum()),
        "error": float(relative[large].max(initial=0.0)),
        "tiny error": float(wrong[~large].max(initial=0.0) / scale),
        "cosine": float(cosine[large].min(initial=1.0)),
        "tiny cosine": float(cosine[~large].min(initial=1.0)),
        "residual": float(found.residuals.max() / found.scale),
        "status": found.status,
        "steps": found.spent.get("steps"),
        "truth residual": true.get("residual"),
    }
    if found.errors is None:
        return {**row, "errors told": None}
    told = found.errors.numpy()[1:]
    return {
        **row,
        "errors told": int(large.sum()),
        "errors above": int((told >= relative)[large].sum()),
        "errors ratios": [float(one) for one in (told / np.maximum(relative, 1e-300))[large]],
        "tiny above": int((told * found.values.numpy()[1:] >= wrong)[~large].sum()),
    }


def solved(image: torch.Tensor, case: Row) -> itten.Spectrum:
    options = {"laplacian": case["laplacian"], **case["options"]}
    return itten.spectrum(image, case["k"], "stitched", edge_threshold=case["threshold"], **options)


def timed(image: torch.Tensor, case: Row, repeats: int, true: dict[str, Any] | None) -> Row:
    """Median seconds, and those of the peer for as many pairs: the processor's, of what it does for them."""
    times, busy = [], []
    for _ in range(repeats):
        begin = time.perf_counter(), time.process_time()
        solved(image, case)
        times.append(time.perf_counter() - begin[0])
        busy.append(time.process_time() - begin[1])
    facts: Row = {"seconds": statistics.median(times), "all seconds": times, "processor": statistics.median(busy)}
    taken = {} if true is None else {name: two[0] for name, two in true["seconds"].items()}
    if true is not None and "factor" in taken:
        before = taken["assemble"] + taken["factor"]
        facts["CHOLMOD threads"] = true["threads"]
        facts["CHOLMOD truth"] = before + taken.get("lanczos truth", 0.0)
        facts["CHOLMOD"] = before + taken.get(f"lanczos {case['k']}", taken.get("lanczos truth", 0.0))
    return facts


def line(row: Row) -> str:
    text = f"{row['picture']:10s} {row['laplacian'][:4]} {row['threshold']:5g} k {row['k']:3d}"
    if "error" in row:
        ends = f"{row['lowest']:.1e} to {row['highest']:.1e}, {row['tiny']:2d} tiny"
        text += f"  {ends}; error {100 * row['error']:8.4f} %, cosine {row['cosine']:.5f}"
        if row["tiny"]:
            text += f"; tiny {row['tiny error']:.0e} of L, {row['tiny cosine']:.4f}"
        if row["errors told"]:
            above, ratio = row["errors above"] / row["errors told"], statistics.median(row["errors ratios"])
            text += f"; told above {100 * above:.0f} %, {ratio:.0f} times"
        text += f"; {row['steps']} steps ({row['status']})"
    if "seconds" in row:
        text += f"; {row['seconds']:.2f} s ({row.get('processor', 0):.2f} of the processor)"
        if "CHOLMOD" in row:
            text += f", CHOLMOD {row['CHOLMOD']:.0f} s"
    return text


def summary(rows: list[Row]) -> dict[str, Any]:
    """All rows of a Laplacian against what is wanted of them."""
    out: dict[str, Any] = {}
    right = [row for row in rows if "error" in row]
    if right:
        tiny = [row for row in right if row["tiny"]]
        told = [row for row in right if row["errors told"]]
        ratios = [one for row in told for one in row["errors ratios"]]
        out["cases"] = len(right)
        out["worst error, wanted 0.005"] = max(row["error"] for row in right)
        out["least cosine, wanted 0.999"] = min(row["cosine"] for row in right)
        out["worst tiny error, wanted 1e-9"] = max((row["tiny error"] for row in tiny), default=0.0)
        out["least tiny cosine, wanted 0.99"] = min((row["tiny cosine"] for row in tiny), default=1.0)
        out["cases that miss one of these"] = [
            f"{row['picture']} {row['threshold']:g} k {row['k']}" for row in right if missed(row)
        ]
        if told:
            share = sum(row["errors above"] for row in told) / max(1, sum(row["errors told"] for row in told))
            out["told above the true error, wanted 0.95"] = share
            out["told over the true error, median, wanted 20 at most"] = statistics.median(ratios)
            said = [row for row in told if row["status"] == "converged" and row["error"] > 0.005]
            out["cases called converged with an error above 0.005"] = len(said)
    fast = [row for row in rows if "CHOLMOD" in row and "seconds" in row]
    peers = (("CHOLMOD", "as many pairs"), ("CHOLMOD truth", "the truth"))
    for (name, what), ours in itertools.product(peers, ("seconds", "processor")):
        quotients = [row[name] / row[ours] for row in fast if ours in row]
        if quotients:
            two = {"least, wanted 15": min(quotients), "median, wanted 60": statistics.median(quotients)}
            out[f"CHOLMOD's seconds for {what} over ours ({ours})"] = two
    base = {(row["picture"], row["k"]): row["seconds"] for row in rows if row["threshold"] == 0.15 and "seconds" in row}
    for threshold in (0.05, 0.02):
        some = [row for row in rows if row["threshold"] == threshold and "seconds" in row]
        more = [row["seconds"] / base[row["picture"], row["k"]] for row in some if (row["picture"], row["k"]) in base]
        if more:
            out[f"seconds at {threshold} over those at 0.15"] = {"median": statistics.median(more), "most": max(more)}
    return out


def missed(row: Row) -> bool:
    good = row["error"] <= 0.005 and row["cosine"] >= 0.999
    return not (good and row["tiny error"] <= 1e-9 and row["tiny cosine"] >= 0.99)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", default=",".join((*pictures.NAMES, *contrast_truth.PHOTOGRAPHS)))
    parser.add_argument("--thresholds", default=",".join(map(str, THRESHOLDS)))
    parser.add_argument("--laplacians", default="combinatorial,normalised")
    parser.add_argument("--k", default="12,64")
    parser.add_argument("--size", help="HEIGHTxWIDTH of the part that is taken")
    parser.add_argument("--options", default="{}", help="more of what itten.spectrum takes, as JSON")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--judge-only", action="store_true")
    parser.add_argument("--time-only", action="store_true")
    parser.add_argument("--truth", type=Path, help="a folder that the truth is kept in")
    parser.add_argument("--known", action="store_true", help="skip cases whose truth is not there")
    parser.add_argument("--python", default=sys.executable, help="the interpreter of the truth")
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    size = tuple(map(int, chosen.size.split("x"))) if chosen.size else None
    kept = json.loads(chosen.json.read_text())["rows"] if chosen.json and chosen.json.is_file() else []
    rows = {json.dumps([row[name] for name in CASE]): row for row in kept}
    itten.spectrum(torch.rand(3, 96, 80, generator=torch.Generator().manual_seed(0)), 8, "stitched")
    with tempfile.TemporaryDirectory() as temporary:
        folder = chosen.truth or Path(temporary)
        for laplacian in chosen.laplacians.split(","):
            for name in chosen.pictures.split(","):
                image = contrast_truth.load(name, size)
                for threshold in map(float, chosen.thresholds.split(",")):
                    make = not (chosen.known or chosen.time_only)
                    true = contrast_truth.truth(image, threshold, laplacian, folder, chosen.python, make)
                    if true is None and not chosen.time_only:
                        continue
                    for k in map(int, chosen.k.split(",")):
                        options = json.loads(chosen.options)
                        case = dict(zip(CASE, (name, laplacian, threshold, k, options), strict=True))
                        facts = measured(torch.from_numpy(image), case, true, chosen)
                        if facts is not None:
                            key = json.dumps(list(case.values()))
                            rows[key] = {**rows.get(key, {}), **case, "size": list(image.shape[1:]), **facts}
                            print(line(rows[key]), flush=True)
                if chosen.json:
                    save(chosen.json, list(rows.values()))
    print(json.dumps(save(chosen.json, list(rows.values())), indent=1))


def measured(image: torch.Tensor, case: Row, true: dict[str, Any] | None, chosen: argparse.Namespace) -> Row | None:
    """What is asked for of one case; None where it is refused or fails with nothing to judge."""
    facts: Row = {}
    try:
        if not chosen.time_only and true is not None:
            facts = judged(solved(image, case), true, case["k"])
        if not chosen.judge_only:
            facts |= timed(image, case, chosen.repeats, true)
    except UsageError as error:
        print(f"{case['picture']} {case['laplacian']}: skipped: {error}", flush=True)
        return None
    except ConvergenceError as error:
        print(f"{case['picture']} {case['laplacian']} {case['threshold']:g}: {error}", flush=True)
        if error.partial is None or true is None or len(error.partial) < case["k"]:
            return None
        facts = {**judged(error.partial, true, case["k"]), "status": "ConvergenceError"}
    return facts


def save(path: Path | None, rows: list[Row]) -> dict[str, Any]:
    """The summaries of the Laplacians, written with all rows."""
    names = sorted({row["laplacian"] for row in rows})
    found = {name: summary([row for row in rows if row["laplacian"] == name]) for name in names}
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"summary": found, "machine": machine(), "rows": rows}, indent=1) + "\n")
    return found


if __name__ == "__main__":
    main()
