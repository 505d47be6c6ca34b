"""Make the pictures of the README anew: ``python docs/make_figures.py`` (a few minutes)."""

from __future__ import annotations

import io
from pathlib import Path

import torch

import itten
from itten.cli.demo import composite_sheet, cross_sheet, self_sheet, sources_sheet
from itten.image import Cell, diverging, to_pil, write_bytes_atomic

FOLDER = Path(__file__).resolve().parent / "images"
QUALITY = 85
PASSES = 4


def opening(config: itten.ShaderConfig) -> torch.Tensor:
    """The picture at the top: a target, a source and what comes of them."""
    target, source = itten.samples.load("brush"), itten.samples.load("hatched")
    result = itten.shade(target, source, config, passes=3).image
    cells = [Cell("target", target), Cell("source", source), Cell("three passes", result)]
    return itten.contact_sheet(cells, columns=3)


def comparison() -> torch.Tensor:
    """Fields and last passes of three pictures, with the tiled method and with the stitched one."""
    cells = []
    for name in ("notch", "brush", "figure"):
        picture = itten.samples.load(name)
        cells.append(Cell("input", picture, name))
        for title, config in (("tiled", "seed"), ("stitched", None)):
            result = itten.shade(picture, config=config, passes=PASSES)
            cells += [Cell(f"{title}, field", diverging(result.field[0])), Cell("pass 1", result.passes[0])]
            cells.append(Cell(f"pass {PASSES}", result.image))
    return itten.contact_sheet(cells, columns=7, cell=260)


def save(sheet: torch.Tensor, name: str) -> None:
    """Write a lossy WebP, which keeps the files small."""
    buffer = io.BytesIO()
    to_pil(sheet).save(buffer, "WEBP", quality=QUALITY, method=6)
    print(write_bytes_atomic(buffer.getvalue(), FOLDER / f"{name}.webp", overwrite=True).name, len(buffer.getvalue()))


def main() -> None:
    config = itten.ShaderConfig()
    save(opening(config), "opening")
    save(self_sheet(config, PASSES), "self_attention")
    save(cross_sheet(config, PASSES), "cross_attention")
    save(sources_sheet(config, PASSES), "source_comparison")
    save(composite_sheet(config, PASSES), "overwrite_and_zbuffer")
    save(comparison(), "tiled_and_stitched")


if __name__ == "__main__":
    main()
