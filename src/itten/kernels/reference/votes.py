"""Labels that change by what lies around them, plainly."""

from __future__ import annotations

import numpy as np


def vote_labels(
    labels: np.ndarray, guide: np.ndarray, where: np.ndarray, near: np.ndarray, sharp: float, floor: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What the pixels around some pixels vote for: the labels with most votes and second most, int32, and by how much
    of all votes the first leads, in [0, 1], float32; all ``(n,)``.

    ``labels`` ``(H, W)``; ``guide`` ``(H, W, C)`` float32; ``where`` ``(n,)`` the flat numbers of the pixels that are
    asked about; ``near`` ``(2 r + 1, 2 r + 1)`` the weight of each pixel of the window around, which ends at the
    picture's border. With ``sharp`` above 0 a vote counts f + (1 − f) / (1 + sharp · d²)², d the distance between the
    two pixels' ``guide``, f ``floor``. Equal votes go to the lower label; where all agree, the second is the first, and
    leads by everything. Sums run in raster order, in float32. Of a window 32 labels at most are told apart."""
    height, width = labels.shape
    radius = len(near) // 2
    first, second = np.empty(len(where), np.int32), np.empty(len(where), np.int32)
    margin = np.empty(len(where), np.float32)
    for number, at in enumerate(where):
        y, x = divmod(int(at), width)
        votes: dict[int, np.float32] = {}
        total = np.float32(0)
        for i in range(max(y - radius, 0), min(y + radius + 1, height)):
            for j in range(max(x - radius, 0), min(x + radius + 1, width)):
                weight = np.float32(near[i - y + radius, j - x + radius])
                if sharp > 0:
                    apart = np.square(guide[i, j] - guide[y, x]).sum(dtype=np.float32)
                    weight *= np.float32(floor + (1 - floor) / (1 + sharp * apart) ** 2)
                total += weight
                name = int(labels[i, j])
                votes[name] = votes.get(name, np.float32(0)) + weight
        ranked = sorted(votes, key=lambda name: (-votes[name], name))
        first[number], second[number] = ranked[0], ranked[min(1, len(ranked) - 1)]
        lost = votes[ranked[1]] if len(ranked) > 1 else np.float32(0)
        margin[number] = (votes[ranked[0]] - lost) / total if total > 0 else 1
    return first, second, margin
