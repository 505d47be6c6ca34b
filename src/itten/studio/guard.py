"""What a request has to be before anything looks at it: from this page, to this host, not too large, by who may."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

MOST_UPLOAD = 64 << 20
"""Bytes of a picture that is sent."""
MOST_BODY = 1 << 20
"""Bytes of any other request."""

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
_POLICY = b"default-src 'self'; img-src 'self' blob: data:; frame-ancestors 'none'; base-uri 'none'"
HEADERS = [
    (
        b"content-security-policy",
        _POLICY,
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
]


class Guard:
    """An ASGI application around another: 403 for a foreign Host or Origin or a path that climbs, 413 for what is too
    large, 401 where a ``password`` is wanted. ``hosts``: names, with ports, that this server answers to; none for any,
    which wants a password."""

    def __init__(self, app: Any, hosts: Sequence[str], password: str | None = None) -> None:
        self._app, self._hosts, self._password = app, frozenset(hosts), password

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        refused = self._refused(scope, headers)
        if refused is not None:
            await _answer(send, *refused)
            return
        most = MOST_UPLOAD if scope["path"] == "/api/upload" else MOST_BODY
        length = headers.get(b"content-length", "0")
        if not length.isdigit() or int(length) > most:
            await _answer(send, 413, f"at most {most >> 20} MiB are taken")
            return
        taken, answered = 0, False

        async def counted() -> dict[str, Any]:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > most:
                raise TooLarge
            return message

        async def told(message: dict[str, Any]) -> None:
            nonlocal answered
            if taken > most:  # whatever the application makes of what it was told
                if not answered:
                    answered = True
                    await _answer(send, 413, f"at most {most >> 20} MiB are taken")
                return
            if message["type"] == "http.response.start":
                known = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(one for one in HEADERS if one[0] not in known)]
            await send(message)

        with suppress(TooLarge):
            await self._app(scope, counted, told)

    def _refused(self, scope: Scope, headers: dict[bytes, str]) -> tuple[int, str] | None:
        host = headers.get(b"host", "")
        if self._hosts and host not in self._hosts:
            return 403, "this studio does not answer to that name"
        origin = headers.get(b"origin")
        if origin is not None and urlsplit(origin).netloc != host:
            return 403, "requests of other pages are not answered"
        if headers.get(b"sec-fetch-site") in ("cross-site", "same-site") and scope["path"] != "/":
            return 403, "requests of other pages are not answered"
        path = scope.get("raw_path", b"").decode("latin-1").split("?")[0] + scope["path"]
        if ".." in path or "\\" in path or "\0" in path or "%2e" in path.lower() or "//" in scope["path"]:
            return 403, "there is no such place"
        if self._password is not None and not self._known(headers.get(b"authorization", "")):
            return 401, "a password is wanted"
        return None

    def _known(self, said: str) -> bool:
        kind, _, code = said.partition(" ")
        try:
            _, _, password = base64.b64decode(code).decode().partition(":")
        except ValueError:
            return False
        return kind.lower() == "basic" and hmac.compare_digest(password.encode(), (self._password or "").encode())


class TooLarge(Exception):
    """More was sent than is taken."""


async def _answer(send: Send, status: int, told: str) -> None:
    more = [(b"www-authenticate", b'Basic realm="itten", charset="UTF-8"')] if status == 401 else []
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close"), *HEADERS, *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": told.encode()})
