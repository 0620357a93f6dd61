"""Secrets in text: keys, tokens, and what follows the word password."""

import binascii
import re

from edge.privacy.letters import LAST_ALPHABETIC

_TOKEN = re.compile(
    r"(?<![A-Za-z0-9_])(?:"
    r"eyJ[A-Za-z0-9_\-]{8,}+(?:\.[A-Za-z0-9_\-]*+){0,4}+"  # JSON Web Token, RFC 7519
    r"|(?:(?:sk|pk|rk|whsec)_(?:live|test)_[A-Za-z0-9]{8}|sk-[A-Za-z0-9_\-]{16}"
    r"|gh[opsur]_[A-Za-z0-9]{16}|github_pat_[A-Za-z0-9]{16}|glpat-[A-Za-z0-9_\-]{16}"
    r"|xox[abeoprs]-[A-Za-z0-9\-]{8}|(?:AKIA|ASIA)[0-9A-Z]{16}|AIza[A-Za-z0-9_\-]{35}"
    r"|ya29\.[A-Za-z0-9_\-]{16}|npm_[A-Za-z0-9]{30}|pypi-[A-Za-z0-9_\-]{16}"
    r"|SG\.[A-Za-z0-9_\-]{16,64}+\.[A-Za-z0-9_\-]{16})[A-Za-z0-9_\-]*+"
    r")"
)
"""What a token has begun it also is: each run of letters is read once, however it goes on."""
_SCHEME = re.compile(
    r"(?i)(?<![a-z0-9])(?:(authorization[\"']?\s{0,3}[:=]\s{0,3}[\"']?"
    r"(?:bearer|basic|digest|token|apikey)\s{1,3})([^\s,;\"'\[]{1,2000}+)"
    r"|(bearer\s{1,3})(?=[^\s\d]{0,60}\d|\S{16}|[a-z_\-]{2,16}+\.[a-z_\-]{2})([^\s,;\"'\[]{6,2000}+)"
    r"|(basic\s{1,3})([a-z0-9+/]{4,2000}+={0,2}))"
)

_MARKS = (
    "eyJ", "_live_", "_test_", "sk-", "gh", "glpat", "xox", "AKIA", "ASIA", "AIza", "ya29", "npm_",
    "pypi", "SG.",
)  # fmt: skip
"""One of these stands in each token of a known make: text without them costs less."""

