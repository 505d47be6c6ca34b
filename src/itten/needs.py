"""How much memory a computation takes at its peak, told from sizes and settings before anything is decoded.

The figures are those of the CPU. What takes most is written down as the solver has it; the rest are measurements
(``tests/faults/test_memory_needs.py`` holds both against processes that are run).
"""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass

from itten.config import (
    BandsConfig,
    EngraveConfig,
    HeadConfig,
    PanesConfig,
    SegmentConfig,
    ShaderConfig,
    SpectrumConfig,
)
from itten.config.engrave import length
from itten.errors import ResourceError
from itten.memory import room

log = logging.getLogger("itten")

Size = tuple[int, int]

# Of a process: the libraries, and the kernels that a picture wants. And what it maps and never touches.
PROCESS, MAPPED = 400 << 20, 900 << 20
# Vectors come in blocks of 16, of which 8 are guards; weights and blocks up to so many bytes are stored.
LANES, GUARDS, STORED, LEAN = 16, 8, 128 << 20, 128 << 20
# Below this edge threshold tiles have more panels of columns; so many of them on average, at the most that was seen.
WEAK, PANELS = 0.12, 4
# A selection: weights of up to so many bytes are stored, and bytes a pixel and label of what is iterated.
SELECTION_STORED, SELECTED = 512 << 20, 70
# A pass: bytes for each pixel of the working size, or of so many pixels of a hard picture, and for each pixel beyond;
# what a hard picture holds besides its spectrum; a source; where copies are mixed, and each head after the first.
SMALL, USUAL, LARGE, HARD, SOURCE, MIXED, HEAD = 420, 1 << 18, 190, 40, 70, 90, 45
# An engraving: bytes of a pixel of the grid of phases, and more for each family of lines; of a pixel of the picture;
# of one of the drawing; and of a sample where lines are followed.
GRID, FAMILY, PLATES, DRAWN, TRACED = 320, 40, 60, 30, 45
# What is written down of paint for coverage, for layers, and what a pass that is kept takes.
COVERAGE, LAYERS, LAYER, KEPT = 60, 90, 16, 24
# Panes and bands: bytes for each pixel of the size at which areas are found, for each vector there, and for each pixel
# of the picture. Segments: for each pixel, beside its vectors.
FOUND, VECTOR, PANE, BAND, SEGMENT = 700, 40, 160, 215, 90


@dataclass(frozen=True)
class Needs:
    """Bytes that a process takes at its peak: if the pictures are ``soft``, and if they are ``hard``."""

    soft: int
    hard: int

    @property
    def least(self) -> int:
        return min(self.soft, self.hard)

    @property
    def most(self) -> int:
        return max(self.soft, self.hard)


def spectrum_bytes(size: Size, k: int, config: SpectrumConfig, channels: int = 3) -> int:
    """What ``k`` pairs of a picture of ``size`` (height, width) take beside it."""
    height, width = size
    pixels = height * width
    if config.method == "exact":
        # The factors of a sparse matrix fill up as its pixels become more.
        return int(pixels * max(2900.0 * math.log2(max(pixels, 2)) - 27000.0, 2000.0))
    if config.method == "tiled":
        return (110 << 20) * min(pixels, 1 << 18) // (1 << 18) + 210 * pixels + 16 * k * pixels
    reach = max(config.radii)
    offsets = 1.57 * reach * reach + reach
    pitch = math.ceil((max(width, 16) + 2 * reach) / 16) * 16
    canvas = (height + 2 * reach) * pitch
    count = math.ceil((k + GUARDS) / LANES)
    block = 4 * LANES * canvas
    weights = 4 * offsets * canvas
    if block * count > LEAN:
        rows = 170 + 2 * reach
        held = 2 * count * block + pitch * rows * (4 * offsets + 3 * 4 * LANES) - (8 + 4 * k) * pixels
    else:
        # At the default contrast and above it one step is enough, and half of the blocks are never written.
        simple = config.tol is None and config.refinement <= 1 and config.edge_threshold > 0.1
        held = (5 if simple else 8) * count * block + min(weights, STORED)
    rows_of_tiles, columns_of_tiles = height / 18, width / 12
    factor = 512 * rows_of_tiles * columns_of_tiles * (min(rows_of_tiles, columns_of_tiles) / 2 + 2.5)
    bound = min(max(48 << 20, 64 * pixels), 800 << 20)
    panels = 1
    if config.edge_threshold < WEAK or config.laplacian == "normalised":
        # Tiles of many pieces have more columns; all of them as many would be rare.
        panels, factor, bound = PANELS, PANELS**2 * factor, 800 << 20
    basis = (53 * panels + 8) * pixels + min(factor, 0.65 * bound)
    return int(held + basis + (28 + 4 * channels) * canvas + 8 * k * pixels)


