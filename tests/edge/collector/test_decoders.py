"""
Every decoder of the edge against bytes that nobody sane would send: each raises what it
declares and nothing else, and takes bounded memory.

A new decoder is one line in ``DECODERS`` (bytes of the network) or ``FILES`` (files that an
operator or a stick may hand in).
"""

import contextlib
import gzip
import io
import json
import random
import tracemalloc
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import msgpack
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.audit import AuditLog
from edge.collector.http import batch as batches
from edge.collector.http import body as bodies
from edge.collector.http.errors import Refused
from edge.collector.http.handlers import parse_choice
from edge.collector.regions import Regions
from edge.collector.settings import EdgeSettings
from edge.config import ConfigError, load
from edge.control_book import ControlBook
from edge.errors import FlowbackError
from edge.events import codec
from edge.events.codec import BadEvent
from edge.events.entry import Group, Stamp
from edge.events.event import PolicyPayload, PolicyUpdated, SignalRaw
from edge.events.raw import Click
from edge.journal import erase, highwater
from edge.keys import EdgeKeys, HubKeys, Keyring
from edge.keys.curve import BadKey
from edge.keys.enrolment import Request, pair_demo
from edge.keys.enrolment import request as request_enrolment
from edge.keys.signing import Stone, is_signed, new_signing_key, verify_key
from edge.projects import BadProjects, ProjectBook, make
from edge.protocol import batch as link
from edge.protocol import packing
from edge.protocol.control import BadControl
from edge.protocol.errors import BadEntry, BadFrame
from edge.protocol.frames import TYPES, Batch
from tests.edge.collector.site import batch, choice, signal, tap
from tests.edge.protocol.test_packing import EXAMPLES

BATCH = batch(signal(1), tap(2, comment="x"), signal(3, "hover", dwell=9))
OLDER = [{"sessionId": "a", "projectId": "shop", "timestamp": 1, **signal(1)}]
GROUP = Group(
    stamp=Stamp(project="shop", received_at=1, session="A" * 22, stream="B" * 11),
    events=[SignalRaw(timestamp=1, n=1, payload=Click(target="a"))],
)
BURIED = Group(
    stamp=GROUP.stamp,
    events=[
        PolicyUpdated(
            timestamp=1,
            id="1" * 32,
            payload=PolicyPayload(allow=False, reason="consent_withdrawn", erased=True),
        )
    ],
)
ENTRY = codec.pack([GROUP])
GOOD_KEY = verify_key(new_signing_key())
MEMORY = 24 * 2**20
"""Bytes that a decoder may take at once: 16 MiB is the largest entry."""


class Decoder(NamedTuple):
    """What to call, what it may raise, and bytes that it reads."""

    read: Callable[[bytes], Any]
    raises: tuple[type[Exception], ...]
    samples: tuple[bytes, ...]


def read_batch(data):
    parsed = batches.parse(data)
    if isinstance(parsed, list):
        batches.parse_older(parsed, data, now=0)


def read_frame(code, data):
    """Read a frame's header, and where it is a batch's, its entries."""
    parts = [b"FB1" + bytes([code]), data]
    if TYPES[code] is not Batch:
        packing.decode(parts)
        return
    frame, body = packing.decode([*parts, ENTRY])
    link.unpack(frame, body)


def read_entries(data):
    """Read *data* as the body of a batch whose header says the truth about it."""
    entry = type("Entry", (), {"seq": 1, "generation": 0, "count": 1, "at": 1, "body": data})
    entry.hash = codec.seal(data)
    link.unpack(*link.pack(1, 1, 0, [entry]))


def read_decisions(data):
    list(erase.decisions(data))


def read_signature(data):
    """Take *data* for a key and for a signature: neither is one."""
    text = data.decode("latin-1")
    assert not is_signed([text, GOOD_KEY], "n" * 32, Stone("shop", "A" * 22, "1", 1), [text, ""])


def plainly(*data):
    return tuple(pack(one) for one in data for pack in (dump, msgpack.packb))


def dump(data):
    return json.dumps(data).encode()


def headers():
    """Return type code → headers of that type's examples."""
    found = {}
    for frame, body in EXAMPLES:
        parts = packing.encode(frame, body)
        found.setdefault(parts[0][3], []).append(parts[1])
    return found


