"""Ways to reach a person in text: email addresses, however they are spelled, and handles."""

import re

from edge.privacy.letters import ALPHABETIC, LAST_ALPHABETIC
from edge.privacy.routes import ROUTES

_LABEL = rf"[{ALPHABETIC}_\-]{{1,63}}+"
_DOMAIN = re.compile(
    rf"(?:@|%40|&#0{{0,3}}64;|&#x0{{0,3}}40;|&commat;)\[?"
    rf"({_LABEL}(?:\.{_LABEL}){{1,8}}+|[\w\-]{{1,63}}+(?:\.[\w\-]{{1,63}}+){{1,8}}+)\]?"
)
_MAX_LOCAL = 64
_LOCAL = frozenset(".%+-'_!#$&*/=?^`{|}~")

_WORD = rf"[{ALPHABETIC}_.+\-]{{1,64}}+"
_OPEN, _CLOSE = r"\s{0,2}[(\[{<]\s{0,2}", r"\s{0,2}[)\]}>]\s{0,2}"
_DOT_WORD = r"(?:dot|punkt|point|punto|ponto)"
_SAID_DOT = rf"(?:{_OPEN}(?:{_DOT_WORD}|\.){_CLOSE}|\s{{1,2}}{_DOT_WORD}\s{{1,2}})"
_SPELLED = re.compile(
    rf"(?i)(?<![{ALPHABETIC}_.+\-])(?P<local>{_WORD}(?:{_SAID_DOT}{_WORD}){{0,3}}+)"
    rf"(?:(?P<sure>{_OPEN}(?:at|@|ät|arroba){_CLOSE}"
    r"|\s{0,2}(?:@|%40|&#0{0,3}64;|&#x0{0,3}40;|&commat;)\s{0,2})"
    r"|\s{1,2}(?:at|ät|arroba)\s{1,2})"
    rf"(?P<domain>{_LABEL}(?:(?:{_SAID_DOT}|\.|\s\.\s){_LABEL}){{0,5}}+)"
)
_SLUG = re.compile(
    r"(?i)(?<![a-z0-9_.+\-])[a-z0-9.+]{1,64}+([_*\-])at\1[a-z0-9]{1,63}(?:\1dot\1[a-z]{2,63}){1,4}"
)
_GLUED = re.compile(
    r"(?<![A-Za-z0-9_.+\-])[a-z0-9_.+\-]{1,64}+AT[a-z0-9\-]{1,63}+(?:DOT[a-z]{2,63}+){1,4}"
    r"(?![A-Za-z0-9])"
)
_SIGNS = ("@", "at", "ät", "arroba", "%40", "&#")
_SAID = re.compile(rf"(?i){_SAID_DOT}")
_NO_LOCALS = """
look looks looked looking work works worked working arrive arrived shop shopping shopped bought
buy order ordered ordering found find see saw seen listed available read click clicked clicking
tap tapped pointing point stare staring hover hovering stop stopped stay stuck is was are were be
it them that this there here not and or but only even just also live lives lived study meet met
stays fails failed failing broken breaks crashes crashed ends starts begin begins page site
"""
_NO_LOCAL = frozenset(_NO_LOCALS.split())
"""What stands before ``at example dot com`` where it names a site, not a person's mailbox."""
_NO_HOST_WORDS = """
the this that these those a an any some each every your my our their
"""
_NO_HOST = frozenset(_NO_HOST_WORDS.split())
_TLDS = """
com org net edu gov mil int info biz name pro io dev app xyz online site shop store tech cloud
email mail example test invalid museum mobi jobs agency berlin blog club digital london media
software solutions systems
"""
_TLD = frozenset(_TLDS.split())
_WORDS_TOO_WORDS = """
am as at be by do id in is it me my no of on or so to us we
"""
_WORDS_TOO = frozenset(_WORDS_TOO_WORDS.split())
"""Countries whose two letters are also a word."""
_ENDS = re.compile(r"\s*(?:[.,;:!?)\]]|$)")
_MAILERS = re.compile(
    r"(?i)(?:gmail|googlemail|yahoo|hotmail|outlook|live|msn|icloud|me|mac|aol|gmx|proton|"
    r"protonmail|mail|yandex|qq|163|126|web|t-online|zoho|fastmail|hey)\.[a-z.]{2,6}"
)

