"""Identifiers in text: addresses of machines, accounts, wallets, homes on a disk."""

import re

from edge.privacy.checksums import IBAN_LENGTHS, iban
from edge.privacy.letters import is_ascii_letter, words_before

_UUID = re.compile(
    r"(?<![0-9A-Za-z])[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}(?![0-9A-Za-z])"
)
_USER_PATH = re.compile(
    r"(?i)((?<![A-Za-z0-9_])[a-z]:[\\/](?:users|documents and settings)[\\/])"
    r"([^\\/:*?\"<>|\s]{1,64}+(?:(?: [^\\/:*?\"<>|\s]{1,64}+){1,3}(?=\\))?)"
)
_HOME = re.compile(
    r"(?<![\w/])(/(?:(?:Users|home)/(?=[^/\s:\"']{1,64}/)|(?:var|export)/home/))[^/\s:\"']{1,64}"
)
_WALLET = re.compile(
    r"[13b0](?<![A-Za-z0-9_].)(?:(?<=b)c1[02-9ac-hj-np-z]{11,71}|(?<=0)x[0-9a-fA-F]{40}"
    r"|(?<=[13])(?=[0-9]{0,34}[A-Za-z])[1-9A-HJ-NP-Za-km-z]{25,34})(?![A-Za-z0-9_])"
)
_IBAN = re.compile(r"[A-Za-z](?<![A-Za-z0-9].)[A-Za-z][0-9]{2}(?=[ .\-]?[A-Za-z0-9])")
_IBAN_TAILS = {
    length: re.compile(rf"(?:[ .\-]?[A-Za-z0-9]){{{length - 4}}}(?![A-Za-z0-9])")
    for length in set(IBAN_LENGTHS.values())
}
"""Length of an account's number → what follows country and check sum."""
_NO_MARKS = re.compile(r"[ .\-]")
_HEX = "[0-9A-Fa-f]"
_MAC = re.compile(
    rf"{_HEX}(?<![A-Za-z0-9_:\-].){_HEX}([:\-])(?:{_HEX}{{2}}\1){{4}}{_HEX}{{2}}(?![A-Za-z0-9_:\-])"
    rf"|{_HEX}(?<![A-Za-z0-9_.\-].)(?=[0-9.]{{0,13}}[A-Fa-f]|(?<=[A-Fa-f])){_HEX}{{3}}\.{_HEX}{{4}}"
    rf"\.{_HEX}{{4}}(?![A-Za-z0-9_\-]|\.{_HEX})"
)
_DOTTED = re.compile(rf"\.{_HEX}{{4}}\.")
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|[01]?[0-9]?[0-9])"
_QUAD = rf"{_OCTET}(?:\.{_OCTET}){{3}}"
_IP4 = re.compile(
    rf"(?=[0-9])(?<![A-Za-z0-9_.]){_QUAD}(?![A-Za-z0-9_]|\.[0-9]|-(?i:snapshot|alpha|beta|rc|pre|dev"
    r"|build|release|final|ga|hotfix))"
)
_VERSIONED_WORDS = """
v ver version release build revision rev chrome chromium firefox safari edge opera brave vivaldi
webkit gecko android ios ipados macos windows kernel ubuntu debian firmware driver plugin sdk node
nodejs python java jdk php mysql postgres postgresql nginx apache openssl software
chapter section clause article appendix paragraph kapitel abschnitt
"""
_VERSIONED = frozenset(_VERSIONED_WORDS.split())
"""What stands before a version or a place in a document, which may look like an address."""
_GROUP = r"[0-9A-Fa-f]{1,4}"
_IP6 = re.compile(
    r"(?a)(?<![A-Za-z0-9_:.])(?=[0-9A-Fa-f]{0,4}:[0-9A-Fa-f]{0,4}:)"
    r"([0-9A-Fa-f:.]{2,45}+)(%\w{1,15})?(?![A-Za-z0-9_:])"
)
_IP6_WHOLE = re.compile(
    rf"(?a)(?:{_GROUP}:){{7}}{_GROUP}|(?:{_GROUP}:){{6}}{_QUAD}"
    rf"|(?:{_GROUP}(?::{_GROUP}){{0,6}})?::(?:{_GROUP}:){{0,6}}(?:{_GROUP}|{_QUAD})?"
)
SHORTEST_WORDY = 8
"""Characters from which an address of IPv6 may do without digits, such as dead:beef::."""


def scrub_uuids(text: str) -> str:
    """Replace UUIDs of any version by ``[uuid]``."""
    return _UUID.sub("[uuid]", text) if "-" in text else text


def scrub_user_paths(text: str) -> str:
    """Replace the name in a home folder's path by ``[user]``."""
    if ":\\" in text or ":/" in text:
        text = _USER_PATH.sub(r"\1[user]", text)
    return _HOME.sub(r"\1[user]", text) if "/Users/" in text or "/home/" in text else text


def scrub_wallets(text: str) -> str:
    """Replace Bitcoin and Ethereum addresses by ``[wallet]``."""
    return _WALLET.sub("[wallet]", text)


def scrub_ibans(text: str) -> str:
    """Replace account numbers by ``[iban]``, those with a wrong check sum by ``[number]``."""
    kept, at = [], 0
    for found in _IBAN.finditer(text):
        start, end = found.span()
        length = IBAN_LENGTHS.get(found[0][:2].upper())
        tail = _IBAN_TAILS[length].match(text, end) if length and start >= at else None
        if tail:
            plain = _NO_MARKS.sub("", text[start : tail.end()]).upper()
            kept += [text[at:start], "[iban]" if iban(plain) else "[number]"]
            at = tail.end()
    return "".join([*kept, text[at:]])


def scrub_macs(text: str) -> str:
    """Replace addresses of network cards by ``[mac]``."""
    enough = text.count(":") > 4 or text.count("-") > 4 or _DOTTED.search(text)
    return _MAC.sub("[mac]", text) if enough else text


def scrub_ips(text: str) -> str:
    """Replace addresses of IPv4 and IPv6 by ``[ip]``."""
    if ":" in text:
        text = _IP6.sub(_ip6, text)
    return _IP4.sub(_ip4, text) if "." in text else text


def _ip4(found: re.Match[str]) -> str:
    text, start = found.string, found.start()
    if text[start - 1 : start] == "/":  # Chrome/120.0.0.0 (RFC 9110, 10.1.5)
        return found[0] if is_ascii_letter(text, start - 2) else "[ip]"
    if text[max(0, start - 2) : start].rstrip().endswith("§"):
        return found[0]
    return found[0] if _VERSIONED.intersection(words_before(text, start)[:1]) else "[ip]"


def _ip6(found: re.Match[str]) -> str:
    bare = found[1] if found[2] else found[1].rstrip(".")
    if len(bare) < SHORTEST_WORDY and not any(map(str.isdigit, bare)):
        return found[0]  # a scope of a program, such as a::b
    if bare.count(":") > 7 or not _IP6_WHOLE.fullmatch(bare):
        return found[0]
    return "[ip]" + ("" if found[2] else found[1][len(bare) :])
