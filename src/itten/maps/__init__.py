"""Maps of a material: what a run moved on one picture is moved on others that belong to it."""

from itten.maps.apply import apply_map
from itten.maps.file import read_map, write_map
from itten.maps.flat import Lookup, flattened
from itten.maps.normals import GREEN, Normal

__all__ = ["GREEN", "Lookup", "Normal", "apply_map", "flattened", "read_map", "write_map"]
