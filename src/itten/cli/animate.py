"""``itten animate``: a picture while a setting changes."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from itten.cli.device import announce, pick_device
from itten.cli.guard import guarded
from itten.cli.inputs import pictures
from itten.cli.moving import ANIMATION, Moving, check_film, put_film, refuse_read
from itten.cli.options import AsJson, Fps, Ground, Hold, Loop, NoMetadata, Overwrite, PingPong, Sets
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

    from itten.config import ShaderConfig
    from itten.motion.course import Moment
    from itten.works.shading import Shading

HELP = """Paint TARGET as itten shade does, once for every frame, while a setting changes.

\b
Examples:
  itten animate drawing.png --over percentile --from 10 --to 80 --frames 40 -o gate.gif
  itten animate drawing.png --over field --from 1 --to 12 --seconds 4 -o fields.webp
  itten animate drawing.png texture.png --over envelope.decay --from 0.2 --to 1 -o decay.mp4
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
    from itten.motion.course import moments_between, moments_over

    count = max(timed.steps, 2) if frames is None else frames
    base, usual = base_of(look if over is not None else from_look, config, changes)
    if over is not None and start is not None and end is not None:
        moments = moments_over(base, over, start, end, count)
    else:
        other, more = base_of(to_look, config, changes)
        moments, usual = moments_between(base, other, count), max(usual, more)
    from itten.works.shading import ShadeOptions, Shading

    options = ShadeOptions(passes=usual if passes is None else passes, ground=ground)
    given = pictures([target, *(sources or ())])
    work = Shading(moments[-1].config, options, given[0], given[1:])
    if out is None or os.path.isdir(out):
        out = (out or Path()) / timestamped(f"{work.target.stem}_animation.webp")
    refuse_read(out, work, overwrite)
    for one in {id(m.config): m.config for m in (moments[0], moments[-1])}.values():
        replace(work, config=one).check()
    where = pick_device(device)
    announce(where, base.spectrum.backend)
    kernels_for(where.type)
    box = Outbox(overwrite, as_json=as_json)
    with doing(f"animating {work.target.called}") as now:
        _film(work, moments, Moving(out, timed), box, now, where, not no_metadata)
    if as_json:
        box.tell(works=[work.recipe(ANIMATION).to_dict()])
    box.close()


def _film(
    work: Shading, moments: list[Moment], film: Moving, box: Outbox, now: Doing, where: torch.device, told: bool
) -> None:
    """Read the pictures, paint every moment, and write the animation."""
    now.stage("reading pictures")
    from itten.heads import soft
    from itten.motion import Reel
    from itten.motion.vary import add_frames

    opened, passes = work.open(where), work.options.passes

    def paint(config: ShaderConfig) -> torch.Tensor:
        one = replace(work, config=config)
        one.opened = opened
        made: list[Any] = []
        one.run(lambda index, count, result: made.append(result.image) if index + 1 == count else None)
        return made[0]

    def done(index: int, count: int) -> None:
        now.step(index, count)
        now.stage(f"frame {index + 2} of {count}" if index + 1 < count else "writing")

    pixels = opened.image.shape[-1] * opened.image.shape[-2]
    first = expected("shade", pixels, passes) if now.seen else None
    now.steps(len(moments), None if first is None else first * len(moments))
    with Reel() as reel:
        add_frames(reel, moments, paint, not soft(opened.image), film.config.size, done)
        put_film(reel, film, box, work.recipe(ANIMATION).to_text() if told else None)


def register(app: typer.Typer) -> None:
    app.command("animate", help=HELP)(animate)
