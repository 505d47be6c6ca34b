"""A worker of the studio: a process that is told works, one a line, and answers with what becomes of them.

It is ended to cancel a work, so that whatever that has taken is free at once.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from itten.memory import give_back
from itten.studio.reduced import Reduced, fitted_marks, in_small
from itten.works.given import Given

STOP = threading.Event()
Say = Callable[..., None]


class Stopped(Exception):
    """Another work follows, and nobody waits for this one."""


def main() -> None:
    """Load what works need, say so, and then do them until standard input ends."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print is no answer

    def say(**message: Any) -> None:
        out.write(json.dumps(message) + "\n")
        out.flush()

    if len(sys.argv) > 1:
        _limit(int(sys.argv[1]))
    from itten.kernels.numba.prepare import prepare, ready

    if not ready():
        prepare()
    _warm()
    tasks: queue.Queue[dict[str, Any] | None] = queue.Queue()
    threading.Thread(target=_listen, args=(tasks,), daemon=True).start()
    say(event="ready")
    while (task := tasks.get()) is not None:
        STOP.clear()
        try:
            _do(task, say)
        except Stopped:
            say(event="cancelled")
        except Exception as error:
            say(event="failed", told=_sentence(error))
        give_back()


def _listen(tasks: queue.Queue[dict[str, Any] | None]) -> None:
    """Works go into the queue; to stop the one that is done now needs no turn."""
    for line in sys.stdin:
        message = json.loads(line)
        if message.get("stop"):
            STOP.set()
        else:
            tasks.put(message)
    tasks.put(None)


def _limit(most: int) -> None:
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def _warm() -> None:
    """One small pass and one small selection, so that the first work does not wait for libraries."""
    import itten

    picture = itten.samples.load("notch")[:, :96, :96]
    itten.shade(picture, passes=1)
    itten.select(picture, [[1, *[0] * 94, 2]] * 96)


def _sentence(error: Exception) -> str:
    from itten.errors import IttenError

    if isinstance(error, IttenError):
        return str(error)
    if isinstance(error, MemoryError) or "allocate memory" in str(error):
        return "not enough memory for a picture of this size"
    return f"something went wrong that should not have: {type(error).__name__}: {error}"


def _do(task: dict[str, Any], say: Say) -> None:
    from itten.image import write_picture
    from itten.works.recipe import Recipe
    from itten.works.replay import work_of

    folder, preview = Path(task["folder"]), task.get("preview")
    recipe = Recipe.from_text(json.dumps(task["recipe"]), "the studio")
    given = [_given(one, preview) for one in task["inputs"]]
    if preview:
        recipe = in_small(recipe, _given(task["inputs"][0], None), preview)
        given = fitted_marks(recipe, given, folder)
    work: Any = work_of(recipe, given)
    work.check()
    if task.get("find"):
        _find(work, folder / "figure.png", say)
        return
    if task.get("animate"):
        _animate(work, folder / f"growth.{task['animate']}", say)
        return
    passes = int(recipe.options.get("passes", 1))
    end = ".png"

    def heard(done: int, of: int, made: Any) -> None:
        if STOP.is_set():
            raise Stopped
        if recipe.verb != "shade" or preview:
            return
        name = f"pass{done}{end}"
        if done < of:
            write_picture(work.picture(made, True, f"pass {done}"), folder / name, overwrite=True)
        say(event="pass", done=done, of=of, file=name if done < of else None)
        if task.get("overlays"):
            drawing.submit(_seen, made, work, folder, done)

    say(event="began", of=passes)
    with ThreadPoolExecutor(1) as drawing:  # what a pass saw is drawn beside the next one
        made = work.make(True, heard, recipe.part)
        write_picture(made, folder / f"result{end}", overwrite=True)
        height, width = made.pixels.shape[-2:]
        say(event="done", file=f"result{end}", width=width, height=height)


def _seen(made: Any, work: Any, folder: Path, number: int) -> None:
    """What pass ``number`` saw, as pictures that are encoded quickly."""
    from itten.image import to_pil
    from itten.studio.overlays import overlays

    for kind, picture in overlays(made, work.config.all_heads[0], work.open().contents).items():
        part = folder / f"{kind}{number}.part"
        to_pil(picture.pixels).save(part, "PNG", compress_level=1)
        part.rename(part.with_suffix(".png"))


def _find(work: Any, path: Path, say: Say) -> None:
    """The target's figure as a mask, white, to ``path``."""
    from itten.image import write_picture

    say(event="began", of=1)
    figure = work.figure()
    write_picture(figure, path, overwrite=True)
    height, width = figure.pixels.shape[-2:]
    say(event="done", file=path.name, width=width, height=height, found=bool(figure.pixels.any()))


def _animate(work: Any, path: Path, say: Say) -> None:
    """How the picture of a work of ``shade`` grows, at most 640 pixels on its longer side, to ``path``."""
    from itten.config import AnimationConfig
    from itten.motion import Reel, write_animation
    from itten.works.film import Film

    film = Film(work, AnimationConfig(size=640, fps=20))

    def heard(done: int, of: int, result: Any) -> None:
        if STOP.is_set():
            raise Stopped
        say(event="pass", done=done, of=of, file=None)

    say(event="began", of=film.steps)
    with Reel() as reel:
        film.shoot(reel, heard)
        made = write_animation(reel, path, film.timing, overwrite=True, made=film.recipe(path).to_text())
    say(event="done", file=path.name, width=made.width, height=made.height)


def _given(one: dict[str, Any], preview: int | None) -> Given:
    """A picture of the task: what it is called, and where it is; for a preview a smaller one."""
    known = Given.of(one["name"]) if one["path"] is None else Given(one["path"], Path(one["path"]), one["name"])
    return known if not preview else Reduced(known.name, known.path, known.label, preview)


if __name__ == "__main__":
    main()