DECODERS = {
    "gzip": Decoder(
        lambda body: bodies.inflate(body, lambda _: None),
        (Refused,),
        (gzip.compress(b"x" * 99), gzip.compress(b"")),
    ),
    "batch": Decoder(read_batch, (Refused,), plainly(BATCH, OLDER)),
    "consent": Decoder(parse_choice, (Refused,), plainly(choice())),
    "entry": Decoder(codec.unpack, (BadEvent,), (ENTRY,)),
    "entry, plainly": Decoder(
        lambda data: erase.blank(data, lambda *_: True), (BadEvent,), (ENTRY,)
    ),
    "tombstones and claims": Decoder(read_decisions, (BadEvent,), (ENTRY, codec.pack([BURIED]))),
    "signature": Decoder(read_signature, (), (GOOD_KEY.encode(), b"A" * 86)),
    "batch on the link": Decoder(read_entries, (BadFrame, BadEntry), (ENTRY,)),
    **{
        f"frame {TYPES[code].__name__} {code:#04x}": Decoder(
            partial(read_frame, code), (BadFrame, BadEntry), tuple(headers().get(code, ()))
        )
        for code in TYPES
    },
}


def read_regions(path):
    """Open the database and look up what it may say."""
    regions = Regions("DE", database=str(path))
    for address in ("203.0.113.7", "198.51.100.1", "192.0.2.9", "2001:db8::1", "x"):
        scope = {"type": "http", "client": (address, 1), "headers": []}
        assert regions.of(scope).k_min >= 10


def read_audit(path):
    log = AuditLog(path.parent)
    log.head()
    list(log.rows())
    log.verify()


class File(NamedTuple):
    """A file by its name in a folder, what reads it, and what that may raise."""

    name: str
    read: Callable[[Path], Any]
    raises: tuple[type[Exception], ...]


FILES = {
    "settings": File(
        "flowback.toml",
        lambda path: load(EdgeSettings, "edge", file=path, environ={}),
        (ConfigError,),
    ),
    "projects": File("projects.json", ProjectBook, (BadProjects,)),
    "rules": File(
        "rules.toml", lambda path: Regions("DE", rules=str(path)), (ConfigError, FlowbackError)
    ),
    "region database": File("regions.mmdb", read_regions, (ConfigError,)),
    "edge's keys": File("edge.key", lambda path: EdgeKeys.load(path.parent), (BadKey,)),
    "hub's card": File("hub.card", lambda path: EdgeKeys.load(path.parent), (BadKey,)),
    "hub's keys": File("hub.key", lambda path: HubKeys.load(path.parent), (BadKey,)),
    "keyring": File(
        "keyring.json", lambda path: Keyring(path.parent).records(), (BadKey, FlowbackError)
    ),
    "enrolment": File("berlin.edge", Request.load, (BadKey,)),
    "control book": File("control.json", lambda path: ControlBook(path.parent), (BadControl,)),
    "mark": File("mark", highwater.read, ()),
    "audit log": File("audit.log", read_audit, ()),
    "audit head": File("audit.head", read_audit, ()),
}


@pytest.fixture(scope="module")
def samples(tmp_path_factory, request):
    """A folder with a good file of each kind."""
    folder = tmp_path_factory.mktemp("files")
    pair_demo(folder, folder, address="tcp://hub:7401", region="DE")
    ProjectBook.open(folder).add(make("shop", origins=["https://shop.example"]))
    (folder / "flowback.toml").write_text('[edge]\nport = 7410\nregion = "DE"\n')
    (folder / "rules.toml").write_text("k_min = 30\nraw_days = 7\n")
    request_enrolment(folder, folder / "berlin.edge", name="berlin")
    (folder / "control.json").write_text(
        '{"rev": 2, "hub": ["k"], "holds": [[1, "project", "shop", 1, {"a": [1]}]], "waits": [],'
        ' "troubles": [["rules", "", 2, "looser"]], "format": 1}'
    )
    audit = AuditLog(folder)
    for number in range(3):
        audit.write("tested", number=number)
    mark = highwater.HighWater(folder / "mark")
    mark.note(7, (1, 2, 3))
    mark.close()
    where = request.getfixturevalue("database")
    (folder / "regions.mmdb").write_bytes(Path(where).read_bytes())
    return folder


def changed(draw, sample: bytes) -> bytes:
    """Return *sample* with bytes flipped, cut, doubled or put in."""
    data = bytearray(sample)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        how = draw(st.sampled_from(("flip", "cut", "double", "put", "end")))
        if how == "flip" and data:
            data[at] ^= 1 << draw(st.integers(0, 7))
        elif how == "cut":
            del data[at : at + draw(st.integers(1, 16))]
        elif how == "double":
            data[at:at] = data[at : at + draw(st.integers(1, 32))]
        elif how == "put":
            data[at:at] = draw(st.binary(max_size=8) | st.sampled_from(ODD))
        else:
            del data[at:]
    return bytes(data)


