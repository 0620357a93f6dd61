"""
Read a .safetensors file: named arrays, and nothing that could run.

Eight bytes little-endian tell the length of a JSON header {name: {dtype, shape,
data_offsets}}; the arrays follow, row by row, little-endian
(huggingface/safetensors, README, "Format").
"""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ai.vectors.errors import ModelUnusable

Floats = NDArray[np.float32]

_TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "I64": "<i8", "I32": "<i4"}
LONGEST_HEADER = 100_000_000  # the format's own bound


def read(path: Path) -> dict[str, Floats]:
    """Return the arrays of the file at *path*, as float32. Raises ModelUnusable."""
    try:
        with path.open("rb") as file:
            size = int.from_bytes(file.read(8), "little")
            if size > min(LONGEST_HEADER, path.stat().st_size):
                raise ModelUnusable(f"{path} is no safetensors file: its header does not fit in it")
            header = json.loads(file.read(size))
            body = file.read()
    except (OSError, ValueError) as error:
        raise ModelUnusable(f"{path} cannot be read: {error}") from error
    if not isinstance(header, dict):
        raise ModelUnusable(f"{path} is no safetensors file: its header is no object")
    header.pop("__metadata__", None)
    return {name: _array(path, name, entry, body) for name, entry in header.items()}


def _array(path: Path, name: str, entry: Any, body: bytes) -> Floats:
    try:
        kind = np.dtype(_TYPES[entry["dtype"]])
        start, end = entry["data_offsets"]
        shape = tuple(entry["shape"])
        if not 0 <= start <= end <= len(body) or end - start != math.prod(shape) * kind.itemsize:
            raise ModelUnusable(f"{path} is cut short or damaged: {name} does not fit")
        raw = np.frombuffer(body[start:end], dtype=kind).reshape(shape)
    except (KeyError, TypeError, ValueError) as error:
        raise ModelUnusable(f"{path}: array {name} cannot be read: {error}") from error
    if entry["dtype"] == "BF16":
        return (raw.astype(np.uint32) << 16).view(np.float32)
    return raw.astype(np.float32)
