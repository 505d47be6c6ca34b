"""One studio for all tests of a process: to start one takes seconds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.studio.visit import Studio, Visitor

pytest.importorskip("fastapi", reason="the extra studio is not installed")


@pytest.fixture(scope="session")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    running = Studio(tmp_path_factory.mktemp("history"))
    yield running
    running.end()


@pytest.fixture
def visitor(studio: Studio) -> Iterator[Visitor]:
    here = Visitor(studio)
    assert here.status == 200
    yield here
    here.ask("POST", "/api/leave")
