"""Pictures in and out: reading, coercion, writing, contact sheets, a colour map for signed fields.

An *image* is a ``(…, 3, H, W)`` float tensor in [0, 1], channel first.
"""

from __future__ import annotations

from itten.image.coerce import as_image, to_pil, to_uint8, to_uint16
from itten.image.colormap import diverging
from itten.image.ora import encode_ora
from itten.image.picture import BLACK, WHITE, Colour, Picture, changed
from itten.image.profile import in_profile
from itten.image.read import MAX_PIXELS, read_image, read_picture
from itten.image.sheet import Cell, contact_sheet
from itten.image.write import check_suffix, timestamped, write_bytes_atomic, write_image, write_picture

__all__ = [
    "BLACK",
    "MAX_PIXELS",
    "WHITE",
    "Cell",
    "Colour",
    "Picture",
    "as_image",
    "changed",
    "check_suffix",
    "contact_sheet",
    "diverging",
    "encode_ora",
    "in_profile",
    "read_image",
    "read_picture",
    "timestamped",
    "to_pil",
    "to_uint8",
    "to_uint16",
    "write_bytes_atomic",
    "write_image",
    "write_picture",
]
