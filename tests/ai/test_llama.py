"""A real `llama_cpp.server` words insights and makes vectors: no stub in between."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx2
import numpy as np
import pytest

from ai.endpoint import Endpoint
from ai.faithful import check
from ai.vectors.remote import Remote
from ai.wording import Wording
from tests.ai.test_wording import GOOD, KNOWN, ROWS, RULES
from tests.stack import free_ports, wait_for

pytestmark = pytest.mark.long


@contextlib.contextmanager
def server(folder: Path, pieces: Sequence[str]) -> Iterator[Endpoint]:
    """Run llama-cpp-python's server over a model that says *pieces*."""
    from tests.ai.tiny import write  # gguf is installed by `make test-long`

    model = folder / "tiny.gguf"
    write(model, pieces)
    (port,) = free_ports(1)
    words = ["-m", "llama_cpp.server", "--model", str(model), "--model_alias", "tiny"]
    words += ["--host", "127.0.0.1", "--port", str(port), "--n_ctx", "8192"]
    words += ["--embedding", "true"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([sys.executable, *words], stdout=log, stderr=log)
    base = f"http://127.0.0.1:{port}/v1"

    def ready() -> bool:
        assert process.poll() is None, (folder / "log").read_text()
        try:
            return httpx2.get(f"{base}/models", timeout=5).status_code == 200
        except httpx2.HTTPError:
            return False

    try:
        wait_for(ready, seconds=120, what="the model server")
        yield Endpoint(base, "tiny", timeout=120)
    finally:
        process.terminate()
        process.wait(20)


def pieces_of(answer: dict[str, str]) -> list[str]:
    """Return *answer* as JSON in pieces; the server's library knows tokens of 32 bytes at most."""
    text = json.dumps(answer, separators=(",", ":"))
    return [text[low : low + 16] for low in range(0, len(text), 16)]


def test_a_real_model_words_what_the_rules_found(tmp_path: Path) -> None:
    """By its own tokenizer and a grammar made of the schema; every number is the rules'."""
    with server(tmp_path, pieces_of(GOOD)) as endpoint:
        made = Wording(endpoint).word(RULES, ROWS, ["pay hangs"], KNOWN)
    assert (made.problem, made.made_by) == ("", "tiny")
    assert made.summary.texts()["description"].startswith("On /checkout 4 sessions")
    assert made.summary.title == GOOD["title"]
    assert check(made.summary, ROWS, KNOWN) == []


def test_what_a_real_model_makes_up_does_not_stand(tmp_path: Path) -> None:
    """The rules' words do, and its answer is kept to be looked at."""
    invented = {**GOOD, "description": "All 9999 users want this closed."}
    with server(tmp_path, pieces_of(invented)) as endpoint:
        made = Wording(endpoint).word(RULES, ROWS, [], KNOWN)
    assert (made.made_by, made.summary) == ("rules", RULES)
    assert "9999" in made.said
    assert made.problem


def test_a_real_server_gives_vectors_for_level_3(tmp_path: Path) -> None:
    """One of length 1 for each text, in their order."""
    with server(tmp_path, pieces_of(GOOD)) as endpoint:
        found = Remote(endpoint).vectors(["pay hangs", "the menu is hidden", "pay hangs"])
    assert found.shape[0] == 3
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    assert np.array_equal(found[0], found[2])
