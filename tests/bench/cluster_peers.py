"""
What a team would put together from a library in an afternoon, on the same texts: scikit-learn.

Its library is installed by `make bench` alone. Published figures of methods that are not
run here stand as text, with their source, in bench_targets.json.
"""

from collections.abc import Sequence
from typing import Any

SEED = 0
DIRECTIONS = 100
LEAST = 5


def k_means(texts: Sequence[str], count: int) -> list[int]:
    """Return *count* groups: TF-IDF of words and pairs, SVD, k-means."""
    from sklearn.cluster import KMeans

    found = KMeans(count, n_init=4, random_state=SEED).fit_predict(_vectors(texts))
    return [int(number) for number in found]


def hdbscan(texts: Sequence[str], vectors: Any = None) -> list[int]:
    """Return the groups that HDBSCAN finds, on *vectors* or on TF-IDF and SVD; noise is alone."""
    from sklearn.cluster import HDBSCAN

    given = _vectors(texts) if vectors is None else vectors
    found = HDBSCAN(min_cluster_size=LEAST, copy=True).fit_predict(given)
    return [int(n) if n >= 0 else -1 - place for place, n in enumerate(found)]


def _vectors(texts: Sequence[str]) -> Any:
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.preprocessing import normalize

    counts = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True).fit_transform(texts)
    return normalize(TruncatedSVD(DIRECTIONS, random_state=SEED).fit_transform(counts))
