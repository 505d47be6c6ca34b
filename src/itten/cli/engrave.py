"""``itten engrave``: a whole picture in lines, as a picture or as paths for print and plotter."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from itten.cli.drawings import drawing_names, is_drawing, on_page, page_of, put_drawing
from itten.cli.ground import ground_colour, over_ground
from itten.cli.guard import guarded
from itten.cli.heads import check_heads, check_sizes
from itten.cli.masks import mask_to_write
from itten.cli.outbox import Outbox
from itten.cli.output import WITH_ALPHA
from itten.cli.room import room_to_engrave
from itten.cli.settings import assignment, keys_of
from itten.cli.streams import complain
from itten.cli.warmup import kernels_for
from itten.errors import UsageError

if TYPE_CHECKING:
    from itten.config import EngraveConfig, Page

HELP = """Redraw PICTURE in lines that run along the level sets of its spectrum.

Lines are as wide as the picture is dark, and an even distance apart; where they diverge they fork.

\b
Examples:
  itten engrave photo.jpg -o engraving.png
  itten engrave photo.jpg --spacing 4 --scale 3
  itten engrave photo.jpg --inks '#1b3a5c,#a8442a' --paper '#f4ecd8'
  itten engrave photo.jpg --inks cmyk --spacing 5
  itten engrave photo.jpg --cross 0.5 --outline 1.5
  itten engrave photo.jpg --size A3 --spacing 0.8mm -o print.pdf
  itten engrave photo.jpg --size A4 --single-stroke --pen 0.3mm -o plot.svg
