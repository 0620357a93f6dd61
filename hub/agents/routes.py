"""
Pages as routes: ids within a path become placeholders, so that equal pages count together.

The edge has scrubbed personal data before; this is about grouping, and a last guard
against a name that only one visit could have.
"""

import re
from functools import lru_cache

PLACEHOLDER = ":id"

_IDS = (
    re.compile(r"\d+"),
    re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE),
    re.compile(r"(?=.*\d)[0-9a-f]{8,}", re.IGNORECASE),
    # Tokens: 16 characters or more of letters and digits mixed, without words between hyphens.
    re.compile(r"(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9_]{16,}"),
    # Numbered things such as order-20491 or SKU99812.
    re.compile(r"[A-Za-z]{0,12}[-_.]?\d{4,}"),
)


@lru_cache(maxsize=8_192)
def route(path: str) -> str:
    """
    Return *path* with ids replaced by ``:id``; its query is kept as the edge allowed it.

    ``/orders/20491/items`` → ``/orders/:id/items``.
    """
    bare, mark, query = path.partition("?")
    parts = [PLACEHOLDER if _is_id(part) else part for part in bare.split("/")]
    return "/".join(parts) + mark + query


def _is_id(part: str) -> bool:
    return bool(part) and any(pattern.fullmatch(part) for pattern in _IDS)
