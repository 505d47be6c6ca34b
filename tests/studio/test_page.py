"""The page in a real browser, driven by clicks and keys."""

from __future__ import annotations

import io
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import itten
from tests.studio.visit import Studio


def chosen(page: Any, name: str, which: str = "target") -> None:
    page.click(f"input[name=which][value={which}]")
    page.click(f"[data-sample={name}]")


def done(page: Any) -> None:
    page.wait_for_selector('#status:has-text("done")', timeout=60000)


def test_from_a_sample_to_a_picture(page: Any, tmp_path: Path) -> None:
    chosen(page, "notch")
    chosen(page, "hatched", "source")
    page.click("#paint")
    for number in (1, 2, 3, 4):
        page.wait_for_selector(f'[data-pass="{number}"]', timeout=60000)
    done(page)
    assert page.locator("#passes button").count() == 4
    with page.expect_download() as download:
        page.click("#download")
    download.value.save_as(tmp_path / "page.png")
    command = page.inner_text("#command")
    subprocess.run(["sh", "-c", f"{sys.executable} -m {command}"], cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "out.png").read_bytes() == (tmp_path / "page.png").read_bytes()

    page.click("#animate")
    page.wait_for_selector("#growth:visible", timeout=60000)
    with page.expect_download() as download:
        page.click("#growth")
    download.value.save_as(tmp_path / "growth.webp")
    with Image.open(tmp_path / "growth.webp") as found:
        assert found.n_frames > 20

    page.locator("#split").fill("50")
    assert "50%" in page.locator("#after").evaluate("one => one.style.clipPath")
    for kind in ("field", "gate", "segments", "matches"):
        page.select_option("#overlay", kind)
        page.wait_for_function("() => document.getElementById('after').complete")
        assert page.locator("#after").evaluate("one => one.naturalWidth") > 0
    page.select_option("#zoom", "8")
    page.select_option("#overlay", "")
    page.wait_for_function("() => document.getElementById('frames').clientWidth === 8 * 320")

    page.locator("#c-shade-density").fill("0.6")
    page.wait_for_selector('#command:has-text("density=0.6")', timeout=60000)
    page.locator("#history button").last.click()
    page.wait_for_selector('#status:has-text("as it was")')
    assert "density" not in page.inner_text("#command")
    assert page.inner_text("#command") == command


def test_masks_are_painted_saved_and_restored(page: Any, tmp_path: Path) -> None:
    chosen(page, "notch")
    page.click("#mask-box summary")
    page.click("#find-figure")
    page.wait_for_selector('#status:has-text("this is the figure")', timeout=60000)
    page.check("#erase")
    box = page.locator("#mask").bounding_box()
    page.locator("#brush").fill("60")
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 4)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] - 4, steps=6)
    page.mouse.up()
    page.locator("#c-shade-passes").fill("1")
    page.click("#paint")
    done(page)
    assert "--keep keep.png" in page.inner_text("#command")
    for link, name in (("#download", "page.png"), ("#masks a", "keep.png")):
        with page.expect_download() as download:
            page.click(link)
        download.value.save_as(tmp_path / name)
    with Image.open(tmp_path / "keep.png") as mask:
        assert mask.size == (320, 336)
        found = mask.convert("L")
    figure = itten.find_figure(itten.samples.load("notch"))
    kept = torch.from_numpy(np.array(found)) > 127
    assert not kept[:, 150:170].any()
    assert kept[:, :100].equal(figure[:, :100])
    command = page.inner_text("#command")
    subprocess.run(["sh", "-c", f"{sys.executable} -m {command}"], cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "out.png").read_bytes() == (tmp_path / "page.png").read_bytes()

    page.click("#mask-undo")
    page.wait_for_selector('#status:has-text("done")', timeout=60000)
    page.click("#mask-clear")
    page.wait_for_function("() => !document.getElementById('command').textContent.includes('--keep')", timeout=60000)
    page.locator("#history button").last.click()
    page.wait_for_selector('#status:has-text("as it was")')
    page.click("#paint")
    done(page)
    with page.expect_download() as download:
        page.click("#download")
    download.value.save_as(tmp_path / "again.png")
    assert (tmp_path / "again.png").read_bytes() == (tmp_path / "page.png").read_bytes()


def test_the_history_is_there_after_a_restart(browser: Any, tmp_path: Path) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    command = ""
    for again in (False, True):
        studio = Studio(tmp_path)
        try:
            page = context.new_page()
            page.goto(studio.address)
            page.wait_for_selector('#status:has-text("ready")')
            if again:
                page.click("#history button")
                page.wait_for_selector('#status:has-text("as it was")')
                assert page.inner_text("#command") == command
                assert page.locator("#c-shade-passes").input_value() == "1"
                assert page.locator("#target-image").is_visible()
                page.wait_for_selector("#after[src*=history]")
            else:
                chosen(page, "notch")
                page.locator("#c-shade-passes").fill("1")
                page.click("#paint")
                done(page)
                command = page.inner_text("#command")
            page.close()
        finally:
            studio.end()
    context.close()


