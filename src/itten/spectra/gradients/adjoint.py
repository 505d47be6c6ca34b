"""The derivative of eigenpairs: from what a loss says of them to what it says of the matrix.

For symmetric L with pairs (λᵢ, vᵢ): dλᵢ = vᵢᵀ dL vᵢ and dvᵢ = −(L − λᵢ)⁺ dL vᵢ (Magnus, "On differentiating eigenvalues
and eigenvectors", Econometric Theory 1, 1985, theorem 1). With cotangents aᵢ of the values and gᵢ of the vectors the
derivative of the loss along dL is therefore Σ uᵢᵀ dL vᵢ with the adjoint vectors uᵢ = aᵢ vᵢ − (L − λᵢ)⁺ gᵢ.

Within known vectors (L − λᵢ)⁺ has the closed form 1/(λⱼ − λᵢ). Since dL is symmetric, only cᵢⱼ − cⱼᵢ counts, cᵢⱼ =
vⱼᵀgᵢ: it is the derivative of the loss under a rotation that mixes vᵢ and vⱼ. Where λᵢ = λⱼ such a rotation changes
nothing about the matrix, and a loss whose gradient exists has cᵢⱼ = cⱼᵢ there. The quotient still has a limit that
matters: for Σ φ(λᵢ) vᵢᵀ M vᵢ it is −2 φ′ vⱼᵀ M vᵢ (Daleckii and Krein). To keep it, values that coincide are moved
apart by a part of 6e-11 of themselves *before* the loss sees them: λ′ᵢ and vᵢ are then the exact pairs of L + Σ (λ′ᵢ −
λᵢ) vᵢ vᵢᵀ, a matrix that close to L, and at that matrix the plain formula holds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from itten.errors import GradientError

# Values closer than this part of themselves are moved that far apart. The quotients lose the digits of the shift: some
# five stay in float64, three in float32.
APART = {torch.float64: 2.0**-34, torch.float32: 2.0**-13}
# How much of a gradient may turn vectors of one eigenspace into each other before the loss counts as dependent on
# their choice. A loss that is a smooth function of the matrix leaves about APART of it.
TURN = {torch.float64: 1e-4, torch.float32: 2e-2}
# Rounding, as a part of the largest entry of L.
FLOOR = 1e-14


@dataclass(frozen=True)
class Separated:
    """``values`` ``(…, m)`` at least a gap apart; ``group`` ``(…, m)`` int64 numbers the eigenspaces as they were."""

    values: torch.Tensor
    group: torch.Tensor


def separate(
    values: torch.Tensor, dtype: torch.dtype, resolution: torch.Tensor | float, slack: float = 1.0
) -> Separated:
    """Move ascending ``values`` ``(…, m)`` float64 upward until each is a gap above the one before.

    The gap is 2⁻³⁴ of the value for vectors in float64, 2⁻¹³ in float32, and never below ``resolution``, the
    accuracy of the values. Values that are further apart stay where they are. Groups are those closer than ``slack``
    gaps; more than 1 recognises values that were moved before.
    """
    gap = torch.maximum(APART[dtype] * values.abs(), torch.as_tensor(resolution, dtype=values.dtype))
    near = values.diff(dim=-1) < slack * gap[..., 1:]
    group = torch.cat([torch.zeros_like(near[..., :1]), ~near], dim=-1).long().cumsum(dim=-1)
    # new_i = max(λ_i, new_{i−1} + gap_i), all at once.
    reach = torch.cat([torch.zeros_like(gap[..., :1]), gap[..., 1:]], dim=-1).cumsum(dim=-1)
    moved = (values - reach).cummax(dim=-1).values + reach
    begins = torch.cat([torch.ones_like(near[..., :1]), ~near], dim=-1)
    untouched = begins & (moved - values < 0.5 * gap)
    return Separated(torch.where(untouched, values, moved), group)


def settle(vectors: torch.Tensor, group: torch.Tensor) -> torch.Tensor:
    """``vectors`` ``(m, N)`` with a basis of its own choice in every group of more than one, ``group`` ``(m,)``
    ascending.

    The basis diagonalises a fixed pattern of noise over the nodes. Rounding then does not decide it, and a loss that
    sees values set apart changes smoothly with the matrix.
    """
    out = vectors
    for number in group[1:][group[1:] == group[:-1]].unique().tolist():
        rows = (group == number).nonzero()[:, 0]
        pattern = torch.from_numpy(np.random.default_rng(0).random(vectors.shape[1])).to(vectors)
        basis = vectors[rows]
        turned = torch.linalg.eigh((basis * pattern) @ basis.T).eigenvectors.T @ basis
        out = out.clone() if out is vectors else out
        out[rows] = turned
    return out


def adjoint_vectors(
    pairs: Separated,
    vectors: torch.Tensor,
    slope: torch.Tensor,
    cotangent: torch.Tensor,
    dtype: torch.dtype,
    first: int = 0,
) -> torch.Tensor:
    """The part of the adjoint vectors uᵢ that lies in the span of the known vectors, ``(…, r, N)``.

    ``vectors`` ``(…, m, N)`` float64, orthonormal rows; ``slope`` ``(…, k)`` and ``cotangent`` ``(…, k, N)`` float64
    belong to the first k ≤ m of them; ``dtype`` is the one in which the loss saw the vectors, ``first`` the number of
    pair 0, for messages. The derivative along dL is Σ uᵢᵀ dL vᵢ over the r rows. r is k, or more where pairs k … r − 1
    belong to the eigenspace of pair k − 1: that one is cut in two by k. There the slopes are shared out evenly, which
    makes them an element of Clarke's subdifferential.

    Raises :class:`~itten.errors.GradientError` where the loss depends on the choice of the vectors in an eigenspace.
    """
    k, m = cotangent.shape[-2], vectors.shape[-2]
    overlap = cotangent @ vectors.mT
    turn = torch.cat([overlap[..., :k] - overlap[..., :k].mT, overlap[..., k:]], dim=-1)
    group = pairs.group
    same = group[..., :k, None] == group[..., None, :]
    same = same & ~torch.eye(k, m, dtype=torch.bool, device=same.device)
    _refuse_turns(turn, same, cotangent, dtype, first)
    cut = same & (group[..., :k, None] == group[..., k, None, None]) if m > k else torch.zeros_like(same)
    difference = pairs.values[..., None, :] - pairs.values[..., :k, None]
    # A pair of two returned vectors turns up twice, each time with half of its part.
    share = torch.full((m,), 1.0, dtype=vectors.dtype, device=vectors.device)
    share[:k] = 0.5
    fixed = cut | (difference == 0)
    inverse = torch.where(fixed, 0.0, share / torch.where(fixed, 1.0, difference))
    adjoint = -(turn * inverse) @ vectors
    if not bool(cut.any()):
        return adjoint + slope[..., None] * vectors[..., :k, :]
    if vectors.dim() > 2:
        raise ValueError("an eigenspace cut in two is dealt with for one matrix at a time")
    member = group == group[k]
    rows = int(member.nonzero().max()) + 1
    whole = torch.cat([slope, slope.new_zeros(rows - k)])
    inside = member[:rows]
    whole = torch.where(inside, whole[inside].mean(), whole)
    adjoint = torch.cat([adjoint, adjoint.new_zeros(rows - k, adjoint.shape[1])])
    return adjoint + whole[:, None] * vectors[:rows]


def _refuse_turns(
    turn: torch.Tensor, same: torch.Tensor, cotangent: torch.Tensor, dtype: torch.dtype, first: int
) -> None:
    size = cotangent.norm(dim=-1)
    others = torch.zeros(turn.shape[:-2] + turn.shape[-1:], dtype=size.dtype, device=size.device)
    others[..., : size.shape[-1]] = size
    # Weights that fall to 0 within an eigenspace leave APART of the largest gradient.
    noise = 100 * APART[dtype] * size.amax(dim=-1)[..., None, None]
    bound = TURN[dtype] * (size[..., :, None] + others[..., None, :]) + noise
    wrong = same & (turn.abs() > bound)
    if bool(wrong.any()):
        i, j = sorted(first + number for number in wrong.nonzero()[0].tolist()[-2:])
        raise GradientError(
            f"eigenvectors {i} and {j} belong to one eigenvalue, and the loss depends on how they are chosen in its "
            "eigenspace: it has no gradient here; use a loss that is free of rotations, such as heat_kernel or a "
            "projector, or a k that does not cut the eigenspace"
        )
