"""Scrubbing: the given cases, others of their kinds, harmless text, hostile text."""

import json
import string
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.privacy import SHORT, scrub_page, scrub_referrer, scrub_selector, scrub_text
from tests.edge.privacy import hostile

DATA = Path(__file__).parents[2] / "data"
SHARED = Path(__file__).parents[4] / "shared" / "conformance"
CASES = json.loads((DATA / "pii_cases.json").read_text("utf-8"))["cases"]
SCRUB = {"url": scrub_page, "selector": scrub_selector, "comment": scrub_text}


@pytest.mark.parametrize("name", ["pii_cases.json", "frustration_cases.json"])
def test_the_cases_are_the_ones_that_were_given(name: str) -> None:
    """The copies in the project are the given files, where those lie beside this checkout."""
    origin = SHARED / name
    assert not origin.exists() or (DATA / name).read_bytes() == origin.read_bytes()


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_the_given_cases(case: dict[str, Any]) -> None:
    """Each comes out as expected, and nothing of what must go is left."""
    scrubbed = SCRUB[case["kind"]](case["input"] * case.get("repeat", 1))
    assert scrubbed == case["expected"]
    assert not any(part in scrubbed for part in case["must_not_contain"])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("/users/jane-doe/settings", "/users/[id]/settings"),
        ("/users//jane", "/users//[id]"),
        ("/users/%6Aane", "/users/[id]"),
        ("/user/@jane", "/user/[id]"),
        ("/cart;jsessionid=A1B2/pay", "/cart/pay"),
        ("/%3Ftoken=abc", "/[id]"),
        ("/a%2525252540b", "/[id]"),
        ("/reset/ghp_abcdefghijklmnopqrst123", "/reset/[token]"),
        ("/invite/AbCdEfGhIjKlMnOpQrStUvWxYz", "/invite/[token]"),
        ("/%75sers/jane", "/%75sers/[id]"),
        ("/reset/abcdefgh", "/reset/[token]"),
        ("/en/password/reset/QwErTyUi", "/en/password/reset/[token]"),
        ("/verify/email/qwertyui", "/verify/email/[token]"),
        ("/confirm/sunny-apple-tree", "/confirm/[token]"),
        ("/magic-link/abcdef/welcome", "/magic-link/[token]/welcome"),
        ("/invite/abcdef", "/invite/[token]"),
        ("/activate/abcdef", "/activate/[token]"),
        ("/token/abcdef", "/token/[token]"),
        ("/kunden/erika-muster/bearbeiten", "/kunden/[id]/bearbeiten"),
        ("/de/Benutzer/erika", "/de/Benutzer/[id]"),
        ("/utilisateurs/marie", "/utilisateurs/[id]"),
        ("/usuarios/maria/pedidos", "/usuarios/[id]/pedidos"),
        ("/utenti/maria", "/utenti/[id]"),
        ("/usu%C3%A1rios/maria", "/usu%C3%A1rios/[id]"),
        ("/gebruikers/jan", "/gebruikers/[id]"),
        ("/team/jane-doe", "/team/[id]"),
        ("/~jane/index.html", "/[id]/index.html"),
        ("/user:jane", "/[id]"),
        ("/username=jane", "/[id]"),
        ("/unsubscribe/amFuZUBleGFtcGxlLmNvbQ==", "/unsubscribe/[token]"),
        ("/unsubscribe/amFuZUBleGFtcGxlLmNvbQ%3D%3D", "/unsubscribe/[token]"),
        ("/x/amFuZUBleGFtcGxlLmNvbQ%253D%253D", "/x/[token]"),
        ("/r/V1StGXR8_Z5jdHi6B-myT", "/r/[id]"),
        ("/a" * 100, "/a" * 63 + "/[id]"),
        (";x//evil.example/a", "/evil.example/a"),
        ("/u/%D9%A1%D9%A2", "/u/[id]"),
        ("/orders/2024/05", "/orders/[id]/[id]"),
        ("//evil.example/a?x=1#y", "//evil.example/a"),
        ("mailto:jane@example.com", "mailto:[dropped]"),
        ("JavaScript:alert(1)", "javascript:[dropped]"),
        ("data:text/html,x", "data:[dropped]"),
        ("https://exa mple.com/a", "https://[host]/a"),
        ("/p?tab=jane%2540example.com&page=2", "/p?page=2"),
        ("/p?Page=2&page=3", "/p?page=3"),
        ("\\\\host\\users\\jane", "//host/users/[id]"),
    ],
)
def test_urls_of_the_same_kinds(before: str, after: str) -> None:
    """Only what the lists allow is left of an address."""
    assert scrub_page(before) == after


