"""What encoders write, opened again: counts, sizes, times, marks of repetition, colours."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

import itten
from itten.config import AnimationConfig
from itten.errors import ConfigError, UsageError
from itten.image import read_provenance
from itten.motion import Reel, check_format, write_animation
from itten.motion.palette import Palette
from itten.motion.reel import lengths, order

STILLS = ("gif", "png", "webp")


def reel(count: int = 7, height: int = 33, width: int = 41, colours: int = 2) -> Reel:
    """A square that wanders over paper; two of the frames are alike. ``colours``: 2, or many."""
    made = Reel()
    for number in range(count):
        frame = np.full((height, width, 3), 255, np.uint8)
        if colours > 2:
            y, x = np.mgrid[:height, :width]
            frame = np.stack([6 * y, 5 * x, 3 * (x + y)], axis=2).astype(np.uint8)
        at = 3 * min(number, count - 2)
        frame[5 + at : 12 + at, 4 + at : 15 + at] = (20, 0, 60)
        made.add(frame)
    return made


def frames_of(path: Path) -> tuple[list[np.ndarray], list[float], int | None]:
    with Image.open(path) as picture:
        found, times = [], []
        for one in ImageSequence.Iterator(picture):
            found.append(np.array(one.convert("RGB")))
            times.append(one.info["duration"])
        return found, times, picture.info.get("loop")


@pytest.mark.parametrize("kind", STILLS)
@pytest.mark.parametrize("loop", [0, 1, 3])
def test_frames_times_and_loops_are_as_asked(tmp_path: Path, kind: str, loop: int) -> None:
    with reel() as made:
        config = AnimationConfig(fps=8, hold=0.5, loop=loop)
        told = write_animation(made, tmp_path / f"a.{kind}", config)
        found, times, said = frames_of(told.path)
        assert len(found) == told.frames == 7
        for number, frame in enumerate(found):
            np.testing.assert_array_equal(frame, made[number])
    assert times[-1] == pytest.approx(625, abs=10)
    assert sum(times) == pytest.approx(7 / 8 * 1000 + 500, abs=6 if kind == "gif" else 1)
    assert told.seconds * 1000 == pytest.approx(sum(times))
    assert (told.width, told.height, told.exact, told.loop) == (41, 33, True, loop)
    if kind == "gif":  # it says how often all is repeated
        assert said == {0: 0, 1: None, 3: 2}[loop]
    else:
        assert said == loop


@pytest.mark.parametrize("kind", STILLS)
def test_back_and_forth_is_symmetric(tmp_path: Path, kind: str) -> None:
    with reel(5, colours=256) as made:
        told = write_animation(made, tmp_path / f"a.{kind}", AnimationConfig(fps=10, hold=0, ping_pong=True))
    found, _, _ = frames_of(told.path)
    assert len(found) == 8
    for number in range(1, 5):
        np.testing.assert_array_equal(found[number], found[-number])


def test_what_is_not_played_for_ever_ends_where_it_began() -> None:
    assert order(4, AnimationConfig(ping_pong=True)) == [0, 1, 2, 3, 2, 1]
    assert order(4, AnimationConfig(ping_pong=True, loop=2)) == [0, 1, 2, 3, 2, 1, 0]
    assert order(1, AnimationConfig(ping_pong=True)) == [0]


def test_rounded_times_add_up() -> None:
    config = AnimationConfig(fps=30, hold=0)
    assert lengths(range(6), config, 100) == [3, 4, 3, 3, 4, 3]
    assert sum(lengths(range(60), config, 100)) == 200


@pytest.mark.parametrize("kind", ["png", "webp"])
def test_many_colours_stay_exact_where_the_format_holds_them(tmp_path: Path, kind: str) -> None:
    with reel(4, colours=1000) as made:
        assert made.colours is None
        told = write_animation(made, tmp_path / f"a.{kind}", AnimationConfig(hold=0))
        found, _, _ = frames_of(told.path)
        assert all(np.array_equal(frame, made[number]) for number, frame in enumerate(found))
    assert told.exact


def test_a_gif_of_many_colours_is_near_and_stands_still(tmp_path: Path) -> None:
    with reel(4, 64, 64, colours=1000) as made:
        told = write_animation(made, tmp_path / "a.gif", AnimationConfig(hold=0))
        found, _, _ = frames_of(told.path)
        wanted = [made[number] for number in range(4)]
        square = Palette(made).colours
    assert not told.exact
    assert [20, 0, 60] in square.tolist()
    for one, other in zip(found, wanted, strict=True):
        assert np.abs(one.astype(int) - other).mean() < 8
    same = (wanted[0] == wanted[1]).all(axis=2)
    np.testing.assert_array_equal(found[0][same], found[1][same])


@pytest.mark.parametrize("kind", STILLS)
def test_the_same_frames_give_the_same_bytes(tmp_path: Path, kind: str) -> None:
    with reel(3) as made:
        first, again = (
            write_animation(made, tmp_path / f"{name}.{kind}", AnimationConfig()).path.read_bytes() for name in "ab"
        )
    assert first == again


def test_losses_make_a_webp_smaller(tmp_path: Path) -> None:
    noise = np.random.default_rng(3).integers(0, 255, (40, 48, 3), np.uint8)
    with Reel() as made:
        made.add(noise)
        exact = write_animation(made, tmp_path / "a.webp", AnimationConfig())
        lossy = write_animation(made, tmp_path / "b.webp", AnimationConfig(quality=40))
    assert (exact.exact, lossy.exact) == (True, False)
    assert lossy.path.stat().st_size < exact.path.stat().st_size / 2


SAYS = '{"itten":"recipe","with":"\\u00e4, <tags> & more"}' + " " * 700


@pytest.mark.parametrize("kind", STILLS)
@pytest.mark.parametrize("colours", [2, 256, 1000])
@pytest.mark.parametrize("loop", [0, 1, 3])
def test_what_a_file_says_changes_nothing_else(tmp_path: Path, kind: str, colours: int, loop: int) -> None:
    with reel(5, colours=colours) as made:
        config = AnimationConfig(fps=8, loop=loop)
        plain = write_animation(made, tmp_path / f"plain.{kind}", config).path
        says = write_animation(made, tmp_path / f"says.{kind}", config, made=SAYS).path
    assert (read_provenance(plain), read_provenance(says)) == (None, SAYS)
    (found, *rest), (known, *others) = frames_of(says), frames_of(plain)
    assert rest == others
    for one, other in zip(found, known, strict=True):
        np.testing.assert_array_equal(one, other)
    with Image.open(says) as one, Image.open(plain) as other:
        assert (one.n_frames, one.size, one.getpalette()) == (other.n_frames, other.size, other.getpalette())
    if kind == "gif":
        with Image.open(says) as one:
            assert one.info["comment"] == b"itten " + SAYS.encode()
        assert says.read_bytes().replace(gif_comment(SAYS), b"") == plain.read_bytes()


def gif_comment(text: str) -> bytes:
    """The extension as the format's description has it, written down a second time."""
    data, block = b"itten " + text.encode(), b"\x21\xfe"
    while data:
        block, data = block + bytes([min(len(data), 255)]) + data[:255], data[255:]
    return block + b"\x00"


