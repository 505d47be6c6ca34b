"""OpenRaster: a picture in layers, for Krita, GIMP and MyPaint. A ZIP file of PNGs and a list of them in XML.

Specification: openraster.org, baseline 0.0.5.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from xml.etree import ElementTree

import torch
from torch import Tensor

from itten.image.coerce import to_pil, to_uint16
from itten.image.encode import encode, encode_deep
from itten.image.picture import WHITE, Colour, Picture

VERSION = "0.0.3"  # as in the specification's own example
THUMBNAIL, THUMBNAIL_NAME = 256, "Thumbnails/thumbnail.png"
# ZIP files know no earlier day. The same layers give the same bytes.
_DAY = (1980, 1, 1, 0, 0, 0)
_PLAIN = {"x": "0", "y": "0", "opacity": "1.0", "visibility": "visible", "composite-op": "svg:src-over"}

Named = tuple[str, Tensor]


class OpenRaster:
    """An OpenRaster file of the picture ``ground``, its lowest layer, and of groups of layers over it, encoded as they
    are added, from below. Layers have the depth, profile and resolution of ``ground``; ``below`` is the colour that it
    is seen over, if it has alpha. What a layer loses by rounding the next one that covers the place makes up for."""

    def __init__(self, ground: Picture, below: Colour = WHITE) -> None:
        self._ground = replace(ground, exif=None)
        self._stack = [_layer("ground", "data/ground.png")]
        self._files = [("data/ground.png", _png(self._ground))]
        self._rounded = _Rounding(ground.over(below), ground.depth)
        self._groups = 0

    def add(self, name: str, layers: Sequence[Named]) -> None:
        """A group of layers, each a name and ``(4, H, W)`` in [0, 1], colour not multiplied by alpha. Layers without
        anything are left out, and so is a group of such."""
        self._groups += 1
        group = ElementTree.Element("stack", {"name": name})
        for at, (kind, layer) in enumerate(layers, 1):
            if not bool((layer[3] > 0).any()):
                continue
            path = f"data/{self._groups:03}_{at:02}_{kind.replace(' ', '_')}.png"
            whole = self._rounded.of(layer)
            self._files.append((path, _png(replace(self._ground, pixels=whole[:3], alpha=whole[3]))))
            group.insert(0, _layer(f"{kind}, {name}", path))
        if len(group):
            self._stack.insert(0, group)

    def encoded(self, merged: Picture) -> bytes:
        """The file; ``merged`` is what all layers together look like."""
        height, width = self._ground.pixels.shape[1:]
        image = ElementTree.Element("image", {"version": VERSION, "w": str(width), "h": str(height)})
        if self._ground.dpi is not None:
            image.attrib.update(xres=str(round(self._ground.dpi[0])), yres=str(round(self._ground.dpi[1])))
        ElementTree.SubElement(image, "stack").extend(self._stack)
        ElementTree.indent(image)
        table = ElementTree.tostring(image, "utf-8", xml_declaration=True)
        shown = [("mergedimage.png", _png(replace(merged, exif=None))), (THUMBNAIL_NAME, _thumbnail(merged))]
        return _zip([("mimetype", b"image/openraster"), ("stack.xml", table), *self._files, *shown])


class _Rounding:
    """Layers rounded to ``depth`` bits, one over the other, so that errors do not add up. ``image`` ``(3, H, W)`` is
    what they lie on."""

    def __init__(self, image: Tensor, depth: int) -> None:
        self.most = 2**depth - 1
        self.exact = self.kept = image

    def of(self, layer: Tensor) -> Tensor:
        """``layer`` ``(4, H, W)`` as it can be stored, its colour being the one that what is stored below needs."""
        colour, alpha = layer[:3], layer[3]
        self.exact = self.exact + alpha * (colour - self.exact)
        alpha = (alpha * self.most).round() / self.most
        wanted = self.kept + (self.exact - self.kept) / alpha.clamp(min=0.5 / self.most)
        wanted = torch.where(alpha > 0, (wanted.clamp(0, 1) * self.most).round() / self.most, 0.0)
        self.kept = self.kept + alpha * (wanted - self.kept)
        return torch.cat([wanted, alpha[None]])


def _layer(name: str, path: str) -> ElementTree.Element:
    return ElementTree.Element("layer", {"name": name, "src": path, **_PLAIN})


def _png(picture: Picture) -> bytes:
    if picture.depth == 16:
        return encode_deep(to_uint16(picture.pixels, picture.alpha), "PNG", picture)
    return encode(to_pil(picture.pixels, picture.alpha), "PNG", {"compress_level": 6}, picture)


def _thumbnail(picture: Picture) -> bytes:
    """As large as it may be, never enlarged, with 8 bits a channel."""
    small = to_pil(picture.pixels, picture.alpha)
    small.thumbnail((THUMBNAIL, THUMBNAIL))
    return encode(small, "PNG", {"compress_level": 6}, replace(picture, exif=None, dpi=None))


def _zip(files: Iterable[tuple[str, bytes]]) -> bytes:
    """Everything stored: PNGs are compressed already, and the first entry must not be."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files:
            archive.writestr(zipfile.ZipInfo(name, _DAY), data)
    return buffer.getvalue()
