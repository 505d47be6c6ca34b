"""A drawing as SVG: millimetres, a layer of Inkscape for every ink, nothing but paths."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from itten.config import Page
from itten.vector.fit import Fit, fitted
from itten.vector.model import WHITE, Colour, Drawing, Layer
from itten.vector.prepare import TOLERANCE, Prepared, prepared
from itten.vector.text import number, relative

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape" '
    'version="1.1" width="{width}mm" height="{height}mm" viewBox="0 0 {width} {height}">\n'
)


def svg(
    drawing: Drawing, page: Page | None = None, *, title: str = "", tolerance: float = TOLERANCE, curves: bool = False
) -> bytes:
    """The drawing on ``page`` (left out: paper of its size at 96 dpi) as the bytes of an SVG file; the same each time.

    One unit is a millimetre. Every layer is a group that Inkscape, vpype and AxiDraw take as one, numbered from 1:
    ``1-black``. Coordinates are rounded by at most half of ``tolerance`` pixels of the picture. With ``curves`` lines
    and borders become smooth cubics within ``tolerance`` of their points, and sharp corners stay: worth it where a
    tolerance of a quarter pixel or more is to look smooth, below that files grow. What leaves the picture is cut off at
    its border. Shapes without an area at this precision are left out. Raises :class:`~itten.errors.UsageError` without
    shapely where shapes are cut off or curves fitted.
    """
    fit = fitted(page or Page(), drawing.width, drawing.height)
    parts = [_HEAD.format(width=_short(fit.width), height=_short(fit.height))]
    if title:
        parts.append(f"<title>{escape(title)}</title>\n")
    if drawing.paper is not None and drawing.paper != WHITE:
        size = f'width="{_short(fit.width)}" height="{_short(fit.height)}"'
        parts.append(f'<rect {size} fill="{_hex(drawing.paper)}"/>\n')
    for place, layer in enumerate(drawing.layers, 1):
        parts += _layer(layer, place, drawing, fit, tolerance, curves)
    parts.append("</svg>\n")
    return "".join(parts).encode()


def _layer(layer: Layer, place: int, drawing: Drawing, fit: Fit, tolerance: float, curves: bool) -> list[str]:
    made = prepared(layer, drawing.width, drawing.height, fit, tolerance, curves)
    blend = ' style="mix-blend-mode:multiply"' if layer.multiply else ""
    label = quoteattr(f"{place}-{layer.name}")
    parts = [f'<g id="layer{place}" inkscape:groupmode="layer" inkscape:label={label}{blend}>\n']
    if made.shapes:
        parts.append(f'<g fill="{_hex(layer.ink)}" fill-rule="evenodd">\n')
        parts += _shapes(made, layer.ink)
        parts.append("</g>\n")
    if made.strokes:
        ink, pen = _hex(layer.ink), _short(layer.pen * fit.scale)
        parts.append(
            f'<g fill="none" stroke="{ink}" stroke-width="{pen}" stroke-linecap="round" stroke-linejoin="round">\n'
        )
        lines = zip(relative(made.strokes, made.decimals), made.shut, strict=True)
        parts += [f'<path d="{data}{"z" if shut else ""}"/>\n' for data, shut in lines]
        parts.append("</g>\n")
    parts.append("</g>\n")
    return parts


def _shapes(made: Prepared, usual: Colour) -> list[str]:
    assert made.rings is not None
    data = relative(made.rings, made.decimals)
    found = []
    for numbers, ink in made.shapes:
        own = "" if ink == usual else f' fill="{_hex(ink)}"'
        found.append(f'<path{own} d="{"".join(data[number] + "z" for number in numbers)}"/>\n')
    return found


def _hex(colour: Colour) -> str:
    return "#" + "".join(f"{int(part * 255 + 0.5):02x}" for part in colour)


def _short(value: float) -> str:
    """Millimetres with up to four digits after the point."""
    return number(round(value * 10_000), 4)
