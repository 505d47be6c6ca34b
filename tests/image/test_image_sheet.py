"""Contact sheets and the diverging colour map."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
import torch

from itten.errors import InputError, UsageError
from itten.image import Cell, contact_sheet, diverging


def _flat(height: int, width: int, red: float = 1.0) -> torch.Tensor:
    image = torch.zeros(3, height, width)
    image[0] = red
    return image


def _red(sheet: torch.Tensor) -> torch.Tensor:
    return (sheet[0] > 0.99) & (sheet[1] < 0.01) & (sheet[2] < 0.01)


def _box(mask: torch.Tensor) -> tuple[int, int, int, int]:
    y, x = mask.nonzero(as_tuple=True)
    return int(y.min()), int(y.max()) + 1, int(x.min()), int(x.max()) + 1


def test_sheet_is_an_image_and_deterministic() -> None:
    cells = [("one", _flat(40, 40)), Cell("two", _flat(90, 30), "note"), ("three", np.zeros((20, 20, 3)))]
    sheets = [contact_sheet(cells, cell=64, title="A title", columns=2) for _ in range(2)]
    assert sheets[0].dtype == torch.float32
    assert sheets[0].shape[0] == 3
    assert 0 <= float(sheets[0].min()) <= float(sheets[0].max()) <= 1
    digests = {hashlib.sha256(sheet.numpy().tobytes()).hexdigest() for sheet in sheets}
    assert len(digests) == 1


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((10, 20), (30, 60)),
        ((64, 64), (64, 64)),
        ((40, 40), (40, 40)),
        ((128, 64), (64, 32)),
        ((100, 150), (43, 64)),
    ],
)
def test_pictures_are_fitted(size: tuple[int, int], expected: tuple[int, int]) -> None:
    top, bottom, left, right = _box(_red(contact_sheet([("x", _flat(*size))], cell=64)))
    assert (bottom - top, right - left) == expected


def test_small_pictures_are_enlarged_pixel_for_pixel() -> None:
    checks = (torch.arange(8)[:, None] + torch.arange(8)) % 2
    image = torch.stack([checks.float(), checks * 0.0, checks * 0.0])
    sheet = contact_sheet([("x", image)], cell=64)
    top, bottom, left, right = _box(_red(sheet))
    enlarged = sheet[0, top:bottom, left:right]
    assert torch.equal(enlarged, checks.float().repeat_interleave(8, 0).repeat_interleave(8, 1))


def test_labels_titles_notes_and_rows_leave_ink() -> None:
    def ink(**options: object) -> int:
        cells = options.pop("cells", [("", _flat(64, 64)), ("", _flat(64, 64))])
        return int((contact_sheet(cells, cell=64, columns=1, **options).mean(0) < 0.3).sum())

    empty = ink()
    assert ink(cells=[("label", _flat(64, 64)), ("", _flat(64, 64))]) > empty + 20
    assert ink(title="A title") > empty + 20
    plain = contact_sheet([("", _flat(64, 64))], cell=64)
    noted = contact_sheet([Cell("", _flat(64, 64), "note")], cell=64)
    assert noted.shape[1] > plain.shape[1]
    assert contact_sheet([("", _flat(64, 64))], cell=64, rows=["row"]).shape[2] > plain.shape[2] + 10


def test_long_words_are_cut_and_never_widen_a_column() -> None:
    wide = contact_sheet([("word " * 50, _flat(64, 64))], cell=64, title="title " * 60)
    assert wide.shape[2] <= 4 * 64
    assert contact_sheet([("word " * 50, _flat(64, 64))], cell=64).shape[2] == 64 + 2 * 12


def test_wide_characters_and_odd_labels_draw() -> None:
    assert contact_sheet([("λ₂ = 0.01 → \U0001f600 \udcff", _flat(8, 8))], cell=64).ndim == 3


def test_number_of_columns_follows_the_count() -> None:
    def across(count: int, columns: int | None = None) -> int:
        sheet = contact_sheet([("", _flat(64, 64))] * count, cell=64, columns=columns)
        line = _red(sheet)[_box(_red(sheet))[0] + 5].int()
        return int((line.diff() == 1).sum())

    assert [across(n) for n in (1, 2, 5, 6, 8, 9)] == [1, 2, 5, 3, 4, 3]
    assert across(7, columns=2) == 2
    assert across(2, columns=9) == 2


@pytest.mark.parametrize(
    ("options", "words"),
    [({"cell": 8}, "too small"), ({"columns": 0}, "columns"), ({"rows": ["a", "b"]}, "row names")],
)
def test_refusals(options: dict[str, object], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        contact_sheet([("x", _flat(8, 8))], **options)


def test_refused_pictures_are_named() -> None:
    with pytest.raises(UsageError, match="at least one"):
        contact_sheet([])
    with pytest.raises(InputError, match=r"picture 1 of the sheet \('bad'\)"):
        contact_sheet([("good", _flat(8, 8)), ("bad", torch.full((3, 8, 8), float("nan")))])


def test_diverging_is_symmetric_about_paper() -> None:
    field = torch.linspace(-1, 1, 401).expand(7, -1)
    image = diverging(field)
    assert image.shape == (3, 7, 401)
    assert image.dtype == torch.float32
    middle = image[:, 0, 200]
    assert middle.min() > 0.85
    assert image[2, 0, 0] > image[0, 0, 0], "negative is blue"
    assert image[0, 0, -1] > image[2, 0, -1], "positive is red"
    grey = (image * torch.tensor([0.2126, 0.7152, 0.0722])[:, None, None]).sum(0)[0]
    # inside the 99th percentile it darkens strictly to both sides, and about equally
    inner = grey[2:-2]
    assert bool((inner[:198].diff() > 0).all())
    assert bool((inner[199:].diff() < 0).all())
    assert (grey - grey.flip(0)).abs().max() < 0.08


def test_diverging_outliers_zero_and_sparse_fields() -> None:
    field = torch.linspace(-1, 1, 10_000).reshape(100, 100).double()
    hurt = field.clone()
    hurt[50, 50] = 1e6
    assert (diverging(field) - diverging(hurt)).abs().mean() < 0.01
    assert torch.equal(diverging(torch.zeros(3, 4)), diverging(torch.zeros(3, 4))[:, :1, :1].expand(3, 3, 4))
    sparse = torch.zeros(100, 100)
    sparse[3, 4] = -2
    assert diverging(sparse)[2, 3, 4] > diverging(sparse)[0, 3, 4]
    assert diverging(np.ones((2, 2))).shape == (3, 2, 2)


@pytest.mark.parametrize("field", [torch.zeros(3), torch.zeros(2, 2, 2), torch.zeros(0, 3)])
def test_diverging_refuses_shapes(field: torch.Tensor) -> None:
    with pytest.raises(InputError, match="shape"):
        diverging(field)
    with pytest.raises(InputError, match=r"\(0, 1\)"):
        diverging(torch.tensor([[0.0, float("nan")]]))
