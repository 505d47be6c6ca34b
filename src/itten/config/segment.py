"""How a picture is cut into segments."""

from __future__ import annotations

import math
import numbers
from typing import Any, Literal

from pydantic import Field, field_validator

from itten.config.base import Frozen
from itten.config.spectrum import Laplacian

MOST = 4096


def threshold_or_auto(value: Any) -> Any:
    """An edge threshold as a float, or ``"auto"``. Raises ValueError for anything else."""
    real = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if real and 0 < value < math.inf:
        return float(value)
    if isinstance(value, str) and value == "auto":
        return value
    raise ValueError(f"wanted is a number above 0, or 'auto' (got {value!r})")


class SegmentConfig(Frozen):
    """How a picture is cut into segments.

    ``n``: how many segments; ``"auto"``: as many as there are eigenvalues below the widest gap of their
    roots, from 2 to ``most``.
    ``method``: how labels follow from the eigenvectors, whose rows are brought to unit length first. ``qr``: the
    rotation that pivoted QR finds, improved in ``rounds``; ``kmeans``: centres, from there; ``discretise``: the
    rotation that the greedy start of Yu and Shi finds, improved in ``rounds``. With 0 rounds ``qr`` is Damle, Minden
    and Ying's method as it stands.
    ``polish``: segments are divided, joined and their pixels moved one by one while the normalised cut falls.
    ``edge_threshold``: the colour distance at which a weight of the graph has fallen to 1/e; ``"auto"``: the median
    distance of neighbouring pixels, or a twelfth of the picture's deviation where that is more.
    ``laplacian``: of whose vectors; cuts are normalised in any case.
    ``drop_specks``: small pieces that are nearly cut off are no segments: they go to what lies next to them.
    """

    n: int | Literal["auto"] = 12
    most: int = Field(24, ge=2, le=1024)
    method: Literal["qr", "kmeans", "discretise"] = "qr"
    rounds: int = Field(30, ge=0, le=1000)
    polish: bool = True
    edge_threshold: float | Literal["auto"] = "auto"
    laplacian: Laplacian = "normalised"
    drop_specks: bool = True

    @field_validator("n", mode="before")
    @classmethod
    def _count(cls, value: Any) -> Any:
        whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
        if value == "auto" or (whole and 1 <= value <= MOST):
            return value if value == "auto" else int(value)
        raise ValueError(f"wanted is a whole number from 1 to {MOST:,}, or 'auto' (got {value!r})")

    @field_validator("edge_threshold", mode="before")
    @classmethod
    def _threshold(cls, value: Any) -> Any:
        return threshold_or_auto(value)
