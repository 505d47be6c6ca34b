"""Connected components on any device by pointer jumping."""

from __future__ import annotations

import torch


def label_components(mask: torch.Tensor) -> torch.Tensor:
    """``(H, W)`` int64: 0 outside ``mask``, else 1 + the raster index of the component's first pixel.

    4-connected. Every pixel points to the smallest neighbour that it knows of, roots are hooked to the
    smallest root seen next to them, and pointers are halved until nothing moves (Shiloach & Vishkin,
    "An O(log n) parallel connectivity algorithm", 1982): the number of rounds grows with the logarithm of
    a component's diameter.
    """
    height, width = mask.shape
    total = height * width
    index = torch.arange(total, device=mask.device).reshape(height, width)
    outside = total
    parent = torch.cat([torch.where(mask, index, outside).flatten(), torch.tensor([outside], device=mask.device)])
    while True:
        grid = parent[:total].reshape(height, width)
        smallest = grid.clone()
        smallest[1:] = torch.minimum(smallest[1:], grid[:-1])
        smallest[:-1] = torch.minimum(smallest[:-1], grid[1:])
        smallest[:, 1:] = torch.minimum(smallest[:, 1:], grid[:, :-1])
        smallest[:, :-1] = torch.minimum(smallest[:, :-1], grid[:, 1:])
        smallest = torch.where(mask, smallest, outside).flatten()
        hooked = parent.scatter_reduce(0, parent[:total], smallest, "amin")
        hooked[:total] = torch.minimum(hooked[:total], smallest)
        hooked[outside] = outside
        while True:
            jumped = hooked[hooked]
            if torch.equal(jumped, hooked):
                break
            hooked = jumped
        if torch.equal(hooked, parent):
            break
        parent = hooked
    return torch.where(mask, parent[:total].reshape(height, width) + 1, 0)