_HANDLE = re.compile(
    rf"(?<![{ALPHABETIC}_@./])@(?:[A-Za-z_\u00c0-\u058f][{ALPHABETIC}_]{{1,29}}+(?!/[a-z])"
    r"|[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]{2,4})"
)
_PROFILE = re.compile(
    r"(?i)(?<![a-z0-9\-])((?:(?:facebook|instagram|twitter|tiktok|x)\.com/|t\.me/|linkedin\.com/in/)"
    r"@?)([a-z0-9_.\-]{1,63}[a-z0-9_\-])(?![a-z0-9_\-])"
)
_DISCORD = re.compile(r"(?i)(?<![a-z0-9])(discord(?: is)?:? )[a-z0-9_.]{2,32}#[0-9]{4}(?![0-9])")
_AT_RULES_WORDS = """
@media @import @keyframes @supports @font @charset @layer @container @page @property
@here @all @everyone
"""
_AT_RULES = frozenset(_AT_RULES_WORDS.split())
"""Rules of CSS and calls to all, which are no people."""


def scrub_emails(text: str) -> str:
    """Replace ``jane@example.com`` by ``[email]``. Linear: no character is read twice."""
    if "@" not in text and "%40" not in text and "&" not in text:
        return text
    kept, at = [], 0
    for found in _DOMAIN.finditer(text):
        if not _is_domain(found[1]):
            continue
        start = _local_start(text, found.start(), at)
        if start < found.start():
            kept += [text[at:start], "[email]"]
            at = found.end()
    return "".join([*kept, text[at:]])


def scrub_spelled_emails(text: str) -> str:
    """Replace ``jane (at) example (dot) com`` and ``jane at example dot com`` by ``[email]``."""
    lower = text.lower()
    if any(sign in lower for sign in _SIGNS):
        text = _SPELLED.sub(_spelled, text)
    if "dot" in lower and "at" in lower:
        text = _SLUG.sub("[email]", text)
        text = _GLUED.sub("[email]", text)
    return text


def scrub_handles(text: str) -> str:
    """Replace ``@jane``, and the names in profiles' addresses, by ``[handle]``."""
    if ".com/" in text or "t.me/" in text:
        text = _PROFILE.sub(_profile, text)
    if "#" in text and "discord" in text.lower():
        text = _DISCORD.sub(r"\1[handle]", text)
    return _HANDLE.sub(_handle, text) if "@" in text else text


def _is_domain(text: str) -> bool:
    """Say whether *text* can be what follows the @: a price as ``2@4.99`` cannot."""
    rest, _, last = text.rpartition(".")
    return last[0].isalpha() or (rest.count(".") == 2 and rest.replace(".", "").isdigit())


def _local_start(text: str, end: int, floor: int) -> int:
    """Return where the local part that ends at *end* begins, not before *floor*."""
    start = end
    floor = max(floor, end - _MAX_LOCAL)
    if start <= floor:
        return start
    if text[start - 1] == '"':
        quote = text.rfind('"', floor, start - 1)
        return start if quote < 0 else quote
    alphabetic = text[start - 1] <= LAST_ALPHABETIC
    while start > floor and (text[start - 1].isalnum() or text[start - 1] in _LOCAL):
        if alphabetic and text[start - 1] > LAST_ALPHABETIC:
            break
        start -= 1
    return start


def _spelled(found: re.Match[str]) -> str:
    domain = found["domain"]
    plain = _SAID.sub(".", domain).replace(" ", "").lower()
    labels = plain.split(".")
    tld = labels[-1]
    if not tld[:1].isalpha() or len(labels) < 2:
        return found[0]
    if found["sure"]:
        # "found it @ www.example.com" names a site
        return found[0] if labels[0] == "www" else "[email]"
    if "." in domain and not _SAID.search(domain):
        shouted = " AT " in found[0] and found["local"].islower() and tld in _TLD
        named = not shouted or found["local"] in _NO_LOCAL or labels[0] == "www"
        return found[0] if named and not _MAILERS.fullmatch(plain) else "[email]"
    if found["local"].lower() in _NO_LOCAL or labels[0] in _NO_HOST:
        return found[0]
    if tld in _WORDS_TOO and not _ENDS.match(found.string, found.end()):
        return found[0]
    return "[email]" if tld in _TLD or len(tld) == 2 else found[0]


def _profile(found: re.Match[str]) -> str:
    return found[0] if found[2].lower() in ROUTES else f"{found[1].rstrip('@')}[handle]"


def _handle(found: re.Match[str]) -> str:
    return found[0] if found[0].lower() in _AT_RULES else "[handle]"
