"""Identifiers in text: addresses of machines, accounts, wallets, homes on a disk, codes."""

import re
from ipaddress import ip_address

from edge.privacy.checksums import IBAN_LENGTHS, iban

_UUID = re.compile(r"(?<![\w\-])[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}(?![\w\-])")
_USER_PATH = re.compile(
    r"(?i)((?<!\w)[a-z]:[\\/](?:users|documents and settings)[\\/])([^\\/:*?\"<>|\s]{1,64})"
)
_HOME = re.compile(r"((?<![\w/])/(?:Users/|home/))([^/\s:\"']{1,64})(?=/)")
_WALLET = re.compile(
    r"(?<!\w)(?:bc1[02-9ac-hj-np-z]{11,71}|[13](?=\d{0,34}[A-Za-z])[1-9A-HJ-NP-Za-km-z]{25,34}"
    r"|0x[0-9a-fA-F]{40})(?!\w)"
)
_IBAN = re.compile(r"(?i)(?<!\w)[A-Z]{2}\d{2}(?:[ \-]?[A-Z0-9]){11,30}")
_MAC = re.compile(
    r"(?i)(?<![\w:\-])(?:[0-9a-f]{2}([:\-])(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}"
    r"|[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4})(?![\w:\-])"
)
_IP4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?!\w|\.\d)")
_IP6 = re.compile(r"(?<![\w:.])[0-9a-fA-F:][0-9a-fA-F:.]{2,44}(?:%\w{1,15})?(?!\w|:)")
SHORTEST_WORDY = 8
"""Characters from which an address of IPv6 may do without digits, such as dead:beef::."""
_POSTCODE = re.compile(
    r"(?i)(?<![\w#])(?:GIR ?0AA|[A-PR-UWYZ][A-HK-Y]?\d[A-HJKMNP-Y\d]? ?\d[ABD-HJLNP-UW-Z]{2})(?!\w)"
)
_CODE = re.compile(r"(?<![\w#])\w{8,}")
_REFERENCE = re.compile(r"[A-Za-z]{1,5}\d{6,}[A-Za-z]?")
_HEX = re.compile(r"(?=(?:[a-fA-F]*\d){2})[0-9a-fA-F]{16,}")


def scrub_uuids(text: str) -> str:
    """Replace UUIDs of any version by ``[uuid]``."""
    return _UUID.sub("[uuid]", text)


def scrub_user_paths(text: str) -> str:
    """Replace the name in a home folder's path by ``[user]``."""
    if ":\\" in text or ":/" in text:
        text = _USER_PATH.sub(r"\1[user]", text)
    return _HOME.sub(r"\1[user]", text) if "/Users/" in text or "/home/" in text else text


def scrub_wallets(text: str) -> str:
    """Replace Bitcoin and Ethereum addresses by ``[wallet]``."""
    return _WALLET.sub("[wallet]", text)


def scrub_ibans(text: str) -> str:
    """Replace account numbers with a good check sum by ``[iban]``."""
    return _IBAN.sub(_iban, text)


def scrub_macs(text: str) -> str:
    """Replace addresses of network cards by ``[mac]``."""
    return _MAC.sub("[mac]", text)


def scrub_ips(text: str) -> str:
    """Replace addresses of IPv4 and IPv6 by ``[ip]``."""
    if ":" in text:
        text = _IP6.sub(_ip, text)
    return _IP4.sub(_ip, text)


def scrub_postcodes(text: str) -> str:
    """Replace UK postcodes by ``[postcode]``."""
    return _POSTCODE.sub("[postcode]", text)


def scrub_codes(text: str) -> str:
    """Replace reference numbers and hex ids by ``[id]``, what looks like a token by ``[token]``."""
    return _CODE.sub(_code, text)


def _iban(found: re.Match[str]) -> str:
    """The match may have run on into the next words: the country says how long it is."""
    text = found[0]
    length = IBAN_LENGTHS.get(text[:2].upper(), 0)
    seen = 0
    for at, char in enumerate(text):
        seen += char.isalnum()
        if seen == length:
            candidate = text[: at + 1]
            plain = re.sub(r"[ \-]", "", candidate).upper()
            if iban(plain) and not text[at + 1 : at + 2].isalnum():
                return "[iban]" + text[at + 1 :]
            break
    return text


def _ip(found: re.Match[str]) -> str:
    text = found[0]
    bare = text.rstrip(".")
    if len(bare) < SHORTEST_WORDY and not any(char.isdigit() for char in bare):
        return text  # a scope of a program, such as a::b
    try:
        ip_address(bare)
    except ValueError:
        return text
    return "[ip]" + text[len(bare) :]


def _code(found: re.Match[str]) -> str:
    text = found[0]
    digits = sum(char.isdigit() for char in text)
    if digits < 2 or digits == len(text):
        return text
    if _REFERENCE.fullmatch(text) or _HEX.fullmatch(text):
        return "[id]"
    mixed = any(char.islower() for char in text) and any(char.isupper() for char in text)
    return "[token]" if mixed and len(text) >= 20 else text
