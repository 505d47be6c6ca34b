"""Contact sheets of ``itten demo`` and ``itten looks``: runs of the shader on bundled pictures, with labels.

Each takes a ``bar``, which is given a title and a number of passes and yields what hears of them, or None.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

import torch

from itten.config import Look, ShaderConfig
from itten.image import Cell, contact_sheet
from itten.samples import load
from itten.shader import SpectralShader
from itten.shader.output import Progress

Bar = Callable[[str, int], AbstractContextManager[Progress | None]]

SELF_PICTURES = ("figure", "notch")
CROSS_PICTURES = (("figure", "hatched"), ("notch", "portrait"))
SOURCES_TARGET = "brush"
SOURCES = ("hatched", "portrait", "tonal", "figure")
COMPOSITE = ("brush", "tonal")
# A drawing and a photograph: every look is shown on both.
SAMPLES = ("botanical", "tonal")
COLUMNS = 4


@contextmanager
def silent(title: str, passes: int) -> Iterator[None]:
    """Hears of nothing."""
    yield None


def self_sheet(config: ShaderConfig, passes: int, bar: Bar = silent) -> torch.Tensor:
    """Input and passes, one row a picture."""
    cells: list[Cell] = []
    for name in SELF_PICTURES:
        picture = load(name)
        cells.append(Cell("input", picture, name))
        cells += _passes(name, picture, None, config, passes, bar)
    return contact_sheet(cells, columns=passes + 1, title="Self-attention: a picture attends to itself")


def cross_sheet(config: ShaderConfig, passes: int, bar: Bar = silent) -> torch.Tensor:
    """Target, source and passes, one row a pair."""
    cells: list[Cell] = []
    for target, source in CROSS_PICTURES:
        cells += [Cell("target", load(target), target), Cell("source", load(source), source)]
        cells += _passes(f"{target} and {source}", load(target), load(source), config, passes, bar)
    return contact_sheet(
        cells, columns=passes + 2, title="Cross-attention: the target says where, the source says what"
    )


def sources_sheet(config: ShaderConfig, passes: int, bar: Bar = silent) -> torch.Tensor:
    """One target, and what each of several sources makes of it."""
    target = load(SOURCES_TARGET)
    top = [Cell("target", target, SOURCES_TARGET)]
    bottom = [Cell(f"pass {passes}, itself as source", _passes("itself", target, None, config, passes, bar)[-1].image)]
    for name in SOURCES:
        top.append(Cell("source", load(name), name))
        result = _passes(f"{SOURCES_TARGET} and {name}", target, load(name), config, passes, bar)[-1].image
        bottom.append(Cell(f"pass {passes}", result, f"{SOURCES_TARGET} and {name}"))
    return contact_sheet(top + bottom, columns=len(top), title="One target, several sources")


def composite_sheet(config: ShaderConfig, passes: int, bar: Bar = silent) -> torch.Tensor:
    """The same run with both ways of putting copies together."""
    target, source = (load(name) for name in COMPOSITE)
    cells = [Cell("target", target, COMPOSITE[0]), Cell("source", source, COMPOSITE[1])]
    for mode, note in (("overwrite", "the last copy wins"), ("zbuffer", "copies are averaged")):
        last = _passes(mode, target, source, config.changed(composite=mode, overlap=True), passes, bar)[-1]
        cells.append(Cell(f"{mode}, pass {passes}", last.image, note))
    return contact_sheet(cells, columns=4, title="Overwrite and z-buffer")


def looks_sheet(found: Sequence[Look], bar: Bar = silent) -> torch.Tensor:
    """Every look on both samples, beside the samples as they were."""
    cells = [Cell("as it was", load(sample), sample) for sample in SAMPLES]
    for look in found:
        shader = SpectralShader(ShaderConfig.from_config(look.shader))
        for sample in SAMPLES:
            with bar(f"{look.name}, {sample}", look.text.passes) as moved:
                result = shader(load(sample), passes=look.text.passes, progress=moved)
            cells.append(Cell(look.name, result.image, sample))
    return contact_sheet(cells, columns=COLUMNS, title="Looks")


def _passes(
    title: str, target: torch.Tensor, source: torch.Tensor | None, config: ShaderConfig, passes: int, bar: Bar
) -> list[Cell]:
    with bar(title, passes) as moved:
        result = SpectralShader(config)(target, source, passes=passes, progress=moved, keep=True)
    return [Cell(f"pass {index}", picture) for index, picture in enumerate(result.passes, start=1)]
