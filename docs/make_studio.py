"""Make the small pictures of the studio anew: of samples, and what each look and each setting does.

``python docs/make_studio.py`` takes some minutes.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import torch
from PIL import Image

import itten
from itten.config import nested, overlaid
from itten.files import write_bytes_atomic
from itten.heads.gate import spectral_gate
from itten.image import to_pil
from itten.regions.shown import average, coloured, overlay
from itten.studio.app import STATIC
from itten.studio.controls import CONTROLS, Control, picture_of

QUALITY = 60
GAP = 3
LOOK, PANEL, SAMPLE = (192, 192), (144, 108), (144, 144)
# What copies are seen with: keys that the others are put on top of.
COPIES = {"turn": "random", "copies": 3}
ALSO: dict[str, dict[str, Any]] = {
    "scale": {"density": 0.5},
    "size": {"density": 0.5},
    "turn": {"copies": 1, "size": 0.4, "scale": 1.6, "percentile": 60},
    "seed": {"turn": "random", "density": 0.4, "palette": ["#b3202a", "teal", "#e8b84a"], "scale": 1.8},
    "clearance": {"density": 1},
    "envelope.decay": {"envelope": {"kind": "decay"}, "palette": "distort"},
    "envelope.kind": {"palette": "distort"},
    "effect": {"palette": "distort"},
    "shadow": {"copies": 2, "strength": 20},
}
Made = Callable[[Any], torch.Tensor]


def drawing() -> torch.Tensor:
    """A flower on paper, as wide as panels are."""
    return itten.samples.load("botanical")[:, 40:328, 64:448]


def copied(key: str) -> Made:
    """What ``shade`` makes of the drawing with a value of ``key``."""

    def made(value: Any) -> torch.Tensor:
        keys: dict[str, Any] = {**COPIES, **ALSO.get(key, {})}
        passes = 4 if key.startswith("envelope") else 1
        if key == "passes":
            passes = value
        else:
            keys = overlaid(keys, nested(key, value))
        return itten.shade(drawing(), None, keys, passes).image

    return made


def gated(key: str) -> Made:
    """The drawing, red where the gate is low."""

    def made(value: Any) -> torch.Tensor:
        picture = drawing()
        config = itten.ShaderConfig.from_config(nested(key, value))
        field = itten.shade(picture, None, config, 1).field[0]
        gate = spectral_gate(field, config.sharpness, config.percentile).cpu()
        red = torch.tensor([0.75, 0.1, 0.12])[:, None, None]
        return picture + 0.6 * (1 - gate) * (picture * red - picture)

    return made


def segmented(key: str, picture: torch.Tensor) -> Made:
    """Segments of a picture with a value of ``key``, in their mean colours unless another way to show them is seen."""

    def made(value: Any) -> torch.Tensor:
        sets = {} if key == "show" else {key: value}
        labels = itten.segment(picture, **{"n": 24 if key == "edge_threshold" else 12, **sets})
        if key == "show" and value == "labels":
            return coloured(labels)
        return (overlay if key == "show" and value == "overlay" else average)(picture, labels)

    return made


def painter(verb: str, control: Control) -> Made:
    """What makes a panel of a value of a setting."""
    key = control.key
    if verb == "shade":
        seen = key in ("field", "percentile") or key.startswith("spectrum.")
        return gated(key) if seen else copied(key)
    if verb == "engrave":
        picture = itten.samples.load("portrait")[:, 110:260, 90:290]
        return lambda value: itten.engrave(picture, **{"stretch": True, "spacing": 5, key: value}).image
    picture = itten.samples.load("tonal")
    if verb == "segment":
        return segmented(key, picture)
    kind: Any = itten.panes if verb == "panes" else itten.bands
    return lambda value: kind(picture, **{key: value}).image


def fitted(picture: torch.Tensor, size: tuple[int, int]) -> Image.Image:
    """The picture, cropped and scaled to ``size``, width and height."""
    from PIL import ImageOps

    return ImageOps.fit(to_pil(picture), size, Image.Resampling.LANCZOS)


def strip(verb: str, control: Control) -> Image.Image:
    """A panel for each of the values that are seen."""
    made = painter(verb, control)
    panels = [fitted(made(value), (PANEL[0] - GAP, PANEL[1])) for value in control.seen]
    sheet = Image.new("RGB", (len(panels) * PANEL[0], PANEL[1]), "#a3202a")
    for at, panel in enumerate(panels):
        sheet.paste(panel, (at * PANEL[0], 0))
    return sheet


def look(name: str) -> Image.Image:
    """What a look makes of a drawing, or of a still life if it is one for photographs; ``none``: no look."""
    text = None if name == "none" else itten.load_look(name).text
    suited = "tonal" if text is not None and text.suits == "photographs" else "botanical"
    picture = itten.samples.load(suited)
    made = itten.shade(picture, None, None if text is None else name, 3 if text is None else text.passes).image
    height, width = made.shape[-2:]
    side = min(height, width, 400)
    top, left = (height - side) // 4, (width - side) // 2
    return fitted(made[:, top : top + side, left : left + side], LOOK)


def save(picture: Image.Image, name: str) -> None:
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=QUALITY, method=6)
    path = STATIC / name
    path.parent.mkdir(exist_ok=True)
    print(write_bytes_atomic(buffer.getvalue(), path, overwrite=True).name, len(buffer.getvalue()))


def main() -> None:
    for name in itten.samples.names():
        save(fitted(itten.samples.load(name), SAMPLE), f"samples/{name}.webp")
    for verb, controls in CONTROLS.items():
        for one in controls:
            save(strip(verb, one), picture_of(verb, one))
    for name in ("none", *itten.look_names()):
        save(look(name), f"looks/{name}.webp")


if __name__ == "__main__":
    main()
