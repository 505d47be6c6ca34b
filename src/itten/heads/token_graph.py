"""Tokens joined by a graph: its Laplacian, the Laplacian's eigenpairs with gradients, and signatures from them."""

from __future__ import annotations

from typing import Any

import torch

from itten.errors import InputError
from itten.spectra.descriptors import HEAT_TIMES, WAVE_ENERGIES, heat_kernel, wave_kernel
from itten.spectra.gradients.adjoint import FLOOR, Separated, adjoint_vectors, separate, settle

# Values below this part of the largest degree are those of null vectors, one for each component.
NULL = 1e-11


@torch.library.custom_op("itten::matrix_eigenpairs", mutates_args=())
def matrix_eigenpairs(matrix: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """All eigenpairs of symmetric matrices ``(B, N, N)`` float64: values ``(B, N)`` ascending, vectors ``(B, N, N)`` in
    rows.

    Values that coincide are set apart by 6e-11 of themselves, as in :func:`itten.eigenpairs`, and the gradient is the
    one of there: without the division by zero that torch's own has. One operator for ``torch.compile``. Backward raises
    :class:`~itten.errors.GradientError` where the loss depends on the choice of vectors in an eigenspace.
    """
    values, columns = torch.linalg.eigh(matrix)
    pairs = _separated(values, matrix)
    vectors = torch.stack([settle(one.T, group) for one, group in zip(columns, pairs.group, strict=True)])
    return pairs.values.clone(), vectors.contiguous()


@matrix_eigenpairs.register_fake
def _(matrix: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    return matrix.new_empty(matrix.shape[:-1]), torch.empty_like(matrix, memory_format=torch.contiguous_format)


@torch.library.custom_op("itten::matrix_eigenpairs_adjoint", mutates_args=())
def _adjoint(
    matrix: torch.Tensor, values: torch.Tensor, vectors: torch.Tensor, slope: torch.Tensor, cotangent: torch.Tensor
) -> torch.Tensor:
    """The gradient ``(B, N, N)``, symmetric."""
    pairs = Separated(values, _separated(values, matrix, 1.5).group)
    adjoint = adjoint_vectors(pairs, vectors, slope, cotangent, torch.float64)
    gradient = adjoint.mT @ vectors
    return 0.5 * (gradient + gradient.mT)


@_adjoint.register_fake
def _(
    matrix: torch.Tensor, values: torch.Tensor, vectors: torch.Tensor, slope: torch.Tensor, cotangent: torch.Tensor
) -> torch.Tensor:
    return torch.empty_like(matrix)


def _separated(values: torch.Tensor, matrix: torch.Tensor, slack: float = 1.0) -> Separated:
    """Groups of what is closer than the gap; with ``slack`` those that were set apart are still recognised."""
    scale = matrix.diagonal(dim1=-2, dim2=-1).abs().amax(dim=-1, keepdim=True)
    return separate(values, torch.float64, FLOOR * scale.clamp(min=1e-100), slack)


def _setup(ctx: Any, inputs: tuple[torch.Tensor], output: tuple[torch.Tensor, torch.Tensor]) -> None:
    ctx.save_for_backward(inputs[0], *output)


def _backward(ctx: Any, slope: torch.Tensor, cotangent: torch.Tensor) -> torch.Tensor:
    matrix, values, vectors = ctx.saved_tensors
    return torch.ops.itten.matrix_eigenpairs_adjoint(matrix, values, vectors, slope, cotangent)


matrix_eigenpairs.register_autograd(_backward, setup_context=_setup)


def graph_laplacian(count: int, edges: torch.Tensor, weight: torch.Tensor, valid: torch.Tensor) -> torch.Tensor:
    """L = D − A ``(B, N, N)`` float64 of undirected ``edges`` ``(B, 2, E)`` int64 with ``weight`` ``(B, E)``, N =
    ``count``.

    Pairs that are listed more than once add up, loops count nothing, and edges of tokens that are not ``valid`` ``(B,
    N)`` are left out. Such a token stands alone on the diagonal with more than the largest eigenvalue of the others.
    """
    begin, end = edges[:, 0], edges[:, 1]
    both = valid.gather(1, begin) & valid.gather(1, end)
    live = torch.where(both, weight.double(), 0.0)
    adjacency = live.new_zeros((len(edges), count * count)).scatter_add(1, begin * count + end, live)
    adjacency = adjacency.view(-1, count, count)
    adjacency = adjacency + adjacency.mT
    degree = adjacency.sum(dim=-1)
    lift = 4.0 * degree.detach().amax(dim=-1, keepdim=True) + 1.0
    return torch.diag_embed(degree + torch.where(valid, 0.0, lift)) - adjacency


def graph_signatures(
    edges: torch.Tensor,
    weight: torch.Tensor,
    valid: torch.Tensor,
    k: int,
    times: tuple[float, ...] = HEAT_TIMES,
    energies: tuple[float, ...] = WAVE_ENERGIES,
) -> torch.Tensor:
    """``(B, N, t + e)`` float64: heat and wave kernels of every token from the ``k`` lowest pairs of its graph.

    ``edges`` ``(B, 2, E)``, ``weight`` ``(B, E)``, ``valid`` ``(B, N)``. Free of signs and rotations, 1 on average over
    the valid tokens of a graph, 0 for the others. Sources: :mod:`itten.spectra.descriptors`.
    """
    count = valid.shape[1]
    laplacian = graph_laplacian(count, edges, weight, valid)
    values, vectors = matrix_eigenpairs(laplacian)
    scale = torch.where(valid, laplacian.detach().diagonal(dim1=1, dim2=2), 0.0).amax(dim=1, keepdim=True)
    values = torch.where(values > NULL * scale.clamp(min=1e-80), values, 0.0)
    real = valid.sum(dim=1, keepdim=True)
    k = min(k, count)
    # Where a graph has fewer than k tokens, the pairs beyond repeat its last value, which has no weight.
    place = torch.arange(k, device=valid.device)
    values = values.gather(1, torch.minimum(place, (real - 1).clamp(min=0)))
    vectors = torch.where((place < real)[..., None], vectors[:, :k], 0.0)
    # Nothing of a token that is left out can be in them but rounding.
    vectors = torch.where(valid[:, None], vectors, 0.0)
    found = [kernel(values, vectors, scales) for kernel, scales in _kernels(times, energies)]
    return torch.cat(found, dim=1).mT * (real.double() / count)[..., None]


def _kernels(times: tuple[float, ...], energies: tuple[float, ...]) -> list[tuple[Any, tuple[float, ...]]]:
    return [(kernel, scales) for kernel, scales in ((heat_kernel, times), (wave_kernel, energies)) if scales]


def check_graph(edges: torch.Tensor, weight: torch.Tensor, count: int) -> None:
    """Raises :class:`~itten.errors.InputError` for numbers of tokens that do not exist and weights that cannot be."""
    if edges.numel() and (int(edges.min()) < 0 or int(edges.max()) >= count):
        raise InputError(f"edges name tokens {int(edges.min())} … {int(edges.max())}, there are {count}")
    if not bool((weight >= 0).all()):
        raise InputError("edge weights must be finite and not negative")
    if not bool(torch.isfinite(weight).all()):
        raise InputError("edge weights must be finite and not negative")
