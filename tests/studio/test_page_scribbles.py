"""Scribbles on the page, in a real browser: what they select is seen, saved, painted in, and comes back."""

from __future__ import annotations

import io
import shlex
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

import itten
from itten.cli.app import application
from itten.image import to_pil
from tests.studio.test_page import done

Point = tuple[float, float]
# Parts of the picture's width and height: the jug, and what stands around it.
JUG: tuple[Point, ...] = ((0.42, 0.4), (0.42, 0.62))
AROUND: tuple[Point, ...] = ((0.2, 0.3), (0.2, 0.85), (0.8, 0.9), (0.8, 0.2), (0.3, 0.1))


def still_life() -> Image.Image:
    """The still life, small."""
    return to_pil(itten.samples.load("tonal")).resize((200, 150), Image.Resampling.BOX)


def file_of(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def given(page: Any) -> None:
    """Have the page show it, from a file."""
    page.set_input_files("#target-file", {"name": "jug.png", "mimeType": "image/png", "buffer": file_of(still_life())})
    page.wait_for_function("() => document.getElementById('before').naturalWidth === 200")


def stroke(page: Any, points: tuple[Point, ...]) -> None:
    """Draw with the pointer, and wait for the sentence that follows."""
    box = page.locator("#mask").bounding_box()
    places = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in points]
    page.evaluate("() => { document.getElementById('status').textContent = ''; }")
    page.mouse.move(*places[0])
    page.mouse.down()
    for one in places[1:]:
        page.mouse.move(*one, steps=4)
    page.mouse.up()


def colour(page: Any, x: float, y: float) -> list[int]:
    """What lies over the picture at a place: red, green, blue and alpha."""
    found: list[int] = page.locator("#mask").evaluate(
        "(one, [x, y]) => [...one.getContext('2d').getImageData(one.width * x, one.height * y, 1, 1).data]", [x, y]
    )
    return found


def downloaded(page: Any, link: str, path: Path) -> bytes:
    with page.expect_download() as download:
        page.click(link)
    download.value.save_as(path)
    return path.read_bytes()


def by_command(text: str, folder: Path) -> None:
    with chdir(folder):
        found = CliRunner().invoke(application(), [*shlex.split(text)[1:], "--overwrite"])
    assert found.exit_code == 0, found.output


@pytest.fixture
def selected(page: Any) -> Iterator[Any]:
    """The page with the jug of a still life selected, to be changed alone."""
    given(page)
    page.click("#mask-box summary")
    page.check("input[name=tool][value=marks]")
    page.select_option("#mask-role", "write_mask")
    page.locator("#brush").fill("12")
    stroke(page, JUG)
    page.wait_for_selector('#status:has-text("and some of what is not")')
    page.check("input[name=ink][value=not]")
    stroke(page, AROUND)
    page.wait_for_selector('#status:has-text("selected, in")', timeout=60000)
    return page


def test_scribbles_select_and_what_is_selected_is_painted(selected: Any, tmp_path: Path) -> None:
    page = selected
    assert colour(page, 0.42, 0.5) == [255, 210, 31, 255]  # a scribble
    tint = colour(page, 0.46, 0.5)
    assert 100 < tint[3] < 200
    assert tint[1] > tint[0]  # selected, in the green of what alone is changed
    assert colour(page, 0.7, 0.3)[3] == 0

    (tmp_path / "jug.png").write_bytes(file_of(still_life()))
    page.click("#selection")
    page.wait_for_selector("#selection-mask:visible", timeout=60000)
    mask = downloaded(page, "#selection-mask", tmp_path / "seen.png")
    downloaded(page, "#selection-marks", tmp_path / "marks.png")
    by_command(page.inner_text("#selection-command"), tmp_path)
    assert (tmp_path / "mask.png").read_bytes() == mask
    picture = np.array(still_life())
    with Image.open(tmp_path / "marks.png") as marks, Image.open(tmp_path / "seen.png") as seen:
        values, shown = np.array(marks.convert("L")).astype(np.int64), np.array(seen.convert("L")) > 127
    assert set(np.unique(values)) == {0, 85, 170}
    inside = itten.select(picture, values).labels.numpy() == 85
    assert (inside == shown).all()

    page.locator("#c-shade-passes").fill("1")
    page.select_option("#c-shade-place", "seed")
    page.click("#paint")
    done(page)
    assert page.locator("#split").input_value() == "0"
    assert colour(page, 0.42, 0.5)[3] == 0  # the result is seen, not the scribbles
    command = page.inner_text("#command")
    assert "--write-marks write-marks.png" in command
    made = downloaded(page, "#download", tmp_path / "page.png")
    downloaded(page, "#masks a", tmp_path / "write-marks.png")
    by_command(command, tmp_path)
    assert (tmp_path / "out.png").read_bytes() == made
    with Image.open(tmp_path / "page.png") as after:
        changed = (np.array(after.convert("RGB")) != picture).any(axis=2)
    assert changed.any()
    assert not (changed & ~inside).any()

    page.click("#mask-clear")
    page.click("#history button")
    page.wait_for_selector('#status:has-text("as it was")')
    assert page.locator("#mask-role").input_value() == "write_mask"
    page.click("#paint")
    done(page)
    assert downloaded(page, "#download", tmp_path / "again.png") == made


