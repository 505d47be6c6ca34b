"""Every public callable answers what it cannot use by the name of the argument, and old names still work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import itten
from itten.errors import IttenError, UsageError
from tests.pictures import drawing

IMAGE = drawing(24, 30)
HALF = np.zeros((24, 30), bool)
HALF[:12] = True
LABELS = torch.ones(24, 30, dtype=torch.int64)

WRONG: dict[str, tuple[Callable[[], Any], str]] = {
    "progress": (lambda: itten.shade(IMAGE, passes=1, progress=3), "progress is a int"),  # type: ignore[arg-type]
    "passes true": (lambda: itten.shade(IMAGE, passes=True), "passes must be a whole number"),
    "passes real": (lambda: itten.shade(IMAGE, passes=1.0), "passes must be a whole number"),  # type: ignore[arg-type]
    "write path": (lambda: itten.shade(IMAGE, passes=1, write=Path("m.png")), "write is a .*Path"),
    "read text": (lambda: itten.shade(IMAGE, passes=1, read="m.png"), "read is a str"),
    "write real": (lambda: itten.shade(IMAGE, passes=1, write=HALF.astype(float)), "write: bool"),
    "warm": (lambda: itten.spectrum(IMAGE, 3, warm="x"), "warm is a str"),  # type: ignore[arg-type]
    "guide": (lambda: itten.spectrum(IMAGE, 3, guide=3), "guide is a int"),
    "radius_weights": (lambda: itten.eigenpairs(IMAGE, 3, radius_weights="x"), "radius_weights is a str"),  # type: ignore[arg-type]
    "edge_threshold": (lambda: itten.eigenpairs(IMAGE, 3, edge_threshold=True), "edge_threshold"),
    "pairs' config": (lambda: itten.eigenpairs(IMAGE, 3, config=3), "config is a int"),  # type: ignore[arg-type]
    "shader's config": (lambda: itten.SpectralShader(3), "configuration is a dict"),  # type: ignore[arg-type]
    "field": (lambda: itten.spectrum(IMAGE, 3).field(3), "index is a whole number from 0 to 2"),
    "field text": (lambda: itten.spectrum(IMAGE, 3).field("x"), "index is"),  # type: ignore[arg-type]
    "spectrum's file": (lambda: itten.Spectrum.load(3), "path is a int"),  # type: ignore[arg-type]
    "read_image": (lambda: itten.read_image(3), "path is a int"),  # type: ignore[call-overload]
    "read_picture": (lambda: itten.read_picture(None), "path is a NoneType"),  # type: ignore[arg-type]
    "write_image": (lambda: itten.write_image(IMAGE, 3), "path is a int"),  # type: ignore[arg-type]
    "write_picture": (lambda: itten.write_picture(IMAGE, "a.png"), "picture is a Tensor"),  # type: ignore[arg-type]
    "sheet": (lambda: itten.contact_sheet(3), "cells is a list"),  # type: ignore[arg-type]
    "sheet's cells": (lambda: itten.contact_sheet([3]), "cells is a list"),  # type: ignore[list-item]
    "read_map": (lambda: itten.read_map(3), "path is a int"),  # type: ignore[arg-type]
    "apply_map": (lambda: itten.apply_map(3, IMAGE), "path is a int"),  # type: ignore[arg-type]
    "write_map": (lambda: itten.write_map(3, "m.npz"), "coordinates is a int"),  # type: ignore[arg-type]
    "look": (lambda: itten.load_look(3), "name is a int"),  # type: ignore[arg-type]
    "segment attention": (
        lambda: itten.SegmentAttention()(LABELS, LABELS, 3, torch.rand(2, 24, 30), torch.rand(2, 24, 30)),  # type: ignore[arg-type]
        "target_signature is a floating point tensor",
    ),
    "segments": (
        lambda: itten.SegmentAttention()(LABELS, 3, *(torch.rand(2, 24, 30) for _ in range(3))),  # type: ignore[arg-type]
        "source_signature wants segments",
    ),
    "temperature": (lambda: itten.SegmentAttention("x"), "temperature must be positive"),  # type: ignore[arg-type]
    "seeds": (lambda: itten.select(IMAGE, HALF.astype(float)), "seeds are float64"),
    "segment's exclude": (lambda: itten.segment(IMAGE, 3, exclude=3), "exclude is torch"),
    "matrix": (lambda: itten.laplacian_matrix(3), "image is a int"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_arguments_are_named(name: str) -> None:
    call, message = WRONG[name]
    with pytest.raises(IttenError, match=message):
        call()


def test_views_that_run_backwards_and_numbers_of_numpy() -> None:
    config = {"min_pixels": 8}
    for word in ("read", "write", "hidden"):
        found = itten.shade(IMAGE, None, config, np.int64(1), **{word: HALF[::-1]})
        assert torch.equal(found.image, itten.shade(IMAGE, None, config, 1, **{word: HALF[::-1].copy()}).image)
    found = itten.spectrum(IMAGE, np.int32(3), exclude=HALF[:, ::-1])
    assert torch.equal(found.vectors, itten.spectrum(IMAGE, 3, exclude=HALF.copy()).vectors)


def test_old_names_still_work() -> None:
    mask = torch.from_numpy(HALF)
    for old, new in (("read_mask", "read"), ("write_mask", "write")):
        with pytest.warns(DeprecationWarning, match=f"{old} is called {new} now"):
            found = itten.shade(IMAGE, None, {"min_pixels": 8}, 1, **{old: mask})
        assert torch.equal(found.image, itten.shade(IMAGE, None, {"min_pixels": 8}, 1, **{new: mask}).image)
        with pytest.raises(UsageError, match="one of them"):
            itten.SpectralShader()(IMAGE, passes=1, **{old: mask, new: mask})
    tokens, edges = torch.rand(1, 4, 2), torch.tensor([[0, 1, 2], [1, 2, 3]])
    allowed = torch.eye(4, dtype=torch.bool)
    attention = itten.SpectralAttention(2)
    with pytest.warns(DeprecationWarning, match="mask is called attend"):
        old_way = attention(tokens, edges, mask=allowed)
    assert torch.equal(old_way, attention(tokens, edges, attend=allowed))