_NAME = re.compile(
    r"passwort|pass(?:[ _\-]?(?:words?|wd|wrd|code|phrase|key))?|pwd|secrets?|tokens?"
    r"|cred(?:ential)?s?"
    r"|keys?|code|phrase|auth(?:orization)?|sess(?:ion)?(?:[ _\-]?(?:id|key))?|sid|cookie"
    r"|[cx]srf|sig(?:nature)?|hash|bearer|pin|cv[vc]2?|t?otp|mfa|2fa|login|jwt|sso"
    r"|kennwort|contrase(?:ñ|n)a|clave|mot de passe|mdp|senha|wachtwoord|parola|hasło"
    r"|lösenord|пароль|密码|密碼|口令|パスワード|暗証番号|비밀번호"
)
_STEMS_WORDS = """
pass pwd secret token cred key code phrase auth sess sid cookie srf sig hash bearer pin cv otp mfa
2fa login jwt sso kennwort contrase clave passe mdp senha wachtwoord parola hasło lösenord пароль
密 口令 パスワード 暗証番号 비밀번호
"""
_STEMS = _STEMS_WORDS.split()
"""One of these stands in each of the names: text without them costs less."""
_WEAK_WORDS = """
pass auth authorization key keys sess session sid cookie csrf xsrf sig signature hash bearer login
clave parola jwt sso
"""
_WEAK = frozenset(_WEAK_WORDS.split())
"""Names that mean a secret only before a sign, or before what is no word."""
_NEEDS = {
    "key": ("api", "access", "secret", "private", "encryption", "signing", "recovery", "license",
            "licence"),
    "code": ("security", "verification", "recovery", "backup", "time", "pin", "otp", "mfa", "2fa",
             "sms"),
    "phrase": ("seed", "recovery", "secret"),
}  # fmt: skip
"""Names that mean a secret for sure only behind one of these words."""
_IS = (
    r"(?:['’]s|\s{1,3}(?:is|was|ist|lautet|war|es|est|é|è|är|jest))\s{1,3}"
    r"(?:(?:now|still|currently|set to|changed to)\s{1,3})?|\s{0,2}[是为為は]\s{0,2}"
)
_TOLD = re.compile(
    r"(?i)(?:[_.\-][a-z0-9]{1,20}){0,2}[\"']?"
    rf"(?P<link>\s{{0,3}}(?:=>|=|:|->|→|：)\s{{0,3}}|{_IS}|\s{{1,2}}(?=[^\s\"'&,;]{{0,60}}\d))"
    r"(?P<value>\"[^\"]{1,200}\"|'[^']{1,200}'|[^\s\"'&,;]{1,200}+)"
)
"""What follows a name: the rest of it, a sign or a verb, and what it is."""
_REMARKS = """
a an the not no n't wrong incorrect invalid correct right required missing expired too very so
still also already always never now in on at to from for of it this that my your their weak
strong short long same different reset changed set unknown empty rejected refused accepted
broken case being asked displayed shown hidden visible valid good bad fine ok okay working
stored saved sent needed necessary mandatory optional gone lost forgotten impossible hard easy
annoying confusing unclear ridiculous only just really stuck what where why who when how if as
because one more less than enough all any both none true false null undefined yes off failed
enter escape tab space shift control alt delete backspace return up down left right new old
falsch richtig nicht zu ungültig kein abgelaufen incorrecta incorrecto correcta correcto muy
invalide faux trop pas oublié expiré incorrect fel fout verkeerd errata errada błędne
"""
_REMARK = frozenset(_REMARKS.split())
"""Words after "password is" that speak about it instead of telling it."""
_REMARK_LIKE = re.compile(r"[a-z]+(?:ed|ing|ly|able|ible|n't)|\d{1,2}[a-z]{0,2}(?:-[a-z]+)*")
_PHRASE = re.compile(r"(?: [^\W\d_]{1,30}+){1,7}+(?=\s{0,3}(?:[.,;:!?)]|$))")
"""The further words of a pass phrase, up to the end of the clause."""
_LABEL = re.compile(r"\[[a-z]{2,8}\]")
_CODE = re.compile(r"pin|cv[vc]2?|t?otp|mfa|2fa|code")
"""Names of secrets that are digits alone."""
SHORTEST_CODE, SHORTEST_BARE = 3, 6
"""Characters of a secret that follows its name without a sign between them."""
_SIGNS = frozenset({"=", ":", "->", "=>", "→"})
_SAID = re.compile(rf"[\x00-{LAST_ALPHABETIC}]+|.*")
_SURE_LINKS = frozenset({":", "is", "'s", "’s", "was", "->", "=>", "→"})
_GLUED = frozenset({"password", "passwd", "passphrase", "sessionid", "sessid", "credentials"})
"""Names that mean a secret behind other letters too: PGPASSWORD, JSESSIONID."""
_COOKIES = re.compile(
    r"(?i)(?<![a-z0-9])((?:set-)?cookie:\s{0,3})(?=[^\s=;]{1,64}=)[^\s;]{1,2000}+"
    r"(?:;\s?[^\s=;]{1,64}+(?:=[^\s;]{0,2000}+)?){0,50}+"
)
_SCHEMES = frozenset({"bearer", "basic", "digest", "token", "apikey"})


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
    """Replace tokens of known make, and what follows ``Bearer`` and ``Basic``, by ``[token]``."""
    if any(mark in text for mark in _MARKS):
        text = _TOKEN.sub("[token]", text)
    lower = text.lower()
    if "bearer" in lower or "basic" in lower or "authorization" in lower:
        text = _SCHEME.sub(_scheme, text)
    return text


