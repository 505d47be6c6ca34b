"""Thresholds that the compiled kernels and the tensors share."""

from __future__ import annotations

from itten.errors import InputError

# A vector whose residual is below this part of the wanted one is left alone: its direction would be rounding.
LOCKED = 0.3
# Squared length, of 1, that a vector has to keep when the null space is taken out of it.
DEAD = 1e-3
# Part of a unit direction's squared length that has to be new beside the blocks before it. In float32 a direction
# kept at v brings an error of about 64 ε / v into the projected matrix: smaller values let spurious ones appear.
DROP = 3e-3
# From this edge threshold on edges are strong: all pixels of a tile have the same mass then, and tiles one panel.
STRONG = 0.12
# Colours and thresholds beyond this would leave no room for colours that are further apart.
LARGEST = 1e12


def check_colours(largest: float) -> None:
    """Raise :class:`~itten.errors.InputError` where the largest colour, or the threshold, is too large."""
    if largest > LARGEST:
        raise InputError(f"features and edge_threshold must stay below 1e12, got {largest:.3g}")