ODD = (
    *(b'"', b"[", b"{", b"}", b"null", b"NaN", b"-1", b"1e999", b"9" * 400, b"\\ud800", b"\0"),
    *(b"\xff\xff", b"\xc1", b"\xdf\xff\xff\xff\xff", b"\xdd\xff\xff\xff\xff"),
    *(
        b"\xc7\xff\x00",
        b"\xd6\xff" + b"\xff" * 4,
        b"\xc6\xff\xff\xff\xff",
        b"\xcb\x7f\xf8" + bytes(6),
    ),
)
"""What breaks decoders: long numbers, lone surrogates, and msgpack's lengths without content."""


@st.composite
def anything(draw, samples: tuple[bytes, ...]):
    """Random bytes, or a good sample that came to harm."""
    if not samples or draw(st.integers(0, 3)) == 0:
        return draw(st.binary(max_size=400))
    return changed(draw, draw(st.sampled_from(samples)))


@pytest.mark.parametrize("name", DECODERS)
def test_no_bytes_from_the_network_surprise_a_decoder(name):
    """What it cannot read it refuses in the words that it declares."""
    decoder = DECODERS[name]
    for sample in decoder.samples:
        with contextlib.suppress(BadFrame):  # a batch's example holds no real entry
            decoder.read(sample)

    @given(anything(decoder.samples))
    @settings(max_examples=400)
    def fuzz(data):
        try:
            decoder.read(data)
        except decoder.raises as refusal:
            assert str(refusal)

    fuzz()


@pytest.mark.parametrize("name", FILES)
def test_no_file_surprises_its_reader(name, samples, tmp_path):
    """A file that came to harm is refused in the words that its reader declares."""
    file = FILES[name]
    for good in samples.iterdir():
        if good.is_file():
            (tmp_path / good.name).write_bytes(good.read_bytes())
            (tmp_path / good.name).chmod(0o600)
    path = tmp_path / file.name
    file.read(path)

    @given(anything((path.read_bytes(),)))
    @settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def fuzz(data):
        path.write_bytes(data)
        try:
            file.read(path)
        except file.raises as refusal:
            assert str(refusal)

    fuzz()
    for tower in (b"[" * 10**5, b'{"a":' * 10**5, b"a = " + b"[" * 10**5, b"\xff" * 99, b""):
        path.write_bytes(tower)
        with contextlib.suppress(*file.raises):
            file.read(path)


@cache
def bombs():
    """Return bytes that would be huge, or endlessly deep, once they were read."""
    return tuple(_bombs())


def _bombs():
    """Yield bytes that would be huge, or endlessly deep, once they were read."""
    yield b"[" * 60_000
    yield b'{"a":' * 12_000
    yield b"\x91" * 60_000
    yield b"\x81\xa1a" * 20_000
    yield b"\xdd\x7f\xff\xff\xff"  # a list of two thousand million items, says msgpack
    yield b"\xdf\x7f\xff\xff\xff"
    yield b"\xdb\x7f\xff\xff\xff"
    yield b"\xc9\x7f\xff\xff\xff\x01"
    yield gzip.compress(bytes(60 * 2**20))
    yield zstandard.ZstdCompressor(level=19).compress(bytes(200 * 2**20))
    for packed in (b"\x91" * 2**20, b"[" * 2**20, b"\xdd\x7f\xff\xff\xff"):
        yield zstandard.ZstdCompressor().compress(packed)
        yield gzip.compress(packed)
    stream = io.BytesIO()  # a frame that does not say how long it is
    with zstandard.ZstdCompressor(level=19).stream_writer(stream, closefd=False) as writer:
        for _ in range(200):
            writer.write(bytes(2**20))
    yield stream.getvalue()
    big = random.Random(1).randbytes(64)
    yield zstandard.ZstdCompressor().compress(msgpack.packb([{"stamp": {}, "events": [big] * 99}]))


@pytest.mark.parametrize("name", DECODERS)
def test_no_bomb_takes_more_memory_than_an_entry(name):
    """Neither zeros in gzip and zstd nor towers nor lengths that lie."""
    decoder = DECODERS[name]
    for bomb in bombs():
        tracemalloc.start()
        try:
            with contextlib.suppress(*decoder.raises):
                decoder.read(bomb)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < MEMORY, (bomb[:16], peak)
