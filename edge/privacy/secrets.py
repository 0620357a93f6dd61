"""Secrets in text: keys, tokens, and what follows the word password."""

import re

_TOKEN = re.compile(
    r"(?<![A-Za-z0-9_])(?:"
    r"eyJ[\w\-]{5,2000}\.[\w\-]{2,2000}(?:\.[\w\-]{0,2000})?"  # JSON Web Token, RFC 7519
    r"|(?:sk|pk|rk|whsec)_(?:live|test)_\w{8,200}|sk-[\w\-]{16,200}"
    r"|gh[opsur]_\w{16,255}|github_pat_\w{16,255}|glpat-[\w\-]{16,64}"
    r"|xox[abeoprs]-[\w\-]{8,255}|(?:AKIA|ASIA)[0-9A-Z]{16}|AIza[\w\-]{35}|ya29\.[\w\-]{16,255}"
    r"|npm_\w{30,64}|pypi-[\w\-]{16,255}|SG\.[\w\-]{16,64}\.[\w\-]{16,64}"
    r")(?![A-Za-z0-9_])"
)
_BEARER = re.compile(r"(?i)\b(bearer|basic)(\s{1,3})(?=[^\s\d]{0,60}\d|\S{16})([^\s,;\"']{6,2000})")
_KEYWORD = re.compile(
    r"(?i)(?<![A-Za-z0-9])"
    r"((?:my |the )?(?:pass ?word|passwd|pwd|pass ?code|pass ?phrase|secret|client[_ \-]?secret"
    r"|api[_ \-]?key|access[_ \-]?(?:key|token)|auth[_ \-]?token|refresh[_ \-]?token|token"
    r"|session[_ \-]?id|pin(?: code)?|cvv|cvc|otp)[\"']?)"
    r"(\s{0,3}[=:]\s{0,3}|\s{1,3}(?:is|was)\s{1,3})"
    r"([\"']?)([^\s\"'&,;]{1,200})"
)
_STEMS = ("pass", "pwd", "secret", "key", "token", "session", "pin", "cvv", "cvc", "otp")
"""One of these stands in all that the pattern above looks for: text without them costs less."""
_REMARKS = """
a an the not no n't wrong incorrect invalid correct right required missing expired too very so
still also already always never now in on at to from for of it this that my your their weak
strong short long same different reset changed set unknown empty rejected refused accepted
broken case being asked displayed shown hidden visible valid good bad fine ok okay working
stored saved sent needed necessary mandatory optional gone lost forgotten impossible hard easy
annoying confusing unclear ridiculous only just really stuck
"""
_REMARK = frozenset(_REMARKS.split())
"""Words after "password is" that speak about it instead of telling it."""


def has_token(text: str) -> bool:
    """Say whether *text* is or holds a token of a known make."""
    return _TOKEN.search(text) is not None


def scrub_pem(text: str) -> str:
    """Replace keys and certificates in PEM (RFC 7468) by ``[pem]``, also cut-off ones."""
    start = text.find("-----BEGIN ")
    if start < 0:
        return text
    kept, at = [], 0
    while start >= 0:
        kept += [text[at:start], "[pem]"]
        end = text.find("-----END ", start)
        close = text.find("-----", end + 9) if end >= 0 else -1
        at = close + 5 if close >= 0 else len(text)
        start = text.find("-----BEGIN ", at)
    return "".join([*kept, text[at:]])


def scrub_tokens(text: str) -> str:
    """Replace tokens of known make, and what follows ``Bearer``, by ``[token]``."""
    return _BEARER.sub(r"\1\2[token]", _TOKEN.sub("[token]", text))


def scrub_keywords(text: str) -> str:
    """Replace what follows ``password=``, ``my PIN is`` and the like by ``[secret]``."""
    lower = text.lower()
    if not any(stem in lower for stem in _STEMS):
        return text
    return _KEYWORD.sub(_keyword, text)


def _keyword(found: re.Match[str]) -> str:
    word, link, quote, value = found.groups()
    bare = value.rstrip(".!?)")
    if bare.startswith("["):
        return found[0]
    if link.strip(" ").isalpha() and bare.lower() in _REMARK:
        return found[0]
    return f"{word}{link}{quote}[secret]{value[len(bare) :]}"
