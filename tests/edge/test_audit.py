"""The audit log (row P9): whatever is done to a row, the check names its place."""

import json
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.audit import _TAIL, HEAD, NAME, Anchor, AuditLog, AuditUnavailable

ROWS = 6
PLACES = st.integers(0, ROWS - 1)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A log of six rows, as bytes of its two files."""
    folder = tmp_path_factory.mktemp("audit")
    log = AuditLog(folder)
    for n in range(ROWS):
        log.write("site.added", project=f"shop{n}", origins=["https://shop.example"])
    assert log.verify().problems == []
    return (folder / NAME).read_bytes(), (folder / HEAD).read_bytes()


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    return tmp_path_factory.mktemp("scratch")


def problems(scratch, lines, head, *anchors):
    (scratch / NAME).write_bytes(b"".join(line + b"\n" for line in lines))
    (scratch / HEAD).write_bytes(head)
    return AuditLog(scratch).verify(*anchors).problems


@given(PLACES, st.data())
def test_an_edited_row_is_named(written, scratch, place, data):
    """Any byte of any row, changed to any other."""
    whole, head = written
    lines = whole.splitlines()
    at = data.draw(st.integers(0, len(lines[place]) - 1))
    byte = data.draw(st.integers(32, 126).filter(lambda b: b != lines[place][at]))
    lines[place] = lines[place][:at] + bytes([byte]) + lines[place][at + 1 :]

    found = problems(scratch, lines, head)
    assert found
    assert found[0].startswith(f"row {place + 1}:")


@given(PLACES, st.sampled_from(["who", "what", "at", "about", "prev"]))
def test_a_row_that_was_sealed_anew_breaks_the_next(written, scratch, place, key):
    """Whoever computes the hash again must change every later row, and the head."""
    from edge.audit import _canonical, _hash

    whole, head = written
    lines = whole.splitlines()
    row = json.loads(lines[place])
    row.pop("hash")
    row[key] = {"x": 1} if key == "about" else 1 if key == "at" else "f" * 64
    lines[place] = _canonical({**row, "hash": _hash(row)})

    found = problems(scratch, lines, head)
    assert found
    assert int(found[0].split()[1].rstrip(":")) in (place + 1, place + 2)


@given(PLACES)
def test_a_deleted_row_is_named(written, scratch, place):
    """At the beginning, in the middle and at the end."""
    whole, head = written
    lines = whole.splitlines()
    del lines[place]
    assert problems(scratch, lines, head)[0].startswith(f"row {place + 1}:")


@given(PLACES, PLACES)
def test_moved_rows_are_named(written, scratch, one, other):
    """Any two that changed places."""
    whole, head = written
    lines = whole.splitlines()
    lines[one], lines[other] = lines[other], lines[one]
    found = problems(scratch, lines, head)
    assert bool(found) is (one != other)
    if found:
        assert found[0].startswith(f"row {min(one, other) + 1}:")


@given(PLACES)
def test_a_log_cut_off_at_its_end_is_noticed(written, scratch, left):
    """By the head; and by the journal's mark where the head was cut off with it."""
    whole, head = written
    lines = whole.splitlines()[:left]
    assert problems(scratch, lines, head)[0].startswith(f"row {left + 1}:")
    last = json.loads(whole.splitlines()[-1])
    if left:
        forged = json.loads(lines[-1])
        short = json.dumps({"n": forged["n"], "hash": forged["hash"]}).encode()
        assert problems(scratch, lines, short) == []
        assert problems(scratch, lines, short, Anchor(last["n"], last["hash"]))


def test_a_whole_log_has_no_problem(written, scratch):
    """Nor an empty one; without its head the end is not certain, and that is said."""
    whole, head = written
    assert problems(scratch, whole.splitlines(), head) == []
    (scratch / HEAD).unlink()
    assert "not certain" in AuditLog(scratch).verify().problems[0]
    (scratch / NAME).unlink()
    assert AuditLog(scratch).verify().problems == []


def test_a_torn_row_is_cut_and_told(tmp_path):
    """A process that died while it wrote: the next row says how much was there."""
    log = AuditLog(tmp_path)
    log.write("one")
    with log.path.open("ab") as file:
        file.write(b'{"n": 2, "wh')
    assert log.verify().problems
    log.write("two")
    assert log.verify().problems == []
    assert [row["about"] for row in log.rows()] == [{}, {"torn_bytes": 12}]


SIZES = st.one_of(
    st.integers(0, 1000),
    st.integers(_TAIL - 1000, _TAIL + 1000),
    st.integers(2 * _TAIL - 1000, 2 * _TAIL + 1000),
    st.integers(4 * _TAIL, 5 * _TAIL),
)


@given(st.lists(SIZES, min_size=1, max_size=4), st.one_of(st.just(0), SIZES))
def test_rows_and_torn_rests_of_any_length_break_no_chain(tmp_path_factory, sizes, torn):
    """The last row is looked for as far back as it lies, also behind half a long one."""
    log = AuditLog(tmp_path_factory.mktemp("long"))
    for size in sizes:
        log.write("long", text="x" * size)
    with log.path.open("ab") as file:
        file.write(b"{" * torn)
    assert log.write("last").n == len(sizes) + 1
    assert log.verify().problems == []
    assert [*log.rows()][-1]["about"] == ({"torn_bytes": torn} if torn else {})


@pytest.mark.parametrize("left", [b"", b'{"n": 1, "wh'])
def test_a_log_whose_first_row_was_never_whole_begins_well(tmp_path, left):
    """A process that died between making the file and its first row."""
    log = AuditLog(tmp_path)
    log.path.write_bytes(left)
    log.write("one")
    assert log.verify().problems == []


def test_a_head_that_is_one_behind_is_no_crime(tmp_path):
    """A process that died between row and head; two behind is."""
    log = AuditLog(tmp_path)
    heads = []
    for what in ("one", "two", "three"):
        log.write(what)
        heads.append((tmp_path / HEAD).read_bytes())
    (tmp_path / HEAD).write_bytes(heads[1])
    assert log.verify().problems == []
    (tmp_path / HEAD).write_bytes(heads[0])
    assert log.verify().problems


def test_rows_of_many_writers_make_one_chain(tmp_path):
    """Several processes may write to one folder."""
    threads = [
        threading.Thread(target=lambda: [AuditLog(tmp_path).write("x") for _ in range(20)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    report = AuditLog(tmp_path).verify()
    assert (report.rows, report.problems) == (80, [])


def test_a_log_that_cannot_be_written_says_so(tmp_path):
    """With the file's name."""
    (tmp_path / NAME).mkdir()
    with pytest.raises(AuditUnavailable, match=r"audit\.log cannot be written"):
        AuditLog(tmp_path).write("x")


def test_only_its_owner_reads_it(tmp_path):
    """It names people."""
    AuditLog(tmp_path).write("x")
    assert (tmp_path / NAME).stat().st_mode & 0o077 == 0
    assert (tmp_path / HEAD).stat().st_mode & 0o077 == 0
