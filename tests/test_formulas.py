"""The page that leads from formulas to code names what exists, and all stages that compute."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[1] / "docs" / "formulas.md").read_text(encoding="utf-8")
NAMES = sorted(set(re.findall(r"`(itten\.[A-Za-z_.]+)`", PAGE)))


@pytest.mark.parametrize("name", NAMES)
def test_what_is_named_exists(name: str) -> None:
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and not name.startswith(error.name):
            raise  # another library is missing
        home, _, attribute = name.rpartition(".")
        assert hasattr(importlib.import_module(home), attribute), f"{name} is named, and is not there"


def test_every_stage_that_computes_is_there() -> None:
    stages = {name.split(".")[1] for name in NAMES}
    assert stages >= {"graph", "spectra", "heads", "regions", "areas", "kernels", "image"}
    assert len(NAMES) > 40
