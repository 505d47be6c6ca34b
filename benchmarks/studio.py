"""How long the studio takes from a click to the first pass, beside the pass itself; how long a preview takes; and how
long it takes from the end of a stroke to the selection on the screen.

    python benchmarks/studio.py --json benchmarks/results/studio.json [--only clicks|strokes]

Crops of 512 × 512 pixels of the samples that are as large. A click is a request for a work of four passes, as the page
sends it; its first pass is there when its picture can be fetched. The pass itself: the same work's first pass in a
worker's own process, warm, with its picture encoded, alternating with the clicks. Strokes are drawn in a browser, on
photographs of scikit-image, 512 × 512 pixels; beside them the selection itself, ``itten.select`` in this process, of
the picture's own size, and of the size that the page asks for. Processor: of the studio, of the browser and of what
drives it. What ``--only`` leaves out stays in the file as it is.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch is loaded, as the command does

import argparse
import io
import json
import shutil
import statistics
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from itten import samples, select
from itten.benchmark import machine
from itten.config import ShaderConfig
from itten.image import picture_bytes, to_pil
from itten.works.given import Given
from itten.works.shading import ShadeOptions, Shading
from itten.works.work import Stopped
from tests.studio.visit import Studio, Visitor

PICTURES = ("botanical", "brush", "figure", "windows")
SIDE = 512
PHOTOGRAPHS = ("astronaut", "coffee", "chelsea")
# What the page asks for after a stroke.
SMALL = 256


def crop(name: str) -> bytes:
    buffer = io.BytesIO()
    to_pil(samples.load(name)[:, :SIDE, :SIDE]).save(buffer, "PNG")
    return buffer.getvalue()


def clicked(here: Visitor, target: str, seed: int, preview: int | None = None) -> float:
    """Seconds from the request to the picture of the first pass, or of the preview."""
    begin = time.perf_counter()
    passes = 1 if preview else 4
    begun = here.make(preview, target=target, passes=passes, sets={"seed": seed})
    events = here.events(begun["id"])
    message = next(one for one in events if one["event"] == ("done" if preview else "pass"))
    assert here.ask("GET", message["url"])[0] == 200
    seconds = time.perf_counter() - begin
    here.ask("POST", f"/api/jobs/{begun['id']}/cancel")
    return seconds


def itself(path: Path, seed: int) -> float:
    """Seconds of the first pass, with reading and encoding, in this process."""
    begin = time.perf_counter()
    work = Shading(ShaderConfig(seed=seed), ShadeOptions(passes=4), Given.of(path))

    def first(index: int, passes: int, result: Any) -> None:
        picture_bytes(work.picture(result, True, "pass 1"), Path("a.png"))
        raise Stopped

    with suppress(Stopped):
        work.run(first)
    return time.perf_counter() - begin


def photograph(name: str) -> Image.Image:
    from skimage import data

    return Image.fromarray(getattr(data, name)()).convert("RGB").resize((SIDE, SIDE), Image.Resampling.BOX)


def selecting(picture: Image.Image, side: int) -> float:
    """Seconds of a selection from scribbles like those on the page, at ``side`` pixels, in this process."""
    pixels = np.asarray(picture.resize((side, side), Image.Resampling.BOX))
    seeds = np.zeros((side, side), np.int64)
    seeds[side // 3 : 2 * side // 3, side // 2 : side // 2 + side // 40] = 1
    seeds[side // 10 : 9 * side // 10, side // 12 : side // 12 + side // 40] = 2
    begin = time.perf_counter()
    select(pixels, seeds)
    return time.perf_counter() - begin


def spent() -> float:
    """Seconds of processor that all processes below this one have taken, and those of them that have ended: the studio,
    its workers, the browser and what drives it."""
    parents, seconds = {}, {}
    for one in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            found = one.read_text().rpartition(")")[2].split()
            parents[int(one.parent.name)] = int(found[1])
            seconds[int(one.parent.name)] = sum(map(int, found[11:15])) / os.sysconf("SC_CLK_TCK")
    below, more = set(), {os.getpid()}
    while more:
        more = {number for number, parent in parents.items() if parent in more}
        below |= more
    return sum(seconds[number] for number in below)


# When the pointer was let go, and when the selection was drawn, after which the status says so.
WATCH = """() => {
    const status = document.getElementById('status');
    addEventListener('pointerup', () => { window.begun = performance.now(); window.took = null; }, true);
    new MutationObserver(() => {
        if (status.textContent.startsWith('selected')) window.took = performance.now() - window.begun;
    }).observe(status, { childList: true, characterData: true, subtree: true });
}"""


def strokes(studio: Studio, folder: Path, repeats: int) -> list[dict[str, Any]]:
    """From the end of a stroke to the selection, on each photograph."""
    from playwright.sync_api import sync_playwright

    rows: list[dict[str, Any]] = []
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for name in PHOTOGRAPHS:
            path, picture = folder / f"{name}.png", photograph(name)
            picture.save(path)
            page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
            page.goto(studio.address)
            page.wait_for_selector('#status:has-text("ready")')
            page.set_input_files("#target-file", str(path))
            page.wait_for_function("(side) => document.getElementById('before').naturalWidth === side", arg=SIDE)
            page.click("#mask-box summary")
            page.check("input[name=tool][value=marks]")
            page.locator("#brush").fill("12")
            page.evaluate(WATCH)
            box = page.locator("#mask").bounding_box()

            def drawn(x: float, y: float, page: Any = page, box: Any = box) -> None:
                page.mouse.move(box["x"] + box["width"] * x, box["y"] + box["height"] * y)
                page.mouse.down()
                page.mouse.move(box["x"] + box["width"] * (x + 0.03), box["y"] + box["height"] * (y + 0.1), steps=4)
                page.mouse.up()

            drawn(0.5, 0.4)
            page.check("input[name=ink][value=not]")
            took, processor, own, small = [], [], [], []
            time.sleep(4)  # the worker that waits gets ready
            for number in range(repeats + 1):
                before = spent()
                drawn(0.05 + 0.002 * number, 0.1 + 0.7 * number / repeats)
                page.wait_for_function("() => window.took", timeout=60_000, polling=100)
                processor.append(spent() - before)
                took.append(page.evaluate("() => window.took / 1000"))
                own.append(selecting(picture, SIDE))
                small.append(selecting(picture, SMALL))
            page.context.close()
            times = {"strokes": took, "processor": processor, "select": own, "select_small": small}
            rows.append({"picture": name, **{key: several[1:] for key, several in times.items()}})
            told = [statistics.median(several[1:]) for several in times.values()]
            print(
                f"{name:9s} stroke to selection {told[0]:.2f} s ({min(took[1:]):.2f} to {max(took[1:]):.2f}), "
                f"{told[1]:.2f} s of processor; itten.select itself {told[2]:.2f} s, at {SMALL}² {told[3]:.2f} s"
            )
        browser.close()
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--only", choices=("clicks", "strokes"))
    arguments = parser.parse_args()
    rows: list[dict[str, Any]] = []
    found: dict[str, Any] = {}
    if arguments.only and arguments.json and arguments.json.is_file():
        found = json.loads(arguments.json.read_text())
    with tempfile.TemporaryDirectory() as folder:
        studio = Studio(Path(folder) / "history")
        try:
            if arguments.only != "clicks":
                found["strokes"] = {"machine": machine(), "rows": strokes(studio, Path(folder), arguments.repeats)}
            here = Visitor(studio)
            for name in PICTURES if arguments.only != "strokes" else ():
                path = Path(folder) / f"{name}.png"
                path.write_bytes(crop(name))
                sent = here.upload(path.read_bytes())[1]["id"]
                itself(path, 0), clicked(here, sent, 0)
                time.sleep(4)  # the worker that waits gets ready
                pairs, previews = [], []
                for number in range(arguments.repeats):
                    alone = itself(path, number)
                    pairs.append((clicked(here, sent, number), alone))
                    time.sleep(4)
                    previews.append(clicked(here, sent, number, 176))
                ratio = statistics.median(click / alone for click, alone in pairs)
                preview = statistics.median(previews)
                row = {
                    "picture": name,
                    "ratio": ratio,
                    "clicks": [one for one, _ in pairs],
                    "passes": [two for _, two in pairs],
                }
                rows.append({**row, "previews": previews})
                print(
                    f"{name:9s} {ratio:.2f} times the pass itself; preview {preview:.2f} s, {max(previews):.2f} at most"
                )
        finally:
            studio.end()
    if arguments.json:
        clicks = {"machine": machine(), "rows": rows} if arguments.only != "strokes" else {}
        arguments.json.write_text(json.dumps({**found, **clicks}, indent=2) + "\n")


if __name__ == "__main__":
    main()