@pytest.mark.parametrize("comment", [b"made elsewhere", b"ittenish", b""])
def test_a_comment_of_others_is_no_recipe(tmp_path: Path, comment: bytes) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "a.gif", comment=comment)
    assert read_provenance(tmp_path / "a.gif") is None


def test_what_a_film_says_changes_nothing_else(tmp_path: Path) -> None:
    av = pytest.importorskip("av")
    with reel(6) as made:
        config = AnimationConfig(fps=12.5, hold=0.4)
        plain = write_animation(made, tmp_path / "plain.mp4", config).path
        says, again = (write_animation(made, tmp_path / f"{name}.mp4", config, made=SAYS).path for name in "ab")
    assert says.read_bytes() == again.read_bytes()
    assert (read_provenance(plain), read_provenance(says)) == (None, SAYS)
    shown = []
    for path in (plain, says):
        with av.open(str(path)) as film:
            stream = film.streams.video[0]
            assert film.metadata.get("comment") == (None if path == plain else f"itten {SAYS}")
            times = [(frame.pts, frame.to_ndarray(format="rgb24").tobytes()) for frame in film.decode(stream)]
            shown.append((float(stream.average_rate), stream.time_base, times))
    assert shown[0] == shown[1]


def test_films_that_say_nothing_or_are_damaged(tmp_path: Path) -> None:
    pytest.importorskip("av")
    with reel(2) as made:
        whole = write_animation(made, tmp_path / "a.mp4", AnimationConfig(), made=SAYS).path.read_bytes()
    odd, at = tmp_path / "odd.mp4", whole.index(b"\xa9cmt")
    cut = [whole[:length] for length in (12, 40, at, at + 20, at + 40)]
    long = [whole[: at - 4] + length + whole[at:] for length in (b"\0\0\0\x07", b"\xff" * 4)]
    empty = b"\0\0\0\x08free"
    for data in (*cut, *long, whole[:32] + empty * 10_000, whole[:32] + b"\0\0\0\x01moov" + b"\xff" * 8):
        odd.write_bytes(data)
        assert read_provenance(odd) is None
    to_the_end = whole[: at - 4] + bytes(4) + whole[at:]
    for data in (whole[:32] + empty * 10 + whole[32:], to_the_end):
        odd.write_bytes(data)
        assert read_provenance(odd) == SAYS