def selection_bytes(size: Size, labels: int, config: SpectrumConfig, channels: int = 3) -> int:
    """What a selection with so many ``labels`` in a picture of ``size`` (height, width) takes beside it."""
    height, width = size
    reach = max(config.radii)
    offsets = 1.57 * reach * reach + reach
    canvas = (height + 2 * reach) * math.ceil((max(width, 16) + 2 * reach) / 16) * 16
    panels = PANELS if config.edge_threshold < WEAK else 1
    basis = (53 * panels + 8) * height * width + min(48 << 20, 64 * height * width)
    vectors = SELECTED * canvas * min(max(labels - 1, 1), LANES) + 20 * labels * height * width
    return int(min(4 * offsets * canvas, SELECTION_STORED) + basis + vectors + (40 + 4 * channels) * canvas)


def shading_needs(
    target: Size,
    sources: Sequence[Size] = (),
    config: ShaderConfig | None = None,
    coverage: bool = False,
    layers: bool = False,
    kept: int = 1,
) -> Needs:
    """What a pass over a picture takes that is ``target`` (height, width) and copies from ``sources``, or itself.

    ``coverage`` and ``layers``: whether these are written down; ``kept``: how many passes are."""
    config = config if config is not None else ShaderConfig()
    soft, hard = (_pass(target, sources, config, coverage, layers, kept, one) for one in (True, False))
    if config.edges != "auto":
        soft = hard = soft if config.edges == "soft" else hard
    return Needs(soft, hard)


