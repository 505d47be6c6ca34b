"""``itten shade``: one picture, painted with itself or with another."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from itten.cli.device import announce, pick_device
from itten.cli.guard import complain, guarded
from itten.cli.masks import mask_to_write, masks_to_read
from itten.cli.output import WITH_ALPHA, check_name, picture_name, tell
from itten.cli.progress import passes_bar
from itten.cli.settings import assignment, base_of, merged
from itten.cli.warmup import kernels_for
from itten.errors import UsageError
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
  itten shade drawing.png -d 0.7 -q fast
  itten shade a.png b.png --no-overwrite --save-intermediates -o out.png
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
    target: Annotated[Path, typer.Argument(help="The picture to paint on.")],
    sources: Annotated[
        list[Path] | None, typer.Argument(help="The pictures to copy from; TARGET itself if left out.")
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
        Path | None, typer.Option("--out", "-o", help="The file to write; a timestamped name if left out.")
    ] = None,
    save_intermediates: Annotated[
        bool, typer.Option("--save-intermediates", help="Write the picture after every pass, too.")
    ] = False,
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
    palette: Annotated[str | None, typer.Option(help="distort, keep, match, or colours: '#b3202a,teal'.")] = None,
    read_mask: Annotated[
        list[Path] | None,
        typer.Option(help="Copy only from where this picture is bright; once for every source, in their order."),
    ] = None,
    write_mask: Annotated[Path | None, typer.Option(help="Paint only where this picture is bright.")] = None,
    never: Annotated[Path | None, typer.Option("--keep", help="Never paint where this picture is bright.")] = None,
    fit_masks: Annotated[bool, typer.Option("--fit-masks", help="Bring masks to their pictures' sizes.")] = False,
    device: Annotated[str, typer.Option(help="cpu, cuda, cuda:1 … or auto.")] = "cpu",
    method: Annotated[str | None, typer.Option(help="How the field is made: stitched, tiled or exact.")] = None,
    field: Annotated[int | None, typer.Option(help="Number of the eigenvector that gates.")] = None,
    seed: Annotated[
        int | None, typer.Option(help="Seed of random turns and colours, and of the start vector of the method tiled.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files that exist.")] = False,
) -> None:
    if decay is not None and envelope is EnvelopeKind.adsr:
        raise UsageError("--decay and --envelope adsr exclude each other")
    changes = [assignment(text) for text in sets or ()]
    check_name(out)
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
            "place": place and place.value,
            "turn": _number_or_name(turn),
            "palette": palette,
            "thicken": False if no_thicken else None,
            "composite": "zbuffer" if no_overwrite else None,
            "overlap": True if no_overwrite else None,
        },
    )
    where = pick_device(device)
    name = picture_name(out, f"{target.stem}_itten.png")
    announce(where, settings.spectrum.backend)
    from itten.image import read_image
    from itten.shader import SpectralShader

    shader = SpectralShader(settings)
    image, alpha = read_image(target, return_alpha=True)
    contents = [read_image(source).to(where) for source in sources or ()]
    read_from = list(zip(sources or (), contents, strict=True)) or [(target, image)]
    masks = masks_to_read(read_mask or (), read_from, fit_masks)
    may_write = mask_to_write(write_mask, never, (target, image), fit_masks)
    kernels_for(where.type)
    with passes_bar(f"shading {target.name}", passes) as moved:
        result = shader(
            image.to(where),
            contents or None,
            passes=passes,
            progress=moved,
            read_mask=None if not masks else masks if contents else masks[0],
            write_mask=may_write,
        )

    keep = alpha if name.suffix.lower() in WITH_ALPHA else None
    if alpha is not None and keep is None:
        complain(f"itten: {name.suffix} holds no alpha channel, it is left out")
    written = _write(result.image, name, overwrite, keep)
    if save_intermediates:
        for index, picture in enumerate(result.passes, start=1):
            _write(picture, written.with_name(f"{written.stem}_pass{index}{written.suffix}"), overwrite, keep)


def _number_or_name(text: str | None) -> float | str | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return text


def _write(picture: torch.Tensor, name: Path, overwrite: bool, alpha: torch.Tensor | None) -> Path:
    from itten.image import write_image

    written = write_image(picture.cpu(), name, overwrite, alpha=alpha)
    tell(written, name)
    return written


def register(app: typer.Typer) -> None:
    app.command("shade", help=HELP)(shade)
