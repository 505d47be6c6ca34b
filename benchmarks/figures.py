"""Pictures whose figure is known: photographs with outlines drawn by hand, and shapes that hold one picture before
another.

``python -m benchmarks.figure`` measures on them. The photographs and the silhouette of a horse ship with scikit-image.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from skimage import data, draw, transform

HEIGHT, WIDTH = 320, 384
Y, X = np.mgrid[:HEIGHT, :WIDTH].astype(np.float64)

Outline = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Known:
    """``image`` ``(H, W, 3)`` uint8; ``figure`` ``(H, W)`` bool. ``kind``: ``photograph``, outlined by hand; ``seen``
    and ``second``, composed and looked at while the method was made, ``second`` only later; ``unseen``, composed and
    not looked at until it was."""

    name: str
    kind: str
    image: np.ndarray
    figure: np.ndarray


# Corners x, y in pixels of the photographs as they are. What is listed after a photograph's name is united.
OUTLINES: dict[str, tuple[Outline, ...]] = {
    "astronaut": (
        (
            *((25, 512), (28, 500), (20, 400), (26, 345), (38, 300), (58, 260), (80, 230), (112, 208), (112, 195)),
            *((118, 183), (128, 165), (145, 153), (165, 149), (183, 150), (182, 132), (174, 128), (160, 112)),
            *((154, 85), (158, 60), (178, 45), (195, 30), (210, 20), (235, 15), (262, 20), (285, 38), (298, 60)),
            *((301, 85), (298, 105), (285, 125), (272, 137), (265, 140), (258, 165), (257, 178), (270, 182)),
            *((290, 200), (303, 225), (305, 237), (325, 247), (343, 268), (355, 295), (362, 325), (365, 350)),
            *((385, 345), (410, 345), (440, 352), (470, 375), (490, 410), (498, 450), (512, 475), (512, 512)),
        ),
    ),
    "chelsea": (
        (
            *((36, 0), (397, 0), (375, 40), (360, 72), (358, 85), (362, 110), (362, 130), (355, 160), (345, 185)),
            *((335, 205), (318, 225), (305, 245), (300, 262), (290, 280), (285, 300), (0, 300), (0, 125), (30, 118)),
            *((30, 80), (36, 40)),
        ),
    ),
    "coffee": (
        (
            *((285, 18), (330, 22), (370, 40), (395, 70), (405, 68), (423, 72), (425, 80), (418, 105), (450, 140)),
            *((470, 170), (480, 205), (478, 250), (465, 290), (440, 330), (400, 360), (350, 382), (290, 390)),
            *((230, 382), (180, 360), (135, 320), (105, 280), (87, 240), (78, 200), (82, 165), (98, 130), (125, 100)),
            *((150, 83), (178, 76), (185, 60), (205, 40), (240, 24)),
        ),
    ),
    "rocket": (
        (
            *((323, 127), (331, 140), (334, 155), (334, 180), (336, 200), (336, 380), (332, 407), (312, 407)),
            *((310, 380), (309, 200), (311, 180), (311, 150), (316, 135)),
        ),
        ((268, 407), (372, 407), (372, 427), (268, 427)),
    ),
    "camera": (
        (
            *((0, 258), (3, 251), (31, 205), (56, 172), (77, 143), (95, 133), (115, 125), (131, 123), (150, 108)),
            *((162, 107), (165, 90), (172, 82), (185, 70), (205, 63), (225, 66), (245, 80), (262, 98), (270, 112)),
            *((270, 128), (258, 131), (256, 140), (325, 140), (325, 155), (320, 160), (318, 178), (325, 168)),
            *((331, 178), (330, 190), (318, 205), (310, 215), (305, 240), (300, 262), (303, 270), (290, 285)),
            *((270, 303), (245, 312), (225, 306), (207, 295), (195, 318), (165, 355), (140, 382), (148, 420)),
            *((152, 512), (137, 512), (118, 475), (100, 447), (90, 512), (0, 512)),
        ),
        ((278, 312), (300, 310), (337, 301), (338, 307), (312, 322), (312, 340), (280, 345)),
        ((289, 215), (296, 215), (297, 485), (289, 485)),
        ((285, 330), (295, 335), (240, 512), (230, 512), (232, 490)),
        ((303, 328), (312, 328), (408, 512), (396, 512)),
    ),
    "motorcycle": (
        (
            *((95, 205), (120, 197), (138, 172), (141, 152), (155, 148), (165, 160), (200, 165), (245, 170)),
            *((270, 190), (300, 192), (356, 189), (385, 172), (360, 168), (380, 150), (400, 130), (440, 120)),
            *((465, 140), (481, 118), (490, 112), (496, 76), (515, 78), (545, 95), (543, 102), (535, 100)),
            *((537, 115), (559, 135), (574, 120), (582, 130), (578, 143), (560, 145), (560, 175), (548, 190)),
            *((555, 200), (578, 262), (600, 268), (625, 278), (643, 300), (640, 315), (665, 340), (683, 390)),
            *((680, 425), (665, 445), (640, 450), (600, 440), (570, 420), (540, 390), (520, 350), (515, 310)),
            *((500, 260), (480, 240), (478, 280), (475, 320), (450, 365), (420, 378), (350, 370), (340, 390)),
            *((345, 432), (325, 435), (325, 375), (290, 365), (270, 360), (240, 390), (200, 402), (160, 385)),
            *((130, 350), (122, 310), (130, 270), (145, 250), (110, 242)),
        ),
    ),
}


def photograph(name: str) -> np.ndarray:
    """One that ships with scikit-image, ``(H, W, 3)`` uint8."""
    found = data.stereo_motorcycle()[0] if name == "motorcycle" else getattr(data, name)()
    grey = found.ndim == 2
    return np.ascontiguousarray(np.repeat(found[..., None], 3, axis=2) if grey else found[..., :3])


def outlined(name: str) -> Known:
    image = photograph(name)
    figure = np.zeros(image.shape[:2], bool)
    for outline in OUTLINES[name]:
        figure |= draw.polygon2mask(figure.shape, np.array(outline)[:, ::-1])
    return Known(name, "photograph", image, figure)


def horse(random: np.random.Generator) -> np.ndarray:
    """The silhouette that ships with scikit-image."""
    shape = transform.resize((~data.horse()).astype(float), (int(HEIGHT * 0.8), int(WIDTH * 0.8)), order=1) > 0.5
    found = np.zeros((HEIGHT, WIDTH), bool)
    y, x = (int(random.integers(4, full - part - 4)) for full, part in zip(found.shape, shape.shape, strict=True))
    found[y : y + shape.shape[0], x : x + shape.shape[1]] = shape
    return found


def around(random: np.random.Generator, edge: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """What lies nearer to a point in the middle part than ``edge`` of the direction there, in shares of the height."""
    y, x = Y - HEIGHT * random.uniform(0.42, 0.58), X - WIDTH * random.uniform(0.4, 0.6)
    return np.hypot(y, x) < HEIGHT * edge(np.arctan2(y, x))


def blob(random: np.random.Generator) -> np.ndarray:
    """A closed curve with five waves."""
    size, *waves = random.uniform(0.26, 0.34), *zip(random.normal(size=5), random.uniform(0, 6.3, 5), strict=True)
    return around(
        random, lambda turn: size + sum(0.08 / k * a * np.cos(k * turn + p) for k, (a, p) in enumerate(waves, 2))
    )


def star(random: np.random.Generator) -> np.ndarray:
    """Five to eight points."""
    points, start = random.integers(5, 9), random.uniform(0, 6.3)
    return around(random, lambda turn: 0.28 + 0.1 * np.cos(points * turn + start))


def person(random: np.random.Generator) -> np.ndarray:
    """A head on shoulders that run out of the picture below."""
    x, wide = WIDTH * random.uniform(0.35, 0.65), WIDTH * random.uniform(0.2, 0.28)
    head = np.hypot((Y - 0.38 * HEIGHT) * 0.8, X - x) < 0.13 * WIDTH
    return head | (np.hypot((Y - HEIGHT) / (0.48 * HEIGHT), (X - x) / wide) < 1)


def large(random: np.random.Generator) -> np.ndarray:
    """A closed curve around a point below, so large that it runs out of the picture there and mostly elsewhere, too."""
    y, x = Y - HEIGHT * random.uniform(0.5, 1.0), X - WIDTH * random.uniform(0.15, 0.85)
    size, *waves = random.uniform(0.45, 0.65), *zip(random.normal(size=5), random.uniform(0, 6.3, 5), strict=True)
    turn = np.arctan2(y, x)
    edge = size + sum(0.08 / k * a * np.cos(k * turn + p) for k, (a, p) in enumerate(waves, 2))
    return np.hypot(y, x) < HEIGHT * edge


def filling(name: str, random: np.random.Generator) -> np.ndarray:
    """A part of a photograph, as large as the picture, float in [0, 1]."""
    found = photograph(name) / 255.0
    scale = max((HEIGHT + 8) / found.shape[0], (WIDTH + 8) / found.shape[1])
    if scale > 1:
        size = [int(side * scale) + 1 for side in found.shape[:2]]
        found = transform.resize(found, (*size, 3), order=1, anti_aliasing=False)
    y, x = (int(random.integers(full - part)) for full, part in zip(found.shape, (HEIGHT, WIDTH), strict=False))
    return found[y : y + HEIGHT, x : x + WIDTH]


Shape = Callable[[np.random.Generator], np.ndarray]
# Each is a shape, what fills it, and what lies behind it.
SEEN: tuple[tuple[Shape, str, str], ...] = (
    (horse, "brick", "grass"),
    (blob, "coffee", "gravel"),
    (star, "immunohistochemistry", "brick"),
    (person, "rocket", "coffee"),
    (blob, "retina", "chelsea"),
    (horse, "grass", "immunohistochemistry"),
    (person, "chelsea", "rocket"),
    (star, "gravel", "astronaut"),
)
SECOND: tuple[tuple[Shape, str, str], ...] = (
    (horse, "coffee", "grass"),
    (horse, "chelsea", "rocket"),
    (horse, "astronaut", "moon"),
    (blob, "brick", "motorcycle"),
    (blob, "rocket", "gravel"),
    (blob, "grass", "coffee"),
    (star, "astronaut", "grass"),
    (star, "motorcycle", "brick"),
    (star, "coffee", "chelsea"),
    (person, "retina", "astronaut"),
    (person, "grass", "brick"),
    (person, "gravel", "motorcycle"),
)
UNSEEN: tuple[tuple[Shape, str, str], ...] = (
    (horse, "immunohistochemistry", "chelsea"),
    (horse, "motorcycle", "gravel"),
    (horse, "moon", "coffee"),
    (blob, "chelsea", "brick"),
    (blob, "astronaut", "retina"),
    (blob, "gravel", "rocket"),
    (star, "grass", "motorcycle"),
    (star, "retina", "moon"),
    (star, "chelsea", "astronaut"),
    (person, "coffee", "grass"),
    (person, "brick", "rocket"),
    (person, "motorcycle", "immunohistochemistry"),
    (large, "rocket", "chelsea"),
    (large, "retina", "gravel"),
    (large, "grass", "astronaut"),
    (large, "chelsea", "motorcycle"),
)
COMPOSED = {"seen": SEEN, "second": SECOND, "unseen": UNSEEN}


def composed(kind: str, number: int) -> Known:
    """One of the composed pictures, with borders as soft as a lens makes them."""
    shape, front, behind = COMPOSED[kind][number]
    random = np.random.default_rng([list(COMPOSED).index(kind), number])
    figure = shape(random)
    cover = ndimage.gaussian_filter(figure.astype(np.float64), 0.6)[..., None]
    picture = cover * filling(front, random) + (1 - cover) * filling(behind, random)
    image = np.floor(np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)
    return Known(f"{shape.__name__}: {front} before {behind}", kind, image, figure)


def all_known() -> list[Known]:
    """All, photographs first."""
    made = [composed(kind, i) for kind, all_of in COMPOSED.items() for i in range(len(all_of))]
    return [outlined(name) for name in OUTLINES] + made
