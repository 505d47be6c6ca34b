"""Colours of one photograph of scikit-image, carried to another along a functional map between their spectra.

    python examples/alignment.py [FOLDER]

First two versions of one picture: the second is mirrored, smaller, darker and of other colours. The map is found from
the pixels alone, and sends each to where it belongs. Then two different pictures. In both the first keeps its lightness
and gets the colours of the second, a and b of OKLab: of the same thing those of each pixel's own image, of another
smooth functions along its own edges. Writes a sheet to FOLDER, the working folder if none is named.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from skimage import data

import itten
from itten.image import Cell
from itten.image.oklab import from_oklab, to_oklab

SIDE = 192


def photograph(name: str, side: int) -> torch.Tensor:
    image = itten.image.as_image(getattr(data, name)())
    scale = side / max(image.shape[1:])
    size = [round(length * scale) for length in image.shape[1:]]
    return torch.nn.functional.interpolate(image[None], size, mode="area")[0].contiguous()


def other_light(image: torch.Tensor) -> torch.Tensor:
    """``image`` mirrored, four fifths as large, in evening light."""
    size = [round(0.8 * length) for length in image.shape[1:]]
    small = torch.nn.functional.interpolate(image[None], size, mode="area")[0].flip(2)
    return (small**1.2 * torch.tensor([1.0, 0.78, 0.6])[:, None, None]).contiguous()


def recoloured(first: torch.Tensor, second: torch.Tensor, found: itten.Alignment, way: str) -> torch.Tensor:
    """``first`` in the colours that ``second`` has where the map sends its pixels."""
    lab = to_oklab(first)
    lab[1:] = found.transport(to_oklab(second)[1:], way)
    return from_oklab(lab).clamp(0, 1).float()


def main(folder: Path, pairs: tuple[str, ...] = ("coffee", "chelsea/coffee"), side: int = SIDE) -> dict[str, float]:
    """How far pixels are sent from where they belong, by names of pictures; a sheet goes to ``folder``."""
    apart, cells = {}, []
    for pair in pairs:
        one, _, other = pair.partition("/")
        first = photograph(one, side)
        second = photograph(other, side) if other else other_light(first)
        found = itten.align(first, second)
        print(f"{pair}: descriptors are missed by {found.residual:.1%}")
        if not other:
            height, width = first.shape[1:]
            row, column = found.points.double().unbind(-1)
            y = (row + 0.5) * height / second.shape[1] - 0.5 - torch.arange(height)[:, None]
            x = width - (column + 0.5) * width / second.shape[2] - 0.5 - torch.arange(width)
            apart[one] = float(torch.hypot(y, x).median())
            print(f"  half of the pixels are sent within {apart[one]:.2f} pixels of where they belong")
        cells += [Cell(f"A: {one}", first), Cell(f"B: {other or 'mirrored, smaller, other light'}", second)]
        cells.append(Cell("colours of B on A", recoloured(first, second, found, "spectrum" if other else "points")))
    print(itten.write_image(itten.contact_sheet(cells, columns=3), folder / "alignment.png"))
    return apart


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
