"""``itten shade``: one picture, painted with itself or with another."""

from __future__ import annotations

import os
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from itten.cli.device import announce, pick_device
from itten.cli.ground import ground_colour, over_ground
from itten.cli.guard import guarded
from itten.cli.heads import check_heads
from itten.cli.layers import Copies, Stack, check_layers
from itten.cli.masks import mask_to_write, masks_to_read
from itten.cli.outbox import Outbox
from itten.cli.output import WITH_ALPHA, after_pass, check_name, check_pictures, picture_name
from itten.cli.progress import passes_bar
from itten.cli.results import Results
from itten.cli.room import room_to_shade
from itten.cli.settings import assignment, base_of, merged
from itten.cli.streams import complain
from itten.cli.warmup import kernels_for
from itten.errors import UsageError
from itten.files import check_place
from itten.limits import check_passes

if TYPE_CHECKING:
    import torch

HELP = """Paint TARGET with itself, or with one or more SOURCES, over several passes.

\b
Examples:
  itten shade drawing.png
  itten shade drawing.png --look confetti
  itten shade drawing.png --look confetti --set wear=random --set envelope.decay=0.5
  itten shade drawing.png texture.jpg -p 6 -o result.png
  itten shade drawing.png leaves.png stones.png --palette match --turn align
  itten shade photo.jpg --write-mask sky.png
  itten shade logo.png --ground '#204060'
  itten shade drawing.png -d 0.7 -q fast
  itten shade drawing.png --density 1 --size 0.1 --palette keep
  itten shade a.png b.png --no-overwrite --save-intermediates -o out.png
  itten shade drawing.png -o out.png --layer copies.png --layers out.ora
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
    target: Annotated[Path, typer.Argument(help="The picture to paint on.", readable=False)],
    sources: Annotated[
        list[Path] | None, typer.Argument(help="The pictures to copy from; TARGET itself if left out.", readable=False)
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
        typer.Option("--out", "-o", help="The file to write; a timestamped name if left out.", readable=False),
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
    read_mask: Annotated[
        list[Path] | None,
        typer.Option(
            help="Copy only from where this picture is bright; once for every source, in their order.", readable=False
        ),
    ] = None,
    write_mask: Annotated[
        Path | None, typer.Option(help="Paint only where this picture is bright.", readable=False)
    ] = None,
    never: Annotated[
        Path | None, typer.Option("--keep", help="Never paint where this picture is bright.", readable=False)
    ] = None,
    fit_masks: Annotated[bool, typer.Option("--fit-masks", help="Bring masks to their pictures' sizes.")] = False,
    ground: Annotated[
        str,
        typer.Option(
            help="What pictures with alpha are seen over: white, black, auto, any colour's name or '#rrggbb'."
        ),
    ] = "white",
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
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files that exist.")] = False,
) -> None:
    if decay is not None and envelope is EnvelopeKind.adsr:
        raise UsageError("--decay and --envelope adsr exclude each other")
    changes = [assignment(text) for text in sets or ()]
    check_name(out, overwrite)
    check_layers(layer, layers, overwrite)
    below = ground_colour(ground)
    if passes is not None:
        check_passes(passes)
    base, usual = base_of(look, config, changes)
    passes = usual if passes is None else passes
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
    name = picture_name(out, f"{target.stem}_itten.png")
    check_place(name, overwrite)
    check_layers(layer, layers, overwrite, name, passes if save_intermediates else 0)
    read = [target, *(sources or ()), *(read_mask or ()), *(one for one in (write_mask, never) if one is not None)]
    if save_intermediates:
        named = [one for one in (name, layer) if one is not None]
        check_pictures((after_pass(one, 1 + at) for one in named for at in range(passes)), read, overwrite)
    files = check_heads(read, [name] if layer is None else [name, layer])
    writes_layers = layer is not None or layers is not None
    room_to_shade(files[0], files[1 : 1 + len(sources or ())], settings, files[0].alpha or writes_layers, writes_layers)
    where = pick_device(device)
    announce(where, settings.spectrum.backend)
    from itten.image import in_profile, read_picture
    from itten.shader import SpectralShader

    shader = SpectralShader(settings)
    picture = read_picture(target)
    colour, image = over_ground(picture, below)
    contents, hidden, opacities = [], [], []
    for source in sources or ():
        offered = in_profile(read_picture(source), picture.profile, name=repr(os.fspath(source)))
        seen_over, displayed = over_ground(offered, below)
        contents.append(displayed.to(where))
        hidden.append(offered.hidden)
        opacities.append(None if offered.alpha is None else (offered.alpha, seen_over))
    read_from = list(zip(sources or (), contents, strict=True)) or [(target, image)]
    masks: list[torch.Tensor | None] = list(masks_to_read(read_mask or (), read_from, fit_masks))
    may_write = mask_to_write(write_mask, never, (target, image), fit_masks)
    kernels_for(where.type)
    box, keeps = Outbox(overwrite), name.suffix.lower() in WITH_ALPHA
    if picture.alpha is not None and not keeps:
        complain(f"itten: {name.suffix} holds no alpha channel, it is left out")
    copies = None if layer is None else Copies(picture, layer, box)
    stack = None if layers is None else Stack(picture, colour, layers)
    with passes_bar(f"shading {target.name}", passes) as moved:
        shader(
            image.to(where),
            contents or None,
            passes=passes,
            progress=Results(picture, image, colour, name, box, save_intermediates, copies, stack, moved),
            read_mask=_readable(masks or [None] * len(hidden), hidden) if contents else (masks or [None])[0],
            write_mask=may_write,
            hidden=picture.hidden,
            coverage=picture.alpha is not None and (keeps or layers is not None),
            layers=writes_layers,
            opacity=opacities if contents else None if picture.alpha is None else (picture.alpha, colour),
        )
    box.close()


def _number_or_name(text: str | None) -> float | str | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return text


def _readable(masks: Sequence[torch.Tensor | None], hidden: Sequence[torch.Tensor | None]) -> list[torch.Tensor | None]:
    """For every source where it may be read: where its mask allows it, and no pixel is hidden. None for everywhere.

    Raises :class:`~itten.errors.InputError` for a mask of another size.
    """
    from itten.image.coerce import as_mask

    found: list[torch.Tensor | None] = []
    for mask, unseen in zip(masks, hidden, strict=True):
        if unseen is None:
            found.append(mask)
        else:
            allowed = as_mask(mask, unseen.shape, "read_mask", unseen.device)
            found.append(~unseen if allowed is None else allowed & ~unseen)
    return found


def register(app: typer.Typer) -> None:
    app.command("shade", help=HELP)(shade)