@pytest.mark.parametrize(
    "harmless",
    [
        "/",
        "/products/blue-shoes/reviews?page=2&sort=new",
        "/docs/v2/install",
        "/caf%C3%A9/men%C3%BC",
        "https://shop.example:8443/cart",
        "/index.html",
        "/users/me",
        "/docs/:id/edit",
        "/kunden/neu",
        "/benutzer/anmelden",
        "/konto/lieferadressen",
        "/mon-compte/adresses",
        "/usuarios/nuevo",
        "/profil/einstellungen",
        "/team/engineering",
        "/team",
        "/user-guide/first-steps",
        "/customer-service/opening-hours",
        "/reset/password",
        "/password/reset/done",
        "/verify/email",
        "/confirm/order/details",
        "/invite/friends",
        "/unsubscribe/newsletter/success",
        "/magic",
        "/~",
        "/account/settings/security",
        "/getUserByIdAndNameOrMail",
        "/MyAccountOverviewPageSettings",
        "/how-to-return-an-item-that-was-damaged",
        "/blog/internationalization-and-localization",
        "/a%zz/b",
        "",
    ],
)
def test_harmless_urls_stay(harmless: str) -> None:
    """A page that names nobody is not touched."""
    assert scrub_page(harmless) == harmless


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("https://user:pw@www.Example.com:80/search?q=jane", "www.example.com"),
        ("www.example.com", "www.example.com"),
        ("android-app://com.example", ""),
        ("not a host!", ""),
        ("", ""),
    ],
)
def test_of_a_referrer_only_the_host_is_left(before: str, after: str) -> None:
    """Where somebody came from is a site, no page of it."""
    assert scrub_referrer(before) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("ul>li>a", "ul > li > a"),
        ("div.md\\:flex > p", "div > p"),
        ("div#a.b[role=dialog][aria-label='Jane Doe']", 'div#a.b[role="dialog"]'),
        ('a[data-testid="user-42"]', "a"),
        ('a[data-testid^="save"]', "a"),
        ("input[TYPE=Email]", 'input[type="email"]'),
        ("input[type=jane]", "input"),
        ("x-4711", "*"),
        ("li:nth-child(3)", "li:nth-child(3)"),
        ("button:hover:not(.x)", "button"),
        ('div:contains("Jane")', "*"),
        ("text=Jane", "*"),
        ("a, b", "*"),
        ("> a", "*"),
        ('"><svg onload=alert(1)>', "*"),
        ("", "*"),
    ],
)
def test_selectors_of_the_same_kinds(before: str, after: str) -> None:
    """What is no selector says nothing, and an attribute tells only known values."""
    assert scrub_selector(before) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("mail jane.doe+x@example.co.uk.", "mail [email]."),
        ("jane[at]example[dot]com", "[email]"),
        ("jane at example dot com", "[email]"),
        ("ｊａｎｅ＠ｅｘａｍｐｌｅ．ｃｏｍ", "[email]"),
        ('"jane doe"@example.com', "[email]"),
        ("call 07911 123456", "call [phone]"),
        ("1-800-555-0199", "[phone]"),
        ("+49 30 1234567", "[phone]"),
        ("9434765919", "[natid]"),
        ("AA 12 34 56 B", "[natid]"),
        ("4111 1111 1111 1111", "[card]"),
        ("3782 822463 10005", "[card]"),
        ("GB82 WEST 1234 5698 7654 32 please", "[iban] please"),
        ("DE89370400440532013000", "[iban]"),
        ("ip 10.0.0.1.", "ip [ip]."),
        ("2001:db8::8a2e:370:7334 down", "[ip] down"),
        ("00-1B-44-11-3A-B7", "[mac]"),
        ("0x52908400098527886E0F7030069857D2E4169EE7", "[wallet]"),
        ("I was born on 12/05/1990", "I was born on [dob]"),
        ("date of birth: 3 March 1984", "date of birth: [dob]"),
        ("my pin is 1234", "my pin is [secret]"),
        ("api_key=abc", "api_key=[secret]"),
        ("sk_live_abcdefgh12345", "[token]"),
        ("-----BEGIN KEY-----\nMIIE\n-----END KEY----- ok", "[pem] ok"),
        ("-----BEGIN KEY----- cut off", "[pem]"),
        ("@jane_doe said", "[handle] said"),
        ("ftp://bob:pw@host/f", "ftp://host/f"),
        ("see https://x.example/users/jane?token=1.", "see https://x.example/users/[id]."),
        ("/home/alice/x", "/home/[user]/x"),
        ("d41d8cd98f00b204e9800998ecf8427e", "[id]"),
        ("EC1A 1BB", "[postcode]"),
    ],
)
def test_comments_of_the_same_kinds(before: str, after: str) -> None:
    """What leads to a person becomes what it was."""
    assert scrub_text(before) == after


