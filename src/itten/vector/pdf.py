"""A drawing as PDF: one page, and on it a form for every layer that viewers can switch off."""

from __future__ import annotations

import io
from typing import Any

from itten.config import Page
from itten.config.page import INCH
from itten.vector.extra import extra
from itten.vector.fit import Fit, fitted
from itten.vector.model import WHITE, Colour, Drawing, Layer
from itten.vector.prepare import TOLERANCE, prepared
from itten.vector.text import absolute

_POINT = 72 / INCH


def pdf(
    drawing: Drawing, page: Page | None = None, *, title: str = "", tolerance: float = TOLERANCE, curves: bool = False
) -> bytes:
    """The drawing on ``page`` as the bytes of a PDF file of one page, with the arguments of :func:`itten.vector.svg`.

    Every layer is an optional content group, named as in SVG. A layer that multiplies is a transparency group, so that
    its own strokes do not darken one another. No dates are written: the same drawing gives the same bytes. Raises
    :class:`~itten.errors.UsageError` without pypdf.
    """
    extra("pypdf")
    kinds = extra("pypdf.generic")
    fit = fitted(page or Page(), drawing.width, drawing.height)
    file = extra("pypdf").PdfWriter()
    leaf = file.add_blank_page(fit.width * _POINT, fit.height * _POINT)
    forms: dict[str, Any] = {}
    groups: list[Any] = []
    content: list[str] = []
    if drawing.paper is not None and drawing.paper != WHITE:
        content.append(f"{_ink(drawing.paper)} rg 0 0 {fit.width * _POINT:.6f} {fit.height * _POINT:.6f} re f")
    for place, layer in enumerate(drawing.layers, 1):
        name = f"{place}-{layer.name}"
        group = file._add_object(_dictionary(kinds, Type="/OCG", Name=kinds.create_string_object(name)))
        groups.append(group)
        form = _form(kinds, fit, _operators(layer, drawing, fit, tolerance, curves))
        form[kinds.NameObject("/OC")] = group
        blend = ""
        if layer.multiply:
            form[kinds.NameObject("/Group")] = _transparency(kinds)
            blend = "/Multiply gs "
        forms[f"Layer{place}"] = file._add_object(form)
        content.append(f"q {blend}/Layer{place} Do Q")
    _finish(kinds, file, leaf, content, forms, any(layer.multiply for layer in drawing.layers), groups)
    file.metadata = {"/Producer": "itten", **({"/Title": title} if title else {})}
    buffer = io.BytesIO()
    file.write(buffer)
    return buffer.getvalue()


def _operators(layer: Layer, drawing: Drawing, fit: Fit, tolerance: float, curves: bool) -> str:
    made = prepared(layer, drawing.width, drawing.height, fit, tolerance, curves)
    step = _POINT / 10**made.decimals
    parts = [f"{step:.10f} 0 0 {-step:.10f} 0 {fit.height * _POINT:.6f} cm"]
    last = None
    if made.rings is not None:
        data = absolute(made.rings)
        for numbers, ink in made.shapes:
            if ink != last:
                parts.append(f"{_ink(ink)} rg")
            last = ink
            parts += [data[number] + "\nh" for number in numbers]
            parts.append("f*")
    if made.strokes is not None:
        pen = layer.pen * fit.scale * 10**made.decimals
        parts.append(f"{_ink(layer.ink)} RG {pen:.4f} w 1 J 1 j")
        ends = ("s" if shut else "S" for shut in made.shut)
        parts += [f"{data}\n{end}" for data, end in zip(absolute(made.strokes), ends, strict=True)]
    return "\n".join(parts)


def _form(kinds: Any, fit: Fit, operators: str) -> Any:
    made = kinds.DecodedStreamObject()
    made.set_data(operators.encode("ascii"))
    made = made.flate_encode()
    made.update(_dictionary(kinds, Type="/XObject", Subtype="/Form"))
    size = (0, 0, fit.width * _POINT, fit.height * _POINT)
    made[kinds.NameObject("/BBox")] = kinds.ArrayObject([kinds.FloatObject(round(value, 6)) for value in size])
    made[kinds.NameObject("/Resources")] = kinds.DictionaryObject()
    return made


def _transparency(kinds: Any) -> Any:
    return _dictionary(kinds, Type="/Group", S="/Transparency", CS="/DeviceRGB")


def _finish(
    kinds: Any, file: Any, leaf: Any, content: list[str], forms: dict[str, Any], multiply: bool, groups: list[Any]
) -> None:
    """The page's content and what it names, and the catalogue's list of layers."""
    stream = kinds.DecodedStreamObject()
    stream.set_data("\n".join(content).encode("ascii"))
    leaf[kinds.NameObject("/Contents")] = file._add_object(stream)
    leaf[kinds.NameObject("/Group")] = _transparency(kinds)
    named = {"XObject": _dictionary(kinds, **forms)}
    if multiply:
        named["ExtGState"] = _dictionary(kinds, Multiply=_dictionary(kinds, Type="/ExtGState", BM="/Multiply"))
    leaf[kinds.NameObject("/Resources")] = _dictionary(kinds, **named)
    shown = _dictionary(kinds, ON=kinds.ArrayObject(groups), Order=kinds.ArrayObject(groups))
    layers = _dictionary(kinds, OCGs=kinds.ArrayObject(groups), D=shown)
    file.root_object[kinds.NameObject("/OCProperties")] = layers
    file.pdf_header = "%PDF-1.5"


def _dictionary(kinds: Any, **entries: Any) -> Any:
    """Texts that begin with a slash are names, all else is taken as it is."""
    made = kinds.DictionaryObject()
    for key, value in entries.items():
        named = isinstance(value, str) and value.startswith("/") and not isinstance(value, kinds.TextStringObject)
        made[kinds.NameObject(f"/{key}")] = kinds.NameObject(value) if named else value
    return made


def _ink(colour: Colour) -> str:
    return " ".join(f"{part:.4g}" for part in colour)