def test_a_film_has_its_frames_rate_and_even_sides(tmp_path: Path) -> None:
    av = pytest.importorskip("av")
    with reel(6) as made:
        told = write_animation(made, tmp_path / "a.mp4", AnimationConfig(fps=12.5, hold=0.4))
        again = write_animation(made, tmp_path / "b.mp4", AnimationConfig(fps=12.5, hold=0.4))
        wanted = [made[0], made[5]]
    with av.open(str(told.path)) as film:
        stream = film.streams.video[0]
        shown = [frame.to_ndarray(format="rgb24") for frame in film.decode(stream)]
        assert float(stream.average_rate) == 12.5
    assert told.path.read_bytes() == again.path.read_bytes()
    assert len(shown) == told.frames == 11
    assert shown[0].shape == (34, 42, 3)
    assert (told.width, told.height, told.exact) == (42, 34, False)
    assert told.seconds == pytest.approx(11 / 12.5)
    for frame, known in ((shown[0], wanted[0]), (shown[-1], wanted[1])):
        assert np.abs(frame[:33, :41].astype(int) - known).mean() < 6


def test_names_and_rates_are_refused_before_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="known are gif, png, apng, webp, mp4"):
        itten.animate(np.zeros((8, 8, 3)), path=tmp_path / "a.bmp")
    with pytest.raises(UsageError, match="at most 50 frames"):
        check_format("a.gif", AnimationConfig(fps=60))
    with pytest.raises(UsageError, match="quality is for WebP"):
        check_format("a.png", AnimationConfig(quality=50))
    with pytest.raises(ConfigError, match="did you mean 'fps'"):
        itten.animate(np.zeros((8, 8, 3)), path="a.gif", fp=5)
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(UsageError, match=r"itten\[video\]"):
        check_format("a.mp4", AnimationConfig())
    with Reel() as nothing, pytest.raises(UsageError, match="one frame"):
        write_animation(nothing, tmp_path / "a.gif", AnimationConfig())
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_is_taken_is_left_alone(tmp_path: Path) -> None:
    there = tmp_path / "a.gif"
    there.write_bytes(b"mine")
    with reel(2) as made:
        told = write_animation(made, there, AnimationConfig())
        assert told.path != there
        assert write_animation(made, there, AnimationConfig(), overwrite=True).path == there
    assert there.read_bytes().startswith(b"GIF89a")


def test_frames_have_one_size() -> None:
    with reel(1) as made:
        with pytest.raises(UsageError, match="41 × 33; got 5 × 4"):
            made.add(np.zeros((4, 5, 3), np.uint8))
        with pytest.raises(UsageError, match="uint8"):
            made.add(np.zeros((33, 41, 3)))