def _pass(
    target: Size, sources: Sequence[Size], config: ShaderConfig, coverage: bool, layers: bool, kept: int, soft: bool
) -> int:
    heads, k = len(config.all_heads), max(config.gate_vectors) + 1
    mixed = config.composite == "zbuffer"

    def working(size: Size) -> Size:
        short = min(size)
        if not soft or not 0 < config.detail < short:
            return size
        return max(round(size[0] * config.detail / short), 1), max(round(size[1] * config.detail / short), 1)

    pixels = target[0] * target[1]
    small = working(target)[0] * working(target)[1] if soft else min(USUAL, pixels)
    more = HEAD * (heads - 1) + MIXED * mixed
    spectra = max(spectrum_bytes(working(one), k, config.spectrum) for one in (target, *sources))
    # Copies are drawn when of the spectrum only its vectors are left.
    copies = (SMALL + more) * small + (LARGE + more) * (pixels - small)
    if soft:
        total = max(spectra + SMALL * small // 2 + (LARGE + more) * (pixels - small), copies)
    else:
        total = max(spectra + HARD * pixels, copies)
    total += sum(SOURCE * one[0] * one[1] for one in sources)
    total += (COVERAGE * (coverage or layers) + (LAYERS + LAYER * (1 + 2 * heads)) * layers) * pixels
    drawn = (_drawn(target, head) for head in config.all_heads if head.draw != "copies")
    return PROCESS + max(total, max(drawn, default=0) + SMALL * small // 2) + KEPT * pixels * (kept - 1)


def _drawn(size: Size, head: HeadConfig) -> int:
    """What a head takes besides the process that draws a picture of ``size`` anew."""
    if head.draw == "engrave":
        return engrave_bytes(size, head.engrave) - PROCESS
    return (panes_needs(size, head.panes) if head.draw == "panes" else bands_needs(size, head.bands)) - PROCESS


def engrave_bytes(
    size: Size, config: EngraveConfig, scale: float = 1.0, pixel: float | None = None, paths: bool = False
) -> int:
    """What an engraving of a picture of ``size`` (height, width) takes that is drawn ``scale`` times larger; ``pixel``:
    millimetres that a pixel of it takes on paper; ``paths``: whether its lines are followed."""
    apart, unit = length(config.spacing)
    spacing = max(apart if unit == "px" else apart / (pixel or 1.0), 0.1)
    pixels = size[0] * size[1]
    cells = pixels * (2.5 / spacing) ** 2
    inks, families = len(config.inks), len(config.inks) * (2 if config.cross < 1 else 1)
    longer = max(size)
    small = _shrunk(size, min(longer, max(192, min(512, round(2.5 * longer / spacing)))))
    spectrum = spectrum_bytes(small, config.vectors + families, SpectrumConfig(refine=3))
    grid = cells * (GRID + 8 * config.vectors + FAMILY * families)
    samples = pixels * max(1.0, 18 / spacing) ** 2 if paths else 0
    # The spectrum is gone when lines are drawn.
    drawn = grid + pixels * (PLATES + 16 * inks) + pixels * scale**2 * DRAWN + samples * TRACED
    return int(PROCESS + max(spectrum, drawn))


def panes_needs(size: Size, config: PanesConfig) -> int:
    """What the panes of a picture of ``size`` (height, width) take."""
    small = _shrunk(size, config.detail)
    found = spectrum_bytes(small, config.vectors + 1, SpectrumConfig(), 4)
    there = small[0] * small[1]
    return PROCESS + max(found, (FOUND + VECTOR * config.vectors) * there, PANE * size[0] * size[1]) + 24 * there


def bands_needs(size: Size, config: BandsConfig) -> int:
    """What the bands of a picture of ``size`` (height, width) take."""
    small = _shrunk(size, config.detail)
    found = spectrum_bytes(small, len(config.mixture) + 1, SpectrumConfig()) if config.mixture else 0
    return PROCESS + max(found, BAND * size[0] * size[1])


def segment_needs(size: Size, config: SegmentConfig) -> int:
    """What the segments of a picture of ``size`` (height, width) take, if its edge threshold is a low one."""
    count = config.n if isinstance(config.n, int) else config.most + 1
    threshold = config.edge_threshold if isinstance(config.edge_threshold, float) else 0.05
    graph = SpectrumConfig(edge_threshold=threshold, laplacian=config.laplacian)
    return PROCESS + max(spectrum_bytes(size, count, graph), (4 * count + SEGMENT) * size[0] * size[1])


def match_needs(first: Size, second: Size, config: SegmentConfig) -> int:
    """What matching the segments of two pictures takes: they are cut one after the other, and both spectra are kept."""
    count = config.n if isinstance(config.n, int) else config.most + 1
    kept = 12 * count * (first[0] * first[1] + second[0] * second[1])
    return kept + max(segment_needs(first, config), segment_needs(second, config))


def _shrunk(size: Size, detail: int) -> Size:
    """``size`` with a longer side of ``detail`` pixels at most; 0 for any."""
    longer = max(size)
    if not 0 < detail < longer:
        return size
    return max(int(size[0] * detail / longer + 0.5), 1), max(int(size[1] * detail / longer + 0.5), 1)


def check_room(needed: int, what: str, size: Size) -> None:
    """Find out whether this process may have ``needed`` bytes for ``what`` it does with a picture of ``size`` (height,
    width), and log the figure.

    Raises :class:`~itten.errors.ResourceError` where it may not, with what would fit.
    """
    have = room()
    # What other work of this process holds is not for this one.
    free = None if have.free is None else have.free + min(have.held, PROCESS)
    addresses = None if have.left is None else have.left + min(have.mapped, PROCESS + MAPPED)
    told = "" if free is None else f", {in_words(free)} are free"
    log.info("%s takes about %s of memory%s", what, in_words(needed), told)
    tightest: tuple[float, str] | None = None
    for most, mapped, kind in ((free, 0, "are free"), (addresses, MAPPED, "of addresses are allowed")):
        if most is not None and needed + mapped > most:
            share = max(most - PROCESS - mapped, 0) / max(needed - PROCESS, 1)
            told = f"takes about {in_words(needed + mapped)} of memory, and {in_words(max(most, 0))} {kind}"
            tightest = min(tightest or (share, told), (share, told))
    if tightest is not None:
        height, width = (int(side * math.sqrt(tightest[0])) for side in size)
        fits = f"a picture of {width} × {height} pixels would fit" if min(height, width) > 7 else "none would fit"
        raise ResourceError(f"{what} {tightest[1]}: {fits}")


def in_words(count: int) -> str:
    """``1.3 GB``, ``640 MB``: of 1000 each."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"
