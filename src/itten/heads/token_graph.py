"""Tokens joined by a graph: signatures from its Laplacian's lowest eigenpairs, with gradients for its weights."""

from __future__ import annotations

from typing import Any

import torch

from itten.errors import InputError
from itten.heads.given import given_graph, whole, wrong_scales
from itten.spectra.descriptors import HEAT_TIMES, WAVE_ENERGIES
from itten.spectra.gradients.signatures import Spectral, dense_adjoint, signature_scale, sparse_adjoint
from itten.spectra.lowest import SparseGraph, lowest_pairs, sparse_graph
from itten.spectra.precision import eigen_arithmetic, one_thread_of_torch
from itten.spectra.profiles import FLOOR, Profiles, cutoff, taper

# Up to so many tokens a batch of graphs is one batch of dense matrices; beyond, edges are all that is touched.
DENSE = 256


def graph_signatures(
    edges: torch.Tensor,
    weight: torch.Tensor,
    valid: torch.Tensor,
    k: int,
    times: tuple[float, ...] = HEAT_TIMES,
    energies: tuple[float, ...] = WAVE_ENERGIES,
) -> torch.Tensor:
    """``(B, N, t + e)`` float64: heat and wave kernels of every token, a continuous function of its graph.

    ``edges`` int64 ``(B, 2, E)``, ``weight`` ``(B, E)``, not negative, ``valid`` bool ``(B, N)``. The ``k`` lowest
    eigenvalues set the scale; formulas and what is continuous: :mod:`itten.spectra.profiles`. Not negative; the mean
    over a graph's valid tokens is at most 1. 0 for tokens that are not valid, which change nothing for the others. Free
    of signs and rotations, of the tokens' order, and of the scale of the weights. Pairs that are listed more than once
    add up, loops count nothing.

    Up to 256 tokens a graph is a dense matrix. Beyond, time and memory go with E + N times the number of pairs, times
    about √(λ_max / λ_c), and graphs of a batch are done one after the other, on the CPU. Gradients flow to the weights,
    also to those that are 0, at every graph (:mod:`itten.spectra.gradients.signatures`).

    Raises :class:`~itten.errors.InputError` for shapes, types and numbers that cannot be.
    """
    edges, weight, valid = given_graph(edges, weight, valid, len(valid) if isinstance(valid, torch.Tensor) else 0)
    if not whole(k):
        raise InputError(f"k must be a whole number of at least 1, got {k!r}")
    if wrong := wrong_scales(times, energies):
        raise InputError(wrong)
    return checked_signatures(edges, weight, valid, k, times, energies)


def checked_signatures(
    edges: torch.Tensor,
    weight: torch.Tensor,
    valid: torch.Tensor,
    k: int,
    times: tuple[float, ...],
    energies: tuple[float, ...],
) -> torch.Tensor:
    """As :func:`graph_signatures`, of arguments that have been looked at."""
    if valid.numel() == 0:
        return torch.zeros((*valid.shape, len(times) + len(energies)), dtype=torch.float64, device=weight.device)
    found: torch.Tensor = torch.ops.itten.graph_signatures(
        edges, weight, valid, int(k), [float(time) for time in times], [float(energy) for energy in energies]
    )[0]
    return found


