"""What is said of hostile input: early, of the caller's own indices, and by itten alone."""

from __future__ import annotations

import ctypes
import io
import logging
import os
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import itten
from itten.cli import guard
from itten.errors import ConfigError, ImageFileError, InputError, UsageError
from itten.image import as_image, diverging, quiet, read_header
from tests.faults.sound import sound
from tests.pictures import drawing

# What a command costs before it is refused: seconds and MB of memory of a process of its own, and whether torch came.
COST = """
import re, resource, sys
from itten.cli import main
sys.argv[0] = "itten"
try:
    main()
finally:
    used = resource.getrusage(resource.RUSAGE_SELF)
    peak = re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())  # the other one is a parent's, too
    print("cost", used.ru_utime + used.ru_stime, int(peak[1]) / 1024 if peak else 0, "torch" in sys.modules)
"""


def bomb(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "arguments", ["shade bomb.png", "shade a.png bomb.png", "shade a.png --keep bomb.png", "spectrum bomb.png"]
)
def test_a_pixel_bomb_is_refused_before_torch(folder: Path, arguments: str) -> None:
    (folder / "bomb.png").write_bytes(bomb(60_000, 60_000))
    command = [sys.executable, "-c", COST, *arguments.split()]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 3
    assert done.stderr == "itten: 'bomb.png' is too large: over 134217728 pixels\n"
    _, seconds, megabytes, torch_came = done.stdout.split()
    assert torch_came == "False"
    assert float(seconds) < 1
    assert float(megabytes) < 200


