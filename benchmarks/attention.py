"""What attention on a graph of tokens costs beside SciPy's solver on the same Laplacian, and beside a dense matrix.

    python benchmarks/attention.py --json benchmarks/results/attention.json

Graphs are drawn by code: 12 edges a token to random others, which expand, so that no sparse factor is small; and grids,
whose values lie close. Both sides run in turn in one process on one thread, after one call of each; a ratio is that of
neighbouring calls in processor time, and median and quartiles are of those. ``eigsh`` is asked for the k lowest pairs
with its defaults (``which="SA"``), once more for k + 1, since the cutoff of the signatures is the value after k. The
dense side is what attention did before: ``torch.linalg.eigh`` of the N × N Laplacian.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse
import scipy.sparse.linalg
import torch

import itten
from itten.benchmark import machine

K, EDGES, CHANNELS, HEADS = 8, 12, 32, 4
SIZES = (384, 1024, 4096)
DENSE = 1024


def expanding(count: int, seed: int = 0) -> torch.Tensor:
    """``(2, E)``: every token is joined to 12 others at random."""
    rng = np.random.default_rng(seed)
    return torch.from_numpy(np.stack([np.repeat(np.arange(count), EDGES), rng.integers(0, count, EDGES * count)]))


def grid(count: int) -> torch.Tensor:
    """``(2, E)``: the tokens stand in rows of 32."""
    number = np.arange(count).reshape(-1, 32)
    across, down = (number[:, :-1], number[:, 1:]), (number[:-1], number[1:])
    return torch.from_numpy(np.concatenate([np.stack([a.ravel(), b.ravel()]) for a, b in (across, down)], axis=1))


def laplacian(edges: torch.Tensor, count: int) -> scipy.sparse.csr_array:
    begin, end = edges.numpy()
    kept = begin != end
    one_way = scipy.sparse.coo_array((np.ones(kept.sum()), (begin[kept], end[kept])), shape=(count, count)).tocsr()
    adjacency = one_way + one_way.T
    return scipy.sparse.csr_array(scipy.sparse.diags_array(np.asarray(adjacency.sum(axis=1))) - adjacency)


def spent(call: Callable[[], Any]) -> float:
    begin = time.process_time()
    call()
    return time.process_time() - begin


def ratio(seconds: list[float], others: list[float]) -> dict[str, Any]:
    pairs = [a / b for a, b in zip(seconds, others, strict=True)]
    low, middle, high = statistics.quantiles(pairs, n=4)
    return {"median": middle, "quartiles": [low, high]}


def measured(name: str, edges: torch.Tensor, count: int, repeats: int, dense: int) -> dict[str, Any]:
    """One row of the table: a graph, and its figures."""
    matrix = laplacian(edges, count)
    attention = itten.SpectralAttention(CHANNELS, HEADS, K)
    x = torch.randn((1, count, CHANNELS), generator=torch.Generator().manual_seed(0))
    weight = torch.ones(edges.shape[1], dtype=torch.float64, requires_grad=True)
    known = attention.signatures(edges, count=count)
    calls: dict[str, Callable[[], Any]] = {
        "eigsh": lambda: scipy.sparse.linalg.eigsh(matrix, K, which="SA"),
        "eigsh_one_more": lambda: scipy.sparse.linalg.eigsh(matrix, K + 1, which="SA"),
        "signatures": lambda: attention.signatures(edges, count=count),
        "mixing": lambda: attention.mix(known, known, x),
        "forward": lambda: attention(x, edges),
        "forward_and_gradient": lambda: attention(x, edges, weight).square().sum().backward(),
    }
    for call in calls.values():
        call()
    times: dict[str, list[float]] = {side: [] for side in calls}
    for _ in range(repeats):
        for side, call in calls.items():
            times[side].append(spent(call))
    row = {
        "graph": name,
        "tokens": count,
        "edges": edges.shape[1],
        "signatures_over_eigsh": ratio(times["signatures"], times["eigsh"]),
        "signatures_over_eigsh_one_more": ratio(times["signatures"], times["eigsh_one_more"]),
        "seconds": {side: statistics.median(found) for side, found in times.items()},
    }
    if count <= dense:
        whole = torch.from_numpy(matrix.toarray())
        row["seconds"]["dense_eigh"] = spent(lambda: torch.linalg.eigh(whole))
        row["dense_over_signatures"] = row["seconds"]["dense_eigh"] / row["seconds"]["signatures"]
    row["peak_megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES)
    parser.add_argument("--dense", type=int, default=DENSE, help="the largest dense matrix; 4096 takes a minute")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    rows = []
    print("graph      tokens  signatures / eigsh (quartiles)  / eigsh of k + 1  signatures   mixing  with gradient")
    for count in arguments.sizes:
        for name, edges in (("expanding", expanding(count)), ("grid", grid(count))):
            row = measured(name, edges, count, arguments.repeats, arguments.dense)
            rows.append(row)
            middle, (low, high) = row["signatures_over_eigsh"].values()
            seconds = row["seconds"]
            print(
                f"{name:10s} {count:6d}  {middle:18.2f} ({low:.2f} … {high:.2f}) "
                f"{row['signatures_over_eigsh_one_more']['median']:17.2f} {seconds['signatures']:9.3f} s "
                f"{seconds['mixing']:7.3f} s {seconds['forward_and_gradient']:9.3f} s"
                + (f"  dense takes {row['dense_over_signatures']:.0f} ×" if "dense_over_signatures" in row else ""),
                flush=True,
            )
    if arguments.json:
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        largest = next(row for row in rows if row["graph"] == "expanding" and row["tokens"] == max(arguments.sizes))
        result = {"signatures_over_eigsh": largest["signatures_over_eigsh"]["median"], "machine": machine(), "k": K,
                  "repeats": arguments.repeats, "rows": rows}  # fmt: skip
        arguments.json.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
