"""Make the pictures of the README anew: ``python docs/make_figures.py`` (a few minutes)."""

from __future__ import annotations

import io
from pathlib import Path

import torch

import itten
from itten.image import Cell, diverging, to_pil, write_bytes_atomic
from itten.works.sheets import composite_sheet, cross_sheet, looks_sheet, self_sheet, sources_sheet

FOLDER = Path(__file__).resolve().parent / "images"
QUALITY = 85
PASSES = 4


def opening() -> torch.Tensor:
    """The picture at the top: what the default, looks and an engraving make of drawings and of a still life."""
    cells = []
    for name, look in (("botanical", None), ("tonal", "stained-glass"), ("figure", "gold-leaf")):
        picture = itten.samples.load(name)
        passes = PASSES if look is None else itten.load_look(look).text.passes
        cells += [Cell("", picture), Cell(look or "", itten.shade(picture, None, look, passes).image)]
    picture = itten.samples.load("portrait")
    inks = {"inks": "#17402f,#8a3324", "paper": "#f3ecd9", "stretch": True}
    cells[4:4] = [Cell("", picture), Cell("itten engrave", itten.engrave(picture, 9.0, scale=1.5, **inks).image)]
    return itten.contact_sheet(cells, columns=4)


def handwriting() -> torch.Tensor:
    """Drawings whose grounds are filled with pieces of others; and what these are."""
    cells = []
    for name, other in (("brush", "script"), ("notch", "botanical")):
        picture, given = itten.samples.load(name), itten.samples.load(other)
        cells += [Cell("drawing", picture), Cell("handwriting", given)]
        cells.append(Cell("itten ground", itten.fill_ground(picture, given).image))
    return itten.contact_sheet(cells, columns=3, cell=420)


def engravings() -> torch.Tensor:
    """Photographs of scikit-image, redrawn in lines; crops, so that lines can be seen."""
    from skimage import data

    kinds: list[tuple[str, str, dict[str, object]]] = [
        ("astronaut", "one ink", {"stretch": True}),
        ("chelsea", "two inks", {"inks": "#17402f,#8a3324", "paper": "#f3ecd9", "stretch": True}),
        ("coffee", "four inks", {"inks": "cmyk"}),
        ("camera", "crossing from 0.4 on", {"cross": 0.4, "inks": "#123a8c", "stretch": True}),
    ]
    cells = []
    for name, title, options in kinds:
        picture = itten.image.as_image(getattr(data, name)())[:, :400, :400]
        cells += [Cell(name, picture), Cell(title, itten.engrave(picture, 5.0, scale=2, **options).image)]
    return itten.contact_sheet(cells, columns=4, cell=520)


def areas() -> torch.Tensor:
    """Photographs and a drawing in panes and in bands."""
    from skimage import data

    photographs = [itten.image.as_image(getattr(data, name)())[:, :400, :512] for name in ("chelsea", "coffee")]
    cells = []
    for picture in (*photographs, itten.samples.load("tonal")):
        cells += [Cell("", picture), Cell("panes", itten.panes(picture, n=80).image)]
        cells.append(Cell("bands", itten.bands(picture, n=14, steps="high", smooth=8.0).image))
    return itten.contact_sheet(cells, columns=3, cell=420)


def growth() -> None:
    """A drawing that grows, animated: with losses, and small."""
    timing = itten.AnimationConfig(fps=12, seconds=1.0, size=352, quality=60)
    path = FOLDER / "growth.webp"
    told = itten.animate(
        itten.samples.load("botanical"), None, "confetti", 3, path=path, animation=timing, overwrite=True
    )
    print(told.path.name, told.path.stat().st_size)


def comparison() -> torch.Tensor:
    """Fields and last passes of three pictures, with the tiled method and with the stitched one."""
    cells = []
    for name in ("notch", "brush", "figure"):
        picture = itten.samples.load(name)
        cells.append(Cell("input", picture, name))
        tiled = itten.ShaderConfig.from_config("seed")
        stitched = tiled.changed(field=6, spectrum={"method": "stitched"})
        for title, config in (("tiled", tiled), ("stitched", stitched)):
            result = itten.shade(picture, config=config, passes=PASSES, keep=True)
            cells += [Cell(f"{title}, field", diverging(result.field[0])), Cell("pass 1", result.passes[0])]
            cells.append(Cell(f"pass {PASSES}", result.image))
    return itten.contact_sheet(cells, columns=7, cell=260)


