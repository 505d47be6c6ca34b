"""Spectral attention: queries and keys from the spectra of graphs, values from content."""

from __future__ import annotations

import torch
from torch import nn

from itten.errors import InputError, UsageError
from itten.heads.attend import attend
from itten.heads.segments import SegmentTable
from itten.heads.token_graph import check_graph, graph_signatures
from itten.spectra.descriptors import HEAT_TIMES, WAVE_ENERGIES


class SpectralAttention(nn.Module):
    """Attention of tokens on a graph, by what the graph's spectrum says of them.

    Queries and keys are heat and wave kernels of the graphs' ``k`` lowest Laplacian eigenpairs
    (:func:`~itten.heads.graph_signatures`), values the tokens themselves. Without weights unless ``project``: then the
    signatures, the values and the result go through learned linear maps, and ``dim`` must be given.

    ``heads`` divides the channels of the values; head h has its own diffusion ``times`` and ``energies`` (numbers h, h
    + heads, …, so ``heads`` must divide how many there are), or its own slice of ``width`` channels a head of the
    projection. ``temperature`` is in squared units of the signatures, which are 1 on average; ``hard`` takes the
    nearest key forward and the gradient of the soft weights backward. Raises :class:`~itten.errors.UsageError` for
    numbers that do not fit.
    """

    def __init__(
        self,
        dim: int | None = None,
        heads: int = 1,
        k: int = 16,
        *,
        times: tuple[float, ...] = HEAT_TIMES,
        energies: tuple[float, ...] = WAVE_ENERGIES,
        temperature: float = 0.1,
        hard: bool = False,
        project: bool = False,
        width: int = 8,
    ) -> None:
        super().__init__()
        if heads < 1 or k < 1:
            raise UsageError(f"heads and k must be at least 1, got {heads} and {k}")
        if not times and not energies:
            raise UsageError("times and energies are both empty: there is nothing to compare")
        if not project and (len(times) % heads or len(energies) % heads):
            raise UsageError(f"{heads} heads cannot share {len(times)} times and {len(energies)} energies evenly")
        if dim is not None and dim % heads:
            raise UsageError(f"{dim} channels cannot be divided among {heads} heads")
        if not temperature > 0:
            raise UsageError(f"the temperature must be positive, got {temperature}; hard=True is the limit of 0")
        if project and dim is None:
            raise UsageError("learned projections need dim, the number of channels")
        self.dim, self.heads, self.k, self.hard = dim, heads, k, hard
        self.times, self.energies, self.temperature = tuple(times), tuple(energies), temperature
        self.query: nn.Linear | None = None
        self.key: nn.Linear | None = None
        self.value: nn.Linear | None = None
        self.out: nn.Linear | None = None
        if project and dim is not None:
            size = len(times) + len(energies)
            self.query, self.key = nn.Linear(size, heads * width), nn.Linear(size, heads * width)
            self.value, self.out = nn.Linear(dim, dim), nn.Linear(dim, dim)

    def signatures(
        self,
        edges: torch.Tensor,
        edge_weight: torch.Tensor | None = None,
        valid: torch.Tensor | None = None,
        count: int = 0,
    ) -> torch.Tensor:
        """``(B, N, d)`` float64 of tokens with ``edges`` ``(B, 2, E)``; ``count`` is N where ``valid`` is not given."""
        if valid is None:
            valid = torch.ones((len(edges), count), dtype=torch.bool, device=edges.device)
        if edge_weight is None:
            edge_weight = torch.ones(edges.shape[::2], dtype=torch.float64, device=edges.device)
        return graph_signatures(edges, edge_weight, valid, self.k, self.times, self.energies)

    def forward(
        self,
        x: torch.Tensor,
        edges: torch.Tensor,
        edge_weight: torch.Tensor | None = None,
        *,
        context: torch.Tensor | None = None,
        context_edges: torch.Tensor | None = None,
        context_weight: torch.Tensor | None = None,
        mask: torch.Tensor | None = None,
        valid: torch.Tensor | None = None,
        context_valid: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """``(B, N, C)`` for tokens ``x`` ``(B, N, C)`` with undirected ``edges`` ``(2, E)`` or ``(B, 2, E)`` int64.

        ``edge_weight`` ``(E,)`` or ``(B, E)``, not negative, 1 if left out. ``context`` ``(B, M, C)`` with
        ``context_edges`` and ``context_weight``: the tokens that are attended to, with a graph of their own; ``x``
        itself if left out. ``mask`` bool ``(N, M)``, ``(B, N, M)`` or ``(B, heads, N, M)``, True where a query may
        attend. ``valid`` ``(B, N)`` and ``context_valid`` ``(B, M)`` bool, False for padding: such tokens and their
        edges change nothing for the others, and their own rows are 0. Edges that only fill up a batch have weight 0 or
        name padding.

        Gradients flow to the tokens and to the edge weights. Raises :class:`~itten.errors.InputError` for shapes,
        numbers and weights that do not fit.
        """
        self._check(x)
        cross = context is not None
        if cross and context_edges is None:
            raise InputError("a context needs context_edges, its own graph")
        source = x if context is None else context
        self._check(source)
        queries, here = self._signed(x, edges, edge_weight, valid)
        if context_edges is None or not cross:
            keys, there = queries, here
        else:
            keys, there = self._signed(source, context_edges, context_weight, context_valid)
        allowed = here[:, None, :, None] & there[:, None, None, :]
        if mask is not None:
            allowed = allowed & (mask if mask.dim() < 3 else mask if mask.dim() == 4 else mask[:, None])
        return self.mix(queries, keys, source, allowed)

    def mix(
        self, queries: torch.Tensor, keys: torch.Tensor, content: torch.Tensor, mask: torch.Tensor | None = None
    ) -> torch.Tensor:
        """The attention behind the signatures: ``(B, N, d)``, ``(B, M, d)`` and content ``(B, M, C)`` to ``(B, N, C)``.

        ``mask`` bool, broadcast to ``(B, heads, N, M)``. For signatures that are known beforehand.
        """
        q, k = self._heads(queries, self.query), self._heads(keys, self.key)
        values = content if self.value is None else self.value(content)
        values = values.unflatten(-1, (self.heads, -1)).transpose(1, 2)
        mixed, _ = attend(q, k, values, self.temperature, mask, self.hard)
        mixed = mixed.transpose(1, 2).flatten(2)
        if self.out is None:
            return mixed
        mixed = self.out(mixed.to(values.dtype))
        return mixed if mask is None else torch.where(mask.any(dim=-1).any(dim=1)[..., None], mixed, 0.0)

    def _signed(
        self, x: torch.Tensor, edges: torch.Tensor, weight: torch.Tensor | None, valid: torch.Tensor | None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Signatures of the tokens, and which of them are no padding."""
        batch, count = x.shape[:2]
        if edges.dim() not in (2, 3) or edges.shape[-2] != 2 or edges.dtype != torch.int64:
            raise InputError(f"edges are int64 (2, E) or (B, 2, E), got {edges.dtype} {tuple(edges.shape)}")
        edges = edges.expand(batch, 2, edges.shape[-1])
        if weight is None:
            weight = torch.ones(edges.shape[-1], dtype=torch.float64, device=edges.device)
        if weight.shape[-1] != edges.shape[-1]:
            raise InputError(f"{edges.shape[-1]} edges have {weight.shape[-1]} weights")
        weight = weight.expand(batch, edges.shape[-1])
        if valid is None:
            valid = torch.ones((batch, count), dtype=torch.bool, device=x.device)
        if not torch.compiler.is_compiling():
            check_graph(edges, weight, count)
        return self.signatures(edges, weight, valid), valid

    def _heads(self, signatures: torch.Tensor, projection: nn.Linear | None) -> torch.Tensor:
        """``(B, heads, N, …)``: every head's part of the signatures."""
        if projection is not None:
            # Half precision would move the distances by more than the temperature.
            with torch.autocast(signatures.device.type, enabled=False):
                mapped = projection(signatures.to(projection.weight.dtype))
            return mapped.unflatten(-1, (self.heads, -1)).transpose(1, 2)
        split = len(self.times)
        parts = [
            torch.cat([signatures[..., h : split : self.heads], signatures[..., split + h :: self.heads]], dim=-1)
            for h in range(self.heads)
        ]
        return torch.stack(parts, dim=1)

    def _check(self, x: torch.Tensor) -> None:
        if x.dim() != 3 or not x.is_floating_point():
            raise InputError(f"tokens are floating point (B, N, C), got {x.dtype} {tuple(x.shape)}")
        if x.shape[-1] % self.heads or self.dim not in (None, x.shape[-1]):
            raise InputError(f"{x.shape[-1]} channels do not fit dim={self.dim} and {self.heads} heads")

    def extra_repr(self) -> str:
        return f"heads={self.heads}, k={self.k}, temperature={self.temperature}, hard={self.hard}"


def pool_segments(maps: torch.Tensor, labels: torch.Tensor, count: int) -> torch.Tensor:
    """``(count, d)``: the mean of ``maps`` ``(d, H, W)`` over every segment of ``labels`` ``(H, W)`` int64, 0 outside
    all, else 1 + the segment's number. Zero for a segment without pixels. Differentiable in ``maps``."""
    flat, owner = maps.flatten(1), labels.flatten()
    total = maps.new_zeros((maps.shape[0], count + 1)).index_add(1, owner, flat)[:, 1:]
    size = torch.bincount(owner, minlength=count + 1)[1:]
    return (total / size.clamp(min=1)).T


class SegmentAttention(nn.Module):
    """Attention of a picture's segments to those of another: :func:`attend` on pooled signatures. No weights."""

    def __init__(self, temperature: float = 0.1, hard: bool = False) -> None:
        super().__init__()
        self.temperature = temperature
        self.hard = hard

    def forward(
        self,
        target: SegmentTable | torch.Tensor,
        source: SegmentTable | torch.Tensor,
        target_signature: torch.Tensor,
        source_signature: torch.Tensor,
        content: torch.Tensor,
        mask: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """For each of T target segments the mixture ``(T, C)`` of the S source segments' contents, and its weights
        ``(T, S)``.

        ``target`` and ``source``: tables, or label maps ``(H, W)`` int64, 0 outside, else 1 + the segment's number.
        Signatures ``(d, H, W)`` are averaged over the segments, those ``(T, d)`` and ``(S, d)`` are taken as they are;
        ``content`` ``(C, H, W)`` or ``(S, C)`` likewise. ``mask`` ``(T, S)`` bool, True where a target may take from a
        source.
        """
        queries, keys = _pooled(target_signature, target), _pooled(source_signature, source)
        return attend(queries, keys, _pooled(content, source), self.temperature, mask, self.hard)

    def extra_repr(self) -> str:
        return f"temperature={self.temperature}, hard={self.hard}"


def _pooled(maps: torch.Tensor, segments: SegmentTable | torch.Tensor) -> torch.Tensor:
    if maps.dim() == 2:
        return maps
    labels = segments.label_map() if isinstance(segments, SegmentTable) else segments
    if labels.shape != maps.shape[1:]:
        raise InputError(f"maps {tuple(maps.shape)} and labels {tuple(labels.shape)} are not of one picture")
    count = len(segments) if isinstance(segments, SegmentTable) else int(labels.max())
    return pool_segments(maps, labels, count)
