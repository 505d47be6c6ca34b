"""Options that several commands have in common."""

from __future__ import annotations

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
Sets = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Any setting, on top of all files; repeatable.")
]
