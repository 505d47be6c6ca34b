"""``itten spectrum``, ``bench``, ``info`` and ``demo``; the help and the version."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

import itten
from itten.works import sheets
from tests.pictures import drawing, pattern

COMMANDS = ("demo", "shade", "spectrum", "bench", "info")


def test_version(run: Callable) -> None:
    ran = run("--version")
    assert (ran.code, ran.out) == (0, f"itten {itten.__version__}\n")


def test_help_lists_the_commands_and_has_examples(run: Callable) -> None:
    ran = run("--help")
    assert ran.code == 0
    assert all(name in ran.out for name in COMMANDS)
    assert "itten shade drawing.png texture.jpg -p 6 -o result.png" in ran.out
    assert (run().code, run().err) == (2, ran.out)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_each_command(run: Callable, command: str) -> None:
    ran = run(command, "-h")
    assert ran.code == 0
    assert "Usage:" in ran.out
    assert re.search(rf"Examples:\s+itten {command}", ran.out) or command == "info"


def test_spectrum_prints_a_table_and_writes_a_sheet(run: Callable) -> None:
    ran = run("spectrum", "a.png", "-k", 4, "-o", "modes.png")
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert lines[0].split() == ["number", "eigenvalue", "off", "by", "residual", "relative", "to", "L"]
    expected = itten.spectrum("a.png", 4)
    rows = [line.split() for line in lines[1:-1]]
    assert [int(row[0]) for row in rows] == [0, 1, 2, 3]
    assert [float(row[1]) for row in rows[1:]] == pytest.approx(expected.values[1:].tolist(), rel=1e-4)
    assert lines[-1] == "modes.png"
    assert "stitched, converged" in ran.err
    assert itten.read_image("modes.png").shape[0] == 3


def test_spectrum_is_as_accurate_as_asked_for(run: Callable) -> None:
    found = [
        run("spectrum", "a.png", "-k", 6, "--json", "--edge-threshold", 0.3, *more)
        for more in ((), ("--accuracy", 1e-4))
    ]
    usual, better = (json.loads(one.out) for one in found)
    assert max(better["errors"]) <= 1e-4
    assert better["spent"]["steps"] > usual["spent"]["steps"]
    assert run("spectrum", "a.png", "--accuracy", 2).code == 2


def test_spectrum_is_of_the_laplacian_asked_for(run: Callable) -> None:
    found = json.loads(run("spectrum", "a.png", "-k", 4, "--json", "--laplacian", "normalised").out)
    expected = itten.spectrum("a.png", 4, laplacian="normalised")
    assert (found["values"], found["scale"], found["laplacian"]) == (expected.values.tolist(), 2.0, "normalised")
    assert run("spectrum", "a.png", "--laplacian", "random").code == 2


def test_spectrum_leaves_specks_out(run: Callable) -> None:
    image = torch.full((3, 60, 64), 0.4)
    image[:, 10, 10] = image[:, 30, 40] = 1.0
    itten.write_image(image, "dots.png")
    given = ("spectrum", "dots.png", "-k", 5, "--edge-threshold", 0.1, "--json")
    told = json.loads(run(*given, "--drop-specks").out)
    assert (told["dropped"], told["specks"]) == (2, [False] * 5)
    told = json.loads(run(*given).out)
    assert (told["dropped"], sum(told["specks"])) == (0, 2)


def test_spectrum_names_its_sheet_with_the_time(run: Callable) -> None:
    name = run("spectrum", "a.png", "-k", 2).out.splitlines()[-1]
    assert re.fullmatch(r"a_spectrum_\d{8}-\d{6}-\d{6}\.png", name)
    Path("modes.png").write_bytes(b"precious")
    ran = run("spectrum", "a.png", "-k", 2, "-o", "modes")
    assert Path("modes.png").read_bytes() == b"precious"
    assert "modes.png exists, so this went to modes_" in ran.err
    assert run("spectrum", "a.png", "-k", 2, "-o", "modes", "--overwrite").out.endswith("modes.png\n")


def test_spectrum_npz_holds_what_the_library_gives_and_no_sheet(run: Callable) -> None:
    ran = run("spectrum", "a.png", "-k", 3, "--npz", "s.npz", "-q", "fast")
    assert ran.out.endswith("s.npz\n")
    assert not list(Path().glob("a_spectrum*"))
    expected = itten.spectrum("a.png", 3, quality="fast")
    with np.load("s.npz") as stored:
        assert sorted(stored) == ["about", "errors", "residuals", "values", "vectors"]
        for name in ("errors", "residuals", "values", "vectors"):
            np.testing.assert_array_equal(stored[name], getattr(expected, name).numpy())


def test_spectrum_json_is_all_there_is_on_standard_output(run: Callable) -> None:
    ran = run("spectrum", "a.png", "-k", 3, "--json", "--npz", "s.npz", "-o", "s.png")
    found = json.loads(ran.out)
    expected = itten.spectrum("a.png", 3)
    assert found["values"] == expected.values.tolist()
    assert found["residuals"] == expected.residuals.tolist()
    assert found["errors"] == expected.errors.tolist()
    assert (found["shape"], found["method"], found["status"]) == ([72, 88], "stitched", "converged")
    assert ran.err.split() == ["s.npz", "s.png"]


def test_bench_prints_the_table_and_writes_all_measurements(run: Callable) -> None:
    ran = run("bench", "--pairs", 1, "--size", 64, "--json", "deep/table.json")
    assert ran.code == 0
    for words in ("Fiedler only", "Reference path", "Module path", "field", "times faster"):
        assert words in ran.out
    table = json.loads(Path("deep/table.json").read_text())
    assert table["size"] == 64
    assert len(table["field_seconds"]) == len(table["module_seconds"]) == 1
    assert table["field_ratio"] > 0
    assert table["machine"]["itten"] == itten.__version__
    again = run("bench", "--pairs", 1, "--size", 16, "--json", "deep/table.json")
    assert "exists, so this went to" in again.err
    assert json.loads(Path("deep/table.json").read_text()) == table


def test_info(run: Callable) -> None:
    found = json.loads(run("info", "--json").out)
    assert found["itten"] == itten.__version__
    assert found["torch"] == torch.__version__
    assert "numba" in found["backends"]["lanczos_tiles"]
    assert "figure" in found["samples"]
    table = run("info").out
    assert all(name in table for name in found)


@pytest.fixture
def small_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures of a few thousand pixels in place of the samples."""
    pictures = {name: pattern(64, 80) for name in (*sheets.SOURCES, "portrait", "tonal", "hatched")}
    pictures |= {name: drawing(72, 88) for name in ("figure", "notch", "brush")}
    monkeypatch.setattr(sheets, "load", pictures.__getitem__)


