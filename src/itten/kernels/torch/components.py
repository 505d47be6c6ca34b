"""Connected components on any device by pointer jumping."""

from __future__ import annotations

import torch


def label_components(classes: torch.Tensor) -> torch.Tensor:
    """``(H, W)`` int64: 0 where ``classes`` (bool or int) is 0, else 1 + the raster index of the component's first
    pixel.

    4-connected, within a class. Every pixel points to the smallest neighbour that it knows of, roots are hooked to the
    smallest root seen next to them, and pointers are halved until nothing moves (Shiloach & Vishkin,
    "An O(log n) parallel connectivity algorithm", 1982): the number of rounds grows with the logarithm of
    a component's diameter.
    """
    height, width = classes.shape
    mask = classes != 0
    vertical = mask[1:] & (classes[1:] == classes[:-1])
    horizontal = mask[:, 1:] & (classes[:, 1:] == classes[:, :-1])
    total = height * width
    index = torch.arange(total, device=mask.device).reshape(height, width)
    outside = total
    parent = torch.cat([torch.where(mask, index, outside).flatten(), torch.tensor([outside], device=mask.device)])
    while True:
        grid = parent[:total].reshape(height, width)
        smallest = grid.clone()
        for joined, axis in ((vertical, 0), (horizontal, 1)):
            length = grid.shape[axis] - 1
            for near, far in ((1, 0), (0, 1)):
                part, other = smallest.narrow(axis, near, length), grid.narrow(axis, far, length)
                part.copy_(torch.where(joined, torch.minimum(part, other), part))
        smallest = smallest.flatten()
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
