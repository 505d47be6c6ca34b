"""Segments and selections of the studio: what the command and the library make, and what is refused."""

from __future__ import annotations

import io
import json
import time
from contextlib import chdir
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

import itten
from itten.cli.app import application
from itten.studio.reduced import Reduced, fitted_marks
from itten.studio.visitors import MOST_FOLDERS, MOST_UPLOADS, Upload
from itten.studio.visitors import Visitor as Known
from itten.works.given import Given
from itten.works.recipe import Input, Recipe
from itten.works.selecting import Selecting, SelectOptions
from tests.pictures import drawing
from tests.studio.visit import Studio, Visitor

HEIGHT, WIDTH = 57, 74


def scene() -> np.ndarray:
    """``(H, W, 3)``: a disc on a slope of greys, with a bar below."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    picture = np.repeat((90 + x)[..., None], 3, axis=2).astype(np.uint8)
    picture[(y - 24) ** 2 + (x - 30) ** 2 < 200] = 200, 60, 40
    picture[48:, :] = 30, 60, 140
    return picture


def scribble(height: int = HEIGHT, width: int = WIDTH) -> np.ndarray:
    """Marks as the page sends them: what is wanted is 85, the disc, what is not 170."""
    marks = np.zeros((height, width), np.uint8)
    marks[22:25, 24:36], marks[2:4, 4 : width - 4], marks[30, 60:70] = 85, 170, 170
    return marks


def encoded(values: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(values).save(buffer, "PNG")
    return buffer.getvalue()


def as_page(values: np.ndarray) -> bytes:
    """A grey picture as a canvas encodes it: colours, and alpha that is nowhere transparent."""
    return encoded(np.dstack([*[values] * 3, np.full_like(values, 255)]))


@pytest.fixture
def sent(visitor: Visitor, tmp_path: Path) -> dict[str, str]:
    """The scene and its marks, sent, and lying beside one another."""
    found = {}
    for name, data in (("a.png", encoded(scene())), ("marks.png", as_page(scribble()))):
        (tmp_path / name).write_bytes(data)
        found[name] = visitor.upload(data, name)[1]["id"]
    return found


def by_command(words: list[str], folder: Path) -> bytes:
    """What a printed command writes."""
    assert words[0] == "itten"
    with chdir(folder):
        done = CliRunner().invoke(application(), [*words[1:], "--overwrite"])
    assert done.exit_code == 0, done.output
    return (folder / words[-1]).read_bytes()


def pixels(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as picture:
        return np.array(picture)


@pytest.mark.parametrize("show", ["labels", "overlay", "average"])
def test_segments_are_those_of_the_command_and_of_the_library(
    visitor: Visitor, sent: dict[str, str], tmp_path: Path, show: str
) -> None:
    sets = {"n": 3, "polish": "false", "edge_threshold": 0.05}
    begun = visitor.make(verb="segment", target=sent["a.png"], show=show, sets=sets)
    found = visitor.result(begun["id"])
    assert by_command(begun["command"], tmp_path) == found
    labels = itten.segment(scene(), 3, polish=False, edge_threshold=0.05).numpy()
    if show == "labels":
        assert (pixels(found) == labels).all()
    if show == "average":
        for one in range(3):
            assert np.abs(pixels(found)[labels == one] - scene()[labels == one].mean(axis=0)).max() <= 1
    assert visitor.json("GET", "/api/history")[0]["settings"]["show"] == show


def test_as_many_segments_as_the_spectrum_says(visitor: Visitor, sent: dict[str, str], tmp_path: Path) -> None:
    begun = visitor.make(verb="segment", target=sent["a.png"], show="labels", sets={"n": "auto"})
    assert tuple(begun["command"][3:5]) == ("--set", 'n="auto"')
    found = visitor.result(begun["id"])
    assert (pixels(found) == itten.segment(scene(), "auto").numpy()).all()
    assert by_command(begun["command"], tmp_path) == found


def test_a_selection_is_that_of_the_command_and_of_the_library(
    visitor: Visitor, sent: dict[str, str], tmp_path: Path
) -> None:
    ids = {"target": sent["a.png"], "marks": sent["marks.png"]}
    begun = visitor.make(verb="select", **ids)
    assert begun["command"] == ["itten", "select", "a.png", "--marks", "marks.png", "-o", "mask.png"]
    found = visitor.result(begun["id"])
    assert by_command(begun["command"], tmp_path) == found
    library = itten.select(scene(), scribble()).labels.numpy() == 85
    assert library[20:30, 25:36].all()
    assert not library[48:].any()
    assert (pixels(found)[..., 0] == 255 * library).all()
    other = visitor.make(verb="select", **ids, sets={"label": 170, "soft": True, "edge_threshold": 0.2})
    assert by_command(other["command"], tmp_path) == visitor.result(other["id"]) != found
    assert visitor.json("GET", "/api/history") == []  # a mask is no picture to go back to


def test_copies_go_where_scribbles_select(visitor: Visitor, tmp_path: Path) -> None:
    picture = (drawing(72, 88).permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)
    marks = np.zeros((72, 88), np.uint8)
    marks[4:68, 4:6], marks[4:68, 80:82] = 85, 170
    (tmp_path / "a.png").write_bytes(encoded(picture))
    (tmp_path / "marks.png").write_bytes(as_page(marks))
    target, number = (visitor.upload((tmp_path / name).read_bytes(), name)[1]["id"] for name in ("a.png", "marks.png"))
    chosen = itten.select(picture, marks).labels.numpy() == 85
    for role in ("write_marks", "read_marks"):
        begun = visitor.make(target=target, passes=1, sets={"density": 1}, **{role: number})
        assert f"--{role.replace('_', '-')} marks.png -o" in " ".join(begun["command"])
        assert "--fit-masks" not in begun["command"]
        found = visitor.result(begun["id"])
        assert by_command(begun["command"], tmp_path) == found
        changed = (pixels(found)[..., :3] != picture).any(axis=2)
        assert (changed & chosen).any()
        assert (changed & ~chosen).any() == (role == "read_marks")
        entry = visitor.json("GET", "/api/history")[0]
        restored = visitor.json("POST", f"/api/history/{entry['id']}/restore")
        again = restored["settings"][role]
        assert again in restored["uploads"]
        assert again != number
        assert visitor.ask("GET", f"/api/full/{again}")[1] == as_page(marks)


def test_a_stroke_is_answered_in_small_whatever_the_marks_measure(visitor: Visitor, sent: dict[str, str]) -> None:
    for height, width in ((HEIGHT, WIDTH), (40, 52), (171, 222)):
        marks = np.array(Image.fromarray(scribble()).resize((width, height), Image.Resampling.NEAREST))
        small = visitor.upload(as_page(marks))[1]["id"]
        begun = visitor.make(preview=40, verb="select", target=sent["a.png"], marks=small)
        found = pixels(visitor.result(begun["id"]))[..., 0]
        assert found.shape == (40, 52)
        assert found[16, 21] == 255
        assert found[2, 4] == found[38, 40] == 0
    begun = visitor.make(preview=40, target=sent["a.png"], passes=1, write_marks=small)
    assert pixels(visitor.result(begun["id"])).shape[:2] == (40, 52)


def told(visitor: Visitor, **settings: Any) -> str:
    """The sentence with which a work is refused, before it begins or when pictures are read."""
    body = json.dumps({"settings": settings}).encode()
    status, found = visitor.ask("POST", "/api/make", body, content_type="application/json")
    if status != 200:
        assert status == 400
        return found.decode()
    last = list(visitor.events(json.loads(found)["id"]))[-1]
    assert last["event"] == "failed"
    return str(last["told"])


def test_marks_that_cannot_be_are_one_sentence(visitor: Visitor, sent: dict[str, str]) -> None:
    chance = np.random.default_rng(3)
    bad = {
        "size": scribble(HEIGHT + 1, WIDTH),
        "empty": np.zeros((HEIGHT, WIDTH), np.uint8),
        "many": chance.integers(0, 256, (HEIGHT, WIDTH), dtype=np.uint8),
    }
    ids = {name: visitor.upload(as_page(values), f"{name}.png")[1]["id"] for name, values in bad.items()}
    target = sent["a.png"]
    for settings, word in (
        ({"verb": "select", "target": target}, "marks"),
        ({"verb": "select", "target": target, "marks": "0123"}, "no longer there"),
        ({"verb": "select", "target": target, "marks": "sample:notch"}, "marks"),
        ({"verb": "select", "target": target, "marks": ids["size"]}, "size of their picture"),
        ({"verb": "select", "target": target, "marks": ids["empty"]}, "marks nothing"),
        ({"verb": "select", "target": target, "marks": ids["many"]}, "64 at most"),
        ({"verb": "select", "target": target, "marks": sent["marks.png"], "sets": {"label": 3}}, "label 3"),
        ({"verb": "select", "target": target, "marks": sent["marks.png"], "sets": {"edge_threshold": -1}}, "edge"),
        ({"verb": "select", "target": target, "marks": sent["marks.png"], "sets": {"tol": 1}}, "tol"),
        ({"verb": "shade", "target": target, "write_marks": ids["size"]}, "size of their picture"),
        ({"verb": "segment", "target": target, "sets": {"n": 1 << 40}}, "4,096"),
        ({"verb": "segment", "target": target, "show": "tree"}, "show"),
        ({"verb": "segment", "target": target, "sets": {"ground": "red"}}, "ground"),
    ):
        sentence = told(visitor, **settings)
        assert word in sentence, (settings, sentence)
        assert len(sentence.splitlines()) == 1
        assert "should not have" not in sentence


def test_nothing_but_copies_has_an_animation_or_a_figure(visitor: Visitor, sent: dict[str, str]) -> None:
    for verb in ("segment", "select"):
        settings = {"verb": verb, "target": sent["a.png"], "marks": sent["marks.png"]}
        for more in ({"animate": "gif"}, {"find": "figure"}):
            body = json.dumps({"settings": settings, **more}).encode()
            status, told = visitor.ask("POST", "/api/make", body, content_type="application/json")
            assert (status, len(told.decode().splitlines())) == (400, 1)


def test_marks_of_another_visitor_are_none(visitor: Visitor, sent: dict[str, str], studio: Studio) -> None:
    other = Visitor(studio)
    try:
        own = other.upload(encoded(scene()))[1]["id"]
        assert "no longer there" in told(other, verb="select", target=own, marks=sent["marks.png"])
    finally:
        other.ask("POST", "/api/leave")


def test_many_strokes_drive_neither_the_picture_nor_the_last_work_out(tmp_path: Path) -> None:
    here = Known("token", tmp_path, time.monotonic())

    def upload(name: str) -> str:
        for end in ("", ".small"):
            (tmp_path / f"{name}{end}").write_bytes(b"")
        return here.keep(Upload(name, tmp_path / name, tmp_path / f"{name}.small", 1, 1, "0" * 64))

    target, work = upload("target"), here.new_folder()
    for stroke in range(3 * MOST_UPLOADS):
        marks = upload(f"marks{stroke}")
        assert here.use(target).name == "target"
        assert here.use(marks).name == f"marks{stroke}"
        preview = here.new_folder(preview=True)
    assert len(here.uploads) == MOST_UPLOADS
    assert work.is_dir()
    assert preview.is_dir()
    assert len(list(tmp_path.glob("marks*"))) == 2 * (MOST_UPLOADS - 1)
    assert len([one for one in tmp_path.iterdir() if one.is_dir()]) < MOST_FOLDERS


def test_a_picture_that_lies_on_its_side_takes_marks_of_what_is_seen(tmp_path: Path) -> None:
    stored, path = Image.fromarray(np.rot90(scene()).copy()), tmp_path / "phone.png"
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter, clockwise
    stored.save(path, exif=exif)
    (tmp_path / "marks.png").write_bytes(as_page(scribble()))
    given = Given.of(path), Given.of(tmp_path / "marks.png")
    work = Selecting(SelectOptions(), *given)
    work.check()
    assert work.mask().numpy().astype(bool)[24, 30]
    recipe = Recipe(verb="select", inputs=tuple(Input(role=r, name="a", sha256="0" * 64) for r in ("target", "marks")))
    small = fitted_marks(recipe, [Reduced(given[0].name, path, None, 30), given[1]], tmp_path)
    work = Selecting(SelectOptions(), Reduced(given[0].name, path, None, 30), small[1])
    work.check()
    assert tuple(work.mask().shape) == (30, round(WIDTH * 30 / HEIGHT))


def test_a_small_picture_is_decoded_once_until_its_file_changes(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(encoded(scene()))
    picture = Reduced(str(path), path, None, 20)
    first = picture.picture().pixels
    assert picture.picture().pixels is first
    assert tuple(first.shape) == (3, 20, 26)
    path.write_bytes(encoded(255 - scene()))
    assert torch.allclose(picture.picture().pixels, 1 - first, atol=0.01)
