"""``itten shade``: one picture, painted with itself or with another."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from itten.cli.device import announce, pick_device
from itten.cli.guard import guarded
from itten.cli.inputs import one_picture, pictures
from itten.cli.layers import check_layers
from itten.cli.maps import check_map, check_moves
from itten.cli.moving import check_moving, moving_for, timing
from itten.cli.options import (
    Animate,
    AsJson,
    FitMasks,
    Fps,
    Ground,
    Hold,
    Keep,
    Loop,
    NoMetadata,
    Overwrite,
    PingPong,
    ReadMarks,
    ReadMask,
    Seconds,
    WriteMarks,
    WriteMask,
)
from itten.cli.outbox import Outbox
from itten.cli.output import after_pass, check_pictures, is_standard
from itten.cli.progress import doing
from itten.cli.results import shaded
from itten.cli.settings import assignment, base_of, merged
from itten.cli.targets import check_targets, names_for
from itten.cli.warmup import kernels_for
from itten.errors import UsageError
from itten.files import check_place
from itten.limits import check_passes

if TYPE_CHECKING:
    from itten.works.shading import Shading

HELP = """Paint TARGET with itself, or with one or more SOURCES, over several passes.

\b
Examples:
  itten shade drawing.png
  itten shade drawing.png --look confetti
  itten shade drawing.png --look confetti --set wear=random --set envelope.decay=0.5
  itten shade drawing.png texture.jpg -p 6 -o result.png
  itten shade drawing.png leaves.png stones.png --palette match --turn align
  itten shade photo.jpg --write-mask sky.png
  itten shade photo.jpg --write-marks scribbles.png
  itten shade logo.png --ground '#204060'
  itten shade drawing.png -d 0.7 -q fast
  itten shade drawing.png --density 1 --size 0.1 --palette keep
  itten shade a.png b.png --no-overwrite --save-intermediates -o out.png
  itten shade drawing.png -o out.png --layer copies.png --layers out.ora
  itten shade drawing.png -p 3 --animate growth.gif --ping-pong
  itten shade albedo.png -o out.png --save-map moves.npz
  itten shade *.png --self --look pencil -o 'out/{stem}_{look}.png'
  itten shade a.png b.png --from texture.jpg -o out/
  cat drawing.png | itten shade - texture.jpg -o - > out.png
  itten shade sample:figure sample:hatched -o out.png
