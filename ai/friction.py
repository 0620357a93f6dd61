"""
The type of a friction: by the words of its place and comments, else by its signal.

A project adds types of its own, which come first; each is a name and words.
"""

import re
from collections.abc import Mapping, Sequence

Types = Mapping[str, Sequence[str]]
"""Type → words; one that ends in ``*`` stands for all that begin so."""

BUILT_IN: Types = {
    "payment": (
        "pay", "payment*", "paying", "paid", "card", "cards", "paypal", "iban", "invoice*",
        "billing", "refund*", "voucher*", "coupon*",
    ),
    "checkout": (
        "checkout*", "cart", "carts", "basket*", "order", "orders", "ordering", "shipping",
        "delivery", "purchase*",
    ),
    "performance": (
        "slow", "slowly", "loading", "load", "loads", "lag", "lags", "freeze*", "timeout*",
    ),
    "navigation": (
        "menu", "menus", "nav", "navigation", "search*", "breadcrumb*", "sitemap", "filter*",
    ),
}  # fmt: skip
"""In the order in which they are tried."""
BY_SIGNAL: Mapping[str, str] = {
    "slow_click": "performance",
    "thrash": "performance",
    "backtrack": "navigation",
    "quick_back": "navigation",
}
OTHER = "ux"

_WORD = re.compile(r"[^\W_]+")


def friction_type(texts: Sequence[str], signal: str = "", own: Types | None = None) -> str:
    """
    Return the type of what *texts* (page, element, title …) name and *signal* shows.

    The first type of which a word is among the texts'; the earlier text decides first.
    """
    for text in texts:
        said = {word.casefold() for word in _WORD.findall(text)}
        for name, words in [*(own or {}).items(), *BUILT_IN.items()]:
            if any(_is_said(word.casefold(), said) for word in words):
                return name
    return BY_SIGNAL.get(signal, OTHER)


def _is_said(word: str, said: set[str]) -> bool:
    if word.endswith("*"):
        return any(one.startswith(word[:-1]) for one in said)
    return word in said
