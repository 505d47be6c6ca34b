"""Spectra in files: an ``.npz`` of arrays that any NumPy reads, and one text that says the rest."""

from __future__ import annotations

import io
import json
import os
import zipfile
import zlib
from typing import Any

import numpy as np

from itten.errors import InputError
from itten.files import Refused, as_path, opened

FORMAT = 1
# The arrays of a spectrum, and their dimensions as letters; what is said of it in words.
ARRAYS = {"values": "k", "vectors": "khw", "residuals": "k", "errors": "k", "dropped": "hw"}
NEEDED = ("values", "vectors", "residuals")
SAID = ("scale", "method", "status", "advice", "spent", "components", "laplacian", "edge_threshold")


def packed(arrays: dict[str, np.ndarray], told: dict[str, Any]) -> bytes:
    """The bytes of a file with these arrays and, as ``about``, in JSON, what is told. The same give the same."""
    about = np.array(json.dumps({"format": FORMAT, **told}, sort_keys=True))
    buffer = io.BytesIO()
    np.savez_compressed(buffer, about=about, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()


def unpacked(path: str | os.PathLike[str]) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """What :func:`packed` put into the file at ``path``. No object of it is unpickled. Raises
    :class:`~itten.errors.InputError` for a file that is missing or holds no spectrum."""
    as_path(path)
    name = repr(os.fspath(path))
    try:
        with opened(path, "spectrum") as file, np.load(file, allow_pickle=False) as held:
            about = json.loads(str(held["about"]))
            arrays = {key: held[key] for key in ARRAYS if key in NEEDED or key in held.files}
            return _fitting(arrays), _known(about)
    except FileNotFoundError as error:
        raise InputError(f"{name} does not exist") from error
    except Refused as error:
        raise InputError(f"{name} {error.strerror}") from error
    except (
        zipfile.BadZipFile,
        zlib.error,
        OSError,
        EOFError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        NotImplementedError,
        MemoryError,
    ) as error:
        raise InputError(f"{name} holds no spectrum, or is damaged ({type(error).__name__})") from error


def _fitting(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    size = dict(zip("khw", arrays["vectors"].shape, strict=True))
    for key, one in arrays.items():
        if one.shape != tuple(size[letter] for letter in ARRAYS[key]):
            raise ValueError(f"{key} has the shape {one.shape}")
        if one.dtype not in ((np.bool_,) if key == "dropped" else (np.float32, np.float64)):
            raise TypeError(f"{key} is {one.dtype}")
    return arrays


def _known(about: dict[str, Any]) -> dict[str, Any]:
    if about["format"] != FORMAT:
        raise ValueError(f"format {about['format']}, {FORMAT} is known")
    return {key: about[key] for key in SAID}