def graphs() -> torch.Tensor:
    """The lowest vectors of a photograph at weak edges, with its specks, without them, and of the normalised
    Laplacian."""
    from skimage import data

    picture = itten.image.as_image(data.coffee())[:, 100:400, 100:420].contiguous()
    cells = []
    kinds: list[tuple[str, dict[str, object]]] = [
        ("combinatorial", {}),
        ("without specks", {"drop_specks": True}),
        ("normalised, without specks", {"drop_specks": True, "laplacian": "normalised"}),
    ]
    for title, options in kinds:
        found = itten.spectrum(picture, 6, edge_threshold=0.03, **options)
        cells.append(Cell(title, picture))
        cells += [Cell(f"{found.values[number]:.1e}", diverging(found.vectors[number])) for number in range(1, 6)]
    return itten.contact_sheet(cells, columns=6, cell=260)


def segments() -> torch.Tensor:
    """Photographs of scikit-image, and their segments over them and in their mean colours."""
    from skimage import data

    from itten.regions.shown import average, overlay

    cells = []
    for name in ("coffee", "astronaut", "rocket"):
        picture = itten.image.as_image(getattr(data, name)())
        labels = itten.segment(picture, 12)
        cells += [Cell(name, picture), Cell("--overlay", overlay(picture, labels))]
        cells.append(Cell("--average", average(picture, labels)))
    return itten.contact_sheet(cells, columns=3, cell=420)


STROKES: dict[str, list[tuple[int, tuple[float, float], tuple[float, float]]]] = {
    # Label, and both ends of a stroke as parts of height and width.
    "astronaut": [
        (1, (0.10, 0.40), (0.33, 0.45)),
        (1, (0.38, 0.50), (0.48, 0.30)),
        (1, (0.62, 0.10), (0.95, 0.50)),
        (1, (0.55, 0.25), (0.60, 0.60)),
        (2, (0.05, 0.08), (0.40, 0.10)),
        (2, (0.30, 0.68), (0.08, 0.95)),
        (2, (0.52, 0.92), (0.60, 0.75)),
        (2, (0.80, 0.62), (0.92, 0.90)),
        (2, (0.55, 0.02), (0.75, 0.01)),
    ],
    "coffee": [
        (1, (0.28, 0.42), (0.42, 0.55)),
        (1, (0.09, 0.45), (0.14, 0.58)),
        (1, (0.50, 0.40), (0.53, 0.58)),
        (2, (0.03, 0.06), (0.10, 0.94)),
        (2, (0.93, 0.05), (0.95, 0.95)),
        (3, (0.60, 0.18), (0.84, 0.40)),
        (3, (0.84, 0.50), (0.60, 0.75)),
        (3, (0.42, 0.22), (0.50, 0.25)),
        (3, (0.42, 0.74), (0.50, 0.76)),
    ],
    "chelsea": [
        (1, (0.30, 0.25), (0.70, 0.45)),
        (1, (0.10, 0.40), (0.30, 0.65)),
        (1, (0.30, 0.75), (0.75, 0.62)),
        (1, (0.20, 0.80), (0.10, 0.76)),
        (1, (0.75, 0.15), (0.95, 0.40)),
        (2, (0.08, 0.96), (0.60, 0.97)),
        (2, (0.55, 0.88), (0.90, 0.90)),
    ],
}


