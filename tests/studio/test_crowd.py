"""Eight visitors at once, for three minutes; a hundred hostile requests of each kind; twenty cancels. Long.

``ITTEN_CROWD_SECONDS`` shortens it, for trying.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import random
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw

from tests.studio.visit import Studio, Visitor, workers

pytestmark = pytest.mark.long
SECONDS = float(os.environ.get("ITTEN_CROWD_SECONDS", "180"))


def own_picture(number: int) -> bytes:
    """A drawing on a ground that nobody else's has."""
    picture = Image.new("RGB", (120, 96), (40 + 20 * number, 200 - 15 * number, 90))
    pen = ImageDraw.Draw(picture)
    for step in range(6):
        pen.ellipse((8 + 18 * step, 20 + 5 * number, 20 + 18 * step, 40 + 5 * number), outline="black", width=3)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def memory(studio: Studio) -> tuple[int, int]:
    """Bytes that the studio's server holds, and with it all its workers."""
    held = []
    for number in (studio.process.pid, *workers(studio)):
        try:
            held.append(int((Path("/proc") / str(number) / "statm").read_text().split()[1]))
        except OSError:
            continue
    page = os.sysconf("SC_PAGE_SIZE")
    return held[0] * page, sum(held) * page


def visit(studio: Studio, here: Visitor, number: int, until_s: float, wrong: list[Any], done: list[int]) -> None:
    """Upload, make, cancel now and then, close the tab now and then; look whether results are one's own."""
    chance, data = random.Random(number), own_picture(number)
    digest = hashlib.sha256(data).hexdigest()
    try:
        while time.monotonic() < until_s:
            sent = here.upload(data)[1]
            begun = here.make(target=sent["id"], passes=1, sets={"seed": chance.randrange(99)})
            act = chance.random()
            if act < 0.2:
                here.ask("POST", f"/api/jobs/{begun['id']}/cancel")
                continue
            if act < 0.3:  # a tab is closed: nobody listens, and the visitor comes again
                here.ask("POST", "/api/leave")
                here = Visitor(studio)
                continue
            picture = here.result(begun["id"])
            with Image.open(io.BytesIO(picture)) as found:
                recipe = json.loads(found.info["itten"])
                most = max(found.convert("RGB").getcolors(1 << 20))[1]
            if recipe["inputs"][0]["sha256"] != digest or most != (40 + 20 * number, 200 - 15 * number, 90):
                wrong.append((number, "another's picture", most))
            if len(here.json("GET", "/api/history")) > 200:
                wrong.append((number, "the history grows"))
            done.append(number)
        here.ask("POST", "/api/leave")
    except Exception as error:
        wrong.append((number, repr(error)))


def test_eight_visitors(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    try:
        wrong: list[Any] = []
        done: list[int] = []
        end = time.monotonic() + SECONDS
        here = [Visitor(studio) for _ in range(8)]
        assert Visitor(studio).status == 503
        rest = end, wrong, done
        crowd = [threading.Thread(target=visit, args=(studio, one, at, *rest)) for at, one in enumerate(here)]
        for one in crowd:
            one.start()
        # Workers come and go: what is compared is the most that was held in each third of the time.
        begun, thirds = time.monotonic(), [(0, 0)] * 3
        while any(one.is_alive() for one in crowd):
            at, now = min(int(3 * (time.monotonic() - begun) / SECONDS), 2), memory(studio)
            thirds[at] = max(thirds[at][0], now[0]), max(thirds[at][1], now[1])
            time.sleep(0.2)
        for one in crowd:
            one.join()
        told = f"{len(done)} pictures of {len(set(done))} visitors"
        held = [f"{whole >> 20} ({own >> 20})" for own, whole in thirds]
        print(f"{told}; MiB held at most in each third, and by the server alone: {', '.join(held)}")
        assert wrong == []
        assert set(done) == set(range(8))
        for own, whole in thirds[1:]:
            assert own <= 1.1 * thirds[0][0]
            assert whole <= 1.1 * thirds[0][1]
    finally:
        studio.end()


def test_a_hundred_hostile_requests_of_each_kind(studio: Studio) -> None:
    here = Visitor(studio)
    kinds: dict[str, tuple[str, str, dict[str, str], set[int]]] = {
        "traversal": ("GET", "/../../../../etc/passwd", {}, {403}),
        "encoded": ("GET", "/api/history/%2e%2e/%2e%2e/entry.json", {}, {403}),
        "origin": ("POST", "/api/enter", {"origin": "http://elsewhere.example"}, {403}),
        "host": ("GET", "/", {"host": "elsewhere.example"}, {403}),
        "large": ("POST", "/api/upload", {"content_length": str(1 << 33)}, {413}),
    }
    for name, (method, path, headers, wanted) in kinds.items():
        found = {here.ask(method, path, **headers)[0] for _ in range(100)}
        assert found == wanted, name
    here.ask("POST", "/api/leave")


def test_twenty_cancels(studio: Studio) -> None:
    here, slowest = Visitor(studio), 0.0
    for number in range(20):
        begun = here.make(target="sample:figure", passes=30)
        events = here.events(begun["id"])
        assert next(events)["event"] == "began"
        time.sleep(0.05 * (number % 5))
        begin = time.monotonic()
        assert here.ask("POST", f"/api/jobs/{begun['id']}/cancel")[0] == 200
        slowest = max(slowest, time.monotonic() - begin)
        assert list(events)[-1]["event"] == "cancelled"
    print(f"slowest of twenty cancels: {slowest:.2f} s")
    assert slowest < 2
    here.ask("POST", "/api/leave")