"""


class Quality(StrEnum):
    fast = "fast"
    standard = "standard"
    quality = "quality"


class Place(StrEnum):
    void = "void"
    seed = "seed"


class EnvelopeKind(StrEnum):
    adsr = "adsr"
    decay = "decay"


@guarded
def shade(
    target: Annotated[
        Path, typer.Argument(help="The picture to paint on; '-' for standard input.", readable=False, allow_dash=True)
    ],
    sources: Annotated[
        list[Path] | None,
        typer.Argument(
            help="The pictures to copy from; TARGET itself if left out. With --self or --from more targets.",
            readable=False,
            allow_dash=True,
        ),
    ] = None,
    itself: Annotated[bool, typer.Option("--self", help="All pictures are targets, each painted with itself.")] = False,
    sources_of: Annotated[
        list[Path] | None,
        typer.Option(
            "--from",
            metavar="SOURCE",
            help="All pictures are targets, painted with this one; repeatable.",
            readable=False,
            allow_dash=True,
        ),
    ] = None,
    look: Annotated[
        str | None, typer.Option(help="A look by its name (see itten looks), or the file of one of your own.")
    ] = None,
    passes: Annotated[
        int | None, typer.Option("--passes", "-p", help="How many passes; the look's number, or 4, if left out.")
    ] = None,
    decay: Annotated[
        float | None, typer.Option("--decay", "-d", help="Multiply the effect by this from pass to pass, 0 to 1.")
    ] = None,
    envelope: Annotated[EnvelopeKind | None, typer.Option(help="How parameters change from pass to pass.")] = None,
    quality: Annotated[Quality | None, typer.Option("--quality", "-q", help="How carefully the field is made.")] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            readable=False,
            allow_dash=True,
            help="The file to write, '-' for standard output, a folder, or a pattern: 'out/{stem}_{look}.png'.",
        ),
    ] = None,
    save_intermediates: Annotated[
        bool, typer.Option("--save-intermediates", help="Write the picture after every pass, too.")
    ] = False,
    layer: Annotated[
        Path | None,
        typer.Option(help="Write the copies alone, on transparent ground: a PNG, WebP or TIFF.", readable=False),
    ] = None,
    layers: Annotated[
        Path | None,
        typer.Option(
            help="Write ground, thickening, shadows and fronts as the layers of an .ora file.", readable=False
        ),
    ] = None,
    save_map: Annotated[
        Path | None,
        typer.Option(help="Write from where to where pixels moved, an .npz for itten apply.", readable=False),
    ] = None,
    no_overwrite: Annotated[
        bool, typer.Option("--no-overwrite", help="Z-buffer: copies may overlap, and are averaged where they do.")
    ] = False,
    config: Annotated[
        str | None, typer.Option(help="A TOML or JSON file of settings, or a preset's name; on top of --look.")
    ] = None,
    sets: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Any setting, on top of --look and --config; repeatable."),
    ] = None,
    no_thicken: Annotated[bool, typer.Option("--no-thicken", help="Leave contours as they are, in all heads.")] = False,
    place: Annotated[Place | None, typer.Option(help="Copies go into voids, or to the seed's fixed offset.")] = None,
    turn: Annotated[
        str | None, typer.Option(help="quarter, align, void, random, or degrees counter-clockwise.")
    ] = None,
    palette: Annotated[
        str | None, typer.Option(help="auto, keep, blend, match, distort, or colours: '#b3202a,teal'.")
    ] = None,
    read_mask: ReadMask = None,
    write_mask: WriteMask = None,
    read_marks: ReadMarks = None,
    write_marks: WriteMarks = None,
    never: Keep = None,
    spare_figure: Annotated[
        bool, typer.Option("--spare-figure", help="Find the figure of the picture, and never paint on it.")
    ] = False,
    fit_masks: FitMasks = False,
    ground: Ground = "white",
    device: Annotated[str, typer.Option(help="cpu, cuda, cuda:1 … or auto.")] = "cpu",
    method: Annotated[str | None, typer.Option(help="How the field is made: stitched, tiled or exact.")] = None,
    field: Annotated[int | None, typer.Option(help="Number of the eigenvector that gates.")] = None,
    density: Annotated[
        float | None, typer.Option(help="Fill this share of the empty ground with copies, 0 to 1: 1 until it is full.")
    ] = None,
    size: Annotated[
        float | None, typer.Option(help="Cut pieces larger than this share of the picture's shorter side.")
    ] = None,
    detail: Annotated[
        int | None, typer.Option(help="Pixels of the shorter side at which a soft picture is composed; 0: its own.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Seed of random turns and colours, and of the start vector of the method tiled.")
    ] = None,
    animate: Animate = None,
    fps: Fps = None,
    seconds: Seconds = None,
    hold: Hold = None,
    loop: Loop = None,
    ping_pong: PingPong = False,
    overwrite: Overwrite = False,
    no_metadata: NoMetadata = False,
    as_json: AsJson = False,
) -> None:
    if decay is not None and envelope is EnvelopeKind.adsr:
        raise UsageError("--decay and --envelope adsr exclude each other")
    several = itself or bool(sources_of)
    if itself and sources_of:
        raise UsageError("--self and --from exclude each other")
    changes = [assignment(text) for text in sets or ()]
    targets = [target, *(sources or ())] if several else [target]
    check_targets(targets, out, overwrite, layer=layer, layers=layers, as_json=as_json)
    check_layers(layer, layers, overwrite)
    timed = timing(animate, fps=fps, seconds=seconds, hold=hold, loop=loop, ping_pong=ping_pong)
    check_moving(animate, timed, len(targets), out)
    check_map(save_map, len(targets), out, overwrite)
    if passes is not None:
        check_passes(passes)
    base, usual = base_of(look, config, changes)
    settings = merged(
        base,
        {
            "envelope.kind": "decay" if decay is not None else envelope and envelope.value,
            "envelope.decay": decay,
            "spectrum.quality": quality and quality.value,
            "seed": seed,
            "spectrum.seed": seed,
            "spectrum.method": method,
            "field": field,
            "density": density,
            "size": size,
            "detail": detail,
            "place": place and place.value,
            "turn": _number_or_name(turn),
            "palette": palette,
            "thicken": False if no_thicken else None,
            "composite": "zbuffer" if no_overwrite else None,
            "overlap": True if no_overwrite else None,
        },
    )
    if save_map is not None:
        check_moves(settings)
    from itten.works.shading import ShadeOptions, Shading

    number = usual if passes is None else passes
    options = ShadeOptions(passes=number, ground=ground, fit_masks=fit_masks, figure=spare_figure)
    given = pictures([*targets, *(sources_of or () if several else sources or ())])
    offered, masks = given[len(targets) :], pictures(read_mask or ())
    rest = offered, masks, one_picture(write_mask), one_picture(never)
    marked: dict[str, Any] = {"read_marks": pictures(read_marks or ()), "write_marks": one_picture(write_marks)}
    works = [Shading(settings, options, one, *rest, **marked) for one in given[: len(targets)]]
    names = names_for([work.target for work in works], out, "itten", look, overwrite)
    for work, name in zip(works, names, strict=True):
        _check_names(work, name, layer, layers, save_intermediates, overwrite)
        stills = [one for one in (name, layer) if one is not None and not is_standard(one)]
        work.check(stills, bool(layer or layers or animate), bool(save_map))
    also = [one for one in (*names, layer, layers) if one is not None]
    moving = moving_for(works, animate, timed, look, also, save_intermediates, overwrite)
    where = pick_device(device)
    announce(where, settings.spectrum.backend)
    kernels_for(where.type)
    box = Outbox(overwrite, as_json=as_json)
    for work, name, film in zip(works, names, moving, strict=True):
        with doing(f"shading {work.target.called}") as now:
            shaded(work, name, box, now, where, save_intermediates, layer, layers, not no_metadata, film, save_map)
    if as_json:
        box.tell(works=[work.recipe().to_dict() for work in works])
    box.close()


def _check_names(
    work: Shading, name: Path, layer: Path | None, layers: Path | None, every: bool, overwrite: bool
) -> None:
    """Names that follow from others, too, before anything is read."""
    if is_standard(name):
        if every or layer is not None or layers is not None:
            raise UsageError("standard output holds one picture: --save-intermediates and layers want -o FILE")
        return
    check_place(name, overwrite)
    passes = work.options.passes
    check_layers(layer, layers, overwrite, name, passes if every else 0)
    if every:
        read = [one.path for one in work.read if one.path is not None]
        named = [one for one in (name, layer) if one is not None]
        check_pictures((after_pass(one, 1 + at) for one in named for at in range(passes)), read, overwrite)


def _number_or_name(text: str | None) -> float | str | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return text


def register(app: typer.Typer) -> None:
    app.command("shade", help=HELP)(shade)
