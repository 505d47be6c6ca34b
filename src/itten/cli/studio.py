"""``itten studio``: a page in the browser."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from itten.cli.guard import guarded
from itten.cli.streams import notice, say
from itten.cli.warmup import kernels_for
from itten.errors import ResourceError, UsageError

HELP = """Open the studio: a page in the browser, served on this machine alone.

\b
Examples:
  itten studio
  itten studio --port 8080 --no-browser
  ITTEN_STUDIO_PASSWORD=… itten studio --host 0.0.0.0
"""
LOOPBACK = ("127.0.0.1", "localhost", "::1")
PASSWORD = "ITTEN_STUDIO_PASSWORD"


@guarded
def studio(
    port: Annotated[int, typer.Option(help="Where it listens; 0 for any free port.", min=0, max=65535)] = 7860,
    host: Annotated[str, typer.Option(help=f"Another address; wants a password in {PASSWORD}.")] = "127.0.0.1",
    history: Annotated[
        Path | None, typer.Option(help="The folder that histories are kept in.", file_okay=False)
    ] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open a browser.")] = True,
) -> None:
    password = os.environ.get(PASSWORD) or None
    if host not in LOOPBACK and password is None:
        raise UsageError(f"an address that others can reach wants a password: set {PASSWORD}")
    try:
        import fastapi  # noqa: F401
        import uvicorn
    except ImportError as error:
        raise UsageError("the studio wants the extra studio: pip install 'itten[studio]'") from error
    kernels_for("cpu")
    from itten.studio.serve import listen, serve

    if history is None:
        import platformdirs

        history = platformdirs.user_data_path("itten", appauthor=False) / "studio"
    try:
        history.mkdir(parents=True, exist_ok=True, mode=0o700)
        listener = listen(host, port)
    except OSError as error:
        raise ResourceError(f"{host}:{port} or {str(history)!r} cannot be used ({error.strerror or error})") from error
    address = f"http://{'localhost' if host in LOOPBACK else host}:{listener.getsockname()[1]}"
    say(address)
    if sys.stdout is not None:
        sys.stdout.flush()
    notice("itten: Ctrl-C ends the studio")
    with tempfile.TemporaryDirectory(prefix="itten-studio-") as folder:
        serve(uvicorn, listener, Path(folder), history, host in LOOPBACK, password, address if browser else None)


def register(app: typer.Typer) -> None:
    app.command("studio", help=HELP)(studio)
