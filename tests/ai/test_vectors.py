"""Vectors: features, their analysis, tokens, the static table, the encoder from a folder."""

import json
import math
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai.vectors import features, lsa, safetensors, wordpiece
from ai.vectors.encoder import Cached
from ai.vectors.errors import ModelUnusable
from ai.vectors.minilm import MiniLM, gelu
from ai.vectors.table import Table

PIECES = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "the",
    "pay",
    "##ment",
    "##s",
    "fail",
    "!",
    "cafe",
    "日",
]


def test_features_are_those_of_the_text_alone() -> None:
    """A text among others is counted as alone; case and form do not matter."""
    many = features.count(["Pay now", "", "pay  NOW!", "other"])
    alone = features.count(["Pay now"])
    rows = [many.columns[many.starts[n] : many.starts[n + 1]].tolist() for n in range(4)]
    assert rows[0] == rows[2] == alone.columns.tolist()
    assert rows[1] == []
    assert set(rows[0]) != set(rows[3])


def test_word_order_counts_in_pairs() -> None:
    """Words alone are the same, pairs are not."""
    rows = features.count(["pay now", "now pay"])
    one, other = (set(rows.columns[rows.starts[n] : rows.starts[n + 1]].tolist()) for n in (0, 1))
    assert len(one - other) == len(other - one) == 1


@given(st.lists(st.text("ab c", max_size=12), max_size=8))
def test_a_product_of_sparse_rows_is_that_of_dense_ones(texts: list[str]) -> None:
    """Also after keeping some columns, and transposed."""
    rows = features.count(texts)
    columns = np.unique(rows.columns).astype(np.int64)[::2]
    kept = rows.kept(columns)
    dense = np.zeros((len(texts), len(columns)), dtype=np.float32)
    dense[kept.owners(), kept.columns] = kept.values
    right = np.random.default_rng(0).standard_normal((len(columns), 3), dtype=np.float32)
    left = np.random.default_rng(1).standard_normal((len(texts), 3), dtype=np.float32)
    assert np.allclose(kept.dot(right), dense @ right, atol=1e-4)
    assert np.allclose(kept.flipped().dot(left), dense.T @ left, atol=1e-4)


def test_the_directions_found_are_those_of_the_full_decomposition() -> None:
    """The strongest ones, as numpy's own SVD of the dense matrix finds them."""
    chance = np.random.default_rng(3)
    words = [f"w{n}" for n in range(40)]
    texts = [
        " ".join(chance.choice(words[k * 8 : k * 8 + 12], 6))
        for k in (0, 1, 2, 3)
        for _ in range(30)
    ]
    counts = features.count(texts)
    fitted = lsa.fit(counts, 8)
    rows = lsa._weighed(counts, fitted.columns, fitted.weights)
    dense = np.zeros((len(texts), len(fitted.columns)))
    dense[rows.owners(), rows.columns] = rows.values
    strengths = np.linalg.svd(dense, compute_uv=False)[:8]
    assert np.allclose(np.linalg.norm(fitted.project(counts), axis=0), strengths, rtol=1e-3)


def test_words_are_cut_as_bert_cuts_them() -> None:
    """Longest piece first; accents go; marks and ideographs stand alone; the rest is unknown."""
    tokens = wordpiece.WordPiece({piece: n for n, piece in enumerate(PIECES)})
    assert [PIECES[n] for n in tokens.numbers("The PAYMENTS fail!! café 日日 xyz")] == [
        "the", "pay", "##ment", "##s", "fail", "!", "!", "cafe", "日", "日", "[UNK]",
    ]  # fmt: skip
    assert tokens.numbers("\0 \u200b \ufffd") == []
    assert tokens.numbers("[SEP]") != [tokens.last]  # what visitors write is never a mark


@given(st.text(max_size=60))
def test_any_text_can_be_cut(text: str) -> None:
    """Without an error, into known numbers."""
    tokens = wordpiece.WordPiece({piece: n for n, piece in enumerate(PIECES)})
    assert all(0 <= number < len(PIECES) for number in tokens.numbers(text))


