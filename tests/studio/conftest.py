"""One studio, and one browser, for all tests of a process: to start one takes seconds."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from tests.studio.visit import Studio, Visitor

pytest.importorskip("fastapi", reason="the extra studio is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
OFFLINE = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]


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


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on this machine: the page is not tried")
    sync = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync.sync_playwright() as play:
        running = play.chromium.launch(executable_path=CHROMIUM, args=OFFLINE)
        yield running
        running.close()


@pytest.fixture
def page(browser: Any, studio: Studio) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True, bypass_csp=True)
    found = context.new_page()
    found.wrong = []
    found.on("pageerror", lambda error: found.wrong.append(str(error)))
    found.goto(studio.address)
    found.wait_for_selector('#status:has-text("ready")')
    yield found
    assert found.wrong == []
    context.close()
