"""Spectral attention: queries and keys from the spectra of graphs, values from content."""

from __future__ import annotations

import torch
from torch import nn

from itten.errors import InputError, UsageError
from itten.heads.attend import attend as attended
from itten.heads.attend import attend_in_blocks
from itten.heads.given import clean_tokens, given_graph, given_mask, given_tokens, positive, whole, wrong_scales
from itten.heads.segments import SegmentTable
from itten.heads.token_graph import checked_signatures
from itten.image.coerce import renamed
from itten.spectra.descriptors import HEAT_TIMES, WAVE_ENERGIES

# Weights of that many pairs of tokens are there at a time.
PAIRS = 1 << 19


class SpectralAttention(nn.Module):
    """Attention of tokens on a graph, by what the graph's spectrum says of them.

    Queries and keys are heat and wave kernels of the graphs' lowest Laplacian eigenpairs
    (:func:`~itten.heads.graph_signatures`), values the tokens themselves. They are continuous functions of the graph:
    tokens that a symmetry exchanges have the same, whatever the order of the tokens, and a small change of a weight
    makes a small change, at every graph that has an edge. ``k`` says how far up the spectrum they look: to the (k +
    1)-th lowest value, the unit of ``times`` (its inverse) and ``energies``. Without weights unless ``project``: then
    the signatures, the values and the result go through learned linear maps, and ``dim`` must be given.

    ``heads`` divides the channels of the values; head h has its own diffusion ``times`` and ``energies`` (numbers h, h
    + heads, …, so ``heads`` must divide how many there are), or its own slice of ``width`` channels a head of the
    projection. ``temperature`` is in squared units of the signatures, where 1 is a token's even share of what lies
    below the cutoff (a signature's mean over the tokens is 1 for time 0, and less for others); ``hard`` takes the
    nearest key forward and the gradient of the soft weights backward. Up to 256 tokens the spectrum is that of a dense
    matrix, beyond its cost goes with edges; the mixing goes with pairs of tokens, in blocks, so that memory goes with
    tokens. Raises :class:`~itten.errors.UsageError` for numbers that do not fit.
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
        for name, given in (("heads", heads), ("k", k), ("width", width), ("dim", 1 if dim is None else dim)):
            if not whole(given):
                raise UsageError(f"{name} must be a whole number of at least 1, got {given!r}")
        if wrong := wrong_scales(times, energies):
            raise UsageError(wrong)
        if not project and (len(times) % heads or len(energies) % heads):
            raise UsageError(f"{heads} heads cannot share {len(times)} times and {len(energies)} energies evenly")
        if dim is not None and dim % heads:
            raise UsageError(f"{dim} channels cannot be divided among {heads} heads")
        if not positive(temperature):
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
        """``(B, N, d)`` float64 of tokens with ``edges`` ``(B, 2, E)`` or ``(2, E)``; these, ``edge_weight`` and
        ``valid`` are as of :meth:`forward`, ``count`` is N where ``valid`` is not given. Raises
        :class:`~itten.errors.InputError`."""
        if valid is None:
            batch = len(edges) if isinstance(edges, torch.Tensor) and edges.dim() == 3 else 1
            return self._signed(*given_graph(edges, edge_weight, None, batch, count))
        batch = len(valid) if isinstance(valid, torch.Tensor) and valid.dim() else 1
        return self._signed(*given_graph(edges, edge_weight, valid, batch))

    def forward(
        self,
        x: torch.Tensor,
        edges: torch.Tensor,
        edge_weight: torch.Tensor | None = None,
        *,
        context: torch.Tensor | None = None,
        context_edges: torch.Tensor | None = None,
        context_weight: torch.Tensor | None = None,
        attend: torch.Tensor | None = None,
        mask: torch.Tensor | None = None,
        valid: torch.Tensor | None = None,
        context_valid: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """``(B, N, C)`` for tokens ``x`` ``(B, N, C)`` with undirected ``edges`` ``(2, E)`` or ``(B, 2, E)`` int64.

        ``edge_weight`` ``(E,)`` or ``(B, E)``, not negative, 1 if left out. ``context`` ``(B, M, C)`` with
        ``context_edges`` and ``context_weight``: the tokens that are attended to, with a graph of their own; ``x``
        itself if left out. ``attend`` bool ``(N, M)``, ``(B, N, M)`` or ``(B, heads, N, M)``, True where a query may
        attend (``mask`` is its old name). ``valid`` ``(B, N)`` and ``context_valid`` ``(B, M)`` bool, False for
        padding: such tokens and their edges change nothing for the others, and their own rows are 0. Edges that only
        fill up a batch have weight 0 or name padding.

        Gradients flow to the tokens and to the edge weights. The result has the tokens' type, under autocast its own.
        Raises :class:`~itten.errors.InputError` for shapes, types, numbers and weights that do not fit, tokens that are
        not finite among them; what padding holds does not matter.
        """
        attend = renamed(attend, mask, ("attend", "mask"))
        given_tokens(x, self.heads, self.dim)
        batch, count = x.shape[:2]
        queries, here = self._graph(edges, edge_weight, valid, batch, count)
        source = x = clean_tokens(x, valid)
        keys, there = queries, here
        if context is None:
            extra = {"edges": context_edges, "weight": context_weight, "valid": context_valid}
            for name, given in extra.items():
                if given is not None:
                    raise InputError(f"context_{name} without context: there is nothing that it belongs to")
        else:
            given_tokens(context, self.heads, self.dim, "context")
            if len(context) != batch or context.shape[-1] != x.shape[-1] or context.dtype != x.dtype:
                raise InputError(
                    f"context {context.dtype} {tuple(context.shape)} does not fit x {x.dtype} {tuple(x.shape)}: batch, "
                    "channels and type are the same"
                )
            if context_edges is None:
                raise InputError("context_edges: a context needs its own graph")
            keys, there = self._graph(context_edges, context_weight, context_valid, batch, context.shape[1], "context_")
            source = clean_tokens(context, context_valid, "context")
        allowed = given_mask(attend, batch, self.heads, count, source.shape[1])
        if valid is not None or context_valid is not None:
            both = here[:, None, :, None] & there[:, None, None, :]
            allowed = both if allowed is None else allowed & both
        return self.mix(queries, keys, source, allowed)

    def mix(
        self, queries: torch.Tensor, keys: torch.Tensor, content: torch.Tensor, mask: torch.Tensor | None = None
    ) -> torch.Tensor:
        """The attention behind the signatures: ``(B, N, d)``, ``(B, M, d)`` and content ``(B, M, C)`` to ``(B, N, C)``.

        ``mask`` bool, broadcast to ``(B, heads, N, M)``. For signatures that are known beforehand.
        """
        q, k = self._heads(queries, self.query), self._heads(keys, self.key)
        casting = torch.is_autocast_enabled(content.device.type)
        values = content
        if self.value is not None:
            values = self.value(content if casting else content.to(self.value.weight.dtype))
        values = values.unflatten(-1, (self.heads, values.shape[-1] // self.heads)).transpose(1, 2)
        mixed = self._mixed(q, k, values, mask).transpose(1, 2).flatten(2)
        if self.out is not None:
            mixed = self.out(mixed.to(values.dtype))
            if mask is not None:
                mixed = torch.where(mask.any(dim=-1).any(dim=1)[..., None], mixed, 0.0)
        return mixed if casting else mixed.to(content.dtype)

    def _mixed(self, q: torch.Tensor, k: torch.Tensor, values: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        """``(B, heads, N, C / heads)``, so many queries at a time that their weights take little memory; these are
        computed again for the gradient."""
        if k.shape[2] == 0:
            return values.sum(dim=2, keepdim=True).expand(*q.shape[:3], values.shape[-1])

        rows = max(1, PAIRS // max(1, k.shape[0] * k.shape[1] * k.shape[2]))
        if rows >= q.shape[2]:
            return attended(q, k, values, self.temperature, mask, self.hard)[0]
        return attend_in_blocks(q, k, values, self.temperature, mask, self.hard, rows)

    def _graph(
        self,
        edges: torch.Tensor,
        weight: torch.Tensor | None,
        valid: torch.Tensor | None,
        batch: int,
        count: int,
        prefix: str = "",
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Signatures of the tokens, and which of them are no padding."""
        given = given_graph(edges, weight, valid, batch, count, prefix)
        return self._signed(*given), given[2]

    def _signed(self, edges: torch.Tensor, weight: torch.Tensor, valid: torch.Tensor) -> torch.Tensor:
        return checked_signatures(edges, weight, valid, self.k, self.times, self.energies)

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
        if not positive(temperature):
            raise UsageError(f"the temperature must be positive, got {temperature!r}; hard=True is the limit of 0")
        self.temperature = temperature
        self.hard = hard

    def forward(
        self,
        target: SegmentTable | torch.Tensor,
        source: SegmentTable | torch.Tensor,
        target_signature: torch.Tensor,
        source_signature: torch.Tensor,
        content: torch.Tensor,
        attend: torch.Tensor | None = None,
        *,
        mask: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """For each of T target segments the mixture ``(T, C)`` of the S source segments' contents, and its weights
        ``(T, S)``.

        ``target`` and ``source``: tables, or label maps ``(H, W)`` int64, 0 outside, else 1 + the segment's number.
        Signatures ``(d, H, W)`` are averaged over the segments, those ``(T, d)`` and ``(S, d)`` are taken as they are;
        ``content`` ``(C, H, W)`` or ``(S, C)`` likewise. ``attend`` ``(T, S)`` bool, True where a target may take
        from a source (``mask`` is its old name).
        """
        attend = renamed(attend, mask, ("attend", "mask"))
        queries = _pooled(target_signature, target, "target_signature")
        keys = _pooled(source_signature, source, "source_signature")
        return attended(queries, keys, _pooled(content, source, "content"), self.temperature, attend, self.hard)

    def extra_repr(self) -> str:
        return f"temperature={self.temperature}, hard={self.hard}"


def _pooled(maps: torch.Tensor, segments: SegmentTable | torch.Tensor, name: str) -> torch.Tensor:
    if not isinstance(maps, torch.Tensor) or not maps.is_floating_point() or maps.dim() not in (2, 3):
        got = f"{maps.dtype} {tuple(maps.shape)}" if isinstance(maps, torch.Tensor) else type(maps).__name__
        raise InputError(f"{name} is a floating point tensor (d, H, W) or (segments, d), got {got}")
    if maps.dim() == 2:
        return maps
    labels = segments.label_map() if isinstance(segments, SegmentTable) else segments
    if not isinstance(labels, torch.Tensor) or labels.dtype != torch.int64:
        raise InputError(f"{name} wants segments as a table or as labels (H, W) int64, got {type(labels).__name__}")
    if labels.shape != maps.shape[1:]:
        raise InputError(f"maps {tuple(maps.shape)} and labels {tuple(labels.shape)} are not of one picture")
    count = len(segments) if isinstance(segments, SegmentTable) else int(labels.max())
    return pool_segments(maps, labels, count)
