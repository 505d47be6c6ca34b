"""What a set of pixels is by itself, one segment after the other: the oracle for the compiled kernel.

The numbers are sums and eigenvalues; the heads make descriptors of them. Shared constants live here.
"""

from __future__ import annotations

import numpy as np

# Positive eigenvalues per segment, and the most parts that the segment is cut into.
VALUES = 8
PARTS = 64
# Cell sides are FINEST · STEPʲ pixels. Below one pixel a cell holds one pixel; no side is a multiple of half a pixel,
# so that no pixel's centre lies on a border.
FINEST = 0.97
STEP = 1.09
# Circular harmonics: angular orders 0 … ANGULAR − 1, radial orders 0 … RADIAL − 1; the radius of gyration lies at
# SPREAD.
ANGULAR = 9
RADIAL = 4
SPREAD = 2.2
# Columns: eigenvalues, harmonics (real part, then imaginary part, [m, n] in rows), second moments, radial means, hull.
HARMONICS = VALUES
SECOND = HARMONICS + 2 * ANGULAR * RADIAL
RINGS = SECOND + 4
HULL = RINGS + 3
COLUMNS = HULL + 2


def shape_numbers(pixels: np.ndarray, size: np.ndarray, width: int) -> np.ndarray:
    """``(S, COLUMNS)`` float64 for segments whose raster indices stand one after the other in ``pixels`` ``(P,)``.

    ``size`` ``(S,)`` pixels each, ascending within a segment; ``width`` of the picture. Columns: the lowest positive
    eigenvalues of the segment's Laplacian times its area (see :func:`own_values`); its circular harmonics
    (:func:`harmonics`); ⟨u²⟩, ⟨v²⟩, ⟨uv⟩ about the centroid of the segment as unit squares, pixels², and the area;
    ⟨r⟩, ⟨r³⟩, ⟨r⁴⟩ with r in radii of gyration; area and perimeter of the convex hull of the pixels' squares.
    """
    out = np.zeros((len(size), COLUMNS))
    for number, stop in enumerate(np.cumsum(size)):
        mine = pixels[stop - size[number] : stop]
        y, x = mine // width, mine % width
        y, x = y - y.min(), x - x.min()
        n = len(mine)
        v, u = (n * y - y.sum()) / n, (n * x - x.sum()) / n
        second = np.array([np.mean(u * u) + 1 / 12, np.mean(v * v) + 1 / 12, np.mean(u * v), n])
        gyration = np.sqrt(second[0] + second[1])
        r = np.hypot(u, v) / gyration
        waves = harmonics((u + 1j * v) / gyration)
        out[number, :HARMONICS] = own_values(y, x)
        out[number, HARMONICS:SECOND] = np.concatenate([waves.real.ravel(), waves.imag.ravel()])
        out[number, SECOND:RINGS] = second
        out[number, RINGS:HULL] = np.mean(r), np.mean(r**3), np.mean(r**4)
        out[number, HULL:] = hull(y, x)
    return out


def harmonics(z: np.ndarray) -> np.ndarray:
    """``(ANGULAR, RADIAL)`` complex: mean over points z of √(n! / (n + m)!) wᵐ Lₙᵐ(|w|²) exp(−|w|²/2), w = SPREAD · z.

    The circular harmonic functions of Gauss and Laguerre: Jacovitti & Neri, "Multiresolution circular harmonic
    decomposition", 2000.
    """
    from scipy.special import eval_genlaguerre, gammaln

    w = SPREAD * z
    rho = np.abs(w) ** 2
    out = np.empty((ANGULAR, RADIAL), dtype=complex)
    for m in range(ANGULAR):
        for n in range(RADIAL):
            norm = np.exp(0.5 * (gammaln(n + 1) - gammaln(n + m + 1)))
            out[m, n] = np.mean(norm * w**m * eval_genlaguerre(n, m, rho) * np.exp(-rho / 2))
    return out