def test_the_shipped_table_knows_what_is_alike() -> None:
    """Words that mean the same are nearer than words that do not; unknown ones are zero."""
    vectors = Table().vectors(["payment", "money", "animal", "", "👍"])
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.2
    assert not vectors[3].any()
    assert np.allclose(np.linalg.norm(vectors[:3], axis=1), 1, atol=1e-5)


def test_a_missing_table_is_told(tmp_path: Path) -> None:
    """By its path."""
    with pytest.raises(ModelUnusable, match=r"none\.npz"):
        Table(tmp_path / "none.npz").vectors(["a"])


def write_safetensors(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write *arrays* in the published format."""
    header, body = {}, b""
    for name, array in arrays.items():
        raw = np.ascontiguousarray(array, dtype="<f4").tobytes()
        header[name] = {
            "dtype": "F32",
            "shape": list(array.shape),
            "data_offsets": [len(body), len(body) + len(raw)],
        }
        body += raw
    told = json.dumps({"__metadata__": {"format": "pt"}, **header}).encode()
    path.write_bytes(struct.pack("<Q", len(told)) + told + body)


SIZE, HEADS, INNER, LAYERS = 8, 2, 12, 2


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of the same build with a few random weights."""
    path = tmp_path_factory.mktemp("model")
    chance = np.random.default_rng(7)
    shapes = {
        "embeddings.word_embeddings.weight": (len(PIECES), SIZE),
        "embeddings.position_embeddings.weight": (16, SIZE),
        "embeddings.token_type_embeddings.weight": (2, SIZE),
        "embeddings.LayerNorm.weight": (SIZE,),
        "embeddings.LayerNorm.bias": (SIZE,),
    }
    for n in range(LAYERS):
        layer = f"encoder.layer.{n}."
        for part in ("attention.self.query", "attention.self.key", "attention.self.value"):
            shapes |= {f"{layer}{part}.weight": (SIZE, SIZE), f"{layer}{part}.bias": (SIZE,)}
        for part, out, into in (
            ("attention.output.dense", SIZE, SIZE),
            ("intermediate.dense", INNER, SIZE),
            ("output.dense", SIZE, INNER),
        ):
            shapes |= {f"{layer}{part}.weight": (out, into), f"{layer}{part}.bias": (out,)}
        for part in ("attention.output.LayerNorm", "output.LayerNorm"):
            shapes |= {f"{layer}{part}.weight": (SIZE,), f"{layer}{part}.bias": (SIZE,)}
    write_safetensors(
        path / "model.safetensors",
        {name: chance.standard_normal(shape) * 0.5 for name, shape in shapes.items()},
    )
    (path / "config.json").write_text(
        json.dumps(
            {
                "model_type": "bert",
                "hidden_act": "gelu",
                "num_attention_heads": HEADS,
                "num_hidden_layers": LAYERS,
                "layer_norm_eps": 1e-12,
            }
        )
    )
    vocabulary = {piece: n for n, piece in enumerate(PIECES)}
    (path / "tokenizer.json").write_text(
        json.dumps(
            {"normalizer": {"lowercase": True}, "model": {"type": "WordPiece", "vocab": vocabulary}}
        )
    )
    return path


def by_the_book(folder: Path, numbers: list[int]) -> np.ndarray:
    """Return one text's vector in float64, head by head, as the papers write it."""
    w = {
        name: array.astype(float)
        for name, array in safetensors.read(folder / "model.safetensors").items()
    }

    def norm(x, name):
        x = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-12)
        return x * w[f"{name}.weight"] + w[f"{name}.bias"]

    def dense(x, name):
        return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]

    x = w["embeddings.word_embeddings.weight"][numbers]
    x = x + w["embeddings.position_embeddings.weight"][: len(numbers)]
    x = norm(x + w["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
    for n in range(LAYERS):
        layer = f"encoder.layer.{n}."
        q, k, v = (dense(x, f"{layer}attention.self.{part}") for part in ("query", "key", "value"))
        seen = np.zeros_like(x)
        for head in range(HEADS):
            at = slice(head * SIZE // HEADS, (head + 1) * SIZE // HEADS)
            scores = np.exp(q[:, at] @ k[:, at].T / math.sqrt(SIZE / HEADS))
            seen[:, at] = scores / scores.sum(1, keepdims=True) @ v[:, at]
        x = norm(
            x + dense(seen, f"{layer}attention.output.dense"), f"{layer}attention.output.LayerNorm"
        )
        inner = dense(x, f"{layer}intermediate.dense")
        inner = np.vectorize(lambda y: y / 2 * (1 + math.erf(y / math.sqrt(2))))(inner)
        x = norm(x + dense(inner, f"{layer}output.dense"), f"{layer}output.LayerNorm")
    mean = x.mean(0)
    return mean / np.linalg.norm(mean)


def test_the_encoder_computes_what_the_papers_say(folder: Path) -> None:
    """In batches of texts of different length, as text by text in double precision."""
    texts = ["the payments fail!", "", "the", "cafe 日 pay " * 20, "unknown words here"]
    vectors = MiniLM(folder).vectors(texts)
    tokens = wordpiece.read(folder)
    for text, vector in zip(texts, vectors, strict=True):
        numbers = [tokens.first, *tokens.numbers(text)[:14], tokens.last]
        assert np.allclose(vector, by_the_book(folder, numbers), atol=1e-5), text


def test_gelu_is_within_single_precision() -> None:
    """Of the error function of the standard library."""
    x = np.linspace(-12, 12, 4001, dtype=np.float32)
    wanted = np.array([y / 2 * (1 + math.erf(y / math.sqrt(2))) for y in x.tolist()])
    gelu(x)
    assert np.abs(x - wanted).max() < 2e-6


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("config.json", '{"model_type": "roberta", "hidden_act": "gelu"}', "v1/embeddings"),
        ("config.json", "{", "cannot be read"),
        ("tokenizer.json", '{"model": {"type": "Unigram"}}', "v1/embeddings"),
        ("tokenizer.json", "[]", "cannot be read"),
        ("model.safetensors", "\x01\0\0\0\0\0\0\0[", "cannot be read|no safetensors"),
        ("model.safetensors", "\xff" * 30, "no safetensors|does not fit"),
        ("model.safetensors", "\x02\0\0\0\0\0\0\0{}", "missing"),
    ],
)
def test_a_folder_that_is_no_model_is_told(
    folder: Path, tmp_path: Path, name: str, content: str, words: str
) -> None:
    """With its path and what to do, whatever is wrong with it."""
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / name).write_bytes(content.encode("latin-1"))
    with pytest.raises(ModelUnusable, match=words):
        MiniLM(tmp_path)


def test_a_cut_weights_file_is_told(folder: Path, tmp_path: Path) -> None:
    """By the array that does not fit."""
    path = tmp_path / "cut.safetensors"
    path.write_bytes((folder / "model.safetensors").read_bytes()[:-5])
    with pytest.raises(ModelUnusable, match="cut short"):
        safetensors.read(path)


class Counting:
    level, own = 2, 0.5

    def __init__(self) -> None:
        self.asked: list[str] = []

    def vectors(self, texts):
        self.asked += texts
        return np.array([[len(text), 1] for text in texts], dtype=np.float32)


@given(st.lists(st.lists(st.sampled_from(["a", "bb", "ccc", "dddd", ""]), max_size=6), max_size=6))
@settings(deadline=None)
def test_a_cached_vector_is_the_same_and_is_computed_once(batches: list[list[str]]) -> None:
    """Unless it was too long ago."""
    inner = Counting()
    cached = Cached(inner, most=10)
    for batch in batches:
        assert cached.vectors(batch).tolist() == [[len(text), 1] for text in batch]
    assert len(inner.asked) == len(set(inner.asked))
    small = Cached(Counting(), most=2)
    for batch in batches:
        assert small.vectors(batch).tolist() == [[len(text), 1] for text in batch]
