"""Make the README's picture of the studio anew: ``python docs/make_page.py`` (needs a Chromium)."""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright

from itten.files import write_bytes_atomic

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from tests.studio.visit import Studio  # noqa: E402

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
TALL, GAP = 680, 14


def painted(page: Any, address: str) -> None:
    page.goto(address)
    page.wait_for_selector('#status:has-text("ready")')
    page.click("[data-sample=botanical]")
    page.check("#looks input[value=confetti]", force=True)
    page.click("#paint")
    page.wait_for_selector('#status:has-text("done")', timeout=120_000)
    page.locator("#split").fill("40")
    page.wait_for_timeout(1000)


def main() -> None:
    shots = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        studio = Studio(Path(folder) / "history")
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        try:
            for scheme, size in (("light", DESK), ("dark", PHONE)):
                context = browser.new_context(viewport=size, color_scheme=scheme)
                page = context.new_page()
                painted(page, studio.address)
                page.evaluate("() => document.getElementById('view').scrollIntoView()")
                page.wait_for_timeout(300)
                shots.append(Image.open(io.BytesIO(page.screenshot())).convert("RGB"))
                context.close()
        finally:
            browser.close()
            studio.end()
    fitted = [one.resize((round(one.width * TALL / one.height), TALL), Image.Resampling.LANCZOS) for one in shots]
    sheet = Image.new("RGB", (sum(one.width for one in fitted) + GAP, TALL), "white")
    sheet.paste(fitted[0], (0, 0))
    sheet.paste(fitted[1], (fitted[0].width + GAP, 0))
    buffer = io.BytesIO()
    sheet.save(buffer, "WEBP", quality=85, method=6)
    print(write_bytes_atomic(buffer.getvalue(), ROOT / "docs" / "images" / "studio.webp", overwrite=True))


if __name__ == "__main__":
    main()
