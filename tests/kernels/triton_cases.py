"""Small random cases for the Triton kernels, on a CUDA device where there is one, else in the interpreter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pytest
import torch

from itten.graph import make_stencil
from itten.kernels import kernel

pytest.importorskip("triton")

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
# All random cases are run by `make test-long` alone: the interpreter needs minutes for them.
CASES = 200
NEAR = make_stencil((1,), (1.0,))
WIDER = make_stencil((1, 2), (1.0, 0.6))


def cases(*short: int, every: int = CASES) -> pytest.MarkDecorator:
    """Gives a test ``numbers`` of random cases: those named, and as a ``long`` one all up to ``every``."""
    whole = pytest.param(range(every), id=f"{every}", marks=pytest.mark.long)
    return pytest.mark.parametrize("numbers", [pytest.param(short, id="few"), whole])


def generators(numbers: Iterable[int]) -> Iterator[tuple[int, np.random.Generator]]:
    """Case numbers and their generators."""
    return ((case, np.random.default_rng([case, 77])) for case in numbers)


def run(operation: str, *arguments: Any, backend: str = "triton", keep: tuple[int, ...] = (), **options: Any) -> Any:
    """The kernel on tensors made of the arrays, but for the arguments ``keep``; its results as arrays."""
    on_device = [
        torch.from_numpy(np.ascontiguousarray(a)).to(DEVICE) if isinstance(a, np.ndarray) and i not in keep else a
        for i, a in enumerate(arguments)
    ]
    found = kernel(operation, backend)(*on_device, **options)
    return tuple(one.cpu().numpy() for one in found) if isinstance(found, tuple) else found.cpu().numpy()


def sides(rng: np.random.Generator, case: int, largest: int = 9) -> tuple[int, int]:
    """Height and width; one pixel, a row and a column come first."""
    fixed = ((1, 1), (1, largest), (largest, 1), (1, 2), (2, 1))
    height, width = fixed[case] if case < len(fixed) else rng.integers(1, largest + 1, 2)
    return int(height), int(width)


def picture(rng: np.random.Generator, case: int, shape: tuple[int, ...], dtype: Any = np.float32) -> np.ndarray:
    """Noise, a constant, two flat halves, or few grey values, in turn."""
    if case % 8 == 5:
        return np.full(shape, 0.5, dtype)
    if case % 8 == 6:
        image = np.zeros(shape, dtype)
        image[..., shape[-1] // 2 :] = 1.0
        return image
    image = rng.random(shape)
    return (np.round(image * 3) / 3 if case % 8 == 7 else image).astype(dtype)


def mask(rng: np.random.Generator, case: int, shape: tuple[int, int]) -> np.ndarray:
    """Random, empty or full."""
    if case % 16 in (3, 9):
        return np.full(shape, case % 16 == 3)
    return rng.random(shape) < rng.choice([0.1, 0.4, 0.6, 0.9])
