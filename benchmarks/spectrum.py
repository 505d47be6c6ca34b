"""Stitched spectra against the solvers people use: time, memory, accuracy, on six pictures.

    python benchmarks/spectrum.py --json benchmarks/results/spectrum.json
    python benchmarks/spectrum.py --peers stitched,stitched_tol --pictures ink

Every measurement is a process of its own, from pixels to vectors (the peers assemble a sparse matrix, stitched
never does), one after the other, picture by picture. Memory is the peak of that process less what it held after
its imports. Peers that are not installed are skipped; ``--python`` names an interpreter that has them
(pyamg; scikit-sparse on CHOLMOD). Truth is SciPy's eigsh in shift-invert mode, 13 pairs, tolerance 1e-12. Ratios are
medians over the pictures.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

K = 8
TRUE_PAIRS = 13
SIGMA = -1e-3
PEERS = ("stitched", "stitched_tol", "eigsh", "eigsh_symmetric", "lobpcg_amg", "cholmod")


def peak() -> float:
    """Peak resident memory of this process in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def assemble(data):
    """The picture's Laplacian as CSR, float64."""
    from itten.kernels.reference.lanczos import laplacian_matrix

    return laplacian_matrix(data["picture"], data["offsets"], data["weights"], float(data["scale"]))


def inverse(solve, size):
    from scipy.sparse.linalg import LinearOperator

    return LinearOperator((size, size), matvec=solve, dtype=np.float64)


def run_eigsh(data, k=K, tol=0):
    from scipy.sparse.linalg import eigsh

    return eigsh(assemble(data), k=k, sigma=SIGMA, which="LM", tol=tol)


def run_eigsh_symmetric(data):
    from scipy import sparse
    from scipy.sparse.linalg import eigsh, splu

    matrix = assemble(data)
    shifted = sparse.csc_matrix(matrix - SIGMA * sparse.eye(matrix.shape[0]))
    factor = splu(shifted, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True})
    return eigsh(matrix, k=K, sigma=SIGMA, which="LM", OPinv=inverse(factor.solve, matrix.shape[0]))


def run_lobpcg_amg(data):
    import warnings

    import pyamg
    from scipy import sparse
    from scipy.sparse.linalg import lobpcg

    matrix = sparse.csr_matrix(assemble(data))
    amg = pyamg.smoothed_aggregation_solver(matrix - SIGMA * sparse.eye(matrix.shape[0], format="csr"))
    start = np.random.default_rng(0).standard_normal((matrix.shape[0], K))
    start[:, 0] = 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return lobpcg(matrix, start, M=amg.aspreconditioner(), largest=False, maxiter=60, tol=1e-5)


def run_cholmod(data):
    from scipy import sparse
    from scipy.sparse.linalg import eigsh
    from sksparse.cholmod import cholesky

    matrix = assemble(data)
    shifted = sparse.csc_matrix(matrix - SIGMA * sparse.eye(matrix.shape[0]))
    factor = cholesky(shifted, ordering_method="nesdis", mode="supernodal")
    return eigsh(matrix, k=K, sigma=SIGMA, which="LM", OPinv=inverse(factor, matrix.shape[0]))


def run_truth(data):
    """eigsh in shift-invert mode with more pairs and a tight tolerance; CHOLMOD's factor where there is one."""
    from scipy import sparse
    from scipy.sparse.linalg import eigsh

    try:
        from sksparse.cholmod import cholesky
    except ImportError:
        return run_eigsh(data, TRUE_PAIRS, 1e-12)
    matrix = assemble(data)
    factor = cholesky(sparse.csc_matrix(matrix - SIGMA * sparse.eye(matrix.shape[0])), ordering_method="nesdis")
    solve = inverse(factor, matrix.shape[0])
    return eigsh(matrix, k=TRUE_PAIRS, sigma=SIGMA, which="LM", OPinv=solve, tol=1e-12)


def run_stitched(data, tol=None):
    import torch

    import itten

    found = itten.spectrum(torch.from_numpy(data["picture"]), K, method="stitched", tol=tol)
    return found.values.numpy(), found.vectors.flatten(1).double().numpy().T, found


def work(name: str, source: str, out: str, repeats: int) -> None:
    """One measurement, in its own process."""
    data = dict(np.load(source))
    extra = {}
    if name.startswith("stitched"):
        tol = 1e-6 if name == "stitched_tol" else None
        import torch

        import itten

        # Warm up: compile and load on a picture of another content.
        itten.spectrum(torch.rand(3, 96, 80, generator=torch.Generator().manual_seed(0)), K, method="stitched", tol=tol)
        before, times = peak(), []
        for _ in range(repeats):
            values = vectors = found = None  # or the run before would count as memory of this one
            begin = time.perf_counter()
            values, vectors, found = run_stitched(data, tol)
            times.append(time.perf_counter() - begin)
        extra = {
            "residual": float((found.residuals / found.scale).max()),
            "steps": found.spent.get("steps"),
            "status": found.status,
        }
    else:
        import scipy.sparse.linalg  # noqa: F401

        before = peak()
        begin = time.perf_counter()
        if name == "truth":
            values, vectors = run_truth(data)
        else:
            values, vectors = globals()[f"run_{name}"](data)
        times = [time.perf_counter() - begin]
    order = np.argsort(values)
    memory = peak() - before
    np.savez(out, values=values[order], vectors=vectors[:, order].astype(np.float64))
    print(json.dumps({"seconds": times, "memory": memory, **extra}))