def test_variations_are_offered_side_by_side_and_end_with_cancel(page: Any) -> None:
    chosen(page, "notch")
    page.locator("#c-shade-passes").fill("1")
    page.click("#more")
    page.wait_for_selector("#variations button:nth-child(2)", timeout=60000)
    page.click("#cancel")
    page.wait_for_selector("#cancel:disabled")
    many = page.locator("#variations button").count()
    assert many in (2, 3)
    time.sleep(1)
    assert page.locator("#variations button").count() == many
    page.click("#variations button:nth-child(1)")
    page.wait_for_selector('#status:has-text("as it was")')


def test_a_look_is_chosen_by_its_picture_and_a_setting_goes_back_to_it(page: Any) -> None:
    page.check("#looks input[value=confetti]", force=True)
    confetti = page.inner_text(".control:has(#c-shade-density) output")
    assert confetti == str(itten.load_look("confetti").shader["density"])
    page.locator("#c-shade-density").fill("0.9")
    assert page.inner_text(".control:has(#c-shade-density) output") == "0.9"
    page.click(".control:has(#c-shade-density) .reset")
    assert page.inner_text(".control:has(#c-shade-density) output") == confetti


def test_cancel(page: Any) -> None:
    chosen(page, "botanical")
    page.locator("#c-shade-passes").fill("12")
    page.click("#paint")
    page.wait_for_selector('[data-pass="1"]', timeout=60000)
    start = time.monotonic()
    page.click("#cancel")
    page.wait_for_selector('#status:has-text("cancelled")', timeout=5000)
    assert time.monotonic() - start < 2


def test_paste_and_what_is_too_large(page: Any) -> None:
    paste = """(size) => new Promise((done) => {
        const canvas = document.createElement('canvas'); [canvas.width, canvas.height] = size;
        canvas.getContext('2d').fillRect(2, 2, size[0] / 2, size[1] / 2);
        canvas.toBlob((blob) => {
            const data = new DataTransfer(); data.items.add(new File([blob], 'pasted.png', { type: 'image/png' }));
            document.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true })); done();
        });
    })"""
    page.evaluate(paste, [60, 40])
    page.wait_for_selector('#status:has-text("60 × 40")')
    assert page.locator("#paint").is_enabled()
    buffer = io.BytesIO()
    Image.new("1", (8000, 5000)).save(buffer, "PNG")
    page.set_input_files("#target-file", {"name": "big.png", "mimeType": "image/png", "buffer": buffer.getvalue()})
    page.wait_for_selector("#status.bad")
    assert "8000 × 5000" in page.inner_text("#status")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_cut_off_and_no_serious_fault_is_found(browser: Any, studio: Studio, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    page.goto(studio.address)
    page.wait_for_selector('#status:has-text("ready")')
    chosen(page, "notch")
    page.click("#mask-box summary")
    page.check("input[name=tool][value=marks]")
    page.click("#rest-box summary")
    page.locator("#c-shade-passes").fill("1")
    page.click("#paint")
    done(page)
    for width in (1440, 768, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width
        # Rows of pictures that were made are longer than the screen, and are scrolled.
        boxes = page.evaluate(
            "() => [...document.querySelectorAll('button, input, select')].filter((one) => one.checkVisibility()"
            "&& !one.closest('#passes, #variations, #history'))"
            ".map((one) => { const b = one.getBoundingClientRect(); return [one.id, b.left, b.right]; })"
        )
        assert [one for one in boxes if one[1] < -0.5 or one[2] > width + 0.5] == []
        faults = Axe().run(page).response["violations"]
        grave = [one for one in faults if one["impact"] in ("serious", "critical")]
        assert [(one["id"], one["nodes"][0]["html"]) for one in grave] == []
    context.close()


def test_two_clicks_to_the_first_picture(page: Any) -> None:
    page.click("[data-sample=notch]")
    page.click("#paint")
    page.wait_for_selector('[data-pass="1"]', timeout=60000)
    page.click("#cancel")


def test_by_keys_alone(page: Any) -> None:
    page.focus("[data-sample=notch]")
    page.keyboard.press("Enter")
    page.wait_for_selector("#paint:enabled")
    page.focus("#paint")
    page.keyboard.press("Enter")
    page.wait_for_selector('[data-pass="1"]', timeout=60000)
    page.click("#cancel")