"""


class Along(StrEnum):
    levels = "levels"
    gradient = "gradient"


class Orientation(StrEnum):
    auto = "auto"
    portrait = "portrait"
    landscape = "landscape"


@guarded
def engrave(
    picture: Annotated[Path, typer.Argument(help="The picture.", readable=False)],
    out: Annotated[
        list[Path] | None,
        typer.Option("--out", "-o", help="The file to write: a picture, .svg or .pdf; repeatable.", readable=False),
    ] = None,
    spacing: Annotated[
        str | None, typer.Option(help="How far apart lines are: pixels of the picture, or '0.8mm' on paper.")
    ] = None,
    vectors: Annotated[int | None, typer.Option(help="How many eigenvectors are mixed.")] = None,
    weights: Annotated[str | None, typer.Option(help="Their weights, with commas between them.")] = None,
    mixture: Annotated[int | None, typer.Option(help="Or a seed that draws them: another one, other lines.")] = None,
    along: Annotated[Along | None, typer.Option(help="Along the level sets, or along the gradient.")] = None,
    smooth: Annotated[float | None, typer.Option(help="Over how many spacings directions are averaged.")] = None,
    inks: Annotated[str | None, typer.Option(help="Colours with commas between them, or cmyk.")] = None,
    paper: Annotated[str | None, typer.Option(help="The colour of the paper.")] = None,
    lightest: Annotated[float | None, typer.Option(help="How much of white is covered, 0 to 1.")] = None,
    darkest: Annotated[float | None, typer.Option(help="How much of black is covered, 0 to 1.")] = None,
    gamma: Annotated[float | None, typer.Option(help="The tone curve; above 1 is lighter.")] = None,
    stretch: Annotated[bool, typer.Option("--stretch", help="Use the whole range from white to black.")] = False,
    cross: Annotated[
        float | None, typer.Option(help="From this coverage on a second family of lines crosses, 0 to 1.")
    ] = None,
    outline: Annotated[float | None, typer.Option(help="Draw strong edges, so many pixels wide.")] = None,
    scale: Annotated[float | None, typer.Option(help="Draw it so many times larger.")] = None,
    size: Annotated[str | None, typer.Option(help="Paper: A0 to A6, letter, legal, or 300x400mm.")] = None,
    orientation: Annotated[Orientation | None, typer.Option(help="How the paper lies.")] = None,
    margin: Annotated[float | None, typer.Option(help="Millimetres around the drawing.")] = None,
    dpi: Annotated[float | None, typer.Option(help="Pixels to the inch; 300 on paper.")] = None,
    single_stroke: Annotated[
        bool, typer.Option("--single-stroke", help="For pen plotters: lines of one width, more of them in the darks.")
    ] = False,
    pen: Annotated[str | None, typer.Option(help="The width of the pen: pixels of the picture, or '0.3mm'.")] = None,
    config: Annotated[str | None, typer.Option(help="A TOML or JSON file of settings.")] = None,
    sets: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Any setting; repeatable.")
    ] = None,
    write_mask: Annotated[
        Path | None, typer.Option(help="Draw only where this picture is bright.", readable=False)
    ] = None,
    never: Annotated[
        Path | None, typer.Option("--keep", help="Never draw where this picture is bright.", readable=False)
    ] = None,
    fit_masks: Annotated[bool, typer.Option("--fit-masks", help="Bring masks to the picture's size.")] = False,
    ground: Annotated[str, typer.Option(help="What a picture with alpha is seen over.")] = "white",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files that exist.")] = False,
) -> None:
    names = drawing_names(out or (), f"{picture.stem}_engraved.png", overwrite)
    below = ground_colour(ground)
    page = page_of(size, orientation and orientation.value, margin, dpi)
    if scale is not None and page is not None:
        raise UsageError("--scale and a page exclude each other: --dpi says how large a picture on paper is")
    if pen is not None and not single_stroke:
        raise UsageError("--pen goes with --single-stroke")
    if single_stroke and not any(is_drawing(name) for name in names):
        raise UsageError("--single-stroke wants a name to write to that ends in .svg or .pdf")
    given = {
        "spacing": _number(spacing),
        "vectors": vectors,
        "weights": None if weights is None else [_number(one) for one in weights.split(",")],
        "mixture": mixture,
        "along": along and along.value,
        "smooth": smooth,
        "inks": inks,
        "paper": paper,
        "lightest": lightest,
        "darkest": darkest,
        "gamma": gamma,
        "stretch": stretch or None,
        "cross": cross,
        "outline": outline,
    }
    settings = _settings(config, [assignment(text) for text in sets or ()], given)
    read = [picture, *(one for one in (write_mask, never) if one is not None)]
    files = check_heads(read)
    fit, times, pixel = _placed(page, files[0].width, files[0].height, scale)
    if not 0 < times <= 64:
        raise UsageError(f"drawings are made up to 64 times as large as their pictures, this would be {times:g} times")
    if page is None or fit is None:
        sides = round(files[0].width * times), round(files[0].height * times)
    else:
        sides = fit.pixels(page.dpi)
    check_sizes([name for name in names if not is_drawing(name)], *sides)
    room_to_engrave(files[0], settings, times, pixel, any(is_drawing(name) for name in names))
    from itten.image import read_picture
    from itten.lines import engrave as draw

    source = read_picture(picture)
    _, image = over_ground(source, below)
    mask = mask_to_write(write_mask, never, (picture, image), fit_masks)
    kernels_for("cpu")
    done = draw(image, scale=times, pixel=pixel, mask=mask, config=settings)
    box = Outbox(overwrite)
    for name in names:
        if is_drawing(name):
            how: dict[str, Any] = {}
            if single_stroke:
                millimetre = 1 / (pixel or 25.4 / 96)
                how = {"single_stroke": True, "pen": _pixels(pen, pixel), "shortest": millimetre}
            put_drawing(done.drawing(**how), name, page, box)
            continue
        made = replace(source, pixels=done.image, alpha=None)
        if source.alpha is not None and name.suffix.lower() in WITH_ALPHA:
            made = replace(made, alpha=_alpha(source.alpha, done.image.shape[1:]))
        elif source.alpha is not None:
            complain(f"itten: {name.suffix} holds no alpha channel, it is left out")
        if page is not None and fit is not None:
            made = on_page(made, fit, page.dpi, settings.paper)
        from itten.image import write_picture

        box.put(partial(write_picture, made), name)
    box.close()


def _settings(config: str | None, sets: list[tuple[str, Any]], given: dict[str, Any]) -> EngraveConfig:
    from itten.config import EngraveConfig

    known = keys_of({}, config, sets) | {key: value for key, value in given.items() if value is not None}
    return EngraveConfig(**known)


def _placed(page: Page | None, width: int, height: int, scale: float | None) -> tuple[Any, float, float | None]:
    """Where the drawing lies on its page, how many times larger it is drawn, and millimetres a pixel takes."""
    if page is None:
        return None, 1.0 if scale is None else scale, None
    from itten.vector import fitted

    fit = fitted(page, width, height)
    return fit, fit.scale * page.dpi / 25.4, fit.scale


def _number(text: str | None) -> float | str | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return text.strip() if text else text


def _pixels(text: str | None, pixel: float | None) -> float | None:
    if text is None:
        return None
    from itten.config.engrave import length

    try:
        size, unit = length(text)
    except ValueError as error:
        raise UsageError(f"--pen: {error}") from None
    return size if unit == "px" else size / (pixel or 25.4 / 96)


def _alpha(alpha: Any, size: Any) -> Any:
    from torch.nn.functional import interpolate

    if tuple(alpha.shape) == tuple(size):
        return alpha
    return interpolate(alpha[None, None], tuple(size), mode="bilinear", align_corners=False)[0, 0].clamp(0, 1)


def register(app: typer.Typer) -> None:
    app.command("engrave", help=HELP)(engrave)
