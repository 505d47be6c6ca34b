"""The page of promises says what its table says."""

from __future__ import annotations

import pytest

from tests.reliability import HEAD, PAGE, Row, kept, lines, load


def test_every_row_names_tests_that_there_are_and_has_its_line() -> None:
    rows = load()
    page = PAGE.read_text(encoding="utf-8")
    assert page == HEAD + "\n".join(lines(rows, kept(page))) + "\n"


def test_a_row_without_a_test_is_found() -> None:
    with pytest.raises(ValueError, match="there is no tests/test_house"):
        Row(1, "a", "b", ("tests/test_house.py::test_nothing",)).check()
    with pytest.raises(ValueError, match="wants tests"):
        Row(1, "a", "b").check()


def test_figures_are_kept() -> None:
    row = Row(7, "a fault", "a promise", ("tests/test_house.py",))
    line = next(iter(lines([row], {7: "3 tests, 1 s; more"})))
    assert line == "| 7 | a fault | a promise | `test_house.py` | 3 tests, 1 s; more |"
    assert kept(line) == {7: "3 tests, 1 s; more"}
    assert next(iter(lines([Row(8, "a", "b", later="comes with c")], {}))).endswith("| comes with c |")
