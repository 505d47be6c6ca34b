"""``itten animate``: a picture while a setting changes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from itten.cli.device import announce, pick_device
from itten.cli.guard import guarded
from itten.cli.inputs import one_picture, pictures
from itten.cli.moving import Moving, check_film, put_film, refuse_read
from itten.cli.options import (
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
    ReadMask,
    Sets,
    WriteMask,
)
from itten.cli.outbox import Outbox
from itten.cli.output import check_file
from itten.cli.pace import expected
from itten.cli.progress import Doing, doing
from itten.cli.settings import assignment, base_of
from itten.cli.warmup import kernels_for
from itten.errors import UsageError
from itten.files import check_folder, timestamped
from itten.limits import check_passes

if TYPE_CHECKING:
    import torch

    from itten.works.film import Film

HELP = """Paint TARGET as itten shade does, once for every frame, while a setting changes.

\b
Examples:
  itten animate drawing.png --over percentile --from 10 --to 80 --frames 40 -o gate.gif
  itten animate drawing.png --over field --from 1 --to 12 --seconds 4 -o fields.webp
  itten animate drawing.png texture.png --over envelope.decay --from 0.2 --to 1 -o decay.mp4
  itten animate photo.jpg --over seed --from 1 --to 9 --frames 9 --fps 4 --keep face.png -o seeds.webp
  itten animate drawing.png --from-look pencil --to-look confetti --ping-pong -o looks.webp
"""


@guarded
def animate(
    target: Annotated[
        Path, typer.Argument(help="The picture to paint on; '-' for standard input.", readable=False, allow_dash=True)
    ],
    sources: Annotated[
        list[Path] | None,
        typer.Argument(help="The pictures to copy from; TARGET itself if left out.", readable=False, allow_dash=True),
    ] = None,
    over: Annotated[
        str | None, typer.Option(metavar="KEY", help="The setting that changes: any number of the configuration.")
    ] = None,
    start: Annotated[float | None, typer.Option("--from", help="Its value in the first frame.")] = None,
    end: Annotated[float | None, typer.Option("--to", help="Its value in the last frame.")] = None,
    from_look: Annotated[str | None, typer.Option(help="The look of the first frame, by name or file.")] = None,
    to_look: Annotated[str | None, typer.Option(help="The look of the last frame.")] = None,
    frames: Annotated[int | None, typer.Option(help="How many frames; as many as --seconds take if left out.")] = None,
    passes: Annotated[
        int | None, typer.Option("--passes", "-p", help="How many passes; the looks' number, or 4, if left out.")
    ] = None,
    look: Annotated[str | None, typer.Option(help="A look by its name, or the file of one of your own.")] = None,
    config: Annotated[
        str | None, typer.Option(help="A TOML or JSON file of settings, or a preset's name; on top of looks.")
    ] = None,
    sets: Sets = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", readable=False, help="A .gif, .png, .webp or .mp4, or a folder.")
    ] = None,
    fps: Fps = None,
    seconds: Annotated[
        float | None, typer.Option(help="How long all frames take; 1.2 if --frames is left out, too.")
    ] = None,
    hold: Hold = None,
    loop: Loop = None,
    ping_pong: PingPong = False,
    size: Annotated[
        int | None, typer.Option(help="The longest side of frames in pixels; up to 1024 if left out.")
    ] = None,
    read_mask: ReadMask = None,
    write_mask: WriteMask = None,
    never: Keep = None,
    fit_masks: FitMasks = False,
    ground: Ground = "white",
    device: Annotated[str, typer.Option(help="cpu, cuda, cuda:1 … or auto.")] = "cpu",
    overwrite: Overwrite = False,
    no_metadata: NoMetadata = False,
    as_json: AsJson = False,
) -> None:
    if (over is None) == (from_look is None and to_look is None):
        raise UsageError("give either --over KEY --from A --to B, or --from-look A --to-look B")
    if over is not None and (start is None or end is None):
        raise UsageError(f"--over {over} wants both --from and --to")
    if over is None and (start is not None or end is not None):
        raise UsageError("--from and --to are values of --over KEY")
    if over is None and (from_look is None or to_look is None):
        raise UsageError("--from-look and --to-look go together")
    if over is None and look is not None:
        raise UsageError("--look and --from-look exclude each other")
    if frames is not None and seconds is not None and fps is not None:
        raise UsageError("--frames, --seconds and --fps: two of them say what the third is")
    if passes is not None:
        check_passes(passes)
    from itten.config import AnimationConfig

    times: dict[str, Any] = {"fps": fps, "seconds": seconds, "hold": hold, "loop": loop, "size": size}
    if frames is not None and seconds is not None and seconds > 0:
        times["fps"] = frames / seconds
    timed = AnimationConfig(**{k: v for k, v in times.items() if v is not None}, ping_pong=ping_pong)
    if out is None or os.path.isdir(out):
        check_folder(out or Path())
    else:
        check_film(out, timed)
        check_file(out, overwrite)
    changes = [assignment(text) for text in sets or ()]
    from itten.works.film import Change, Film
    from itten.works.shading import ShadeOptions, Shading

    count = max(timed.steps, 2) if frames is None else frames
    base, usual = base_of(look if over is not None else from_look, config, changes)
    goes: dict[str, Any] = {"over": over, "start": start, "end": end}
    if over is None:
        other, more = base_of(to_look, config, changes)
        goes, usual = {"to": other.to_dict()}, max(usual, more)
    number = usual if passes is None else passes
    options = ShadeOptions(passes=number, ground=ground, fit_masks=fit_masks)
    given, masks = pictures([target, *(sources or ())]), pictures(read_mask or ())
    work = Shading(base, options, given[0], given[1:], masks, one_picture(write_mask), one_picture(never))
    film = Film(work, timed, Change(frames=count, **goes))
    if out is None or os.path.isdir(out):
        out = (out or Path()) / timestamped(f"{work.target.stem}_animation.webp")
    refuse_read(out, film, overwrite)
    film.check()
    where = pick_device(device)
    announce(where, base.spectrum.backend)
    kernels_for(where.type)
    box = Outbox(overwrite, as_json=as_json)
    with doing(f"animating {work.target.called}") as now:
        _film(film, out, box, now, where, not no_metadata)
    if as_json:
        box.tell(works=[film.recipe(out).to_dict()])
    box.close()


def _film(film: Film, name: Path, box: Outbox, now: Doing, where: torch.device, told: bool) -> None:
    """Read the pictures, paint every moment, and write the animation."""
    now.stage("reading pictures")
    from itten.motion import Reel

    opened, passes = film.work.open(where), film.work.options.passes

    def heard(done: int, of: int, made: Any) -> None:
        now.step(done - 1, of)
        now.stage(f"frame {done + 1} of {of}" if done < of else "writing")

    pixels = opened.image.shape[-1] * opened.image.shape[-2]
    first = expected("shade", pixels, passes) if now.seen else None
    now.steps(film.steps, None if first is None else first * film.steps)
    with Reel() as reel:
        film.shoot(reel, heard)
        put_film(reel, Moving(name, film), box, told)


def register(app: typer.Typer) -> None:
    app.command("animate", help=HELP)(animate)
