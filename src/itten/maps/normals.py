"""Normal maps: vectors that turn with the copy that carries them."""

from __future__ import annotations

from typing import Literal, get_args

import torch

Normal = Literal["opengl", "directx"]
GREEN = get_args(Normal)


def turned(values: torch.Tensor, linear: torch.Tensor, kind: Normal) -> torch.Tensor:
    """Normals ``(3, P)``, coded as (n + 1) / 2 in red, green and blue, of copies that lie by ``linear`` ``(P, 2, 2)``,
    (y, x) from the source to the target.

    Red points to the right, green up in an ``opengl`` map and down in a ``directx`` one. A copy's turn and mirror are
    taken, its scale is not: relief that is made larger is as steep as before. Quarter turns and mirrors change no
    bit but where values v become 1 − v; what is not turned stays as it is.
    """
    scale = torch.linalg.det(linear.double()).abs().sqrt()
    way = linear.double() / scale[:, None, None]
    whole = way.round()
    way = torch.where((way - whole).abs().amax(dim=(1, 2), keepdim=True) < 1e-6, whole, way)
    down = 1.0 if kind == "directx" else -1.0
    # About the middle of the code: v − ½ is half the component.
    right, below = values[0].double() - 0.5, down * (values[1].double() - 0.5)
    after_below = way[:, 0, 0] * below + way[:, 0, 1] * right
    after_right = way[:, 1, 0] * below + way[:, 1, 1] * right
    found = torch.stack([after_right + 0.5, down * after_below + 0.5, values[2].double()]).clamp(0.0, 1.0)
    still = (way == torch.eye(2, dtype=torch.float64)).all(dim=2).all(dim=1)
    return torch.where(still, values, found.to(values.dtype))


def of_length_one(values: torch.Tensor, where: torch.Tensor) -> torch.Tensor:
    """Normals ``(3, H, W)``, coded, those ``where`` ``(H, W)`` is True made one long again; they were mixed."""
    vectors = 2.0 * values.double() - 1.0
    length = vectors.square().sum(dim=0).sqrt()
    whole = (vectors / length.clamp(min=1e-6) + 1.0) / 2.0
    return torch.where(where & (length > 1e-6), whole.clamp(0.0, 1.0).to(values.dtype), values)
