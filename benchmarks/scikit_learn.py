"""Stitched spectra against scikit-learn's ``spectral_embedding`` on the same graphs: time, memory, and who fails how.

    python benchmarks/scikit_learn.py --python INTERPRETER --truth FOLDER --json benchmarks/results/scikit_learn.json
    python benchmarks/scikit_learn.py --python INTERPRETER --sizes 128 --solvers stitched,arpack

A photograph and a drawing in ink, eight vectors beside the first. scikit-learn gets the affinities as a sparse matrix,
with random_state 0 and defaults otherwise (``lobpcg_tol``: an eigen_tol of 1e-6); its vectors are brought back to those
of the symmetric matrix. Every measurement is a process of its own on one thread, from pixels to vectors, and ends
after ``--limit`` seconds of the processor. Memory is the peak of that process less what it held after its imports
(Linux). Vectors are held against the truth of ``contrast_truth.py``: the least cosine with the true space, cut at a
gap, and the worst relative error of the values of Rayleigh and Ritz on all that was returned. ``--python`` names an
interpreter with scikit-learn, pyamg and scikit-sparse.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
import contrast_truth

COUNT = 8
SOLVERS = ("stitched", "stitched_tol", "exact", "arpack", "amg", "lobpcg", "lobpcg_tol")
OURS = SOLVERS[:3]
# Upper left corners of what is cut out: a face, a tooth.
CORNERS = {"astronaut": (0, 90), "ink": (45, 55)}
MEMORY = 14 << 30
# A value that is further off than this part of it is another one.
WRONG = 0.05
Row = dict[str, Any]


def resident(name: str) -> float:
    """MiB that this process holds (``VmRSS``), or held at most (``VmHWM``)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1]) / 1024