def scrub_keywords(text: str) -> str:
    """Replace what follows ``password=``, ``my PIN is`` and the like by ``[secret]``."""
    lower = _lower(text)
    if not any(stem in lower for stem in _STEMS):
        return text
    if "cookie:" in lower:
        text = _COOKIES.sub(r"\1[secret]", text)
        lower = _lower(text)
    kept, at = [], 0
    for found in _NAME.finditer(lower):
        start, end = found.span()
        if start < at or not (_begins(text, start) or found[0] in _GLUED):
            continue
        told = _TOLD.match(text, end)
        if told is None:
            continue
        link, value = told["link"].strip().lower(), told["value"]
        if link not in _SIGNS:  # scripts without spaces go on behind it
            value = _SAID.match(value)[0]  # type: ignore[index]
        secret = _secret(value, link, found[0], sure=_is_sure(found[0], lower, start))
        if secret:
            kept += [text[at : told.start("value")], secret]
            at = told.start("value") + len(value)
            if link == "=" and value.isalpha() and told["link"] != link:
                phrase = _PHRASE.match(text, at)
                at = phrase.end() if phrase else at
    return "".join([*kept, text[at:]])


def _lower(text: str) -> str:
    """Return *text* in small letters, each at its place."""
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(low if len(low := char.lower()) == 1 else char for char in text)


def _begins(text: str, start: int) -> bool:
    """Say whether a word begins at *start*: password, db_password, userPassword."""
    before, first = text[start - 1 : start], text[start]
    if not (before.isascii() and before.isalnum()):
        return True
    return before.islower() and first.isupper()


def _is_sure(name: str, lower: str, start: int) -> bool:
    """Say whether a name means a secret whatever stands behind it."""
    needed = _NEEDS.get(name.rstrip("s"))
    if needed:
        return lower[max(0, start - 16) : start].rstrip(" _-").endswith(needed)
    return name not in _WEAK


def _scheme(found: re.Match[str]) -> str:
    if found[5] and not _is_basic(found[6]):
        return found[0]  # "basic functionality"
    return (found[1] or found[3] or found[5]) + "[token]"


def _is_basic(text: str) -> bool:
    """Say whether *text* is ``user:password`` in base64 (RFC 7617)."""
    bare = text.rstrip("=")
    try:
        return b":" in binascii.a2b_base64(bare + "=" * (-len(bare) % 4))
    except ValueError:  # İ, ı and ſ count as letters of a to z where case is ignored
        return False


def _secret(value: str, link: str, name: str, *, sure: bool) -> str:
    """Return what stands for *value* behind *name*; empty where it tells no secret."""
    quote = value[0] if value[0] in "\"'" else ""
    inner = value.strip(quote) if quote else value
    bare = inner if quote else inner.rstrip(".!?)")
    if not bare or _LABEL.fullmatch(bare) or bare.lower() in _SCHEMES:
        return ""
    if link != "=" and _is_remark(bare, link, name, sure=sure):
        return ""
    if not sure and name in _NEEDS and name != "key" and link != "=":
        return ""  # a code of an error, a phrase of a song
    return f"{quote}[secret]{quote or inner[len(bare) :]}"


def _is_remark(bare: str, link: str, name: str, *, sure: bool) -> bool:
    """Say whether *bare* speaks about the secret, or about none, instead of telling it."""
    word = bare.lower()
    if word in _REMARK or _REMARK_LIKE.fullmatch(word):
        return True
    if not link:  # "my password hunter2", "PIN 4711"
        if bare.isdigit():
            return not (sure and _CODE.fullmatch(name) and len(bare) >= SHORTEST_CODE)
        if not sure or len(bare) < SHORTEST_BARE or not any(map(str.isalpha, bare)):
            return True
    return (not sure or link not in _SURE_LINKS) and not any(map(str.isdigit, bare))
