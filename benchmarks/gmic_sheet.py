"""Photographs redrawn by itten's looks, beside what G'MIC makes of them: ``python benchmarks/gmic_sheet.py sheet.png``.

Wants the command ``gmic`` and scikit-image. G'MIC's filters are those that come nearest: "Engrave", and "Sketch" for
hatching, with the settings that its own dialogues begin with.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from pathlib import Path

import torch
from skimage import data

import itten
from itten.image import Cell, as_image

PHOTOGRAPHS = ("astronaut", "chelsea", "coffee", "camera", "rocket", "coins")
LOOKS = ("engraving", "banknote", "woodcut", "four-plates", "plotter", "stained-glass", "topographic")
PEERS = {"G'MIC engrave": "fx_engrave 0.5,50,0,8,40,0,0,0,10,1,0,0,0,1,0", "G'MIC sketch": "sketchbw 1"}


def by_gmic(image: torch.Tensor, command: str) -> torch.Tensor:
    """``image`` ``(3, H, W)`` through G'MIC."""
    with tempfile.TemporaryDirectory() as folder:
        itten.write_image(image, Path(folder) / "in.png")
        subprocess.run(
            ["gmic", "-v", "0", "in.png", *command.split(), "-output", "out.png"],
            cwd=folder,
            check=True,
            capture_output=True,
        )
        return itten.read_image(Path(folder) / "out.png")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--only", nargs="*", default=list(PHOTOGRAPHS))
    arguments = parser.parse_args()
    names = [name for name in LOOKS if name in itten.look_names()]
    cells = []
    for name in arguments.only:
        picture = as_image(getattr(data, name)())[:, :384, :512].contiguous()
        cells.append(Cell(name, picture))
        for look in names:
            cells.append(Cell(look, itten.shade(picture, None, look, itten.load_look(look).text.passes).image))
        cells += [Cell(peer, by_gmic(picture, command)) for peer, command in PEERS.items()]
        print(name, flush=True)
    sheet = itten.contact_sheet(cells, columns=1 + len(names) + len(PEERS), cell=512)
    print(itten.write_image(sheet, arguments.out, overwrite=True))


if __name__ == "__main__":
    main()
