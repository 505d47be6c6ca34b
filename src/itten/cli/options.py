"""Options that several commands have in common."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace files that exist.")]
NoMetadata = Annotated[
    bool, typer.Option("--no-metadata", help="Leave out of files how they were made; itten replay needs that.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print what was written, and how it was made, as JSON.")]
Ground = Annotated[
    str,
    typer.Option(help="What pictures with alpha are seen over: white, black, auto, any colour's name or '#rrggbb'."),
]
ReadMask = Annotated[
    list[Path] | None,
    typer.Option(
        help="Copy only from where this picture is bright; once for every source, in their order.", readable=False
    ),
]
WriteMask = Annotated[Path | None, typer.Option(help="Paint only where this picture is bright.", readable=False)]
ReadMarks = Annotated[
    list[Path] | None,
    typer.Option(
        help="Copy only from what these scribbles' first colour selects; once for every source.", readable=False
    ),
]
WriteMarks = Annotated[
    Path | None, typer.Option(help="Paint only on what these scribbles' first colour selects.", readable=False)
]
Keep = Annotated[Path | None, typer.Option("--keep", help="Never paint where this picture is bright.", readable=False)]
FitMasks = Annotated[bool, typer.Option("--fit-masks", help="Bring masks to their pictures' sizes.")]
Sets = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Any setting, on top of all files; repeatable.")
]
Animate = Annotated[
    Path | None,
    typer.Option(
        help="Write how the picture grows, too: a .gif, .png, .webp or .mp4; {stem} and {look} are filled in.",
        readable=False,
    ),
]
Fps = Annotated[float | None, typer.Option(help="Frames a second of an animation, 1 to 100; 25 if left out.")]
Seconds = Annotated[float | None, typer.Option(help="How long a pass takes in an animation; 1.2 if left out.")]
Hold = Annotated[
    float | None, typer.Option(help="How many seconds longer the last frame of an animation stays; 1 if left out.")
]
Loop = Annotated[
    int | None, typer.Option(help="How many times an animation is played; 0, for ever, if left out. Not of films.")
]
PingPong = Annotated[bool, typer.Option("--ping-pong", help="An animation goes back as it came.")]
