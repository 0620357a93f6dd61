"""What is missing, told from which files came and what they tell of each other."""

from hypothesis import given
from hypothesis import strategies as st

from edge.protocol.bundle.form import Span
from hub.bundles.ledger import File, early, missing, more


def file(no: int, *spans: tuple[int, int], came: bool = True, last: bool = False) -> File:
    found = [Span(1, 0, lo, hi) for lo, hi in spans]
    return File("r", no, b"", found, 1, int(came), last)


def ranges(files: list[File], held: int) -> list[tuple[int, int, int]]:
    return [(one.no, one.lo, one.hi) for one in missing(files, lambda *_: held)]


def test_a_file_that_did_not_come_is_missing_as_far_as_nothing_else_brought_it() -> None:
    """By its numbers behind the cursor; not at all where the line or a later export did."""
    files = [file(1, (1, 9)), file(2, (10, 19), came=False), file(3, (20, 29))]
    assert ranges(files, 9) == [(2, 10, 19)]
    assert ranges(files, 14) == [(2, 15, 19)]
    assert ranges(files, 19) == []
    assert ranges(files, 29) == []


def test_what_lies_in_no_file_has_no_number() -> None:
    """A hub that was restored from a backup lacks what the export does not hold any more."""
    assert ranges([file(1, (10, 19))], 4) == [(0, 5, 9)]
    assert early([file(1, (10, 19))], lambda *_: 4) == [1]


def test_that_more_must_follow_is_known_from_the_last_file() -> None:
    """Of a file behind it nobody knows the numbers."""
    assert more([file(1, (1, 2)), file(2, (3, 4))]) == ("r", 3)
    assert more([file(1, (1, 2)), file(2, (3, 4), last=True)]) == ("", 0)
    assert more([]) == ("", 0)


SPANS = st.tuples(st.integers(1, 20), st.integers(0, 8), st.booleans())


@given(st.lists(SPANS, max_size=8), st.integers(0, 30))
def test_exports_that_overlap_lack_only_what_none_of_them_brought(
    spans: list[tuple[int, int, bool]], held: int
) -> None:
    """Number by number, whichever file came of whichever export."""
    files = [file(no, (lo, lo + size), came=came) for no, (lo, size, came) in enumerate(spans)]
    there = {n for lo, size, came in spans if came for n in range(lo, lo + size + 1)}
    top = max((lo + size for lo, size, _ in spans), default=0)
    wanted = [n for n in range(held + 1, top + 1) if n not in there]
    got = [n for _, lo, hi in ranges(files, held) for n in range(lo, hi + 1)]
    assert got == wanted


@given(st.lists(st.tuples(st.integers(1, 5), st.booleans()), max_size=6), st.integers(0, 30))
def test_missing_is_what_no_file_that_came_holds_and_some_later_one_lies_behind(
    sizes: list[tuple[int, bool]], held: int
) -> None:
    """Number by number: not held, in no file that came, and not behind all that is known."""
    files, at = [], 3
    for no, (size, came) in enumerate(sizes, 1):
        files.append(file(no, (at, at + size - 1), came=came))
        at += size
    there = {n for f in files if f.came for s in f.spans for n in range(s.lo, s.hi + 1)}
    wanted = {n for n in range(held + 1, at) if n not in there} if files else set()
    got = [n for _, lo, hi in ranges(files, held) for n in range(lo, hi + 1)]
    assert sorted(got) == sorted(wanted)
    assert len(got) == len(set(got))
