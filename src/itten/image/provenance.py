"""How a picture was made, as text inside its file: a text chunk of a PNG, a comment of a GIF or a film, XMP elsewhere.

The text is data to this stage: ``works`` says what is in it.
"""

from __future__ import annotations

import os
import re
from html import escape, unescape
from typing import Any

from itten.image.boxes import comment_in, is_film
from itten.image.header import opened_file, opened_picture

KEY = "itten"
"""Keyword of the text chunk (PNG 3.0, 11.3.3.2)."""

NAMESPACE = "https://itten.invalid/recipe/1.0/"
"""Of the one property that the XMP holds (XMP specification part 1, 7); a name, not an address."""

HOLDS = frozenset({"PNG", "WEBP", "TIFF", "JPEG", "AVIF"})
MOST_TEXT = 1 << 20
"""Longest text that is read, in bytes."""

_XMP = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    f'<rdf:Description rdf:about="" xmlns:itten="{NAMESPACE}"><itten:recipe>{{}}</itten:recipe>'
    '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
)
_RECIPE = re.compile(rb"<itten:recipe>([^<]*)</itten:recipe>")


def xmp(text: str) -> bytes:
    """A packet of XMP that holds ``text`` and nothing else."""
    return _XMP.format(escape(text, quote=False)).encode()


def remark(text: str) -> str:
    """``text`` as a comment, where files have no place with a name for it."""
    return f"{KEY} {text}"


def said(kind: str, text: str) -> dict[str, Any]:
    """What Pillow's encoder of ``kind`` wants to be told, for ``text``, which is ASCII, to be in the file."""
    if kind == "PNG":
        from PIL.PngImagePlugin import PngInfo

        info = PngInfo()
        info.add_text(KEY, text)
        return {"pnginfo": info}
    if kind == "TIFF":
        return {"tiffinfo": {700: xmp(text)}}
    return {"xmp": xmp(text)}


def read_provenance(path: str | os.PathLike[str]) -> str | None:
    """The text in the file at ``path``, None where it has none. Raises as :func:`itten.image.read_header` does."""
    with opened_file(path) as file:
        if is_film(file):
            return _remarked(comment_in(file, MOST_TEXT))
    with opened_picture(path, any_frames=True) as picture:
        plain = picture.info.get(KEY)
        if isinstance(plain, str) and len(plain) <= MOST_TEXT:
            return plain
        if picture.format == "GIF":
            return _remarked(picture.info.get("comment"))
        packet: Any = picture.info.get("xmp")
        if packet is None and picture.format == "TIFF":
            packet = getattr(picture, "tag_v2", {}).get(700)
        if isinstance(packet, str):
            packet = packet.encode(errors="replace")
        if not isinstance(packet, bytes) or len(packet) > 2 * MOST_TEXT:
            return None
        found = _RECIPE.search(packet)
        return None if found is None else unescape(found[1].decode(errors="replace"))


def _remarked(comment: Any) -> str | None:
    """What a comment of :func:`remark` says; None for others."""
    mark = f"{KEY} ".encode()
    if not isinstance(comment, bytes) or not comment.startswith(mark) or len(comment) > len(mark) + MOST_TEXT:
        return None
    return comment.removeprefix(mark).decode(errors="replace")
