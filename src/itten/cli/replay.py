"""``itten replay``: a picture or an animation made again from what its file says of itself."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from itten.cli.guard import guarded
from itten.cli.options import Overwrite
from itten.cli.outbox import Outbox
from itten.cli.output import SUFFIXES, WITH_ALPHA, check_file, check_name, is_standard
from itten.cli.progress import doing
from itten.cli.streams import complain, notice, put, put_bytes, shown
from itten.cli.warmup import kernels_for
from itten.errors import InputError, UsageError
from itten.files import write_bytes_atomic

HELP = """Make PICTURE again from the recipe in its file, and say whether the bytes are the same.

Inputs are looked for beside PICTURE, in the working folder and in --inputs, by their content; names do not matter.

\b
Examples:
  itten replay result.png
  itten replay result.png --inputs originals -o again.png
  itten replay result.png --recipe
"""


@guarded
def replay(
    picture: Annotated[Path, typer.Argument(help="A picture or an animation that itten wrote.", readable=False)],
    inputs: Annotated[
        list[Path] | None, typer.Option(metavar="DIR", help="Look for inputs in this folder, too; repeatable.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Write what comes out; '-' for standard output.", allow_dash=True),
    ] = None,
    recipe: Annotated[bool, typer.Option("--recipe", help="Only print the recipe, as JSON.")] = False,
    overwrite: Overwrite = False,
) -> None:
    if recipe and out is not None:
        raise UsageError("--recipe and --out exclude each other")
    if out is not None and not is_standard(out):
        if out.suffix and out.suffix.lower() != picture.suffix.lower():
            told = "is made again in its own format: give a name that ends in"
            raise UsageError(f"{str(picture)!r} {told} {picture.suffix}")
        if out.is_dir():
            out = out / picture.name
        elif not out.suffix:
            out = out.with_suffix(picture.suffix)
        check = check_name if out.suffix.lower() in SUFFIXES else check_file
        check(out, overwrite)
    folders = [picture.parent, Path(), *(inputs or ())]
    for folder in inputs or ():
        if not folder.is_dir():
            raise UsageError(f"--inputs wants a folder, got {str(folder)!r}")
    from itten.works.film import Film
    from itten.works.replay import find, made_again, recipe_of, same_bytes, work_of

    known = recipe_of(picture)
    if recipe:
        put(json.dumps(known.to_dict(), indent=2))
        return
    found = [find(one, list(dict.fromkeys(folders))) for one in known.inputs]
    wrong = [one.wrong for one in found if one.wrong is not None]
    given = [one.given for one in found if one.given is not None]
    if len(given) < len(found):
        raise InputError("; ".join(wrong))
    for sentence in wrong:
        notice(f"itten: {sentence}")
    if others := known.differences():
        notice(f"itten: made with other versions, {', '.join(others)}: the bytes may differ")
    from itten.image import read_provenance

    work = work_of(known, given)
    with _blamed(wrong):
        work.check()
    kernels_for("cpu")
    keeps = picture.suffix.lower() in WITH_ALPHA
    with doing(f"making {picture.name} again") as now, _blamed(wrong):
        now.steps(work.steps if isinstance(work, Film) else int(known.options.get("passes", 1)))
        with made_again(work, known.part, picture, keeps, lambda done, of, _: now.step(done - 1, of)) as again:
            made = again(read_provenance(picture))
            same = same_bytes(picture, made)
            if not same and out is not None:
                made = again(None)
    if out is not None:
        _put(made, out, overwrite)
    if same:
        notice(f"itten: {shown(str(picture))} is made again, byte by byte")
        return
    why = [*wrong, *(["versions differ: " + ", ".join(others)] if others else [])]
    if not why:
        why = ["inputs and versions are those of then: it was made on another kind of processor, or changed since"]
    complain(f"itten: what comes out is not {shown(str(picture))}: {'; '.join(why)}")
    raise typer.Exit(InputError.exit_code)


@contextmanager
def _blamed(wrong: Sequence[str]) -> Iterator[None]:
    """What cannot be made of inputs that are ``wrong`` is no wrong usage."""
    try:
        yield
    except UsageError as error:
        raise InputError(str(error)) if wrong else error from None


def _put(made: bytes, name: Path, overwrite: bool) -> None:
    if is_standard(name):
        put_bytes(made)
        return
    box = Outbox(overwrite)
    box.put(partial(write_bytes_atomic, made), name)
    box.close()


def register(app: typer.Typer) -> None:
    app.command("replay", help=HELP)(replay)