def measure(name: str, source: Path, folder: Path, python: str, repeats: int) -> dict | None:
    out = folder / f"{name}.npz"
    root = Path(__file__).resolve().parents[1]
    environment = {"OMP_WAIT_POLICY": "PASSIVE", **os.environ, "PYTHONPATH": str(root / "src")}
    command = [python, __file__, "--work", name, str(source), str(out), "--repeats", str(repeats)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode != 0:
        print(f"  {name}: skipped ({done.stderr.strip().splitlines()[-1] if done.stderr else 'failed'})")
        return None
    return {**json.loads(done.stdout.splitlines()[-1]), "pairs": dict(np.load(out))}


def judge(pairs: dict, truth: dict) -> tuple[float, float]:
    """Worst relative error of the values above zero, smallest cosine with the true space of the lowest 12."""
    true = truth["values"]
    error = np.abs(pairs["values"][1:K] - true[1:K]) / true[1:K]
    basis = truth["vectors"][:, :12]
    vectors = pairs["vectors"][:, :K] / np.linalg.norm(pairs["vectors"][:, :K], axis=0)
    return float(error.max()), float(np.linalg.norm(basis.T @ vectors, axis=0).min())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", nargs=3, metavar=("NAME", "IN", "OUT"), help=argparse.SUPPRESS)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--peers", default=",".join(PEERS))
    parser.add_argument("--pictures", default="")
    parser.add_argument("--python", default=sys.executable, help="the interpreter that runs the peers")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    if arguments.work:
        work(*arguments.work, arguments.repeats)
        return

    from itten.config import SpectrumConfig
    from itten.graph import make_stencil

    sys.path.insert(0, str(Path(__file__).resolve().parent))
    import pictures

    config = SpectrumConfig()
    stencil = make_stencil(config.radii, config.weights)
    names = arguments.pictures.split(",") if arguments.pictures else list(pictures.NAMES)
    peers = arguments.peers.split(",")
    rows: list[dict] = []
    for picture in names:
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            source = folder / "picture.npz"
            image = pictures.load(picture)
            scale = 1 / config.edge_threshold
            np.savez(source, picture=image, offsets=stencil.offsets, weights=stencil.weights, scale=scale)
            print(f"{picture}, {image.shape[1]} × {image.shape[2]}", flush=True)
            truth = measure("truth", source, folder, arguments.python, 1)
            assert truth is not None, "the truth could not be computed"
            for peer in peers:
                python = sys.executable if peer.startswith("stitched") else arguments.python
                found = measure(peer, source, folder, python, arguments.repeats)
                if found is None:
                    continue
                pairs = found.pop("pairs")
                error, cosine = judge(pairs, truth["pairs"])
                seconds = statistics.median(found["seconds"])
                row = {"picture": picture, "peer": peer, **found, "median": seconds, "error": error, "cosine": cosine}
                rows.append(row)
                line = f"  {peer:16s} {seconds:8.3f} s  {found['memory']:7.0f} MiB"
                print(f"{line}  error {error:.1e}  cosine {cosine:.5f}", flush=True)
        if arguments.json:  # after every picture: a long run that is stopped keeps what it has
            save(arguments.json, rows)
    if arguments.json:
        print(json.dumps(save(arguments.json, rows), indent=1))


def save(path: Path, rows: list[dict]) -> dict:
    """Write all rows and their ratios; returns the ratios."""
    from itten.benchmark import machine

    ratios = summary(rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"ratios": ratios, "machine": machine(), "rows": rows}, indent=1) + "\n")
    return ratios


def summary(rows: list[dict]) -> dict:
    """Ratios peer over stitched, medians over the pictures."""
    ours = {row["picture"]: row for row in rows if row["peer"] == "stitched"}
    to_tolerance = {row["picture"]: row for row in rows if row["peer"] == "stitched_tol"}
    ratios: dict[str, dict[str, float]] = {}
    for peer in sorted({row["peer"] for row in rows} - {"stitched", "stitched_tol"}):
        mine = [row for row in rows if row["peer"] == peer]
        entry = {}
        for name, base in (("time", ours), ("time_to_tolerance", to_tolerance)):
            values = [row["median"] / base[row["picture"]]["median"] for row in mine if row["picture"] in base]
            if values:
                entry[name] = statistics.median(values)
        memory = [row["memory"] / max(ours[row["picture"]]["memory"], 1) for row in mine if row["picture"] in ours]
        if memory:
            entry["memory"] = statistics.median(memory)
        ratios[peer] = entry
    return ratios


if __name__ == "__main__":
    main()
