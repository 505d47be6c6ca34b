"""How long the studio takes from a click to the first pass, beside the pass itself; and how long a preview takes.

    python benchmarks/studio.py --json benchmarks/results/studio.json

Crops of 512 × 512 pixels of the samples that are as large. A click is a request for a work of four passes, as the page
sends it; its first pass is there when its picture can be fetched. The pass itself: the same work's first pass in a
worker's own process, warm, with its picture encoded, alternating with the clicks.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch is loaded, as the command does

import argparse
import io
import json
import statistics
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from itten import samples
from itten.benchmark import machine
from itten.config import ShaderConfig
from itten.image import picture_bytes, to_pil
from itten.works.given import Given
from itten.works.shading import ShadeOptions, Shading
from itten.works.work import Stopped
from tests.studio.visit import Studio, Visitor

PICTURES = ("botanical", "brush", "figure", "windows")
SIDE = 512


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        studio = Studio(Path(folder) / "history")
        try:
            here = Visitor(studio)
            for name in PICTURES:
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
        arguments.json.write_text(json.dumps({"machine": machine(), "rows": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()
