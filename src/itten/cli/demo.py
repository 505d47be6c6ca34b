"""``itten demo``: the main job on the bundled pictures, as four labelled contact sheets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import torch
import typer

from itten.cli.app import guarded
from itten.cli.output import check_folder, tell
from itten.cli.progress import passes_bar
from itten.config import ShaderConfig
from itten.image import Cell, contact_sheet, write_image
from itten.samples import load
from itten.shader import SpectralShader

HELP = """Write contact sheets of the main job, made from pictures that come with the package.

\b
Examples:
  itten demo
  itten demo --self --passes 8 --out sheets
  itten demo --no-overwrite
"""
SELF_PICTURES = ("figure", "notch")
CROSS_PICTURES = (("figure", "hatched"), ("notch", "portrait"))
SOURCES_TARGET = "brush"
SOURCES = ("hatched", "portrait", "tonal", "figure")
COMPOSITE = ("brush", "tonal")


def self_sheet(config: ShaderConfig, passes: int) -> torch.Tensor:
    """Input and passes, one row a picture."""
    cells: list[Cell] = []
    for name in SELF_PICTURES:
        picture = load(name)
        cells.append(Cell("input", picture, name))
        cells += _passes(name, picture, None, config, passes)
    return contact_sheet(cells, columns=passes + 1, title="Self-attention: a picture attends to itself")


def cross_sheet(config: ShaderConfig, passes: int) -> torch.Tensor:
    """Target, source and passes, one row a pair."""
    cells: list[Cell] = []
    for target, source in CROSS_PICTURES:
        cells += [Cell("target", load(target), target), Cell("source", load(source), source)]
        cells += _passes(f"{target} and {source}", load(target), load(source), config, passes)
    return contact_sheet(
        cells, columns=passes + 2, title="Cross-attention: the target says where, the source says what"
    )


def sources_sheet(config: ShaderConfig, passes: int) -> torch.Tensor:
    """One target, and what each of several sources makes of it."""
    target = load(SOURCES_TARGET)
    top = [Cell("target", target, SOURCES_TARGET)]
    bottom = [Cell(f"pass {passes}, itself as source", _passes("itself", target, None, config, passes)[-1].image)]
    for name in SOURCES:
        top.append(Cell("source", load(name), name))
        result = _passes(f"{SOURCES_TARGET} and {name}", target, load(name), config, passes)[-1].image
        bottom.append(Cell(f"pass {passes}", result, f"{SOURCES_TARGET} and {name}"))
    return contact_sheet(top + bottom, columns=len(top), title="One target, several sources")


def composite_sheet(config: ShaderConfig, passes: int) -> torch.Tensor:
    """The same run with both ways of putting copies together."""
    target, source = (load(name) for name in COMPOSITE)
    cells = [Cell("target", target, COMPOSITE[0]), Cell("source", source, COMPOSITE[1])]
    for mode, note in (("overwrite", "the last copy wins"), ("zbuffer", "copies are averaged")):
        last = _passes(mode, target, source, config.changed(composite=mode, overlap=True), passes)[-1]
        cells.append(Cell(f"{mode}, pass {passes}", last.image, note))
    return contact_sheet(cells, columns=4, title="Overwrite and z-buffer")


def _passes(
    title: str, target: torch.Tensor, source: torch.Tensor | None, config: ShaderConfig, passes: int
) -> list[Cell]:
    with passes_bar(title, passes) as moved:
        result = SpectralShader(config)(target, source, passes=passes, progress=moved)
    return [Cell(f"pass {index}", picture) for index, picture in enumerate(result.passes, start=1)]


@guarded
def demo(
    only_self: Annotated[bool, typer.Option("--self", help="Only the sheet of self-attention.")] = False,
    only_cross: Annotated[bool, typer.Option("--cross", help="Only the sheet of cross-attention.")] = False,
    no_overwrite: Annotated[bool, typer.Option("--no-overwrite", help="Z-buffer mode in all sheets.")] = False,
    passes: Annotated[int, typer.Option("--passes", "-p", help="How many passes.")] = 4,
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder to write to.")] = Path("demo_output"),
) -> None:
    check_folder(out)
    config = ShaderConfig(composite="zbuffer", overlap=True) if no_overwrite else ShaderConfig()
    chosen = {
        "self_attention": self_sheet,
        "cross_attention": cross_sheet,
        "sources": sources_sheet,
        "overwrite_and_zbuffer": composite_sheet,
    }
    if only_self or only_cross:
        wanted = [("self_attention", only_self), ("cross_attention", only_cross)]
        chosen = {name: chosen[name] for name, asked in wanted if asked}
    for name, make in chosen.items():
        asked = out / f"{name}.png"
        tell(write_image(make(config, passes), asked), asked)


def register(app: typer.Typer) -> None:
    app.command("demo", help=HELP)(demo)
