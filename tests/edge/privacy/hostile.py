"""Text that is made to cost much: pieces that are repeated, each aimed at a rule or at several."""

from collections.abc import Iterator

from edge.privacy.selector import scrub_selector_uncached
from edge.privacy.text import scrub_text_uncached
from edge.privacy.url import host_of, scrub_url

LENGTH = 4000
"""Characters of a text whose cost is bounded."""
SCRUBBERS = (scrub_text_uncached, scrub_url, scrub_selector_uncached, host_of)

PIECES = [
    # one letter or mark
    "a", "1", "A", "-", "_", ".", "@", "%", "/", ":", "(", "[", "<", "{", '"', "'", " ", "=", "+",
    "#", "\\", "é", "我", "あ", "٣", "１", "\u200b", "\ufdfa", "e\u0301", "İ", "ſ", "ー", "–",
    # letters that grow as they are made plain
    "½", "ﬃ", "Ⅷ", "㍿", "½a@b.", "пример@ﬃA1B2-", "ﷺ@", "①-",
    # emails and handles
    "a@", "a@a.", "a@a.a", "a.a@", 'a"@', '"a"@a.aa ', "é@é.", "あ@あ.あ ", "a (at) a ", " dot ",
    "a at a dot a ", "1 at a dot com ", "a-at-a-dot-a-", "%40a.aa", "&#64;a", "@a ", "@media ",
    # addresses
    "://", "a://b@", "http://", "http://a@", "www.a ", "www.a/%251/1/", "https://a.aa/b?c=d ",
    "/%", "/%25", "%25", "/users/", "&page=1", "&tab=a", "?page=%2525", ";a", "/a;b", "//", "/1",
    "/AbCdEfGhIjKlMnOpQrStUv", "/home/a", "c:\\users\\a ",
    # secrets
    "-----BEGIN ", "eyJ", "-eyJ", "eyJaaaaa.aa", "sk-", "-sk-", "gh", "ghp_", "bearer a", "basic a",
    "password is ", "pass=a ", "pin=1 ", "key: ", "token ", "pass", "a_a_", "cookie:a=", "';",
    # machines and accounts
    "::", "::1 ", "f:f:", "(1::", "fe80::1 ", "1.", "1.1.1.1.", "1.2.3.4 ", "/1.2.3.4", "aa-aa-",
    "aa:bb:", "0x", "bc1", "GB29 NWBK 6016 ", "DE89370400440532013000 ", "AB123456C ",
    # numbers
    "1 ", "1-", "12/", "1(", "((1", "(1) ", "+1", "+1 ", "19-", "1'", "12 345 678 ",
    "415-555-0132 ",
    "415-555-0132x", "12.34.56.78 ", "4111 1111 1111 1111 ", "4111111111111111 ", "1.10 20 3019-",
    "2024-05-01 ", "1.2345.67,", "20 30 40 50<", "415@411 50", "born on ", "born 1",
    "call 1234567 ",
    # ids and postcodes
    "1a", "a-1", "aB1", "A1b", "Aa", "SW1", "1A ", "M1 8GB ", "a1b2c3d4e5f6g7h8 ", "a1b2-",
    # what follows a cue
    "aATbDOTcom ", "aAT", "AT aDOT", "facebook.com/a ", "t.me/", "discord a", "discord a#1234 ",
    "DNI 1", "pan 1a-", "sort code 12-34-56 ", "account 1", "account 123456 ", "/var/home/a ",
    "c:\\users\\a a", "§ 1.1.1.1 ", "bearer a.b ", "bearer a_", "nhs 943 476 5919 ",
    "password = a ", "password = a a a a a a a a1", "born 3. mai ", "a AT b.com ", "mp3", "a1mp3",
    "/~a", "/user:a", "/reset/a", "/reset/mail", "=", "aaaaaaaa=", "aBcD=",
    # selectors
    "[a] ", '[a="', "a > ", ".a", "#a", ":a", ":nth-child(", "a ", "]", ")",
    # several at once
    "(1./pin=1 geb50% of 1 234 567 u|0-atse11eWV041ira:/+33€ 1231411b-key@",
    "411.6@.1507.100 4}72::f1-loofff:19MP42.0.2.1生年月日:://(1.9920205.15月1210 17",
    "1/4.23/us@あ.')1.10 20 3019-%4041 415@411 50", "1_1.我的-.@20 30 40 50<",
    "0171/12319 24567٠٥50%١٢٣٤1.5٦٧G$1,219079NWFir111K'6%2541_%210-autirwtotw16011",
]  # fmt: skip


def texts(length: int = LENGTH) -> Iterator[tuple[str, str]]:
    """Yield each piece and a text of it, also from a place where it does not begin, and longer."""
    for piece in PIECES:
        for before in ("", "1", "a"):
            yield piece, (before + piece * length)[:length]
        yield piece, (piece * 2 * length)[: 2 * length]