def own_values(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """``(VALUES,)``: area times the lowest eigenvalues after the first of the segment's own Laplacian, free ends.

    "Shape-DNA" (Reuter, Wolter, Peinecke 2006) by finite volumes on at most PARTS parts: K v = λ M v, M the parts'
    pixel counts, K of conductances b |Δ·e| / |Δ|², b the number of neighbouring pixel pairs across the border, e its
    normal, Δ the way between the centroids. Values that do not exist follow Weyl's law, 4π i.
    """
    labels, count = parts(y, x)
    mass = np.bincount(labels, minlength=count).astype(float)
    place = np.stack([np.bincount(labels, c, count) / mass for c in (y, x)])
    stiffness = np.zeros((count, count))
    for axis, (first, second) in enumerate(neighbours(y, x)):
        pairs = np.stack([labels[first], labels[second]])
        pairs, crossings = np.unique(pairs[:, pairs[0] != pairs[1]], axis=1, return_counts=True)
        for i, j, crossing in zip(*pairs, crossings, strict=True):
            way = place[:, j] - place[:, i]
            stiffness[i, j] -= crossing * abs(way[axis]) / (way @ way)
            stiffness[j, i] = stiffness[i, j]
    stiffness -= np.diag(stiffness.sum(axis=1))
    root = np.sqrt(mass)
    values = len(y) * np.linalg.eigvalsh(stiffness / np.outer(root, root))
    out = 4 * np.pi * np.arange(1, VALUES + 1)
    found = min(VALUES, count - 1)
    out[:found] = np.maximum(values[1 : found + 1], 0.0)
    return out


def parts(y: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, int]:
    """A part for each pixel, and their number: connected pieces of square cells, the finest grid with PARTS or fewer.

    The cells lie symmetrically about the centre of the bounding box. If even the pieces of the whole are more than
    PARTS, the whole is one part.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    sides = y.max() + 1, x.max() + 1
    step = first_step(len(y))
    while True:
        side = FINEST * STEP**step
        cell = np.stack([cells(c, extent, side) for c, extent in zip((y, x), sides, strict=True)])
        pairs = np.concatenate(neighbours(y, x), axis=1)
        same = (cell[:, pairs[0]] == cell[:, pairs[1]]).all(axis=0)
        joined = coo_array((same[same], tuple(pairs[:, same])), shape=(len(y), len(y)))
        count, labels = connected_components(joined, directed=False)
        if count <= PARTS:
            return labels, count
        if side > max(sides):
            return np.zeros(len(y), dtype=int), 1
        step += 1


def first_step(pixels: int) -> int:
    """The coarsest grid that surely has PARTS parts or more of a segment with so many pixels, or the finest grid."""
    step = 0
    while pixels > PARTS * (FINEST * STEP**step) ** 2:
        step += 1
    return step


def cells(place: np.ndarray, extent: int, side: float) -> np.ndarray:
    """The cell of each coordinate: odd about the middle of 0 … extent − 1."""
    twice = 2 * place - (extent - 1)
    return np.sign(twice) * np.floor(np.abs(twice) / (2.0 * side) + 0.5).astype(int)


def neighbours(y: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of neighbouring pixels ``(2, …)`` by their numbers, upper with lower and left with right."""
    number = np.full((y.max() + 2, x.max() + 2), -1)
    number[y, x] = np.arange(len(y))
    below, right = number[y + 1, x], number[y, x + 1]
    own = np.arange(len(y))
    return np.stack([own[below >= 0], below[below >= 0]]), np.stack([own[right >= 0], right[right >= 0]])


def hull(y: np.ndarray, x: np.ndarray) -> tuple[float, float]:
    """Area and perimeter of the convex hull of the pixels' squares."""
    from scipy.spatial import ConvexHull

    corners = np.concatenate([np.stack([y + a, x + b], axis=1) for a in (0, 1) for b in (0, 1)])
    found = ConvexHull(corners)
    return float(found.volume), float(found.area)
