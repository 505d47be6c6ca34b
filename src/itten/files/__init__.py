"""Files as bytes: read only if they are what they should be, written completely or not at all."""

from itten.files.names import as_path, check_folder, check_place, same_file, shown
from itten.files.read import MOST_BYTES, Refused, opened, read_text
from itten.files.write import timestamped, write_bytes_atomic

__all__ = [
    "MOST_BYTES",
    "Refused",
    "as_path",
    "check_folder",
    "check_place",
    "opened",
    "read_text",
    "same_file",
    "shown",
    "timestamped",
    "write_bytes_atomic",
]