def selection() -> torch.Tensor:
    """Photographs of scikit-image with scribbles, what these select, its probability, and where labels lie."""
    from skimage import data

    from itten.image.labels import label_colour

    cells = []
    for name, strokes in STROKES.items():
        picture = itten.image.as_image(getattr(data, name)())
        height, width = picture.shape[1:]
        seeds = torch.zeros(height, width, dtype=torch.int64)
        for label, begin, end in strokes:
            for part in torch.linspace(0, 1, 2 * (height + width)).tolist():
                y, x = (int(a + part * (b - a)) for a, b in zip(_at(begin, seeds), _at(end, seeds), strict=True))
                seeds[max(y - 3, 0) : y + 4, max(x - 3, 0) : x + 4] = label
        found = itten.select(picture, seeds, edge_threshold=0.02)
        colours = torch.tensor([label_colour(label) for label in range(4)]).float() / 255
        marked = torch.where(seeds > 0, colours[seeds].permute(2, 0, 1), picture)
        mine = found.labels == 1
        cut = torch.where(mine, picture, 0.92 + 0.08 * picture.mean(dim=0))
        cells += [Cell(name, marked), Cell("selected", cut), Cell("probability", found.of(1).expand(3, -1, -1))]
        cells.append(Cell("labels", 0.45 * picture + 0.55 * colours[found.labels].permute(2, 0, 1)))
    return itten.contact_sheet(cells, columns=4, cell=300)


def _at(place: tuple[float, float], seeds: torch.Tensor) -> tuple[float, float]:
    return place[0] * seeds.shape[0], place[1] * seeds.shape[1]


def matching() -> list[torch.Tensor]:
    """Segments of a photograph matched with those of it turned, smaller and noised; and colours carried to another."""
    from skimage import data

    from itten.image.oklab import from_oklab, to_oklab
    from itten.matching.shown import matches

    def photograph(name: str, side: int) -> torch.Tensor:
        return smaller(itten.image.as_image(getattr(data, name)()), side)

    def smaller(picture: torch.Tensor, side: int) -> torch.Tensor:
        size = [round(length * side / max(picture.shape[1:])) for length in picture.shape[1:]]
        return torch.nn.functional.interpolate(picture[None], size, mode="area")[0].contiguous()

    first = photograph("astronaut", 320)
    second = smaller(torch.rot90(first, 1, (1, 2)).flip(2), 256)
    second = (second + 0.02 * torch.randn(second.shape, generator=torch.Generator().manual_seed(1))).clamp(0, 1)
    one, other = photograph("coffee", 160), photograph("chelsea", 160)
    evening = smaller(one, 128).flip(2) ** 1.2 * torch.tensor([1.0, 0.78, 0.6])[:, None, None]
    cells = []
    for picture, way in ((evening, "points"), (other, "spectrum")):
        lab = to_oklab(one)
        lab[1:] = itten.align(one, picture).transport(to_oklab(picture)[1:], way)
        cells += [
            Cell("A", one),
            Cell("B", picture),
            Cell("A in the colours of B", from_oklab(lab).clamp(0, 1).float()),
        ]
    return [matches(first, second, itten.match(first, second)), itten.contact_sheet(cells, columns=3, cell=360)]


def save(sheet: torch.Tensor, name: str, quality: int = QUALITY) -> None:
    """Write a lossy WebP, which keeps the files small."""
    buffer = io.BytesIO()
    to_pil(sheet).save(buffer, "WEBP", quality=quality, method=6)
    print(write_bytes_atomic(buffer.getvalue(), FOLDER / f"{name}.webp", overwrite=True).name, len(buffer.getvalue()))


def main() -> None:
    config = itten.ShaderConfig()
    save(opening(), "opening")
    save(handwriting(), "handwriting")
    save(engravings(), "engraving")
    save(areas(), "areas")
    save(segments(), "segments", quality=80)
    for name, sheet in zip(("matches", "alignment"), matching(), strict=True):
        save(sheet, name, quality=80)
    growth()
    save(looks_sheet([itten.load_look(name) for name in itten.look_names()]), "looks", quality=72)
    save(self_sheet(config, PASSES), "self_attention")
    save(cross_sheet(config, PASSES), "cross_attention")
    save(sources_sheet(config, PASSES), "source_comparison")
    save(composite_sheet(config, PASSES), "overwrite_and_zbuffer")
    save(comparison(), "tiled_and_stitched")
    save(graphs(), "graphs")
    save(selection(), "selection")


if __name__ == "__main__":
    main()
