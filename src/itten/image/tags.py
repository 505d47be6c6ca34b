"""What a picture file says beside its pixels and is kept: resolution, and EXIF without what no longer holds."""

from __future__ import annotations

from PIL import Image

_ORIENTATION = 0x0112
_EXIF, _GPS, _INTEROP = 0x8769, 0x8825, 0xA005  # directories of their own, the last one of offsets
_ACROSS, _DOWN = 0xA002, 0xA003
# Of a TIFF's own directory, what speaks of the picture and not of how it is stored: names, makers, dates, authors.
DESCRIPTIVE = frozenset(
    {269, 270, 271, 272, 305, 306, 315, 316, 18246, 18249, 33432, _EXIF, _GPS, *range(40091, 40096)}
)
_NOT_KEPT = frozenset({_ORIENTATION, 513, 514})


def resolution(picture: Image.Image) -> tuple[float, float] | None:
    """Pixels an inch, across and down; None where the file does not say, or says nonsense."""
    said = picture.info.get("dpi")
    try:
        across, down = (float(value) for value in said) if isinstance(said, tuple) else (0.0, 0.0)
    except Exception:  # no pair, or a fraction with nothing below its line
        return None
    # Of a TIFF that says nothing Pillow says 1.
    return (across, down) if 1 < across < 1e5 and 1 < down < 1e5 else None


def exif(picture: Image.Image, sideways: bool) -> bytes | None:
    """The EXIF block without orientation and thumbnail, None if nothing is left; ``sideways``: height was width.

    Raises whatever Pillow raises where the block is damaged.
    """
    found = picture.getexif()
    kept = Image.Exif()
    for tag, value in found.items():
        wanted = tag in DESCRIPTIVE if picture.format == "TIFF" else tag not in _NOT_KEPT
        if wanted and tag not in (_EXIF, _GPS):
            kept[tag] = value
    for directory in (_EXIF, _GPS):
        inner = {tag: value for tag, value in found.get_ifd(directory).items() if tag != _INTEROP}
        if sideways and _ACROSS in inner and _DOWN in inner:
            inner[_ACROSS], inner[_DOWN] = inner[_DOWN], inner[_ACROSS]
        if inner:
            kept[directory] = inner
    return kept.tobytes() if len(kept) else None
