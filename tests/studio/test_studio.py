"""The studio as a program sees it: works, their pictures, who may see them, and what is refused."""

from __future__ import annotations

import io
import subprocess
import sys
import time
from contextlib import chdir
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from itten.cli.app import application
from tests.pictures import drawing
from tests.studio.visit import Studio, Visitor, until, workers


def png(height: int = 72, width: int = 88) -> bytes:
    values = (drawing(height, width).permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(values).save(buffer, "PNG")
    return buffer.getvalue()


def test_the_printed_command_makes_the_same_bytes(visitor: Visitor, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png())
    status, sent = visitor.upload(png())
    assert (status, sent["name"], sent["width"], sent["height"]) == (200, "a.png", 88, 72)
    for settings in (
        {"sources": ["sample:notch"], "look": "pencil", "sets": {"seed": 3, "field": 4}},
        {"verb": "panes", "sets": {"n": 12}},
        {"figure": True, "look": "handwriting", "sources": ["sample:notch"]},
    ):
        begun = visitor.make(**{"target": sent["id"], **settings})
        told = list(visitor.events(begun["id"]))
        passes = [one["done"] for one in told if one["event"] == "pass"]
        assert passes == ([1, 2] if "look" in settings else [])
        assert ("--spare-figure" in begun["command"]) == ("figure" in settings)
        found = visitor.ask("GET", told[-1]["url"])[1]
        name, *words = [*begun["command"], "--overwrite"]
        assert name == "itten"
        if "figure" in settings:  # one process of its own, which takes seconds to begin, for all
            done = subprocess.run([sys.executable, "-m", name, *words], cwd=tmp_path, capture_output=True, check=False)
            assert done.returncode == 0, done.stderr
        else:
            with chdir(tmp_path):
                assert CliRunner().invoke(application(), words).exit_code == 0
        assert (tmp_path / "out.png").read_bytes() == found


def test_a_preview_is_small_and_not_kept(visitor: Visitor) -> None:
    begun = visitor.make(preview=96, passes=1)
    with Image.open(io.BytesIO(visitor.result(begun["id"]))) as picture:
        assert min(picture.size) == 96
    assert visitor.json("GET", "/api/history") == []


@pytest.mark.parametrize("kind", ["gif", "webp"])
def test_an_animation(visitor: Visitor, kind: str) -> None:
    sent = visitor.upload(png())[1]
    settings = {"verb": "shade", "passes": 2, "target": sent["id"]}
    begun = visitor.json("POST", "/api/make", settings=settings, animate=kind)
    with Image.open(io.BytesIO(visitor.result(begun["id"]))) as found:
        assert (found.format, found.size) == (kind.upper(), (88, 72))
        assert found.n_frames > 20
    assert visitor.json("GET", "/api/history") == []


def test_the_example_of_a_client(studio: Studio, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png())
    program = Path(__file__).parents[2] / "examples" / "studio_client.py"
    command = [sys.executable, str(program), studio.address, "a.png"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "--look ink-growth" in done.stdout
    with Image.open(tmp_path / "painted.png") as picture:
        assert picture.size == (88, 72)


def test_settings_that_cannot_be_are_one_sentence(visitor: Visitor) -> None:
    for settings, word in (
        ({"sets": {"feld": 3}}, "field"),
        ({"look": "confeti"}, "confetti"),
        ({"target": "sample:notsch"}, "notch"),
        ({"target": "0123"}, "no longer there"),
        ({"passes": 0}, "passes"),
    ):
        body = {"settings": {"verb": "shade", "target": "sample:notch", **settings}}
        import json

        status, told = visitor.ask("POST", "/api/make", json.dumps(body).encode(), content_type="application/json")
        assert status == 400
        assert word in told.decode()
        assert len(told.decode().splitlines()) == 1


def test_a_work_is_cancelled_and_the_next_one_done(studio: Studio, visitor: Visitor) -> None:
    before = set(workers(studio))
    begun = visitor.make(target="sample:figure", passes=40)
    events = visitor.events(begun["id"])
    assert next(events)["event"] == "began"
    start = time.monotonic()
    assert visitor.ask("POST", f"/api/jobs/{begun['id']}/cancel")[0] == 200
    assert time.monotonic() - start < 2
    assert [one["event"] for one in events][-1] == "cancelled"
    assert until(lambda: len(before - set(workers(studio))) >= 1)
    assert visitor.result(visitor.make(passes=1)["id"])[:4] == b"\x89PNG"


def test_a_work_that_another_follows_leaves_its_worker_warm(studio: Studio, visitor: Visitor) -> None:
    sent = visitor.upload(png())[1]
    begun = visitor.make(target=sent["id"], passes=60)
    events = visitor.events(begun["id"])
    assert next(one for one in events if one["event"] == "pass")["done"] == 1
    before = set(workers(studio))
    assert visitor.result(visitor.make(target=sent["id"], preview=64, passes=1)["id"])[:4] == b"\x89PNG"
    assert [one["event"] for one in events][-1] == "cancelled"
    assert set(workers(studio)) == before


def test_the_history_outlives_the_studio(tmp_path: Path) -> None:
    first = Studio(tmp_path)
    here = Visitor(first)
    sent = here.upload(png())[1]
    picture = here.result(here.make(target=sent["id"], passes=1, sets={"seed": 8})["id"])
    first.end()
    second = Studio(tmp_path)
    try:
        again = Visitor(second, here.cookie)
        (entry,) = again.json("GET", "/api/history")
        assert again.ask("GET", f"/api/history/{entry['id']}/result.png") == (200, picture)
        restored = again.json("POST", f"/api/history/{entry['id']}/restore")
        assert restored["settings"]["sets"] == {"seed": 8}
        assert restored["uploads"][restored["settings"]["target"]] == {"name": "a.png", "width": 88, "height": 72}
        assert again.result(again.json("POST", "/api/make", settings=restored["settings"])["id"]) == picture
        other = Visitor(second)
        assert other.json("GET", "/api/history") == []
        assert other.ask("GET", f"/api/history/{entry['id']}/result.png")[0] == 404
        again.json("DELETE", "/api/history")
        assert again.json("GET", "/api/history") == []
    finally:
        second.end()


def test_nobody_sees_what_is_anothers(studio: Studio, visitor: Visitor) -> None:
    sent = visitor.upload(png())[1]
    begun = visitor.make(target=sent["id"], passes=1)
    visitor.result(begun["id"])
    other = Visitor(studio)
    try:
        for path in (f"/api/pictures/{sent['id']}", f"/api/full/{sent['id']}", f"/api/jobs/{begun['id']}"):
            assert other.ask("GET", path)[0] == 404
        assert other.ask("GET", f"/api/jobs/{begun['id']}/result.png")[0] == 404
        assert other.ask("POST", f"/api/jobs/{begun['id']}/cancel")[0] == 404
    finally:
        other.ask("POST", "/api/leave")
    nobody = Visitor(studio)
    nobody.ask("POST", "/api/leave")
    assert nobody.ask("GET", "/api/history")[0] == 401


def test_the_ninth_is_told_that_it_is_full(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    crowd = [Visitor(studio) for _ in range(8)]
    try:
        assert [one.status for one in crowd] == [200] * 8
        ninth = Visitor(studio)
        assert ninth.status == 503
        assert b"full" in ninth.ask("POST", "/api/enter")[1]
        crowd.pop().ask("POST", "/api/leave")
        crowd.append(Visitor(studio))
        assert crowd[-1].status == 200
    finally:
        studio.end()


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/../../etc/passwd", {}, 403),
        ("/%2e%2e/%2e%2e/etc/passwd", {}, 403),
        ("/static/..%5c..%5capp.py", {}, 403),
        ("/api/jobs/1/..%2f..%2fresult.png", {}, 403),
        ("/", {"host": "studio.example"}, 403),
        ("/", {"host": "127.0.0.1:1"}, 403),
        ("/api/history", {"origin": "http://studio.example"}, 403),
        ("/api/history", {"origin": "null"}, 403),
        ("/api/history", {"sec_fetch_site": "cross-site"}, 403),
        ("/api/upload", {"content_length": str(1 << 40)}, 413),
        ("/api/make", {"content_length": str(1 << 22)}, 413),
    ],
)
def test_hostile_requests(visitor: Visitor, path: str, headers: dict[str, str], status: int) -> None:
    assert {visitor.ask("POST" if status == 413 else "GET", path, **headers)[0] for _ in range(10)} == {status}


def test_what_is_sent_without_a_length_is_counted(visitor: Visitor) -> None:
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", visitor.studio.port, timeout=60)
    pieces = (b"x" * (1 << 20) for _ in range(70))
    try:
        connection.request("POST", "/api/upload", pieces, {"cookie": visitor.cookie}, encode_chunked=True)
        assert connection.getresponse().status == 413
    except (BrokenPipeError, ConnectionResetError):
        pass  # it was not even read to its end
    finally:
        connection.close()
    assert visitor.ask("GET", "/api/history")[0] == 200


def test_pictures_that_are_none_or_too_large(visitor: Visitor) -> None:
    assert visitor.upload(b"no picture at all")[0] == 400
    assert visitor.upload(b"")[0] == 400
    assert visitor.upload(png()[:200])[0] == 400
    buffer = io.BytesIO()
    Image.new("1", (8000, 5000)).save(buffer, "PNG")
    status, told = visitor.upload(buffer.getvalue())
    assert status == 413
    assert "40" not in told or "8000 × 5000" in told["detail"]


def test_every_route_has_a_name(visitor: Visitor) -> None:
    routes = visitor.json("GET", "/openapi.json")["paths"]
    names = [one["operationId"] for methods in routes.values() for one in methods.values()]
    assert {"enter", "upload", "make", "events", "cancel", "result", "history", "restore"} <= set(names)
    assert len(set(names)) == len(names)


def test_an_address_that_others_reach_wants_a_password(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "itten", "studio", "--host", "0.0.0.0", "--no-browser", "--history", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "password" in done.stderr
    running = Studio(tmp_path, "--host", "0.0.0.0", ITTEN_STUDIO_PASSWORD="sesame")
    try:
        assert Visitor(running).status == 401
        import base64

        code = base64.b64encode(b"me:sesame").decode()
        assert Visitor(running).ask("POST", "/api/enter", authorization=f"Basic {code}")[0] == 200
        assert Visitor(running).ask("POST", "/api/enter", authorization=f"Basic {code}x")[0] == 401
    finally:
        running.end()