def test_a_head_needs_no_torch_and_says_what_is_stored(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (30, 20)).save(tmp_path / "a.jpg", exif=exif)
    assert read_header(tmp_path / "a.jpg") == ("JPEG", 30, 20, False)
    assert itten.read_image(tmp_path / "a.jpg").shape == (3, 30, 20)
    code = "import sys; from itten.image import read_header; read_header(sys.argv[1]); print('torch' in sys.modules)"
    command = [sys.executable, "-c", code, str(tmp_path / "a.jpg")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


@pytest.mark.parametrize(
    ("shape", "at"), [((5, 6, 3), (3, 4, 1)), ((5, 6, 4), (3, 4, 1)), ((5, 6), (3, 4)), ((5, 6, 1), (3, 4, 0))]
)
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_an_array_is_told_its_own_index(shape: tuple[int, ...], at: tuple[int, ...], bad: float, kind: type) -> None:
    array = np.zeros(shape, kind)
    array[at] = bad
    with pytest.raises(InputError) as caught:
        as_image(array, name="target")
    count = 3 if len(shape) == 3 and shape[2] == 1 else 1
    assert str(caught.value) == f"target holds {bad} at index {at}; {count} of its values are not finite"


def test_a_tensor_is_told_its_own_index() -> None:
    image = torch.zeros(2, 3, 5, 6)
    image[1, 2, 3, 4] = torch.nan
    with pytest.raises(InputError, match=r"at index \(1, 2, 3, 4\); 1 of"):
        as_image(image)
    features = torch.zeros(5, 8, 9)
    features[4, 3, 2] = torch.inf
    features[4, 3, 5] = torch.nan
    with pytest.raises(InputError, match=r"features? tensor holds inf at index \(4, 3, 2\); 2 of"):
        itten.spectrum(features)


@pytest.mark.parametrize("junk", ["mask", {}, object(), [[1.0], [2.0, 3.0]], np.array(["a"], object), 2**70])
@pytest.mark.parametrize("name", ["read", "write", "hidden", "exclude", "alpha", "the field"])
def test_what_is_no_array_is_named(tmp_path: Path, junk: object, name: str) -> None:
    image = drawing(12, 14)
    calls = {
        "exclude": lambda: itten.spectrum(image, 2, exclude=junk),
        "alpha": lambda: itten.write_image(image, tmp_path / "a.png", alpha=junk),
        "the field": lambda: diverging(junk),
    }
    with pytest.raises(InputError, match=f"^{name} is a .*; a tensor or an array is needed"):
        calls.get(name, lambda: itten.shade(image, passes=1, **{name: junk}))()


@pytest.mark.parametrize("method", [[], {}, 3, "nonsense"])
def test_a_method_that_is_none_is_named(method: object) -> None:
    with pytest.raises(UsageError, match=r"^unknown method .*: there are"):
        itten.spectrum(drawing(12, 14), 2, method)


@pytest.mark.parametrize("name", ["", "nonsense", "looks/x"])
def test_a_configuration_is_called_what_it_was_called(name: str) -> None:
    with pytest.raises(ConfigError, match=f"^'{name}' is neither a preset"):
        itten.ShaderConfig.from_config(name)


@pytest.mark.parametrize("tags", [{258: 16}, {277: 53094}])
def test_what_decoders_log_stays_unsaid(tmp_path: Path, tags: dict[int, int]) -> None:
    """Pillow logs what it thinks of some TIFFs, and Python prints it where nobody listens."""
    data = bytearray(sound("tiff"))
    (at,) = struct.unpack_from("<I", data, 4)
    for entry in range(at + 2, at + 2 + 12 * data[at], 12):
        (tag,) = struct.unpack_from("<H", data, entry)
        if tag in tags:
            struct.pack_into("<HIHH", data, entry + 2, 3, 1, tags[tag], 0)
    (tmp_path / "a.tif").write_bytes(data)
    code = "import sys\nfrom itten.image import read_header\ntry: read_header(sys.argv[1])\nexcept OSError: pass"
    command = [sys.executable, "-c", code, str(tmp_path / "a.tif")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == ""


def hurt_tiff(path: Path) -> Path:
    """A TIFF that libtiff has something to say about."""
    buffer = io.BytesIO()
    noise = (np.random.default_rng(0).random((64, 64, 3)) * 255).astype(np.uint8)
    Image.fromarray(noise).save(buffer, "TIFF", compression="tiff_lzw")
    data = bytearray(buffer.getvalue())
    data[200:400] = bytes(200)
    path.write_bytes(data)
    return path


def test_libtiff_says_nothing(tmp_path: Path, capfd: pytest.CaptureFixture) -> None:
    path = hurt_tiff(tmp_path / "hurt.tif")
    with Image.open(path) as picture, pytest.raises(OSError):
        picture.load()
    if not capfd.readouterr().err:
        pytest.skip("this libtiff says nothing by itself")
    with pytest.raises(ImageFileError, match=r"hurt\.tif"):
        itten.read_image(path)
    with ThreadPoolExecutor(4) as pool:
        assert all(isinstance(pool.submit(itten.read_image, path).exception(), ImageFileError) for _ in range(12))
    seen = capfd.readouterr()
    assert (seen.out, seen.err) == ("", "")
    with Image.open(path) as picture, pytest.raises(OSError):
        picture.load()
    assert capfd.readouterr().err, "elsewhere libtiff speaks as before"


def test_handlers_of_libtiff_are_put_back() -> None:
    own = ctypes.CFUNCTYPE(None, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_void_p)(lambda *_: None)
    mark = ctypes.cast(own, ctypes.c_void_p).value
    for setter in quiet._setters():
        before = setter(mark)
        with quiet.quiet_decoders(), quiet.quiet_decoders():
            during = setter(None)
        after = setter(before)
        assert (during, after) == (None, mark)


def test_without_a_libtiff_to_reach_pictures_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quiet._setters.cache_clear()
    monkeypatch.setattr(quiet.ctypes, "CDLL", lambda name: object())
    try:
        Image.new("RGB", (4, 3)).save(tmp_path / "a.tif")
        assert itten.read_image(tmp_path / "a.tif").shape == (3, 3, 4)
    finally:
        quiet._setters.cache_clear()


@pytest.mark.parametrize(
    "error",
    [
        ImportError("libtorch_cpu.so: failed to map segment from shared object"),
        ImportError("libtorch.so: cannot allocate memory in static TLS block"),
        OSError(12, os.strerror(12)),
        RuntimeError("std::bad_alloc"),
    ],
)
def test_a_loader_without_memory_is_a_sentence(error: Exception, capsys: pytest.CaptureFixture) -> None:
    @guard.guarded
    def fail() -> None:
        raise error

    with pytest.raises(guard.typer.Exit) as stopped:
        fail()
    assert stopped.value.exit_code == 4
    assert capsys.readouterr().err == guard.NO_MEMORY + "\n"


def test_another_import_that_fails_is_a_fault() -> None:
    @guard.guarded
    def fail() -> None:
        raise ImportError("no module")

    with pytest.raises(ImportError):
        fail()


def test_every_exit_code_is_documented() -> None:
    table = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8").split("## Errors and exit codes")[1]
    codes = {line.split("|")[1].strip() for line in table.splitlines() if line.startswith("| ")}
    assert codes == {"code", "---", "0", "1", "2", "3", "4", "130", "141", "143"}


def test_notices_are_one_line(run: Callable, caplog: pytest.LogCaptureFixture) -> None:
    hurt_tiff(Path("hurt.tif"))
    with caplog.at_level(logging.WARNING):
        ran = run("shade", "hurt.tif", "-p", 1)
    assert ran.code == 3
    assert ran.err.startswith("itten: 'hurt.tif' is damaged")
    assert len(ran.err.splitlines()) == 1