def test_scribbles_are_undone_and_drawn_by_keys_and_may_be_kept(selected: Any) -> None:
    page = selected
    page.keyboard.press("Control+z")
    page.wait_for_selector('#status:has-text("and some of what is not")')
    assert colour(page, 0.46, 0.5)[3] == 0
    page.focus("#mask")
    page.evaluate("() => { document.getElementById('status').textContent = ''; }")
    for _ in range(3):
        page.keyboard.press("ArrowUp")
    page.keyboard.press(" ")
    page.wait_for_selector('#status:has-text("selected, in")', timeout=60000)
    page.select_option("#mask-role", "keep")
    page.wait_for_function(
        "() => { const one = document.getElementById('mask'), pen = one.getContext('2d');"
        "const [r, g] = pen.getImageData(one.width * 0.46, one.height * 0.5, 1, 1).data; return r > g; }"
    )
    page.check("#erase")
    page.check("input[name=tool][value=brush]")
    assert not page.locator("#selection-box").is_visible()
    page.locator("#c-shade-passes").fill("1")
    page.click("#paint")
    done(page)
    assert "--write-marks write-marks.png" in page.inner_text("#command")
    values = page.evaluate("""async () => {
        const image = new Image(); image.src = document.querySelector('#masks a').href; await image.decode();
        const one = document.createElement('canvas'); one.width = image.naturalWidth; one.height = image.naturalHeight;
        const pen = one.getContext('2d'); pen.drawImage(image, 0, 0);
        return [...new Set(pen.getImageData(0, 0, one.width, one.height).data)].sort((a, b) => a - b); }""")
    assert values == [0, 170, 255]  # what is painted is what is not wanted: the lower one


def test_segments_are_cut_and_come_back(page: Any, tmp_path: Path) -> None:
    given(page)
    (tmp_path / "jug.png").write_bytes(file_of(still_life()))
    page.check("input[name=verb][value=segment]")
    assert page.inner_text(".control:has(#c-segment-edge_threshold) output") == "auto"
    page.locator("#c-segment-n").fill("5")
    page.select_option("#c-segment-show", "labels")
    page.select_option("#c-segment-polish", "false")
    page.click("#paint")
    done(page)
    command = page.inner_text("#command")
    assert command == "itten segment jug.png --set n=5 --set polish=false -o out.png"
    made = downloaded(page, "#download", tmp_path / "page.png")
    by_command(command, tmp_path)
    assert (tmp_path / "out.png").read_bytes() == made
    page.locator("#c-segment-n").fill("1")
    page.wait_for_selector("""#command:has-text('n="auto"')""", timeout=60000)
    assert page.inner_text(".control:has(#c-segment-n) output") == "auto"
    page.locator("#history button").last.click()
    page.wait_for_selector('#status:has-text("as it was")')
    assert page.locator("#c-segment-n").input_value() == "5"
    assert page.locator("#c-segment-show").input_value() == "labels"
    page.locator("#history button").first.click()
    page.wait_for_function("() => document.getElementById('c-segment-n').value === '1'")