@pytest.mark.parametrize(
    "harmless",
    [
        "Nothing happened when I clicked Pay, 3 times.",
        "error 12345678 at 10:30:15 on 2024-05-01",
        "released 12/05/1990",
        "2019-2020 was better",
        "costs $49.99, not 1,234,567",
        "$12345678.00",
        "std::vector and C++ and a::b",
        "password is wrong",
        "the token is invalid",
        "1920x1080 on Windows 10 22H2",
        "look at example for it",
        "a color like #ff00aa or #12345678",
        "IMG_20240101_123456",
        "bearer of bad news",
        "v1.2.3 is broken",
        "",
    ],
)
def test_harmless_comments_stay(harmless: str) -> None:
    """What helps to find a fault is not touched."""
    assert scrub_text(harmless) == harmless


LEFT = ["[id]", "[email]", "[token]", *"@/?&=:.,-+()>#[] ", "users", "password", "is", "page"]
PIECES = st.lists(
    st.sampled_from([case["input"] for case in CASES])
    | st.sampled_from([*LEFT, *hostile.PIECES])
    | st.text(max_size=6),
    max_size=8,
).map("".join)
"""Text put together of what the cases hold, what is hostile, what scrubbing leaves, and
anything else."""


@settings(derandomize=True, max_examples=400)
@given(st.sampled_from(sorted(SCRUB)), st.text(max_size=400) | PIECES)
def test_scrubbing_twice_is_scrubbing_once(kind: str, text: str) -> None:
    """The hub scrubs again and finds nothing: what came out clean stays as it is."""
    once = SCRUB[kind](text)
    assert SCRUB[kind](once) == once


@given(
    st.text(string.ascii_letters + string.digits, min_size=1, max_size=20),
    st.text(string.ascii_lowercase, min_size=1, max_size=20),
    st.text(string.ascii_letters + " .,!", max_size=30),
)
def test_no_email_is_left_anywhere(local: str, host: str, around: str) -> None:
    """Wherever an address stands, it goes."""
    address = f"{local}@{host}.example"
    for scrub in (scrub_text, scrub_page, scrub_selector):
        assert address not in scrub(f"{around} {address} {around}")
        assert address not in scrub(f"/{address}/")


@given(st.text(max_size=SHORT + 50))
def test_selectors_are_made_of_the_allowed_alone(text: str) -> None:
    """Whatever comes in, only the grammar's letters come out."""
    allowed = string.ascii_letters + string.digits + '-_#.[]=":()> +~*'
    assert set(scrub_selector(text)) <= set(allowed)


@given(st.text(max_size=5000))
def test_what_comes_out_is_short_and_one_line(text: str) -> None:
    """I23: no line break survives, and lengths are bounded."""
    for scrub, limit in ((scrub_page, 2048), (scrub_selector, 256), (scrub_text, 4100)):
        scrubbed = scrub(text)
        assert len(scrubbed) <= limit
        assert not set("\r\n\t\x00\u2028\u2029") & set(scrubbed)
