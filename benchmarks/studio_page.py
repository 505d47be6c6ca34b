"""The studio's page beside the same verb behind Gradio, both in the same browser.

    python benchmarks/studio_page.py --gradio PYTHON --json benchmarks/results/studio_page.json

PYTHON is an interpreter with Gradio; what itten needs is lent to it. Measured: how long until a page can be used, what
it loads, from where; how long from a click to the first pass on the screen, and to all four. Rounds alternate. Without
``--gradio`` the studio alone is measured.
"""

from __future__ import annotations

import argparse
import dataclasses
import itertools
import json
import os
import shutil
import site
import socket
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import sync_playwright

from itten import samples
from itten.benchmark import machine
from itten.image import write_image
from tests.studio.visit import Studio

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
WAIT_MS = 120_000
# The source of a picture of a pass, once that has been drawn; numbers from 0.
DRAWN = "(at) => { const one = document.querySelectorAll('%s')[at]; return !!one?.complete && one.naturalWidth > 0; }"
OURS, THEIRS = DRAWN % "#passes img", DRAWN % "#passes .thumbnail-item img"
FORGET = "() => { for (const one of document.querySelectorAll('#passes img')) one.removeAttribute('src'); }"


@dataclass
class Page:
    """A page that is measured: where it is, what sets the field's number, what says that a pass is on the screen."""

    name: str
    address: str
    field: str
    seen: str
    loaded: list[tuple[str, int]] = dataclasses.field(default_factory=list)
    first: list[tuple[str, int]] = dataclasses.field(default_factory=list)
    figures: dict[str, list[float]] = dataclasses.field(default_factory=dict)

    def add(self, name: str, seconds: float) -> None:
        self.figures.setdefault(name, []).append(seconds)

    def open(self, browser: Any) -> Any:
        page = browser.new_context(bypass_csp=True).new_page()

        def heard(response: Any) -> None:
            try:
                size = len(response.body())
            except Exception:
                size = 0
            self.loaded.append((urlsplit(response.url).netloc, size))

        page.on("response", heard)
        begin = time.perf_counter()
        page.goto(self.address)
        page.wait_for_selector("#paint")
        if self.name == "studio":
            page.wait_for_selector('#status:has-text("ready")')
        self.add("opened", time.perf_counter() - begin)
        page.wait_for_load_state("networkidle")
        self.first = list(self.loaded)
        return page

    def choose(self, page: Any, path: Path) -> None:
        page.locator("input[type=file]").first.set_input_files(str(path))
        if self.name == "studio":
            page.wait_for_selector("#paint:enabled")
        else:
            page.wait_for_selector("#picture img", timeout=WAIT_MS)
        time.sleep(1)

    def _let_go(self, page: Any) -> None:
        """The studio paints by itself when a slider is let go, but for the first time."""
        page.wait_for_timeout(500)
        page.wait_for_function("() => document.getElementById('cancel').disabled", timeout=WAIT_MS)

    def paint(self, page: Any, number: int) -> list[float]:
        """Seconds from the click until each of the passes is on the screen."""
        page.locator(self.field).fill(str(number))
        if self.name == "studio":
            self._let_go(page)
        page.evaluate(FORGET)
        begin, found = time.perf_counter(), []
        page.click("#paint")
        for at in range(4):
            page.wait_for_function(self.seen, arg=at, timeout=WAIT_MS, polling=20)
            found.append(time.perf_counter() - begin)
        return found


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def gradio(python: str) -> tuple[subprocess.Popen[bytes], str]:
    """The other page, served."""
    port = free_port()
    lent = os.pathsep.join([str(Path(samples.__file__).parents[2]), *site.getsitepackages()])
    environment = {**os.environ, "PYTHONPATH": lent, "GRADIO_ANALYTICS_ENABLED": "False", "OMP_WAIT_POLICY": "PASSIVE"}
    program = Path(__file__).with_name("gradio_app.py")
    process = subprocess.Popen([python, str(program), str(port)], env=environment)
    end = time.monotonic() + 120
    while time.monotonic() < end:
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return process, f"http://127.0.0.1:{port}/"
        time.sleep(0.2)
    process.kill()
    raise RuntimeError("the page behind Gradio did not come up")


def measure(pages: list[Page], path: Path, rounds: int) -> None:
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        opened = [(one, one.open(browser)) for one in pages]
        numbers = itertools.count(2)  # each picture is another one, and none comes out of a cache
        for one, page in opened:
            one.choose(page, path)
            one.paint(page, next(numbers))  # warm
        for _ in range(rounds):
            for one, page in opened:
                seconds = one.paint(page, next(numbers))
                one.add("first pass", seconds[0])
                one.add("four passes", seconds[-1])
        browser.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gradio", metavar="PYTHON", help="an interpreter with Gradio")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "drawing.png"
        write_image(samples.load("botanical")[:, :512, :512], path)
        studio, other = Studio(Path(folder) / "history"), None
        pages = [Page("studio", studio.address, "#c-shade-field", OURS)]
        try:
            if arguments.gradio:
                other, address = gradio(arguments.gradio)
                pages.append(Page("gradio", address, "#field input", THEIRS))
            measure(pages, path, arguments.rounds)
        finally:
            studio.end()
            if other is not None:
                other.kill()
                other.wait()
    rows = []
    for one in pages:
        own = urlsplit(one.address).netloc
        strange = sorted({host for host, _ in one.loaded if host and host != own})
        middle = {name: statistics.median(values) for name, values in one.figures.items()}
        sent = {"requests": len(one.first), "bytes": sum(size for _, size in one.first), "other hosts": len(strange)}
        rows.append({"page": one.name, "median": middle, **sent, "seconds": one.figures})
        print(one.name, {name: round(value, 2) for name, value in middle.items()}, sent)
    ratios = {}
    if len(rows) == 2:
        ours, theirs = rows[0]["median"], rows[1]["median"]
        ratios = {name: theirs[name] / ours[name] for name in ours}
        print("gradio / studio:", {name: round(value, 2) for name, value in ratios.items()})
    if arguments.json:
        arguments.json.write_text(json.dumps({"ratios": ratios, "machine": machine(), "rows": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()
