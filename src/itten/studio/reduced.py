"""Pictures made small, for previews, and lengths with them."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from itten.works.given import Given

if TYPE_CHECKING:
    from torch import Tensor

    from itten.image import Picture
    from itten.image.header import Header
    from itten.works.recipe import Recipe

# Keys of configurations that are lengths in pixels, or areas: with the powers that they are scaled by, and the least
# that they may be.
LENGTHS = {
    "shade": {"clearance": (1, 0.0), "strength": (1, 0.0), "min_pixels": (2, 1)},
    "engrave": {"spacing": (1, 2.0), "outline": (1, 0.0)},
    "panes": {"smooth": (1, 0.0), "lead": (1, 0.0)},
    "bands": {"smooth": (1, 0.0), "line": (1, 0.0)},
    "segment": {},
    "select": {},
}


@dataclass(frozen=True)
class Reduced(Given):
    """A picture whose shorter side has at most ``side`` pixels."""

    side: int = 256

    def picture(self) -> Picture:
        state = None if self.path is None else self.path.stat()
        return _kept(self, None if state is None else (state.st_ino, state.st_mtime_ns, state.st_size))

    def made(self) -> Picture:
        """The picture, decoded and made small now."""
        from torch.nn.functional import interpolate

        found = super().picture()
        height, width = found.pixels.shape[-2:]
        size = self._size(height, width)
        if size == (height, width):
            return found

        def less(planes: Tensor) -> Tensor:
            return interpolate(planes[None], size, mode="area")[0].clamp(0, 1)

        alpha = None if found.alpha is None else less(found.alpha[None])[0]
        return replace(found, pixels=less(found.pixels), alpha=alpha)

    def header(self) -> Header:
        head = super().header()
        height, width = self._size(head.height, head.width)
        return head._replace(width=width, height=height)

    def _size(self, height: int, width: int) -> tuple[int, int]:
        times = min(self.side / min(height, width), 1.0)
        return max(round(height * times), 1), max(round(width * times), 1)


@functools.lru_cache(4)
def _kept(picture: Reduced, state: Any) -> Picture:
    """What the last previews saw need not be decoded for the next one; ``state`` is that of its file."""
    return picture.made()


def fitted_marks(recipe: Recipe, given: Sequence[Given], folder: Path) -> list[Given]:
    """``given`` with marks in the sizes of their pictures, each pixel the nearest one's: files in ``folder``."""
    from PIL import Image

    from itten.image.header import opened_picture

    roles = [one.role for one in recipe.inputs]
    copied = [one for role, one in zip(roles, given, strict=True) if role == "source"]
    target, found = given[roles.index("target")], list(given)
    read = iter(copied or [target])
    for at, role in enumerate(roles):
        own, path = given[at], folder / f"marks{at}.png"
        if role not in ("marks", "write_marks", "read_marks") or own.path is None:
            continue
        of = next(read, target) if role == "read_marks" else target
        height, width = of.picture().pixels.shape[-2:]
        with opened_picture(own.path, repr(own.called)) as drawn:
            drawn.resize((width, height), Image.Resampling.NEAREST).save(path)
        found[at] = Given(str(path), path, own.label)
    return found


def in_small(recipe: Recipe, target: Given, side: int) -> Recipe:
    """The recipe with lengths as they are seen on a target whose shorter side has ``side`` pixels."""
    head = target.header()
    whole = min(head.height, head.width)
    if recipe.verb == "shade" and recipe.config.get("detail", 0):
        whole = min(whole, int(recipe.config["detail"]))
    times = min(side / whole, 1.0)
    return recipe.model_copy(update={"config": _scaled(recipe.config, recipe.verb, times)})


def _scaled(keys: Mapping[str, Any], verb: str, times: float) -> dict[str, Any]:
    found = dict(keys)
    for key, (power, least) in LENGTHS[verb].items():
        value = found.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool):
            found[key] = type(least)(max(value * times**power, least))
    for key in ("engrave", "panes", "bands"):
        if isinstance(found.get(key), Mapping):
            found[key] = _scaled(found[key], key, times)
    if found.get("heads"):
        found["heads"] = [_scaled(one, verb, times) for one in found["heads"]]
    return found
