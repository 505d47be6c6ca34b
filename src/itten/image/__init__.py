"""Pictures in and out: reading, coercion, writing, contact sheets, a colour map for signed fields.

Names are imported when they are first used: who only looks at a file's head needs no torch.

An *image* is a ``(…, 3, H, W)`` float tensor in [0, 1], channel first.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_HOME = {
    "timestamped": "itten.files",
    "write_bytes_atomic": "itten.files",
    "as_image": "itten.image.coerce",
    "to_pil": "itten.image.coerce",
    "to_uint8": "itten.image.coerce",
    "to_uint16": "itten.image.coerce",
    "diverging": "itten.image.colormap",
    "check_size": "itten.image.formats",
    "MAX_PIXELS": "itten.image.header",
    "Header": "itten.image.header",
    "read_header": "itten.image.header",
    "OpenRaster": "itten.image.ora",
    "BLACK": "itten.image.picture",
    "WHITE": "itten.image.picture",
    "Colour": "itten.image.picture",
    "Picture": "itten.image.picture",
    "changed": "itten.image.picture",
    "in_profile": "itten.image.profile",
    "read_provenance": "itten.image.provenance",
    "read_image": "itten.image.read",
    "read_picture": "itten.image.read",
    "Cell": "itten.image.sheet",
    "contact_sheet": "itten.image.sheet",
    "check_suffix": "itten.image.formats",
    "picture_bytes": "itten.image.write",
    "write_image": "itten.image.write",
    "write_picture": "itten.image.write",
}

__all__ = sorted(_HOME)

if TYPE_CHECKING:
    from itten.files import timestamped as timestamped
    from itten.files import write_bytes_atomic as write_bytes_atomic
    from itten.image.coerce import as_image as as_image
    from itten.image.coerce import to_pil as to_pil
    from itten.image.coerce import to_uint8 as to_uint8
    from itten.image.coerce import to_uint16 as to_uint16
    from itten.image.colormap import diverging as diverging
    from itten.image.formats import check_size as check_size
    from itten.image.formats import check_suffix as check_suffix
    from itten.image.header import MAX_PIXELS as MAX_PIXELS
    from itten.image.header import Header as Header
    from itten.image.header import read_header as read_header
    from itten.image.ora import OpenRaster as OpenRaster
    from itten.image.picture import BLACK as BLACK
    from itten.image.picture import WHITE as WHITE
    from itten.image.picture import Colour as Colour
    from itten.image.picture import Picture as Picture
    from itten.image.picture import changed as changed
    from itten.image.profile import in_profile as in_profile
    from itten.image.provenance import read_provenance as read_provenance
    from itten.image.read import read_image as read_image
    from itten.image.read import read_picture as read_picture
    from itten.image.sheet import Cell as Cell
    from itten.image.sheet import contact_sheet as contact_sheet
    from itten.image.write import picture_bytes as picture_bytes
    from itten.image.write import write_image as write_image
    from itten.image.write import write_picture as write_picture


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'itten.image' has no attribute {name!r}")
    value = globals()[name] = getattr(importlib.import_module(_HOME[name]), name)
    return value
