"""What is left of fine features under every look: a face, pale handwriting, highlights, drawn and photographed.

    python -m benchmarks.eaten --size 400 --json benchmarks/results/eaten.json

For each picture and look the share of the thin marks' pixels that are within 8/255 of their colour, or thicker in the
same colour, after all passes of the look; and how much of the rest of the picture was painted.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from scipy import ndimage

import itten
from itten.benchmark import machine
from itten.config import ShaderConfig, look_names
from itten.config.look import find_look
from tests.fine import PICTURES, left

BRIGHT, CROSS, LARGEST = 0.25, 7, 200


def photographed(name: str) -> tuple[torch.Tensor, torch.Tensor]:
    """A photograph of scikit-image and its highlights: what is lighter by a quarter than an opening by 7 × 7 pixels, in
    pieces of 4 to 200 pixels."""
    from skimage import data

    picture = getattr(data, name)()[:400, :400].transpose(2, 0, 1).astype(np.float32) / 255
    grey = np.tensordot([0.299, 0.587, 0.114], picture, axes=1)
    labels, count = ndimage.label(ndimage.white_tophat(grey, CROSS) > BRIGHT, np.ones((3, 3)))
    size = ndimage.sum_labels(np.ones_like(grey), labels, np.arange(count + 1))
    return torch.from_numpy(picture), torch.from_numpy((labels > 0) & (size[labels] >= 4) & (size[labels] <= LARGEST))


def copying() -> list[str]:
    """The looks that copy; those that draw the whole picture anew keep none of its marks."""
    heads = {look: ShaderConfig.from_config(look).all_heads for look in look_names()}
    return [look for look, own in heads.items() if all(head.draw == "copies" for head in own)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=400)
    parser.add_argument("--looks", default=",".join(copying()))
    parser.add_argument("--pictures", default="")
    parser.add_argument("--set", default="{}", help="JSON of what is set on top of each look")
    parser.add_argument("--sheets", type=Path, help="a folder for the painted pictures")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    pictures = {name: make(arguments.size) for name, make in PICTURES.items()}
    pictures |= {name: photographed(name) for name in ("astronaut", "coffee")}
    rows = []
    for name, (image, thin) in pictures.items():
        if arguments.pictures and name not in arguments.pictures.split(","):
            continue
        for look in arguments.looks.split(","):
            found = find_look(look)
            if found is None:
                raise SystemExit(f"no look '{look}'")
            config = ShaderConfig.from_config(look).changed(**json.loads(arguments.set))
            after = itten.shade(image, None, config, passes=found.text.passes).image
            painted = (after - image).abs().amax(dim=0) > 8 / 255
            row = {"picture": name, "look": look, "left": left(image, after, thin)}
            rows.append(row | {"painted": float(painted[~thin].double().mean())})
            print(f"{name:14s} {look:14s} {rows[-1]['left']:7.1%} left  {rows[-1]['painted']:6.1%} painted", flush=True)
            if arguments.sheets:
                arguments.sheets.mkdir(parents=True, exist_ok=True)
                itten.write_image(after, arguments.sheets / f"{name} {look}.png".replace(", ", "-").replace(" ", "_"))
    below = [row for row in rows if row["left"] < 0.97]
    print(f"{len(rows) - len(below)} of {len(rows)} have at least 97 %, the least {min(r['left'] for r in rows):.1%}")
    if arguments.json:
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        arguments.json.write_text(json.dumps({"machine": machine(), "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
