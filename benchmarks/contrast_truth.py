"""The truth for contrast.py: the 70 lowest pairs beside the null space, in float64, kept in a folder.

    python benchmarks/contrast_truth.py --truth FOLDER --python INTERPRETER
    python benchmarks/contrast_truth.py --truth FOLDER --thresholds 0.05 --laplacians normalised --retime

Each is a process of its own, by an interpreter that may have scikit-sparse: CHOLMOD's factor of L + 1e-9 ‖L‖ and
ARPACK's Lanczos on its inverse, on the complement of the exact null space. Members of multiple values that one start
vector may miss are sought beside those known until a search finds none; residuals above 1e-12 ‖L‖ are corrected, and
the worst is kept. Without scikit-sparse itten's ``exact`` does it. A file of the folder is named by what the graph is
made of, and left alone when it is there; seconds lie beside it as JSON, and ``--retime`` measures them again.

Seconds are those of the processor and of the clock: assembling, the factor, Lanczos for 12 and for 64 pairs to a
relative 1e-3 of the inverse's values (as loose as what it is compared with), and for the truth itself.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))

PHOTOGRAPHS = ("coffee", "astronaut", "chelsea", "camera", "rocket")
SIZE = (300, 320)
# Pairs beside the null space; what the peer is timed for; the shift and the residuals that are good, of ‖L‖'s bound.
PAIRS, TIMED, LOOSE = 70, (12, 64), 1e-3
SHIFT, GOOD = 1e-9, 1e-12
# Pairs that a search beside the known ones looks for, and corrections at most.
AGAIN, CORRECTIONS = 4, 4
RECIPE = "1"


def load(name: str, size: tuple[int, int] | None = None) -> np.ndarray:
    """``(3, H, W)`` float32: the picture, or its upper left part of ``size``; about 96,000 pixels without one."""
    import pictures
    from itten.image import as_image

    if name in PHOTOGRAPHS:
        from skimage import data

        found = as_image(getattr(data, name)()).numpy()
    else:
        found = pictures.load(name)
    if size is None and found[0].size > 1.01 * SIZE[0] * SIZE[1]:
        size = SIZE
    return np.ascontiguousarray(found if size is None else found[:, : size[0], : size[1]], dtype=np.float32)


def truth(
    image: np.ndarray, threshold: float, laplacian: str, folder: Path, python: str, make: bool = True
) -> dict[str, Any] | None:
    """What :func:`work` found, or None where it is not there and not to be made."""
    shape = f"{image.shape} {threshold} {laplacian} {RECIPE}"
    path = folder / (hashlib.sha256(image.tobytes() + shape.encode()).hexdigest()[:24] + ".npz")
    if not path.is_file():
        if not make:
            return None
        run(image, threshold, laplacian, path, python, "all")
    return {**np.load(path), **json.loads(path.with_suffix(".json").read_text()), "path": path}


def run(image: np.ndarray, threshold: float, laplacian: str, path: Path, python: str, what: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    root = Path(__file__).resolve().parents[1]
    environment = {"OMP_WAIT_POLICY": "PASSIVE", **os.environ, "PYTHONPATH": str(root / "src")}
    with tempfile.TemporaryDirectory() as temporary:
        source = Path(temporary) / "picture.npy"
        np.save(source, image)
        command = [python, __file__, "--work", str(source), str(path), str(threshold), laplacian, what]
        subprocess.run(command, env=environment, check=True)


class Clock:
    """Seconds of the processor and of the clock by name."""

    def __init__(self) -> None:
        self.seconds: dict[str, tuple[float, float]] = {}

    def __call__(self, name: str, call: Callable[..., Any], *arguments: Any) -> Any:
        begin = time.process_time(), time.perf_counter()
        out = call(*arguments)
        self.seconds[name] = time.process_time() - begin[0], time.perf_counter() - begin[1]
        return out


def assemble(image: np.ndarray, threshold: float, laplacian: str) -> tuple[Any, Any, np.ndarray, float]:
    """The symmetric matrix, its null vectors as a sparse ``(n, m)``, the root of D (or ones), a bound of the norm."""
    import scipy.sparse
    import scipy.sparse.csgraph

    from itten.config import SpectrumConfig
    from itten.graph import make_stencil
    from itten.spectra.components import CUT
    from itten.spectra.dense import graph_matrix
    from itten.spectra.normalised import edge_cut

    config = SpectrumConfig()
    stencil = make_stencil(config.radii, config.weights)
    cut = edge_cut(stencil, laplacian)  # type: ignore[arg-type]
    matrix, _ = graph_matrix(image, stencil, threshold, None, cut)
    n, degree = matrix.shape[0], matrix.diagonal()
    edges = -matrix
    edges.setdiag(0)
    edges.data[edges.data <= CUT * float(stencil.weights.max())] = 0
    edges.eliminate_zeros()
    count, labels = scipy.sparse.csgraph.connected_components(edges, directed=False)
    bound, root = 2.0 * float(degree.max()), np.ones(n)
    if laplacian == "normalised":
        bound, root = 2.0, np.sqrt(np.where(degree > 0, degree, cut))
        inverse = scipy.sparse.diags_array(1 / root)
        matrix = scipy.sparse.csr_array(inverse @ matrix @ inverse)
    share = root / np.sqrt(np.bincount(labels, root**2, count))[labels]
    return matrix, scipy.sparse.csr_array((share, (np.arange(n), labels)), shape=(n, count)), root, bound


def cholmod(matrix: Any, null: Any, bound: float, clock: Clock, only_seconds: bool) -> tuple[np.ndarray, np.ndarray]:
    """Values and vectors ``(n, PAIRS)`` on the complement of ``null``."""
    import scipy.sparse
    from scipy.sparse.linalg import LinearOperator, eigsh
    from sksparse.cholmod import cholesky

    n = matrix.shape[0]
    shifted = scipy.sparse.csc_matrix(matrix + SHIFT * bound * scipy.sparse.eye_array(n))
    factor = clock("factor", lambda: cholesky(shifted, ordering_method="nesdis", mode="supernodal"))
    known = np.zeros((n, 0))

    def beside(x: np.ndarray) -> np.ndarray:
        x = x - null @ (null.T @ x)
        return x - known @ (known.T @ x) if known.shape[1] else x

    def solve(x: np.ndarray) -> np.ndarray:
        return beside(factor(beside(x)))

    def lanczos(count: int, tol: float) -> tuple[np.ndarray, np.ndarray]:
        start = solve(np.random.default_rng(count).standard_normal(n))
        operator = LinearOperator((n, n), matvec=solve, dtype=np.float64)
        return eigsh(operator, count, which="LA", v0=start, tol=tol, maxiter=1000)

    def ritz(columns: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
        basis = np.linalg.qr(columns)[0]
        small = basis.T @ (matrix @ basis)
        values, turn = np.linalg.eigh((small + small.T) / 2)
        return values[:count], basis @ turn[:, :count]

    for count in TIMED:
        clock(f"lanczos {count}", lanczos, count, LOOSE)
    if only_seconds:
        return np.zeros(0), known
    found = clock("lanczos truth", lanczos, PAIRS, 1e-12)[1]
    values, found = ritz(beside(found), PAIRS)
    while True:
        known = found
        others = lanczos(AGAIN, 1e-12)[1]
        known = np.zeros((n, 0))
        if float(np.einsum("ij,ij->j", others, matrix @ others).min()) >= values[-1] - GOOD * bound:
            break
        print("  a search beside the known pairs found more", flush=True)
        values, found = ritz(beside(np.hstack([found, others])), PAIRS)
    for _ in range(CORRECTIONS):
        rest = beside(matrix @ found) - found * values
        if float(np.linalg.norm(rest, axis=0).max()) <= GOOD * bound:
            break
        values, found = ritz(beside(np.hstack([found, solve(rest)])), PAIRS)
    return values, found


def counted(image: np.ndarray, threshold: float, laplacian: str, m: int, root: np.ndarray) -> tuple[np.ndarray, ...]:
    """The same by itten's ``exact``, which counts."""
    import torch

    import itten
    from itten.errors import ConvergenceError

    options: dict[str, Any] = {"edge_threshold": threshold, "laplacian": laplacian}
    picture = torch.from_numpy(image).double()
    try:
        found = itten.spectrum(picture, m + PAIRS, "exact", **options)
    except ConvergenceError as error:
        if error.partial is None:
            raise
        found = error.partial
    return found.values.numpy()[m:], (found.vectors.flatten(1).numpy()[m:] * root).T