@torch.library.custom_op("itten::graph_signatures", mutates_args=())
def _signatures(
    edges: torch.Tensor, weight: torch.Tensor, valid: torch.Tensor, k: int, times: list[float], energies: list[float]
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Signatures ``(B, N, d)``, and the pairs that they are made of, values ``(B, m)`` and vectors ``(B, m, N)``. One
    operator for ``torch.compile``."""
    with eigen_arithmetic(), one_thread_of_torch():
        return _found(edges, weight, valid, k, Profiles(tuple(times), tuple(energies)))


@_signatures.register_fake
def _(
    edges: torch.Tensor, weight: torch.Tensor, valid: torch.Tensor, k: int, times: list[float], energies: list[float]
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    batch, count = valid.shape
    pairs = count if count <= DENSE else torch.library.get_ctx().new_dynamic_size()
    signatures = weight.new_empty((batch, count, len(times) + len(energies)), dtype=torch.float64)
    return signatures, signatures.new_empty((batch, pairs)), signatures.new_empty((batch, pairs, count))


def _found(
    edges: torch.Tensor, weight: torch.Tensor, valid: torch.Tensor, k: int, profiles: Profiles
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    live, degrees, _ = _scaled(edges, weight, valid)
    if valid.shape[1] <= DENSE:
        values, vectors = _dense_pairs(edges, live, degrees, valid)
        real = valid.sum(dim=1)
        relative = values / cutoff(values, degrees, real, k)[:, None]
        total = taper(relative).sum(dim=1).clamp(min=1.0)
        scale = (real / total)[:, None, None]
        sums = (profiles.weights(relative) @ vectors.square()).mT
        return (scale * sums).contiguous(), values, vectors
    parts = []
    out = torch.zeros((*valid.shape, len(profiles)), dtype=torch.float64)
    for row in range(len(valid)):
        graph, _, _, place, spectral = _one(edges[row], live[row], degrees[row], valid[row], None)
        need = k + 1 - spectral.null
        pairs = lowest_pairs(graph, max(need, 0), FLOOR / max(1, graph.count))
        spectral = Spectral(*pairs, spectral.degrees, spectral.null)
        _, relative, total = signature_scale(spectral, k)
        still = profiles.weights(relative.new_zeros(1))[:, 0]
        shares = 1.0 / torch.from_numpy(graph.sizes)[torch.from_numpy(graph.component)]
        sums = profiles.weights(relative) @ spectral.vectors.square() + still[:, None] * shares
        out[row, place] = (graph.count / total.clamp(min=1.0) * sums).T
        parts.append((place, spectral))
    most = max(len(spectral.values) for _, spectral in parts)
    values = torch.full((len(valid), most), torch.inf, dtype=torch.float64)
    vectors = torch.zeros((len(valid), most, valid.shape[1]), dtype=torch.float64)
    for row, (place, spectral) in enumerate(parts):
        values[row, : len(spectral.values)] = spectral.values
        vectors[row, : len(spectral.values), place] = spectral.vectors
    return out.to(weight.device), values.to(weight.device), vectors.to(weight.device)


@torch.library.custom_op("itten::graph_signatures_adjoint", mutates_args=())
def _adjoint(
    edges: torch.Tensor,
    weight: torch.Tensor,
    valid: torch.Tensor,
    values: torch.Tensor,
    vectors: torch.Tensor,
    cotangent: torch.Tensor,
    k: int,
    times: list[float],
    energies: list[float],
) -> torch.Tensor:
    """The gradient ``(B, E)`` of the weights."""
    with eigen_arithmetic(), one_thread_of_torch():
        profiles = Profiles(tuple(times), tuple(energies))
        return _gradient(edges, weight, valid, values, vectors, cotangent, k, profiles)


@_adjoint.register_fake
def _(
    edges: torch.Tensor,
    weight: torch.Tensor,
    valid: torch.Tensor,
    values: torch.Tensor,
    vectors: torch.Tensor,
    cotangent: torch.Tensor,
    k: int,
    times: list[float],
    energies: list[float],
) -> torch.Tensor:
    return torch.empty_like(weight, memory_format=torch.contiguous_format)


def _gradient(
    edges: torch.Tensor,
    weight: torch.Tensor,
    valid: torch.Tensor,
    values: torch.Tensor,
    vectors: torch.Tensor,
    cotangent: torch.Tensor,
    k: int,
    profiles: Profiles,
) -> torch.Tensor:
    live, degrees, mean = _scaled(edges, weight, valid)
    cotangent = torch.where(valid[..., None], cotangent, 0.0)
    begin, end = edges[:, 0], edges[:, 1]
    if valid.shape[1] <= DENSE:
        matrix, degree = dense_adjoint(values, vectors, degrees, valid.sum(dim=1), cotangent, k, profiles)
        degree = degree + matrix.diagonal(dim1=1, dim2=2)
        at = begin * valid.shape[1] + end
        gradient = degree.gather(1, begin) + degree.gather(1, end) - 2.0 * matrix.flatten(1).gather(1, at)
    else:
        gradient = torch.zeros(weight.shape, dtype=torch.float64)
        for row in range(len(valid)):
            known = (values[row].cpu(), vectors[row].cpu())
            graph, ends, kept, place, spectral = _one(edges[row], live[row], degrees[row], valid[row], known)
            if len(kept):
                gradient[row, kept] = sparse_adjoint(
                    graph, spectral, ends[0], ends[1], cotangent[row].cpu()[place], k, profiles
                )
        gradient = gradient.to(weight.device)
    counted = valid.gather(1, begin) & valid.gather(1, end) & (begin != end)
    gradient = torch.where(counted, gradient, 0.0)
    # The mean degree, by which weights were divided, moves with each of them; with no edge at all there is no slope.
    tilt = 2.0 / valid.sum(dim=1, keepdim=True).clamp(min=1) * (gradient * live).sum(dim=1, keepdim=True)
    gradient = torch.where(counted, gradient - tilt, 0.0)
    gradient = torch.where(mean > 0, gradient / torch.where(mean > 0, mean, 1.0), 0.0)
    return gradient.to(weight.dtype).contiguous()


def _setup(ctx: Any, inputs: tuple[Any, ...], output: tuple[torch.Tensor, ...]) -> None:
    edges, weight, valid, *ctx.how = inputs
    ctx.save_for_backward(edges, weight, valid, *output[1:])


def _backward(ctx: Any, slope: torch.Tensor, *_: Any) -> tuple[torch.Tensor | None, ...]:
    gradient = torch.ops.itten.graph_signatures_adjoint(*ctx.saved_tensors, slope, *ctx.how)
    return None, gradient, None, None, None, None


_signatures.register_autograd(_backward, setup_context=_setup)


def _scaled(
    edges: torch.Tensor, weight: torch.Tensor, valid: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Weights ``(B, E)`` float64 divided by the mean degree, 0 where an edge does not count; the degrees ``(B, N)``;
    and the mean ``(B, 1)`` that was divided by."""
    begin, end = edges[:, 0], edges[:, 1]
    counted = valid.gather(1, begin) & valid.gather(1, end) & (begin != end)
    live = torch.where(counted, weight.double(), 0.0)
    # Twice, so that no sum overflows and no quotient does.
    most = live.amax(dim=1, keepdim=True) if live.shape[1] else live.new_zeros((len(live), 1))
    live = live / torch.where(most > 0, most, 1.0)
    mean = 2.0 * live.sum(dim=1, keepdim=True) / valid.sum(dim=1, keepdim=True).clamp(min=1)
    live = live / torch.where(mean > 0, mean, 1.0)
    degrees = live.new_zeros(valid.shape).scatter_add(1, begin, live).scatter_add(1, end, live)
    return live, degrees, mean * most


def _dense_pairs(
    edges: torch.Tensor, live: torch.Tensor, degrees: torch.Tensor, valid: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """All values ``(B, N)`` ascending and vectors ``(B, N, N)`` in rows. What is no token stands alone on the diagonal
    with more than the largest eigenvalue of the others."""
    count = valid.shape[1]
    at = edges[:, 0] * count + edges[:, 1]
    adjacency = live.new_zeros((len(edges), count * count)).scatter_add(1, at, live).view(-1, count, count)
    adjacency = adjacency + adjacency.mT
    lift = 4.0 * degrees.amax(dim=-1, keepdim=True) + 1.0
    laplacian = torch.diag_embed(degrees + torch.where(valid, 0.0, lift)) - adjacency
    values, columns = torch.linalg.eigh(laplacian)
    # Nothing of what is no token can be in the others but rounding.
    return values.clamp(min=0.0), torch.where(valid[:, None], columns.mT, 0.0).contiguous()


def _one(
    edges: torch.Tensor,
    live: torch.Tensor,
    degrees: torch.Tensor,
    valid: torch.Tensor,
    known: tuple[torch.Tensor, torch.Tensor] | None,
) -> tuple[SparseGraph, torch.Tensor, torch.Tensor, torch.Tensor, Spectral]:
    """One graph of its valid tokens alone, on the CPU: itself, the ends ``(2, E′)`` of the edges among such tokens and
    their numbers ``(E′,)``, where its tokens stand ``(n,)``, and what is known of its spectrum."""
    edges, live, valid = edges.cpu(), live.cpu(), valid.cpu()
    place = valid.nonzero()[:, 0]
    number = torch.full((len(valid),), -1).index_copy_(0, place, torch.arange(len(place)))
    kept = (valid[edges[0]] & valid[edges[1]]).nonzero()[:, 0]
    ends = number[edges[:, kept]]
    graph = sparse_graph(len(place), ends[0].numpy(), ends[1].numpy(), live[kept].numpy())
    values, vectors = (live.new_zeros(0), live.new_zeros((0, len(valid)))) if known is None else known
    real = values.isfinite()
    spectral = Spectral(values[real], vectors[real][:, place], degrees.cpu()[place], len(graph.sizes))
    return graph, ends, kept, place, spectral
