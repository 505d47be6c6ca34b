"""``itten engrave``: a whole picture in lines, as a picture or as paths for print and plotter."""

from __future__ import annotations

import time
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from itten.cli.drawings import is_drawing, page_of, put_drawing
from itten.cli.guard import guarded
from itten.cli.inputs import one_picture, pictures
from itten.cli.options import AsJson, Ground, NoMetadata, Overwrite
from itten.cli.outbox import Outbox
from itten.cli.output import WITH_ALPHA, is_standard
from itten.cli.pace import expected, remember
from itten.cli.progress import doing
from itten.cli.settings import assignment, keys_of
from itten.cli.streams import notice
from itten.cli.targets import check_targets, names_for
from itten.cli.warmup import kernels_for
from itten.errors import UsageError

if TYPE_CHECKING:
    from itten.config import EngraveConfig
    from itten.works.engraving import Engraver

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
    targets: Annotated[
        list[Path],
        typer.Argument(
            metavar="PICTURE…", help="One or more pictures; '-' for standard input.", readable=False, allow_dash=True
        ),
    ],
    out: Annotated[
        list[Path] | None,
        typer.Option(
            "--out",
            "-o",
            readable=False,
            allow_dash=True,
            help="A picture, .svg or .pdf, '-', a folder, or a pattern: 'out/{stem}.svg'; repeatable.",
        ),
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
    ground: Ground = "white",
    overwrite: Overwrite = False,
    no_metadata: NoMetadata = False,
    as_json: AsJson = False,
) -> None:
    outs: list[Path | None] = list(out) if out else [None]
    for one in outs:
        check_targets(targets, one, overwrite, as_json=as_json, paths=True)
    if outs.count(Path("-")) > 1 or len(set(outs)) < len(outs):
        raise UsageError(f"{str(max(outs, key=outs.count))!r} is asked for twice")
    page = page_of(size, orientation and orientation.value, margin, dpi)
    if scale is not None and page is not None:
        raise UsageError("--scale and a page exclude each other: --dpi says how large a picture on paper is")
    if pen is not None and not single_stroke:
        raise UsageError("--pen goes with --single-stroke")
    if single_stroke and not any(one is not None and is_drawing(one) for one in outs):
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
    from itten.works.engraving import EngraveOptions, Engraver

    options = EngraveOptions(scale=scale, page=page, ground=ground, fit_masks=fit_masks)
    masks = one_picture(write_mask), one_picture(never)
    works = [Engraver(settings, options, one, *masks) for one in pictures(targets)]
    each = [names_for([work.target for work in works], one, "engraved", None, overwrite, True) for one in outs]
    if len({name for names in each for name in names}) < len(outs) * len(works):
        raise UsageError("two results would be written to one name")
    for at, work in enumerate(works):
        names = [names[at] for names in each]
        paths = any(is_drawing(name) for name in names)
        work.check([one for one in names if not is_drawing(one) and not is_standard(one)], paths)
    kernels_for("cpu")
    box = Outbox(overwrite, as_json=as_json)
    for at, work in enumerate(works):
        _engraved(work, [names[at] for names in each], box, single_stroke, pen, not no_metadata)
    if as_json:
        box.tell(works=[work.recipe().to_dict() for work in works])
    box.close()


def _engraved(work: Engraver, names: list[Path], box: Outbox, single_stroke: bool, pen: str | None, told: bool) -> None:
    """Read a picture, draw it, and write it to all names."""
    with doing(f"engraving {work.target.called}") as now:
        now.stage("reading")
        source, image = work.opened[:2]
        height, width = image.shape[-2:]
        pixels, begin = height * width, time.monotonic()
        now.steps(1, expected("engrave", pixels) if now.seen else None)
        done = work.draw()
        if now.seen:
            remember("engrave", pixels, 1, time.monotonic() - begin)
        now.stage("writing")
        pixel = work.placed(width, height).pixel
        for name in names:
            if is_drawing(name):
                how: dict[str, Any] = {}
                if single_stroke:
                    millimetre = 1 / (pixel or 25.4 / 96)
                    how = {"single_stroke": True, "pen": _pixels(pen, pixel), "shortest": millimetre}
                put_drawing(done.drawing(**how), name, work.options.page, box)
                continue
            keeps = is_standard(name) or name.suffix.lower() in WITH_ALPHA
            if source.alpha is not None and not keeps:
                notice(f"itten: {name.suffix} holds no alpha channel, it is left out")
            made = work.picture(done, keeps)
            box.put_picture(made if told else replace(made, made=None), name)


def _settings(config: str | None, sets: list[tuple[str, Any]], given: dict[str, Any]) -> EngraveConfig:
    from itten.config import EngraveConfig

    known = keys_of({}, config, sets) | {key: value for key, value in given.items() if value is not None}
    return EngraveConfig(**known)


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


def register(app: typer.Typer) -> None:
    app.command("engrave", help=HELP)(engrave)