def work(source: str, out: str, threshold: float, laplacian: str, what: str) -> None:
    """One truth, in its own process."""
    image, clock, path = np.load(source), Clock(), Path(out)
    matrix, null, root, bound = clock("assemble", assemble, image, threshold, laplacian)
    n, m = null.shape
    facts: dict[str, Any] = {"bound": bound, "components": m, "threads": os.environ.get("OMP_NUM_THREADS")}
    values, vectors = np.zeros(0), np.zeros((n, 0))
    if m >= max(TIMED):
        facts["by"] = "nothing: all that is asked for are null vectors"
    else:
        try:
            import sksparse.cholmod  # noqa: F401

            facts["by"] = "CHOLMOD"
        except ImportError:
            facts["by"] = "exact"
        if facts["by"] == "CHOLMOD":
            values, vectors = cholmod(matrix, null, bound, clock, what == "seconds")
        elif what == "all":
            values, vectors = clock("exact", counted, image, threshold, laplacian, m, root)
        if what == "all":
            rest = matrix @ vectors - vectors * values
            rest -= null @ (null.T @ rest)
            facts["residual"] = float(np.linalg.norm(rest, axis=0).max() / bound)
    side = path.with_suffix(".json")
    facts = {**(json.loads(side.read_text()) if side.is_file() else {}), **facts}
    facts["seconds"] = {**facts.get("seconds", {}), **clock.seconds}
    side.write_text(json.dumps(facts, indent=1) + "\n")
    if what == "all":
        draft = path.with_name("draft-" + path.name)
        names = {"values": values, "vectors": vectors.T.astype(np.float32), "root": root}
        np.savez(draft, **names, labels=null.indices.astype(np.int32))
        draft.replace(path)


