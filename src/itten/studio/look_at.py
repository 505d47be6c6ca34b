"""A child process that looks at one uploaded picture: what it is, and a small one for the page. Needs no torch.

``python -m itten.studio.look_at FILE SMALL`` prints JSON: a size, or what is wrong.
"""

from __future__ import annotations

import contextlib
import json
import sys

# Bytes of memory, seconds of processor, and pixels that a picture may take here.
MEMORY = 3 << 30
SECONDS = 10
MOST_PIXELS = 36_000_000
SIDE = 320
# What browsers show as it is; a PNG is made of the rest.
SHOWN = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp", "GIF": "image/gif", "BMP": "image/bmp"}


def main() -> None:
    """Look, and print."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    from PIL import ImageOps

    from itten.errors import IttenError
    from itten.image.header import opened_picture

    path, small = sys.argv[1], sys.argv[2]
    try:
        with opened_picture(path, "the picture") as picture:
            width, height = picture.size
            if width * height > MOST_PIXELS:
                found = (
                    f"the picture has {width} × {height} pixels, and the studio takes {MOST_PIXELS // 10**6} million"
                )
                print(json.dumps({"told": found, "large": True}))
                return
            picture.load()
            upright = ImageOps.exif_transpose(picture) or picture
            width, height = upright.size
            shown = upright.convert("RGBA" if "A" in upright.getbands() or "transparency" in upright.info else "RGB")
            kind = str(picture.format)
            if kind not in SHOWN:
                shown.save(small + ".full", "PNG", compress_level=1)
            shown.thumbnail((SIDE, SIDE))
            shown.save(small, "PNG")
    except (IttenError, MemoryError) as error:
        print(json.dumps({"told": str(error) or "not enough memory for a picture of this size"}))
        return
    print(json.dumps({"width": width, "height": height, "kind": kind}))


if __name__ == "__main__":
    main()
