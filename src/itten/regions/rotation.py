"""Labels from the rows of eigenvectors: directions, one for each segment, that the rows lie along.

Pixels of one segment have rows that point one way, those of different ones are orthogonal in the ideal case. Rows are
brought to unit length (Ng, Jordan and Weiss, 2002), so that neither degrees nor the sizes of segments count.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

# Directions are found from so many rows at most, on an even lattice of all.
SAMPLE = 1 << 15
# Rows that are labelled at once.
BLOCK = 1 << 18
# Turns end where one fits labels no better than by this part.
STEADY = 1e-4


def labels_of(rows: np.ndarray, method: Literal["qr", "kmeans", "discretise"], rounds: int) -> np.ndarray:
    """Labels ``(N,)`` int32 in 0 … K − 1 of ``rows`` ``(N, K)``: the entries of K eigenvectors, a row a pixel.

    ``qr``: the rows that QR with column pivoting picks of the transposed matrix are one of each segment, and the
    orthogonal matrix nearest to them is the rotation to indicators (Damle, Minden and Ying, "Simple, direct and
    efficient multi-way spectral clustering", 2019); then in ``rounds`` labels and the rotation nearest to them take
    turns, as ``discretise`` does after its own start (Yu and Shi, "Multiclass spectral clustering", 2003). ``kmeans``:
    Lloyd's rounds from the labels of that QR. No step is random. A label may be empty.
    """
    # Rows of zeros, those of pixels that are left out, point nowhere: none of them is a segment's.
    known = np.flatnonzero((rows != 0).any(axis=1))
    known = known if len(known) else np.arange(len(rows))
    sample = unit(rows[known[:: max(1, -(-len(known) // SAMPLE))]])
    axes = _along(sample, _greedy(sample) if method == "discretise" else _pivots(sample))
    shift = np.zeros(rows.shape[1])
    if method == "kmeans":
        axes, shift = _centres(sample, axes, rounds)
    else:
        axes = _turned(sample, axes, rounds)
    found = np.empty(len(rows), np.int32)
    for begin in range(0, len(rows), BLOCK):
        part = slice(begin, begin + BLOCK)
        found[part] = (unit(rows[part]) @ axes - shift).argmax(axis=1)
    return found


def unit(rows: np.ndarray) -> np.ndarray:
    """``rows`` in float64, of unit length; a row of zeros stays."""
    rows = rows.astype(np.float64)
    length = np.sqrt(np.square(rows).sum(axis=1, keepdims=True))
    return np.divide(rows, length, out=np.zeros_like(rows), where=length > 0)


def _pivots(rows: np.ndarray) -> np.ndarray:
    """``(K,)``: numbers of the rows that pivoted QR of ``rows`` transposed picks. All are of one length, so the first
    is the one that is farthest from their mean; each next one has the longest part orthogonal to those before."""
    left = np.square(rows).sum(axis=1)
    first = int((rows @ rows.mean(axis=0)).argmin())
    found, basis = [first], np.zeros((0, rows.shape[1]))
    while len(found) < rows.shape[1]:
        step = rows[found[-1]] - basis.T @ (basis @ rows[found[-1]])
        length = float(np.sqrt(np.square(step).sum()))
        if length > 0:
            basis = np.concatenate([basis, step[None] / length])
            left -= np.square(rows @ basis[-1])
        left[found[-1]] = -1
        found.append(int(left.argmax()))
    return np.array(found)


def _greedy(rows: np.ndarray) -> np.ndarray:
    """``(K,)``: numbers of rows by Yu and Shi's start, each the one least along all before; the first is the middle of
    the rows in their order, where theirs is random."""
    found = [len(rows) // 2]
    along = np.zeros(len(rows))
    while len(found) < rows.shape[1]:
        along += np.abs(rows @ rows[found[-1]])
        along[found[-1]] = np.inf
        found.append(int(along.argmin()))
    return np.array(found)


def _along(rows: np.ndarray, picked: np.ndarray) -> np.ndarray:
    """``(K, K)``: the orthogonal matrix whose columns are nearest to the picked rows."""
    one, _, other = np.linalg.svd(rows[picked].T)
    return one @ other


def _turned(rows: np.ndarray, axes: np.ndarray, rounds: int) -> np.ndarray:
    """``axes`` after so many turns: labels by the axes, then the rotation nearest to what the labels say."""
    reached = -np.inf
    for _ in range(rounds):
        labels = (rows @ axes).argmax(axis=1)
        one, sizes, other = np.linalg.svd(_sums(rows, labels).T)
        axes = one @ other
        if sizes.sum() <= reached * (1 + STEADY):
            break
        reached = sizes.sum()
    return axes


def _centres(rows: np.ndarray, axes: np.ndarray, rounds: int) -> tuple[np.ndarray, np.ndarray]:
    """Centres as columns ``(K, K)``, and half their squared lengths, after so many of Lloyd's rounds."""
    labels = (rows @ axes).argmax(axis=1)
    centres = axes.T
    for _ in range(max(rounds, 1)):
        count = np.bincount(labels, minlength=len(centres))[:, None]
        centres = np.where(count > 0, _sums(rows, labels) / np.maximum(count, 1), centres)
        after = (rows @ centres.T - 0.5 * np.square(centres).sum(axis=1)).argmax(axis=1)
        if np.array_equal(after, labels):
            break
        labels = after
    return centres.T, 0.5 * np.square(centres).sum(axis=1)


def _sums(rows: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """``(K, K)``: the sum of the rows of each label."""
    return np.stack([np.bincount(labels, column, minlength=rows.shape[1]) for column in rows.T], axis=1)
