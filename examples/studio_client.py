"""A program that paints through a running studio: ``python studio_client.py ADDRESS drawing.png``.

Only what comes with Python is needed. ``/openapi.json`` of the studio describes every route.
"""

from __future__ import annotations

import http.cookiejar
import json
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote


class Client:
    """A visitor of the studio at ``address``."""

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(cookies)
        self.catalogue = self.call("/api/enter", {})

    def open(self, path: str, data: bytes | None = None, kind: str = "application/octet-stream") -> Any:
        request = urllib.request.Request(self.address + path, data, {"content-type": kind})
        return self._opener.open(request, timeout=600)

    def call(self, path: str, data: Any) -> Any:
        return json.load(self.open(path, json.dumps(data).encode(), "application/json"))

    def upload(self, path: Path) -> str:
        """Send a picture; its number stands for it in settings."""
        return json.load(self.open(f"/api/upload?name={quote(path.name)}", path.read_bytes()))["id"]

    def make(self, **settings: Any) -> Iterator[dict[str, Any]]:
        """Begin a work and yield what becomes of it."""
        begun = self.call("/api/make", {"settings": settings})
        print(" ".join(begun["command"]))
        with self.open(f"/api/jobs/{begun['id']}") as events:
            for line in events:
                if line.startswith(b"data: "):
                    yield json.loads(line[6:])

    def leave(self) -> None:
        """Have the studio forget what was sent."""
        self.call("/api/leave", {})


def main(address: str, drawing: str, out: str = "painted.png") -> None:
    client = Client(address)
    target = client.upload(Path(drawing))
    for event in client.make(verb="shade", look="ink-growth", passes=3, target=target):
        print(event["event"], event.get("done", ""))
        if event["event"] == "done":
            Path(out).write_bytes(client.open(event["url"]).read())
    client.leave()


if __name__ == "__main__":
    main(*sys.argv[1:])
