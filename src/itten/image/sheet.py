"""Contact sheets: pictures side by side on paper, each with its label."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from itten.errors import InputError, UsageError
from itten.image.coerce import to_pil

_PAPER = (246, 244, 239)
_INK = (38, 36, 34)
_FAINT = (126, 121, 114)
_HAIRLINE = (208, 203, 194)


@dataclass(frozen=True)
class Cell:
    """One picture of a sheet: its label, the image (anything ``as_image`` takes), a fainter note."""

    label: str
    image: Any
    note: str = ""


@dataclass(frozen=True)
class _Type:
    """The sizes that follow from the cell's size."""

    gap: int
    margin: int
    label: ImageFont.FreeTypeFont | ImageFont.ImageFont
    title: ImageFont.FreeTypeFont | ImageFont.ImageFont
    line: int
    title_line: int


def contact_sheet(
    cells: Sequence[Cell | tuple[str, Any]],
    *,
    columns: int | None = None,
    cell: int = 320,
    title: str | None = None,
    rows: Sequence[str] | None = None,
) -> Tensor:
    """Lay pictures out with labels below them; return the sheet as ``(3, H, W)`` float32 in [0, 1].

    Every picture is fitted into a square of ``cell`` pixels: larger ones are reduced (box filter for whole
    factors, Lanczos otherwise), smaller ones are enlarged by a whole factor, pixel for pixel, or left as
    they are. ``columns`` is chosen to leave few holes if not given; ``rows`` are names written at the left
    of each row. Rows and columns are only as large as what stands in them. Too long labels end in "…".
    The same input gives the same sheet.

    Raises :class:`~itten.errors.UsageError` for no cells, a size below 32, or a wrong number of columns
    or row names; :class:`~itten.errors.InputError` for pictures that are none.
    """
    if not isinstance(cells, Sequence) or not all(isinstance(one, Cell | tuple | list) for one in cells):
        raise InputError("cells is a list of Cell, or of pairs of a label and a picture")
    plates = [entry if isinstance(entry, Cell) else Cell(*entry) for entry in cells]
    if not plates:
        raise UsageError("a contact sheet needs at least one picture")
    if cell < 32:
        raise UsageError(f"a cell of {cell} pixels is too small; at least 32")
    if columns is not None and columns < 1:
        raise UsageError(f"{columns} columns are not possible; at least 1")
    across = min(columns or _columns(len(plates)), len(plates))
    down = math.ceil(len(plates) / across)
    if rows is not None and len(rows) != down:
        raise UsageError(f"{len(rows)} row names were given for {down} rows")

    style = _type(cell)
    fitted = [_fit(plate, number, cell) for number, plate in enumerate(plates)]
    lines = 2 if any(plate.note for plate in plates) else 1
    widths = [_column_width(plates[at::across], fitted[at::across], style, cell) for at in range(across)]
    heights = [max(p.height for p in fitted[at * across : (at + 1) * across]) for at in range(down)]
    side = 0 if rows is None else math.ceil(max(style.label.getlength(name) for name in rows)) + style.gap
    head = 0 if title is None else style.title_line + style.gap
    foot = style.gap // 2 + lines * style.line
    width = 2 * style.margin + side + sum(widths) + (across - 1) * style.gap
    if title is not None:
        width = max(width, min(2 * style.margin + math.ceil(style.title.getlength(title)), 4 * cell))
    height = 2 * style.margin + head + sum(heights) + down * foot + (down - 1) * style.gap

    sheet = Image.new("RGB", (width, height), _PAPER)
    draw = ImageDraw.Draw(sheet)
    if title is not None:
        text = _shorten(title, style.title, width - 2 * style.margin)
        draw.text((style.margin, style.margin), text, fill=_INK, font=style.title)
    top = style.margin + head
    for row in range(down):
        left = style.margin
        if rows is not None:
            draw.text((left, top + heights[row] // 2), rows[row], fill=_FAINT, font=style.label, anchor="lm")
            left += side
        for column in range(across):
            at = row * across + column
            if at >= len(plates):
                break
            _place(sheet, draw, plates[at], fitted[at], (left, top, widths[column], heights[row]), style)
            left += widths[column] + style.gap
        top += heights[row] + foot + style.gap
    pixels = np.asarray(sheet, dtype=np.uint8).transpose(2, 0, 1).astype(np.float32, order="C")
    return torch.from_numpy(pixels / np.float32(255))


def _place(
    sheet: Image.Image,
    draw: ImageDraw.ImageDraw,
    plate: Cell,
    picture: Image.Image,
    box: tuple[int, int, int, int],
    style: _Type,
) -> None:
    left, top, width, height = box
    y = top + height - picture.height  # pictures of a row stand on one line, right above their labels
    draw.rectangle((left - 1, y - 1, left + picture.width, y + picture.height), outline=_HAIRLINE)
    sheet.paste(picture, (left, y))
    below = top + height + style.gap // 2
    draw.text((left, below), _shorten(plate.label, style.label, width), fill=_INK, font=style.label)
    if plate.note:
        note = _shorten(plate.note, style.label, width)
        draw.text((left, below + style.line), note, fill=_FAINT, font=style.label)


def _fit(plate: Cell, number: int, cell: int) -> Image.Image:
    try:
        picture = to_pil(plate.image)
    except InputError as error:
        raise InputError(f"picture {number} of the sheet ({plate.label!r}): {error}") from error
    width, height = picture.size
    longest = max(width, height)
    if longest <= cell:
        factor = cell // longest
        return picture.resize((width * factor, height * factor), Image.Resampling.NEAREST)
    if longest % cell == 0 and width % (longest // cell) == 0 and height % (longest // cell) == 0:
        return picture.reduce(longest // cell)
    size = (max(1, round(width * cell / longest)), max(1, round(height * cell / longest)))
    return picture.resize(size, Image.Resampling.LANCZOS)


def _columns(count: int) -> int:
    if count <= 5:
        return count
    ideal = math.sqrt(1.5 * count)
    return min(range(3, 8), key=lambda across: (-count % across + abs(across - ideal), across))


def _column_width(plates: list[Cell], pictures: list[Image.Image], style: _Type, cell: int) -> int:
    words = [style.label.getlength(text) for plate in plates for text in (plate.label, plate.note)]
    return max(max(p.width for p in pictures), min(cell, math.ceil(max(words))))


def _shorten(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int) -> str:
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(text + "…") > width:
        text = text[:-1]
    return text.rstrip() + "…"


def _type(cell: int) -> _Type:
    size = max(10, round(cell / 21))
    head = round(1.45 * size)
    return _Type(
        gap=max(8, cell // 16),
        margin=max(12, cell // 10),
        label=ImageFont.load_default(size=size),
        title=ImageFont.load_default(size=head),
        line=round(1.35 * size),
        title_line=round(1.35 * head),
    )
