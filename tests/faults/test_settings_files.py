"""Settings and pictures are regular files: a FIFO is not waited for, an endless device not read to its end."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

import itten
from itten.errors import ConfigError, ImageFileError
from itten.files import MOST_BYTES


def within(seconds: float, call: Callable[[], object]) -> BaseException | None:
    """What ``call`` raises; it has to end in time."""
    raised: list[BaseException] = []

    def work() -> None:
        try:
            call()
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(seconds)
    assert not thread.is_alive(), "it hangs"
    return raised[0] if raised else None


@pytest.fixture(params=["fifo", "device", "folder"])
def odd(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], Path]:
    """Makes something under a name that is no regular file."""

    def make(name: str) -> Path:
        path = tmp_path / name
        if request.param == "fifo":
            os.mkfifo(path)
        elif request.param == "device":
            path.symlink_to("/dev/zero")
        else:
            path.mkdir()
        return path

    return make


@pytest.mark.parametrize("suffix", ["toml", "json"])
def test_settings_are_regular_files(odd: Callable[[str], Path], suffix: str) -> None:
    path = odd(f"c.{suffix}")
    error = within(5, lambda: itten.ShaderConfig.from_config(path))
    assert isinstance(error, ConfigError)
    assert error.exit_code == 2
    assert str(path) in str(error)
    assert "is not a regular file" in str(error) or "is a folder" in str(error)


def test_looks_are_regular_files(odd: Callable[[str], Path]) -> None:
    from itten.config import read_look

    error = within(5, lambda: read_look(odd("c.toml")))
    assert isinstance(error, ConfigError)


def test_pictures_are_regular_files(odd: Callable[[str], Path]) -> None:
    error = within(5, lambda: itten.read_image(odd("a.png")))
    assert isinstance(error, ImageFileError)
    assert error.exit_code == 3


@pytest.mark.parametrize("option", ["--config", "--look"])
def test_the_command_says_so(run: Callable, option: str) -> None:
    os.mkfifo("c.toml")
    ran = []
    assert within(20, lambda: ran.append(run("shade", "a.png", option, "c.toml"))) is None
    assert ran[0].code == 2
    assert "'c.toml'" in ran[0].err
    assert "is not a regular file" in ran[0].err
    assert len(ran[0].err.splitlines()) == 1


@pytest.mark.parametrize("option", ["--write-mask", "--read-mask", "--keep"])
def test_masks_are_regular_files(run: Callable, option: str) -> None:
    Path("m.png").symlink_to("/dev/zero")
    ran = run("shade", "a.png", option, "m.png", "-p", 1)
    assert (ran.code, ran.err) == (3, "itten: 'm.png' is not a regular file\n")


def test_settings_have_a_size(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    text = "effect = 0.5\n"
    path.write_text(text + "#" * (MOST_BYTES - len(text)))
    assert itten.ShaderConfig.from_config(path).effect == 0.5
    path.write_text(text + "#" * (MOST_BYTES - len(text) + 1))
    with pytest.raises(ConfigError, match="more than 1 MiB"):
        itten.ShaderConfig.from_config(path)


def test_settings_from_another_system(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_bytes(b'\xef\xbb\xbfeffect = 0.5\r\n[spectrum]\r\nquality = "fast"\r\n')
    assert itten.ShaderConfig.from_config(path).effect == 0.5
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="utf-8"):
        itten.ShaderConfig.from_config(path)