def forget_peak() -> float:
    """From here on the peak counts; what is held now."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")
    return resident("VmRSS")


def picture(name: str, side: int) -> np.ndarray:
    top, left = CORNERS[name]
    whole = contrast_truth.load(name, (top + side, left + side))
    return np.ascontiguousarray(whole[:, top:, left:])


def ours(image: np.ndarray, threshold: float, laplacian: str, solver: str) -> tuple[np.ndarray, str]:
    import torch

    import itten

    method = "exact" if solver == "exact" else "stitched"
    options = {"edge_threshold": threshold, "laplacian": laplacian, "tol": 1e-6 if solver == "stitched_tol" else None}
    found = itten.spectrum(torch.from_numpy(image), COUNT + 1, method, **options)
    return found.vectors.flatten(1).double().numpy()[1:], found.status


def affinities(image: np.ndarray, threshold: float, laplacian: str) -> Any:
    """The adjacency matrix A that L = D − A has here."""
    from scipy import sparse

    from itten.config import SpectrumConfig
    from itten.graph import make_stencil
    from itten.spectra.dense import graph_matrix
    from itten.spectra.normalised import edge_cut

    config = SpectrumConfig()
    stencil = make_stencil(config.radii, config.weights)
    matrix, _ = graph_matrix(image, stencil, threshold, None, edge_cut(stencil, laplacian))  # type: ignore[arg-type]
    found = sparse.csr_array(sparse.diags_array(matrix.diagonal()) - matrix)
    found.eliminate_zeros()
    # scikit-learn's ARPACK takes no other integers.
    found.indices, found.indptr = found.indices.astype(np.int32), found.indptr.astype(np.int32)
    return found


def work(source: str, out: str, threshold: float, laplacian: str, solver: str, repeats: int) -> None:
    """One measurement, in its own process."""
    image, says, times, assembling = np.load(source), [], [], 0.0
    if solver in OURS:
        other = np.random.default_rng(0).random((3, 96, 80), dtype=np.float32)
        ours(other, 0.15, laplacian, solver)
        before = forget_peak()
        for _ in range(repeats if solver != "exact" else 1):
            begin = time.process_time(), time.perf_counter()
            vectors, status = ours(image, threshold, laplacian, solver)
            times.append((time.process_time() - begin[0], time.perf_counter() - begin[1]))
        says.append(status)
        memory = resident("VmHWM") - before
        vectors = contrast_root(image, threshold, laplacian) * vectors if laplacian == "normalised" else vectors
    else:
        import scipy.sparse.linalg  # noqa: F401
        from sklearn.manifold import spectral_embedding

        import itten.spectra.dense  # noqa: F401

        before = forget_peak()
        begin = time.process_time(), time.perf_counter()
        matrix = affinities(image, threshold, laplacian)
        assembling = time.process_time() - begin[0]
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always")
            name, _, tight = solver.partition("_")
            options = {"eigen_tol": 1e-6} if tight else {}
            options |= {"eigen_solver": name, "norm_laplacian": laplacian == "normalised", "random_state": 0}
            vectors = spectral_embedding(matrix, n_components=COUNT, **options).T
        times.append((time.process_time() - begin[0], time.perf_counter() - begin[1]))
        memory = resident("VmHWM") - before
        says += [f"{one.category.__name__}: {' '.join(str(one.message).split())[:90]}" for one in heard]
        if laplacian == "normalised":
            degree = matrix.sum(axis=1)
            vectors = vectors * np.where(degree > 0, np.sqrt(degree), 1.0)
    np.save(out, vectors)
    facts = {"cpu": statistics.median(one[0] for one in times), "seconds": statistics.median(one[1] for one in times)}
    print(json.dumps({**facts, "assembling": assembling, "memory": memory, "says": sorted(set(says))}))


def contrast_root(image: np.ndarray, threshold: float, laplacian: str) -> np.ndarray:
    return contrast_truth.assemble(image, threshold, laplacian)[2]


def measure(image: np.ndarray, row: Row, chosen: argparse.Namespace) -> tuple[Row, np.ndarray | None]:
    """What one process says, and its vectors ``(COUNT, n)``; None for them where it failed."""
    root = Path(__file__).resolve().parents[1]
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
    environment = {**os.environ, **threads, "PYTHONPATH": str(root / "src")}
    python = sys.executable if row["solver"] in OURS else chosen.python

    def limits() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (chosen.limit, chosen.limit))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))

    with tempfile.TemporaryDirectory() as temporary:
        source, out = Path(temporary) / "picture.npy", Path(temporary) / "vectors.npy"
        np.save(source, image)
        graph = [str(row["threshold"]), row["laplacian"], row["solver"], str(chosen.repeats)]
        command = [python, __file__, "--work", str(source), str(out), *graph]
        begin = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False, preexec_fn=limits)
        if done.returncode != 0:
            last = done.stderr.strip().splitlines()[-1][:120] if done.stderr.strip() else f"signal {-done.returncode}"
            late = done.returncode < 0 and time.perf_counter() - begin > 0.9 * chosen.limit
            return {"failed": f"stopped after {chosen.limit} s" if late else last}, None
        return json.loads(done.stdout.splitlines()[-1]), np.load(out)


def judged(vectors: np.ndarray, graph: tuple[Any, ...], true: dict[str, Any]) -> Row:
    """Least cosine with the true space, worst relative error of the values above 1e-7 ‖L‖, loss of orthogonality."""
    import contrast

    matrix, _, root, bound = graph
    if not np.isfinite(vectors).all() or not (np.linalg.norm(vectors, axis=1) > 0).all():
        return {"cosine": 0.0, "error": float("nan"), "failed": "not finite, or zero"}
    unit = vectors / np.linalg.norm(vectors, axis=1)[:, None]
    basis = np.linalg.qr(np.vstack([root / np.linalg.norm(root), unit]).T)[0]
    small = basis.T @ (matrix @ basis)
    values = np.linalg.eigvalsh((small + small.T) / 2)
    right = np.concatenate([np.zeros(int(true["components"])), true["values"]])[: COUNT + 1]
    large = right > contrast.TINY * bound
    error = np.abs(values - right)
    cosines = contrast.cosines(unit / root, true, COUNT + 1)
    return {
        "cosine": float(cosines.min()),
        "cosines above 0.999": int((cosines >= 0.999).sum()),
        "error": float((error / np.maximum(right, 1e-300))[large].max(initial=0.0)),
        "tiny error": float(error[~large].max(initial=0.0) / bound),
        "orthogonality": float(np.abs(unit @ unit.T - np.eye(len(unit))).max()),
    }


def line(row: Row) -> str:
    case = f"{row['picture']:9s} {row['side']:3d} {row['threshold']:4g} {row['laplacian'][:4]} {row['solver']:12s}"
    if "seconds" not in row:
        return f"{case}  {row['failed']}"
    times = f"{row['seconds']:8.2f} s ({row['cpu']:.2f} of the processor, assembling {row['assembling']:.2f})"
    right = f"error {100 * row['error']:.4f} %, cosine {row['cosine']:.5f}"
    return f"{case} {times} {row['memory']:6.0f} MiB  {right}  {'; '.join(row['says'])} {row.get('failed', '')}"


def summary(rows: list[Row]) -> dict[str, Any]:
    """Of every solver: cases, failures, wrong ones, and the processor's seconds and memory over those of stitched."""
    key = ("picture", "side", "threshold", "laplacian")
    base = {tuple(row[name] for name in key): row for row in rows if row["solver"] == "stitched" and "cpu" in row}
    out: dict[str, Any] = {}
    for side in sorted({row["side"] for row in rows}):
        for laplacian, solver in itertools.product(("combinatorial", "normalised"), SOLVERS):
            case = (side, laplacian, solver)
            some = [row for row in rows if (row["side"], row["laplacian"], row["solver"]) == case]
            good = [row for row in some if "cpu" in row]
            wrong = [row for row in good if not (row["cosine"] >= 0.99 and row["error"] <= WRONG)]
            entry: Row = {"cases": len(some), "stopped or failed": len(some) - len(good), "wrong": len(wrong)}
            for what in ("cpu", "memory"):
                pairs = [(row, base.get(tuple(row[name] for name in key))) for row in good]
                ratios = [row[what] / max(ref[what], 1e-3) for row, ref in pairs if ref is not None]
                if ratios:
                    entry[what] = {"median": statistics.median(ratios), "least": min(ratios), "most": max(ratios)}
            if some:
                out[f"{side} {laplacian} {solver}"] = entry
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", nargs=6, help=argparse.SUPPRESS)
    parser.add_argument("--pictures", default=",".join(CORNERS))
    parser.add_argument("--sizes", default="128,256")
    parser.add_argument("--thresholds", default="0.15,0.05")
    parser.add_argument("--laplacians", default="combinatorial,normalised")
    parser.add_argument("--solvers", default=",".join(SOLVERS))
    parser.add_argument("--limit", type=int, default=300, help="seconds of the processor for one measurement")
    parser.add_argument("--repeats", type=int, default=5, help="of stitched")
    parser.add_argument("--python", default=sys.executable, help="an interpreter with the peers")
    parser.add_argument("--truth", type=Path, help="a folder that the truth is kept in")
    parser.add_argument("--json", type=Path, help="rows that it has already are replaced or kept")
    chosen = parser.parse_args()
    if chosen.work:
        source, out, threshold, laplacian, solver, repeats = chosen.work
        work(source, out, float(threshold), laplacian, solver, int(repeats))
        return
    names = ("picture", "side", "threshold", "laplacian", "solver")
    kept = json.loads(chosen.json.read_text())["rows"] if chosen.json and chosen.json.is_file() else []
    rows = {tuple(row[name] for name in names): row for row in kept}
    with tempfile.TemporaryDirectory() as temporary:
        folder = chosen.truth or Path(temporary)
        for side in map(int, chosen.sizes.split(",")):
            for name in chosen.pictures.split(","):
                image = picture(name, side)
                for threshold in map(float, chosen.thresholds.split(",")):
                    for laplacian in chosen.laplacians.split(","):
                        true = contrast_truth.truth(image, threshold, laplacian, folder, chosen.python)
                        graph = contrast_truth.assemble(image, threshold, laplacian)
                        for solver in chosen.solvers.split(","):
                            case = dict(zip(names, (name, side, threshold, laplacian, solver), strict=True))
                            facts, vectors = measure(image, case, chosen)
                            found = {} if vectors is None or true is None else judged(vectors, graph, true)
                            rows[tuple(case.values())] = {**case, **facts, **found}
                            print(line(rows[tuple(case.values())]), flush=True)
                            save(chosen.json, list(rows.values()))
    for name, entry in summary(list(rows.values())).items():
        print(name, json.dumps(entry))


def save(path: Path | None, rows: list[Row]) -> None:
    if path is not None:
        from itten.benchmark import machine

        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            json.dumps({"summary": summary(rows), "machine": {**machine(), "threads": 1}, "rows": rows}, indent=1)
            + "\n"
        )


if __name__ == "__main__":
    main()
