"""Coercion: what is accepted, what it becomes, and what the refusals say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from itten.errors import ImageFileError, InputError
from itten.image import as_image, to_pil, to_uint8, write_image


@pytest.mark.parametrize("shape", [(3, 4, 5), (2, 3, 4, 5), (2, 1, 3, 4, 5), (3, 1, 1)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_float_tensors_pass_without_a_copy(shape: tuple[int, ...], dtype: torch.dtype) -> None:
    image = torch.rand(shape, dtype=dtype, generator=torch.Generator().manual_seed(1))
    assert as_image(image) is image


def test_gradient_is_kept() -> None:
    image = torch.full((3, 2, 2), 0.5, requires_grad=True)
    (as_image(image) * 2).sum().backward()
    assert torch.equal(image.grad, torch.full((3, 2, 2), 2.0))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_becomes_float32(dtype: torch.dtype) -> None:
    image = as_image(torch.full((3, 2, 2), 0.25, dtype=dtype))
    assert image.dtype == torch.float32
    assert bool((image == 0.25).all())


def test_eight_bits_are_divided() -> None:
    values = torch.arange(12, dtype=torch.uint8).reshape(3, 2, 2)
    assert torch.equal(as_image(values), values.float() / 255)


@pytest.mark.parametrize(
    ("dtype", "scale"),
    [("uint8", 255), ("uint16", 65535), ("float32", 1), ("float64", 1), ("float16", 1), (">u2", 65535)],
)
def test_arrays(dtype: str, scale: int) -> None:
    unit = np.linspace(0, 1, 24).reshape(2, 4, 3)
    array = (unit * scale).astype(dtype)
    image = as_image(array)
    assert image.shape == (3, 2, 4)
    assert image.dtype == (torch.float64 if dtype == "float64" else torch.float32)
    assert np.allclose(image.permute(1, 2, 0).numpy(), unit, atol=1 / 255 if scale == 255 else 1e-3)


def test_arrays_grey_alpha_bool_reversed_and_frozen() -> None:
    grey = np.linspace(0, 1, 6, dtype=np.float32).reshape(2, 3)
    for given in (grey, grey[..., None]):
        image = as_image(given)
        assert image.shape == (3, 2, 3)
        assert torch.equal(image[2], torch.from_numpy(grey))
    four = np.dstack([grey, grey * 0.5, grey * 0, np.full_like(grey, 7)])
    assert torch.equal(as_image(four)[1], torch.from_numpy(grey * 0.5))
    assert torch.equal(as_image(grey > 0.5)[0], torch.from_numpy((grey > 0.5).astype(np.float32)))
    assert torch.equal(as_image(grey[::-1, ::-1])[0], torch.from_numpy(grey[::-1, ::-1].copy()))
    assert as_image(grey.astype(">f4")).dtype == torch.float32
    frozen = np.full((2, 2, 3), 0.5, np.float32)
    frozen.setflags(write=False)
    assert as_image(frozen).shape == (3, 2, 2)


def test_array_is_not_copied_when_it_need_not_be() -> None:
    array = np.zeros((2, 2, 3), np.float32)
    image = as_image(array)
    array[0, 1, 2] = 1
    assert image[2, 0, 1] == 1


def test_pillow_and_paths(tmp_path: Path, rgb: np.ndarray) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(rgb).save(path)
    expected = torch.from_numpy(rgb).permute(2, 0, 1).float() / 255
    for given in (path, str(path), Image.fromarray(rgb), Image.open(path)):
        assert torch.equal(as_image(given), expected)


def test_pillow_troubles(tmp_path: Path, rgb: np.ndarray) -> None:
    with pytest.raises(InputError, match="empty"):
        as_image(Image.new("RGB", (0, 4)))
    with pytest.raises(InputError, match="target has the colour mode LAB"):
        as_image(Image.new("LAB", (4, 4)), name="target")
    path = tmp_path / "a.png"
    Image.fromarray(rgb).save(path)
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(ImageFileError, match="cannot be decoded"):
        as_image(Image.open(path))


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
def test_not_finite_says_where(bad: float) -> None:
    image = torch.zeros(2, 3, 4, 5)
    image[1, 2, 3, 4] = bad
    image[1, 2, 3, 1] = bad
    with pytest.raises(InputError, match=rf"source holds {bad} at index \(1, 2, 3, 1\); 2 of"):
        as_image(image, name="source")


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (torch.full((3, 2, 2), 200.0), r"from 200 to 200.*divide by 255"),
        (torch.linspace(-1, 1, 12).reshape(3, 2, 2), r"from -1 to 1.*\(image \+ 1\) / 2"),
        (torch.linspace(-3, 4, 12).reshape(3, 2, 2), r"from -3 to 4.*clamp"),
        (torch.full((3, 2, 2), 1 + 3e-6), "needed is"),
        (torch.zeros(4, 4), r"\(4, 4\).*expand"),
        (torch.zeros(5, 6, 3), r"\(5, 6, 3\).*movedim"),
        (torch.zeros(4, 6, 6), r"\(4, 6, 6\).*alpha"),
        (torch.zeros(2, 1, 6, 6), "for grey"),
        (torch.zeros(2, 6, 6), r"needed is \(…, 3, H, W\)$"),
        (torch.zeros(3, 0, 6), "empty"),
        (torch.zeros(3, 4, 4, dtype=torch.int64), "int64"),
        (np.zeros((3, 8, 8)), r"\(3, 8, 8\).*transpose"),
        (np.zeros((8, 8, 2)), r"\(8, 8, 2\)"),
        (np.zeros(8), r"\(8,\)"),
        (np.zeros((0, 8, 3)), "empty"),
        (np.zeros((8, 8, 3), np.int32), "int32"),
        ([[1, 2]], "list"),
        (None, "NoneType"),
    ],
)
def test_refusals_name_what_was_wrong(image: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        as_image(image)


def test_rounding_outside_the_range_is_clamped() -> None:
    image = torch.tensor([-5e-7, 0.5, 1 + 5e-7]).reshape(3, 1, 1)
    assert as_image(image).flatten().tolist() == [0, 0.5, 1]


def test_halves_round_up_and_every_level_survives() -> None:
    levels = torch.arange(256, dtype=torch.uint8).reshape(1, 16, 16).expand(3, -1, -1)
    assert torch.equal(to_uint8(levels.float() / 255), levels)
    halves = torch.tensor([0.5, 1.5, 2.5], dtype=torch.float64).reshape(3, 1, 1) / 255
    assert to_uint8(halves).flatten().tolist() == [1, 2, 3]
    image = torch.full((3, 2, 2), 0.5)
    to_uint8(image)
    assert bool((image == 0.5).all()), "the input was changed"


def test_to_pil() -> None:
    image = torch.zeros(1, 3, 2, 5)
    image[0, 0] = 1
    picture = to_pil(image)
    assert (picture.mode, picture.size, picture.getpixel((4, 1))) == ("RGB", (5, 2), (255, 0, 0))
    veiled = to_pil(image, torch.full((2, 5), 0.5))
    assert (veiled.mode, veiled.getpixel((0, 0))) == ("RGBA", (255, 0, 0, 128))
    assert to_pil(image, torch.full((2, 5), 7, dtype=torch.uint8)).getpixel((0, 0))[3] == 7
    with pytest.raises(InputError, match="batch"):
        to_pil(torch.zeros(2, 3, 2, 2))
    with pytest.raises(InputError, match="alpha has the shape"):
        to_pil(image, torch.zeros(5, 2))


def test_random_pictures_survive_a_round_trip(tmp_path: Path) -> None:
    image = torch.rand(3, 9, 7, generator=torch.Generator().manual_seed(2))
    back = as_image(write_image(image, tmp_path / "a.png"))
    assert (back - image).abs().max() <= 0.5 / 255 + 1e-6
