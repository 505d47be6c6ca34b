"""Pictures in and out: reading, coercion, writing, contact sheets, a colour map for signed fields.

An *image* is a ``(…, 3, H, W)`` float tensor in [0, 1], channel first.
"""

from __future__ import annotations

from itten.image.coerce import as_image, to_pil, to_uint8
from itten.image.colormap import diverging
from itten.image.read import MAX_PIXELS, read_image
from itten.image.sheet import Cell, contact_sheet
from itten.image.write import timestamped, write_bytes_atomic, write_image

__all__ = [
    "MAX_PIXELS",
    "Cell",
    "as_image",
    "contact_sheet",
    "diverging",
    "read_image",
    "timestamped",
    "to_pil",
    "to_uint8",
    "write_bytes_atomic",
    "write_image",
]
