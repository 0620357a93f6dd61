"""Level 3 against a real server: right answers, and every wrong one."""

import threading

import numpy as np
import pytest

from ai.endpoint import Endpoint
from ai.vectors.errors import ModelUnusable
from ai.vectors.remote import BATCH, Remote
from tests.ai.server import serve


def data(body: dict) -> dict:
    rows = [{"index": n, "embedding": [len(text), 3.0]} for n, text in enumerate(body["input"])]
    return {"data": rows[::-1]}


def endpoint(base: str, **more) -> Endpoint:
    return Endpoint(base, "embedder", sleep=lambda _: None, **more)


def test_vectors_come_in_the_order_of_the_texts() -> None:
    """In several requests, at length 1, with model and key."""
    texts = ["x" * (n % 9 + 1) for n in range(BATCH + 5)]
    with serve(lambda _, body: data(body)) as stub:
        found = Remote(endpoint(stub.base, key="secret")).vectors(texts)
    wanted = np.array([[n % 9 + 1, 3.0] for n in range(BATCH + 5)])
    assert np.allclose(found, wanted / np.linalg.norm(wanted, axis=1, keepdims=True))
    assert [path for path, _ in stub.asked] == ["/v1/embeddings"] * 2
    assert {body["model"] for _, body in stub.asked} == {"embedder"}
    assert set(stub.keys) == {"Bearer secret"}


@pytest.mark.parametrize(
    ("answer", "asked"),
    [
        ((500, b"{}"), 2),
        ((429, b"{}"), 2),
        ((401, b"{}"), 1),
        ((302, b""), 1),
        ((200, b"<html>"), 1),
        ({"data": []}, 1),
        ({"data": [{"index": 0, "embedding": ["a"]}]}, 1),
        ({"data": [{"index": 0, "embedding": [1e999, 1]}]}, 1),
        ({"data": [{"index": 1, "embedding": [1, 2]}]}, 1),
        ({"error": "no such model"}, 1),
        ([], 1),
    ],
)
def test_a_wrong_answer_is_told_and_asked_again_only_where_that_may_help(
    answer, asked: int
) -> None:
    """Never taken for vectors, and without the key in the words."""
    with (
        serve(lambda *_: answer) as stub,
        pytest.raises(ModelUnusable, match="no vectors") as told,
    ):
        Remote(endpoint(stub.base, key="secret")).vectors(["a"])
    assert len(stub.asked) == asked
    assert "secret" not in str(told.value)


def test_a_failure_that_passes_costs_nothing() -> None:
    """The second try is the answer."""
    answers = [(503, b"")]
    with serve(lambda _, body: answers.pop() if answers else data(body)) as stub:
        assert Remote(endpoint(stub.base)).vectors(["abc"]).shape == (1, 2)
    assert len(stub.asked) == 2


def test_a_slow_server_is_left_in_time() -> None:
    """And a server that is not there is told."""
    late = threading.Event()

    def slow(*_: object) -> dict:
        late.wait(10)
        return {}

    with serve(slow) as stub:
        with pytest.raises(ModelUnusable, match="Timeout"):
            Remote(endpoint(stub.base, timeout=0.2, tries=1)).vectors(["a"])
        late.set()
    with pytest.raises(ModelUnusable, match="ConnectError"):
        Remote(endpoint(stub.base, tries=1)).vectors(["a"])


def test_a_model_that_changed_is_told() -> None:
    """Vectors of two models never meet."""
    sizes = [2, 3]
    with serve(lambda *_: {"data": [{"index": 0, "embedding": [1.0] * sizes.pop()}]}) as stub:
        remote = Remote(endpoint(stub.base))
        remote.vectors(["a"])
        with pytest.raises(ModelUnusable, match="length changed"):
            remote.vectors(["b"])
