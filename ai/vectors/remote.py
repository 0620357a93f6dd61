"""Level 3: the vectors of an OpenAI-compatible ``/v1/embeddings`` of the operator's own."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ai.endpoint import Endpoint, EndpointFailed
from ai.vectors.errors import ModelUnusable

Floats = NDArray[np.float32]

BATCH = 64
"""Texts in one request."""


class Remote:
    """An encoder behind *endpoint*. Raises ModelUnusable where it gives no vectors."""

    level = 3
    own = 0.5

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._size = 0

    def vectors(self, texts: Sequence[str]) -> Floats:
        """Return one unit vector a text, in the order of *texts*."""
        parts = [self._batch(texts[low : low + BATCH]) for low in range(0, len(texts), BATCH)]
        found = np.concatenate(parts) if parts else np.zeros((0, self._size), dtype=np.float32)
        found /= np.maximum(np.linalg.norm(found, axis=1, keepdims=True), np.float32(1e-12))
        return found

    def _batch(self, texts: Sequence[str]) -> Floats:
        # An empty input is refused by some servers.
        sent = [text.encode("utf-8", "replace").decode() or " " for text in texts]
        try:
            answer = self._endpoint.post("/embeddings", {"input": sent, "encoding_format": "float"})
            rows = sorted(answer["data"], key=lambda row: row["index"])
            numbers = [row["index"] for row in rows]
            found = np.array([row["embedding"] for row in rows], dtype=np.float32)
        except EndpointFailed as error:
            raise ModelUnusable(f"no vectors: {error}") from error
        except (KeyError, TypeError, ValueError) as error:
            raise ModelUnusable(f"no vectors: the answer has another form ({error!r})") from error
        if numbers != [*range(len(texts))] or found.ndim != 2 or not np.isfinite(found).all():
            raise ModelUnusable("no vectors: the answer has not one finite vector for each text")
        if self._size not in (0, found.shape[1]):
            raise ModelUnusable("no vectors: their length changed; the model behind is another")
        self._size = found.shape[1]
        return found
