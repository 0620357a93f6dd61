"""
A small BERT sentence encoder in numpy: all-MiniLM-L6-v2 and models built alike.

Token, position and type embeddings; layers of self-attention and feed-forward with
layer norm after each; the mean over the tokens, at length 1. The weights are read from
``model.safetensors``, the tokenizer from ``tokenizer.json``, the shape from
``config.json`` of a folder that the operator names; nothing is fetched.
"""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ai.vectors import safetensors, wordpiece
from ai.vectors.errors import ModelUnusable

Floats = NDArray[np.float32]

LONGEST = 256
"""Pieces of a text that are read, its ends included: what all-MiniLM-L6-v2 was trained for."""
BATCH = 2048
"""Pieces computed at a time."""
PIECE = 1 << 14
"""Numbers worked on in one go, so that they stay in the processor's cache."""


class MiniLM:
    """A sentence encoder: texts in, unit vectors out. Raises ModelUnusable when made."""

    level = 2
    own = 0.5

    def __init__(self, folder: Path) -> None:
        config = _config(folder)
        self._tokens = wordpiece.read(folder)
        self._heads = int(config["num_attention_heads"])
        self._epsilon = np.float32(config.get("layer_norm_eps", 1e-12))
        arrays = safetensors.read(folder / "model.safetensors")
        arrays = {name.removeprefix("bert."): array for name, array in arrays.items()}
        try:
            self._words = arrays["embeddings.word_embeddings.weight"]
            self._places = (
                arrays["embeddings.position_embeddings.weight"]
                + arrays["embeddings.token_type_embeddings.weight"][0]
            )
            self._norm = _norm(arrays, "embeddings.LayerNorm")
            self._layers = [
                _layer(arrays, f"encoder.layer.{n}.") for n in range(config["num_hidden_layers"])
            ]
        except (KeyError, ValueError) as error:
            raise ModelUnusable(f"{folder} holds no BERT encoder: {error} is missing") from error
        self.size = self._words.shape[1]
        self._longest = min(LONGEST, len(self._places))

    def vectors(self, texts: Sequence[str]) -> Floats:
        """Return one unit vector a text (n x size)."""
        rows = [self._row(text) for text in texts]
        order = sorted(range(len(rows)), key=lambda row: len(rows[row]))
        found = np.zeros((len(rows), self.size), dtype=np.float32)
        start = 0
        while start < len(order):
            end = start + 1
            while end < len(order) and (end + 1 - start) * len(rows[order[end]]) <= BATCH:
                end += 1
            batch = order[start:end]
            found[batch] = self._encode([rows[row] for row in batch])
            start = end
        return found

    def pieces(self) -> list[str]:
        """Return the vocabulary, by number."""
        return self._tokens.pieces()

    def alone(self, pieces: Sequence[int]) -> Floats:
        """Return the vectors of single *pieces*, each a text of its own."""
        return self._encode([[self._tokens.first, piece, self._tokens.last] for piece in pieces])

    def _row(self, text: str) -> list[int]:
        pieces = self._tokens.numbers(text)[: self._longest - 2]
        return [self._tokens.first, *pieces, self._tokens.last]

    def _encode(self, rows: list[list[int]]) -> Floats:
        width = max(map(len, rows))
        numbers = np.array([row + [0] * (width - len(row)) for row in rows])
        there = np.arange(width) < np.array([len(row) for row in rows])[:, None]
        state = (self._words[numbers] + self._places[:width]).reshape(-1, self.size)
        self._normalise(state, self._norm)
        shut = np.where(there, np.float32(0), np.float32(-1e9))[:, None, None, :]
        for layer in self._layers:
            state += self._attend(state, layer, shut)
            self._normalise(state, layer["attended"])
            inner = state @ layer["in"] + layer["in_bias"]
            gelu(inner)
            state += inner @ layer["out"]
            state += layer["out_bias"]
            self._normalise(state, layer["done"])
        shares = there / there.sum(axis=1, keepdims=True)
        whole = state.reshape(len(rows), width, self.size)
        mean = np.einsum("ij,ijk->ik", shares.astype(np.float32), whole)
        mean /= np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), np.float32(1e-12))
        found: Floats = mean
        return found

    def _attend(self, state: Floats, layer: dict[str, Any], shut: Floats) -> Floats:
        count, width = shut.shape[0], shut.shape[3]
        mixed = state @ layer["mix"] + layer["mix_bias"]
        parts = mixed.reshape(count, width, 3, self._heads, -1).transpose(2, 0, 3, 1, 4)
        query, key, value = np.ascontiguousarray(parts)
        scores = query @ key.transpose(0, 1, 3, 2)
        scores *= np.float32(1 / math.sqrt(self.size // self._heads))
        scores += shut
        scores -= scores.max(axis=3, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(axis=3, keepdims=True)
        seen = (scores @ value).transpose(0, 2, 1, 3).reshape(-1, self.size)
        found: Floats = seen @ layer["join"] + layer["join_bias"]
        return found

    def _normalise(self, state: Floats, norm: tuple[Floats, Floats]) -> None:
        """Layer norm in place."""
        state -= state.mean(axis=1, keepdims=True)
        spread = np.einsum("ij,ij->i", state, state) * np.float32(1 / self.size)
        state *= (1 / np.sqrt(spread + self._epsilon))[:, None]
        state *= norm[0]
        state += norm[1]


def gelu(values: Floats) -> None:
    """
    Gaussian error linear unit in place, of a contiguous array: x/2 (1 + erf(x/√2)).

    The error function by Abramowitz and Stegun 7.1.26, within 1.5e-7.
    """
    flat = values.reshape(-1)
    for low in range(0, flat.size, PIECE):
        _gelu(flat[low : low + PIECE])


def _gelu(values: Floats) -> None:
    size = np.abs(values)
    half = size * np.float32(0.5)
    size *= np.float32(math.sqrt(0.5))
    turn = size * np.float32(0.3275911)
    turn += np.float32(1)
    np.reciprocal(turn, out=turn)
    rest = turn * np.float32(1.061405429)  # becomes 1 - erf(|x|/√2)
    for factor in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        rest += np.float32(factor)
        rest *= turn
    np.multiply(size, size, out=size)
    np.negative(size, out=size)
    np.exp(size, out=size)
    rest *= size
    rest *= half
    np.maximum(values, 0, out=values)
    values -= rest


def _config(folder: Path) -> dict[str, Any]:
    path = folder / "config.json"
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
        if config["model_type"] != "bert" or config["hidden_act"] != "gelu":
            raise ModelUnusable(
                f"{path} is not of a BERT model with gelu; serve this model by an"
                " OpenAI-compatible /v1/embeddings endpoint instead"
            )
        int(config["num_attention_heads"]), int(config["num_hidden_layers"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelUnusable(f"{path} cannot be read as a model's shape: {error!r}") from error
    found: dict[str, Any] = config
    return found


def _norm(arrays: dict[str, Floats], name: str) -> tuple[Floats, Floats]:
    return arrays[f"{name}.weight"], arrays[f"{name}.bias"]


def _layer(arrays: dict[str, Floats], name: str) -> dict[str, Any]:
    def dense(part: str) -> tuple[Floats, Floats]:
        weight = arrays[f"{name}{part}.weight"]
        return np.ascontiguousarray(weight.T), arrays[f"{name}{part}.bias"]

    mixed = [dense(f"attention.self.{part}") for part in ("query", "key", "value")]
    join, join_bias = dense("attention.output.dense")
    into, into_bias = dense("intermediate.dense")
    out, out_bias = dense("output.dense")
    return {
        "mix": np.concatenate([weight for weight, _ in mixed], axis=1),
        "mix_bias": np.concatenate([bias for _, bias in mixed]),
        "join": join,
        "join_bias": join_bias,
        "attended": _norm(arrays, f"{name}attention.output.LayerNorm"),
        "in": into,
        "in_bias": into_bias,
        "out": out,
        "out_bias": out_bias,
        "done": _norm(arrays, f"{name}output.LayerNorm"),
    }
