"""The same verb behind Gradio Blocks: a picture in, four passes out as they are made. Run by ``studio_page.py``."""

from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Iterator
from typing import Any

import gradio as gr

import itten
from itten.image import as_image, to_pil

PASSES = 4


def paint(picture: Any, field: float) -> Iterator[list[Any]]:
    """The passes so far, each time that one is made."""
    made: queue.Queue[Any] = queue.Queue()
    image, config = as_image(picture), {"field": int(field)}

    def work() -> None:
        itten.shade(image, None, config, PASSES, progress=lambda index, passes, one: made.put(to_pil(one.image)))
        made.put(None)

    threading.Thread(target=work, daemon=True).start()
    shown: list[Any] = []
    while (one := made.get()) is not None:
        shown.append(one)
        yield shown


def main(port: int) -> None:
    itten.shade(itten.samples.load("notch")[:, :96, :96], passes=1)
    with gr.Blocks(analytics_enabled=False) as page:
        picture, field = gr.Image(type="numpy", elem_id="picture"), gr.Number(6, elem_id="field")
        button, cancel = gr.Button("Paint", elem_id="paint"), gr.Button("Cancel", elem_id="cancel")
        gallery = gr.Gallery(elem_id="passes", format="png")
        running = button.click(paint, [picture, field], gallery)
        cancel.click(None, None, None, cancels=[running])
    page.queue().launch(server_name="127.0.0.1", server_port=port, quiet=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
