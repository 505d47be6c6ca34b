"""Drawings as files: the suffix decides, and nothing is replaced unasked."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from itten.config import Page
from itten.errors import ResourceError, UsageError
from itten.vector import Drawing, Layer, check_drawing_suffix, pdf, svg, write_drawing, write_pdf, write_svg


@pytest.fixture
def drawing() -> Drawing:
    return Drawing(20, 10, [Layer("pen", (0, 0, 0), strokes=[np.array([[1, 1], [19, 9.0]])])])


def test_the_suffix_decides(tmp_path: Path, drawing: Drawing) -> None:
    page = Page(size="A6")
    for name, make in (("a.svg", svg), ("b.PDF", pdf)):
        written = write_drawing(drawing, tmp_path / "new" / name, page, title="x", tolerance=0.5)
        assert written == tmp_path / "new" / name
        assert written.read_bytes() == make(drawing, page, title="x", tolerance=0.5)
    assert write_svg(drawing, tmp_path / "c.svg", page).read_bytes() == svg(drawing, page)
    assert write_pdf(drawing, tmp_path / "c.pdf").read_bytes() == pdf(drawing)


def test_nothing_is_replaced_unasked(tmp_path: Path, drawing: Drawing) -> None:
    (tmp_path / "a.svg").write_text("precious")
    written = write_svg(drawing, tmp_path / "a.svg")
    assert (tmp_path / "a.svg").read_text() == "precious"
    assert re.fullmatch(r"a_\d{8}-\d{6}-\d{6}\.svg", written.name)
    assert write_svg(drawing, tmp_path / "a.svg", overwrite=True).read_bytes() == svg(drawing)


def test_wrong_suffixes(tmp_path: Path, drawing: Drawing) -> None:
    for write, name, known in (
        (write_svg, "a.pdf", "svg"),
        (write_pdf, "a.svg", "pdf"),
        (write_drawing, "a", "svg or pdf"),
    ):
        with pytest.raises(UsageError, match=f"{name}'.*{known}$"):
            write(drawing, tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_missing_library_is_told_before_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pypdf", None)
    with pytest.raises(UsageError, match=r"pip install 'itten\[vector\]'"):
        check_drawing_suffix("a.pdf")
    assert check_drawing_suffix("a.SVG") == ".svg"


def test_a_folder_that_is_a_file(tmp_path: Path, drawing: Drawing) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ResourceError, match="cannot write"):
        write_svg(drawing, tmp_path / "file" / "a.svg")


def test_strokes_inside_the_picture_are_written_without_any_library() -> None:
    code = (
        "import sys\nfor name in ('contourpy', 'shapely', 'pypdf'): sys.modules[name] = None\n"
        "import numpy as np\nfrom itten.vector import *\n"
        "lines = ordered(joined([np.array([[1, 1], [2, 2.]]), np.array([[2, 2], [3, 3.]])]))\n"
        "print(len(svg(Drawing(9, 9, [Layer('a', (0, 0, 0), strokes=lines)]))), 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert re.fullmatch(r"[1-9]\d+ False", done.stdout.strip())