def main() -> None:
    import pictures

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", nargs=5, help=argparse.SUPPRESS)
    parser.add_argument("--truth", type=Path, help="the folder")
    parser.add_argument("--python", default=sys.executable, help="the interpreter, with scikit-sparse if you have it")
    parser.add_argument("--pictures", default=",".join((*PHOTOGRAPHS, *pictures.NAMES)))
    parser.add_argument("--thresholds", default="0.02,0.05,0.15,0.03,0.1")
    parser.add_argument("--laplacians", default="combinatorial")
    parser.add_argument("--size", help="HEIGHTxWIDTH of the part that is taken")
    parser.add_argument("--retime", action="store_true", help="measure the seconds of those that are there again")
    chosen = parser.parse_args()
    if chosen.work:
        work(*chosen.work[:2], float(chosen.work[2]), *chosen.work[3:])
        return
    size = tuple(map(int, chosen.size.split("x"))) if chosen.size else None
    for laplacian in chosen.laplacians.split(","):
        for threshold in map(float, chosen.thresholds.split(",")):
            for name in chosen.pictures.split(","):
                image = load(name, size)
                found = truth(image, threshold, laplacian, chosen.truth, chosen.python, not chosen.retime)
                if chosen.retime and found is not None:
                    run(image, threshold, laplacian, found["path"], chosen.python, "seconds")
                    found = truth(image, threshold, laplacian, chosen.truth, chosen.python)
                if found is not None:
                    taken = ", ".join(f"{key} {two[0]:.1f}" for key, two in found["seconds"].items())
                    ends = f"{found['values'][0]:.1e} to {found['values'][-1]:.1e}" if len(found["values"]) else "none"
                    print(
                        f"{laplacian} {threshold:g} {name}: {found['components']} components, beside them {ends}, ‖L‖ "
                        f"{found['bound']:.1f}, residual {found.get('residual', 0):.0e}; processor's seconds: {taken}",
                        flush=True,
                    )


if __name__ == "__main__":
    main()
