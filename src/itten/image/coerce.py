"""Whatever a caller has (tensor, array, Pillow picture, path) as an image tensor, and back to 8 bits."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from itten.errors import ImageFileError, InputError, UsageError
from itten.image.formats import UnsupportedMode
from itten.image.modes import planes
from itten.image.picture import WHITE, Picture
from itten.image.read import read_picture

TOLERANCE = 1e-6
"""How far a value may lie outside [0, 1] before it is an error; within that it is clamped."""

_HALF = (torch.float16, torch.bfloat16)
_FULL = (torch.float32, torch.float64)


def as_image(value: Any, *, name: str = "image") -> Tensor:
    """Return ``value`` as a ``(…, 3, H, W)`` float tensor in [0, 1].

    Accepted are
      * tensors ``(…, 3, H, W)``: float32 and float64 stay what they are and are not copied, float16 and
        bfloat16 become float32, uint8 is divided by 255; the device and the gradient are kept;
      * NumPy arrays ``(H, W, 3)``, ``(H, W)`` grey, ``(H, W, 1)`` grey, ``(H, W, 4)`` with its alpha
        dropped: float, bool, uint8 (over 255) or uint16 (over 65535);
      * Pillow pictures of any mode that :func:`itten.image.read_picture` knows;
      * ``str`` or ``Path``: read from there;
      * a :class:`~itten.image.Picture`.

    The last three are seen as displayed over white where they have alpha. Profiles are not applied.

    ``name`` is what error messages call the value. Raises :class:`~itten.errors.InputError` for wrong
    types, shapes, empty images, NaN or Inf (saying where) and values outside [0, 1] (saying how far);
    :class:`~itten.errors.ImageFileError` for files.
    """
    if isinstance(value, (str, os.PathLike)):
        return read_picture(value).over(WHITE)
    if isinstance(value, Picture):
        return _checked(_from_tensor(value.over(WHITE), name), name)
    if isinstance(value, Image.Image):
        return _from_pil(value, name)
    if isinstance(value, np.ndarray):
        return _checked(_from_array(value, name), name, value.ndim)
    if isinstance(value, Tensor):
        return _checked(_from_tensor(value, name), name)
    raise InputError(
        f"{name} is a {type(value).__name__}; give a tensor (…, 3, H, W), a NumPy array (H, W, 3), "
        "a Pillow picture or a path"
    )


def to_uint8(image: Any) -> Tensor:
    """Return the image as uint8 ``(…, 3, H, W)``: floor(255 · x + 0.5), that is, halves round up.

    Takes what :func:`as_image` takes and raises what it raises.
    """
    return as_image(image).detach().mul(255).add_(0.5).floor_().to(torch.uint8)


def to_uint16(image: Any, alpha: Any = None) -> np.ndarray:
    """Return one image as uint16 ``(H, W, 3)``, ``(H, W, 4)`` with ``alpha`` ``(H, W)`` in [0, 1]; halves round up.

    Raises what :func:`to_pil` raises.
    """
    channels = _single(as_image(image).detach())
    if alpha is not None:
        veil = as_image(_veil(alpha, tuple(channels.shape[1:])).expand(3, -1, -1), name="alpha")
        channels = torch.cat([channels, veil[:1].to(channels)])
    return channels.mul(65535).add_(0.5).floor_().permute(1, 2, 0).cpu().numpy().astype(np.uint16)


def to_pil(image: Any, alpha: Any = None) -> Image.Image:
    """Return one image as a Pillow picture: RGB, or RGBA where ``alpha`` ``(H, W)`` in [0, 1] is given.

    Batches of one are accepted. Raises :class:`~itten.errors.InputError` for larger batches, for an alpha
    of another size, and for whatever :func:`as_image` refuses.
    """
    array = _single(to_uint8(image)).permute(1, 2, 0).cpu().contiguous().numpy()
    if alpha is None:
        return Image.fromarray(array)
    veil = as_tensor(alpha, "alpha")
    if veil.dtype != torch.uint8:
        veil = to_uint8(_veil(veil, array.shape[:2]).expand(3, *veil.shape))[0]
    return Image.fromarray(np.dstack([array, _veil(veil, array.shape[:2]).cpu().numpy()]))


def as_tensor(value: Any, name: str) -> Tensor:
    """A tensor, an array or nested numbers as a tensor. Raises :class:`~itten.errors.InputError` for anything else."""
    if isinstance(value, np.ndarray) and any(step < 0 for step in value.strides):
        value = value.copy()  # torch takes no view that runs backwards
    try:
        return torch.as_tensor(value)
    except (TypeError, ValueError, RuntimeError, OverflowError) as error:
        kind = f"array of {value.dtype}" if isinstance(value, np.ndarray) else type(value).__name__
        raise InputError(f"{name} is a {kind}; a tensor or an array is needed") from error


def renamed(new: Any, old: Any, names: tuple[str, str]) -> Any:
    """The argument that was given of one that has a new name; the old one still works. Raises
    :class:`~itten.errors.UsageError` for both."""
    if old is None:
        return new
    if new is not None:
        raise UsageError(f"{names[0]} is the new name of {names[1]}: give one of them")
    warnings.warn(f"{names[1]} is called {names[0]} now", DeprecationWarning, stacklevel=3)
    return old


def as_mask(mask: Any, size: Sequence[int], name: str, device: torch.device) -> Tensor | None:
    """A mask as ``(H, W)`` bool on ``device``. Raises :class:`~itten.errors.InputError` if it is none of that size."""
    if mask is None:
        return None
    tensor = as_tensor(mask, name)
    if tensor.dtype != torch.bool or tuple(tensor.shape) != tuple(size):
        raise InputError(
            f"{name}: bool {tuple(size)} is wanted, True where it is allowed, got {tensor.dtype} {tuple(tensor.shape)}"
        )
    return tensor.to(device)


def one_picture(value: Any) -> tuple[Tensor, torch.device]:
    """``value``, as :func:`as_image` takes it, as ``(3, H, W)`` on the CPU without a gradient, and the device that it
    came from. Batches of one are accepted; raises :class:`~itten.errors.InputError` for larger ones."""
    found = _single(as_image(value).detach())
    return found.cpu(), found.device


def _single(pixels: Tensor) -> Tensor:
    if pixels.numel() != 3 * pixels.shape[-2] * pixels.shape[-1]:
        raise InputError(f"one image is needed here, shape (3, H, W), and not a batch {tuple(pixels.shape)}")
    return pixels.reshape(pixels.shape[-3:])


def _veil(alpha: Any, size: tuple[int, ...]) -> Tensor:
    veil = as_tensor(alpha, "alpha")
    if tuple(veil.shape) != size:
        raise InputError(f"alpha has the shape {tuple(veil.shape)}, the image needs {size}")
    return veil


def _from_pil(picture: Image.Image, name: str) -> Tensor:
    if 0 in picture.size:
        raise InputError(f"{name} is empty: {picture.size[0]} × {picture.size[1]} pixels")
    try:
        found = planes(picture)
    except UnsupportedMode as error:
        raise InputError(f"{name} {error}") from error
    except (OSError, SyntaxError, ValueError) as error:  # Pillow decodes lazily: the file may be damaged
        raise ImageFileError(f"{name} cannot be decoded ({error})") from error
    alpha = None if found.alpha is None else torch.from_numpy(found.alpha)
    return Picture(torch.from_numpy(found.rgb), alpha).over(WHITE)


def _from_array(array: np.ndarray, name: str) -> Tensor:
    if array.ndim == 2:
        array = array[..., None]
    if array.ndim != 3 or array.shape[-1] not in (1, 3, 4):
        hint = ""
        if array.ndim == 3 and array.shape[0] in (1, 3, 4):
            hint = "; this one has its channels first: use array.transpose(1, 2, 0), or a torch tensor"
        raise InputError(
            f"{name} is a NumPy array of shape {array.shape}; needed is (H, W, 3), (H, W) or (H, W, 4){hint}"
        )
    if array.shape[-1] == 4:
        array = array[..., :3]
    array = array.astype(array.dtype.newbyteorder("="), copy=False)
    if array.dtype == np.uint16:
        array = array.astype(np.float32) / np.float32(65535)
    elif array.dtype == np.bool_ or array.dtype == np.float16:
        array = array.astype(np.float32)
    elif array.dtype not in (np.float32, np.float64, np.uint8):
        raise InputError(f"{name} is a NumPy array of {array.dtype}; needed is float in [0, 1], uint8, uint16 or bool")
    if any(step < 0 for step in array.strides) or not array.flags.writeable:  # torch takes neither
        array = array.copy()
    tensor = torch.from_numpy(array).permute(2, 0, 1)
    if tensor.shape[0] == 1:
        tensor = tensor.expand(3, -1, -1)
    return _from_tensor(tensor, name)


def _from_tensor(tensor: Tensor, name: str) -> Tensor:
    shape = tuple(tensor.shape)
    if tensor.ndim < 3 or shape[-3] != 3:
        hint = ""
        if tensor.ndim >= 3 and shape[-1] in (3, 4):
            hint = "; this one has its channels last: use tensor.movedim(-1, -3)"
        elif tensor.ndim == 2:
            hint = "; for grey use tensor.expand(3, -1, -1)"
        elif tensor.ndim >= 3 and shape[-3] == 4:
            hint = "; drop the alpha channel with tensor[..., :3, :, :]"
        elif tensor.ndim >= 3 and shape[-3] == 1:
            hint = "; for grey use tensor.expand(…, 3, -1, -1)"
        raise InputError(f"{name} is a tensor of shape {shape}; needed is (…, 3, H, W){hint}")
    if tensor.numel() == 0:
        raise InputError(f"{name} is empty: shape {shape}; every dimension has to be at least 1")
    if tensor.dtype in _FULL:
        return tensor
    if tensor.dtype in _HALF:
        return tensor.to(torch.float32)
    if tensor.dtype == torch.uint8:
        return tensor.to(torch.float32) / 255
    raise InputError(f"{name} is a tensor of {tensor.dtype}; needed is a float type in [0, 1], or uint8")


def refuse_not_finite(values: Tensor, name: str) -> None:
    """Raise :class:`~itten.errors.InputError` where a value is NaN or Inf, saying which is the first."""
    # NaN passes through both; what follows takes twenty times as long.
    if all(bool(torch.isfinite(bound)) for bound in torch.aminmax(values)):
        return
    bad = ~torch.isfinite(values)
    if bool(bad.any()):
        where = tuple(bad.nonzero()[0].tolist())
        count = int(bad.sum())
        raise InputError(f"{name} holds {float(values[where])} at index {where}; {count} of its values are not finite")


def _checked(image: Tensor, name: str, array: int = 0) -> Tensor:
    """``array``: how many dimensions the caller's array has, channels last, if it is one."""
    low, high = (float(bound) for bound in torch.aminmax(image.detach()))  # NaN passes through both
    if not (np.isfinite(low) and np.isfinite(high)):
        told = image.detach()
        refuse_not_finite(told[0] if array == 2 else told.permute(1, 2, 0) if array else told, name)
    if low < -TOLERANCE or high > 1 + TOLERANCE:
        hint = "use image.clamp(0, 1), or rescale it"
        if low >= 0 and 1.5 < high <= 255:
            hint = "divide by 255 if these are 8-bit values"
        elif -1 - TOLERANCE <= low < 0 and high <= 1 + TOLERANCE:
            hint = "use (image + 1) / 2 if it is meant to lie in [-1, 1], else clamp it"
        raise InputError(f"{name} has values from {low:.6g} to {high:.6g}; needed is [0, 1]: {hint}")
    return image.clamp(0, 1) if low < 0 or high > 1 else image
