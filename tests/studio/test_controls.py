"""What the page offers: controls with pictures, lengths of previews, lines from where copies come to where they go."""

from __future__ import annotations

from typing import Any

import pytest
from PIL import Image

import itten
from itten.config import BandsConfig, EngraveConfig, PanesConfig, SegmentConfig, ShaderConfig, look_names, nested
from itten.studio.app import STATIC
from itten.studio.catalogue import catalogue
from itten.studio.controls import CONTROLS, Control, picture_of
from itten.studio.overlays import overlays
from itten.studio.reduced import in_small
from itten.studio.settings import Settings
from itten.works.given import Given
from itten.works.recipe import Recipe
from tests.pictures import drawing

KINDS: dict[str, Any] = {"shade": ShaderConfig, "engrave": EngraveConfig, "panes": PanesConfig, "bands": BandsConfig}
KINDS["segment"] = SegmentConfig
ALL = [(verb, one) for verb, several in CONTROLS.items() for one in several]


@pytest.mark.parametrize(("verb", "one"), ALL, ids=[f"{verb}-{one.key}" for verb, one in ALL])
def test_every_control_has_a_sentence_a_picture_and_values_that_can_be(verb: str, one: Control) -> None:
    assert one.says.endswith(".") or one.kind == "text"
    with Image.open(STATIC / picture_of(verb, one)) as picture:
        assert picture.size == (144 * len(one.seen), 108)
        strip = picture.convert("RGB")
    panels = [strip.crop((144 * at, 0, 144 * at + 144, 108)).tobytes() for at in range(len(one.seen))]
    assert len(set(panels)) == len(panels)
    ends = (one.least, one.most) if one.kind == "range" else one.values
    if one.key == "show":
        assert {Settings(verb="segment", target="a", show=value).show for value in ends} == set(ends)
    elif one.key != "passes":
        for value in (*ends, *one.seen):
            KINDS[verb](**nested(one.key, one.named if value == one.none else value))


def test_all_looks_and_samples_have_pictures() -> None:
    for folder, names in (("looks", ["none", *look_names()]), ("samples", itten.samples.names())):
        assert sorted(path.stem for path in (STATIC / folder).iterdir()) == sorted(names)
    for look in catalogue()["looks"]:
        assert set(look["sets"]) == {one.key for one in CONTROLS["shade"]} - {"passes"}


def test_lengths_of_a_preview_are_those_of_the_small_picture() -> None:
    target = Given.of("sample:botanical")  # 512 × 704
    heads = [{"draw": "engrave", "engrave": {"spacing": 8}}, {"clearance": 6}]
    keys = {"clearance": 4, "min_pixels": 64, "detail": 512, "heads": heads}
    small = in_small(Recipe(verb="shade", config=keys), target, 128).config
    assert (small["clearance"], small["min_pixels"], small["detail"]) == (1.0, 4, 512)
    assert small["heads"] == [{"draw": "engrave", "engrave": {"spacing": 2.0}}, {"clearance": 1.5}]
    lines = in_small(Recipe(verb="engrave", config={"spacing": "0.8mm", "outline": 2}), target, 256).config
    assert lines == {"spacing": "0.8mm", "outline": 1.0}


@pytest.mark.parametrize("cross", [False, True])
def test_a_line_leads_from_where_a_copy_comes_to_where_it_went(cross: bool) -> None:
    picture, other = itten.samples.load("notch")[:, :, :240], itten.samples.load("notch")[:, 40:200, 60:280]
    made = []
    config = ShaderConfig.from_config({"copies": 1})
    sources = [other] if cross else None
    itten.shade(picture, sources, config, 1, progress=lambda index, passes, one: made.append(one))
    found = overlays(made[0], config.all_heads[0], sources)
    assert set(found) == {"field", "gate", "segments", "matches"}
    sheet = found["matches"].pixels
    own, far = 640 / picture.shape[1], 640 / other.shape[1]
    assert tuple(sheet.shape) == (3, 640, round(own * 240) + (round(far * 220) if cross else 0))
    copies = made[0].fronts[0]
    copy = copies.where(copies.owner == copies.owner[-1])
    rows, columns = (copy.place // 240 + 0.5) * own, (copy.place % 240 + 0.5) * own
    if cross:
        top, left = (copy.origin // 220 + 0.5) * far, (copy.origin % 220 + 0.5) * far + round(own * 240)
    else:
        top, left = (copy.origin // 240 + 0.5) * own, (copy.origin % 240 + 0.5) * own
    ends = [(float(rows.mean()), float(columns.mean())), (float(top.mean()), float(left.mean()))]
    middle = (sum(one[0] for one in ends) / 2, sum(one[1] for one in ends) / 2)
    for y, x in (ends[0], middle):
        spot = sheet[:, round(y) - 1 : round(y) + 2, round(x) - 1 : round(x) + 2].mean(dim=(1, 2))
        assert float(spot.max() - spot.min()) > 0.2  # colour, where the pictures have none


def test_the_gate_that_is_shown_is_that_of_the_settings() -> None:
    made = []
    for percent in (10.0, 90.0):
        config = ShaderConfig.from_config({"percentile": percent})
        itten.shade(drawing(96, 96), None, config, 1, progress=lambda index, passes, one: made.append(one))
        made[-1] = float(overlays(made[-1], config.all_heads[0], None)["gate"].pixels.mean())
    assert made[0] > 0.8 > 0.2 > made[1]
