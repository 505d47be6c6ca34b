"""The studio served: its socket, its server, its end."""

from __future__ import annotations

import socket
import threading
import webbrowser
from pathlib import Path
from typing import Any

from itten.memory import room
from itten.studio.app import make_app
from itten.studio.guard import Guard

MOST_MEMORY = 8 << 30
"""Bytes that a worker may take at most."""


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(64)
    return listener


def serve(
    uvicorn: Any,
    listener: socket.socket,
    folder: Path,
    kept: Path,
    loopback: bool,
    password: str | None,
    opened: str | None,
) -> None:
    """Until it is told to end. ``opened``: an address to open in a browser."""
    port = listener.getsockname()[1]
    names = ("127.0.0.1", "localhost", "[::1]") if loopback else ()
    free = room().free
    memory = min(MOST_MEMORY, int(0.6 * free)) if free is not None else MOST_MEMORY
    app = Guard(make_app(folder, kept, memory), [f"{name}:{port}" for name in names], password)
    config = uvicorn.Config(
        app,
        log_level="error",
        access_log=False,
        server_header=False,
        limit_concurrency=128,
        timeout_graceful_shutdown=1,
        lifespan="on",
        ws="none",
    )
    if opened is not None:
        threading.Timer(0.5, webbrowser.open, [opened]).start()
    uvicorn.Server(config).run(sockets=[listener])
