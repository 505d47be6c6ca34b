"""A studio in a process of its own, and visitors of it that are no browser."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SMALL = {"verb": "shade", "passes": 2, "target": "sample:notch"}


class Studio:
    """``itten studio`` on a free port, with histories in ``history``."""

    def __init__(self, history: Path, *options: str, **environment: str) -> None:
        command = [sys.executable, "-m", "itten", "studio", "--port", "0", "--no-browser", "--history", str(history)]
        self.process = subprocess.Popen(
            [*command, *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, **environment},
        )
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().strip()
        self.port = int(self.address.rpartition(":")[2])

    def end(self) -> None:
        """As Ctrl-C does."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Visitor:
    """Somebody with a cookie."""

    def __init__(self, studio: Studio, cookie: str = "") -> None:
        self.studio, self.cookie = studio, cookie
        self.status, found = self.ask("POST", "/api/enter")
        self.catalogue: Any = json.loads(found) if self.status == 200 else None

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
        """The status and the body of an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.studio.port, timeout=60)
        try:
            known = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, {"cookie": self.cookie, **known})
            answer = connection.getresponse()
            cookie = answer.getheader("set-cookie")
            if cookie:
                self.cookie = cookie.partition(";")[0]
            return answer.status, answer.read()
        finally:
            connection.close()

    def json(self, method: str, path: str, **data: Any) -> Any:
        """The data of an answer that is none of a failure."""
        body = json.dumps(data).encode() if data else None
        status, found = self.ask(method, path, body, content_type="application/json")
        assert status == 200, (status, found)
        return json.loads(found)

    def upload(self, data: bytes, name: str = "a.png") -> tuple[int, Any]:
        """Send a picture."""
        status, found = self.ask("POST", f"/api/upload?name={name}", data)
        return status, json.loads(found) if found[:1] == b"{" else found.decode()

    def make(self, preview: int | None = None, **settings: Any) -> Any:
        """Begin a work."""
        return self.json("POST", "/api/make", settings={**SMALL, **settings}, preview=preview)

    def events(self, number: int, seconds: float = 100) -> Iterator[dict[str, Any]]:
        """What becomes of a work, as it is told."""
        connection = http.client.HTTPConnection("127.0.0.1", self.studio.port, timeout=seconds)
        try:
            connection.request("GET", f"/api/jobs/{number}", headers={"cookie": self.cookie})
            answer = connection.getresponse()
            assert answer.status == 200, answer.read()
            while line := answer.readline():
                if line.startswith(b"data: "):
                    yield json.loads(line[6:])
        finally:
            connection.close()

    def result(self, number: int) -> bytes:
        """The picture of a work that is done, once it is."""
        last = list(self.events(number))[-1]
        assert last["event"] == "done", last
        status, found = self.ask("GET", last["url"])
        assert status == 200
        return found


def workers(studio: Studio) -> list[int]:
    """The numbers of the studio's worker processes."""
    parent, found = Path("/proc") / str(studio.process.pid), []
    for one in parent.glob("task/*/children"):
        for number in one.read_text().split():
            try:
                if b"itten.studio.worker" in (Path("/proc") / number / "cmdline").read_bytes():
                    found.append(int(number))
            except OSError:  # it has gone
                continue
    return found


def until(what: Any, seconds: float = 30.0) -> bool:
    """Whether ``what()`` becomes true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(0.05)
    return False