@pytest.mark.usefixtures("small_samples")
def test_demo_writes_four_sheets(run: Callable) -> None:
    ran = run("demo", "--passes", 1)
    names = ["self_attention", "cross_attention", "sources", "overwrite_and_zbuffer"]
    assert ran.files() == [Path("demo_output") / f"{name}.png" for name in names]
    pictures = [itten.read_image(name) for name in ran.files()]
    assert all(picture.shape[1] > 100 and picture.std() > 0 for picture in pictures)
    again = run("demo", "-p", 1, "--self", "--out", "demo_output")
    assert "self_attention.png exists, so this went to" in again.err
    assert again.files()[0].read_bytes() == ran.files()[0].read_bytes()


@pytest.mark.usefixtures("small_samples")
def test_demo_with_options(run: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    """What z-buffer and overlap do to a picture is tested with the heads; small pictures may have no two copies in one
    place."""
    seen = []
    real = sheets.SpectralShader
    monkeypatch.setattr(sheets, "SpectralShader", lambda one: seen.append((one.composite, one.overlap)) or real(one))
    assert [name.name for name in run("demo", "-p", 1, "--self", "-o", "x").files()] == ["self_attention.png"]
    assert [name.name for name in run("demo", "-p", 2, "--cross", "-o", "y").files()] == ["cross_attention.png"]
    assert set(seen) == {("overwrite", False)}
    seen.clear()
    both = run("demo", "-p", 2, "--self", "--cross", "--no-overwrite", "-o", "z").files()
    assert set(seen) == {("zbuffer", True)}
    assert [name.name for name in both] == ["self_attention.png", "cross_attention.png"]
