"""
Ingest, retry, crash, restart and a full disk in any order, on the real application and a
real SQLite file: what was answered 202 is in the journal, once, whatever came between.

The model is three sets: what was sent, what was acknowledged, and what the journal holds.
"""

import gzip
import json
import random
import shutil
import tempfile
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from string import ascii_lowercase

import msgpack
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from edge.events import codec
from edge.events.event import FeedbackRecorded, SignalNormalized, SignalRaw
from edge.journal import check, opening
from edge.journal.verify import verify
from tests.edge.collector.shaky import MODES, Fault
from tests.edge.collector.site import Site, batch, signal, tap
from tests.stack import wait_for

SESSIONS = [f"{letter * 21}A" for letter in "abc"]
STREAMS = [f"{letter * 10}A" for letter in "xyz"]
"""One stream a session."""
CODINGS = {
    "json": lambda data: json.dumps(data).encode(),
    "msgpack": msgpack.packb,
    "gzip": lambda data: gzip.compress(json.dumps(data).encode()),
}
who = st.integers(0, len(SESSIONS) - 1)
BLOCK, BLOCKS = 12, 20
blocks = st.integers(0, BLOCKS - 1)
numbers = st.builds(
    lambda block, size, twice: [block * BLOCK + 1 + n for n in (*range(size), *range(twice))],
    blocks,
    st.integers(1, BLOCK),
    st.integers(0, 2),
)
"""Neighbours, so that no stream gets too scattered; some come twice in one batch."""
coding = st.sampled_from(sorted(CODINGS))
seen = Counter()
"""What happened over all runs, so that none of it can have been missed."""


def event(who, n):
    """One and the same event for a number, that a change in it would be seen; some are long."""
    page = f"/of/{STREAMS[who][0]}/{ascii_lowercase[n % 26]}{ascii_lowercase[n // 26]}"
    if n % 4:
        return signal(n, page=page)
    letters = random.Random(n).choices("abcdefghijklmnopqrstuvwxyz ", k=1_500)
    return tap(n, comment="".join(letters)) | {"page": page}


class Ingest(RuleBasedStateMachine):
    """One edge, three visitors, and everything that can go wrong below them."""

    monkeypatch: pytest.MonkeyPatch

    def __init__(self) -> None:
        super().__init__()
        memory = Path("/dev/shm")  # a disk whose every fsync is quick
        self.root = Path(tempfile.mkdtemp(dir=memory if memory.is_dir() else None))
        self.fault = Fault()
        self.fault.install(self.monkeypatch)
        self.lives = 0
        self.sent: set[tuple[str, int]] = set()
        self.acknowledged: set[tuple[str, int]] = set()
        self.full = False
        self.site = self.begin(self.root / "0")

    def begin(self, folder):
        self.fault.folder, self.fault.saved = folder, self.root / f"{self.lives + 1}"
        made = Site.__new__(Site)
        if folder.exists():
            made.folder, made.address = folder, "testclient"
            made.settings = self.site.settings.__class__(**{**self.options, "data": str(folder)})
            made.start()
            return made
        self.options = {"region": "DE", "ballast_mb": 0, "session_rate": 0, "project_rate": 0}
        return Site(folder, **{k: v for k, v in self.options.items() if k != "region"})

    @initialize()
    def everybody_says_yes(self):
        for session, stream in zip(SESSIONS, STREAMS, strict=True):
            assert self.site.grant(sessionId=session, stream=stream).status_code == 200

    def post(self, who, chosen, coding):
        body = batch(*[event(who, n) for n in chosen], sessionId=SESSIONS[who], stream=STREAMS[who])
        self.sent |= {(STREAMS[who], n) for n in chosen}
        return self.site.post("/events", CODINGS[coding](body))

    def judge(self, who, chosen, answer):
        """Hold *answer* against the model, and the model against it."""
        of = {(STREAMS[who], n) for n in chosen}
        if answer.status_code == 503:
            assert int(answer.headers["Retry-After"]) >= 1
            seen["refused"] += 1
            return
        assert answer.status_code == 202, answer.text
        told = answer.json()
        assert (told["dropped"], told["rejected"]) == ({}, [])
        assert told["accepted"] + told["duplicate"] == len(chosen)
        assert told["accepted"] <= len(of - self.acknowledged)
        seen["duplicates"] += told["duplicate"]
        seen["found again"] += len(of - self.acknowledged) - told["accepted"]
        self.acknowledged |= of

    @rule(who=who, chosen=numbers, coding=coding)
    def events_come(self, who, chosen, coding):
        self.judge(who, chosen, self.post(who, chosen, coding))

    @rule(who=who, first=blocks, coding=coding)
    def what_was_sent_comes_again(self, who, first, coding):
        some = range(first * BLOCK, (first + 3) * BLOCK)
        chosen = [n for stream, n in sorted(self.sent) if stream == STREAMS[who] and n in some]
        if chosen:
            self.judge(who, chosen, self.post(who, chosen, coding))

    @rule(who=who)
    def what_was_not_acknowledged_comes_again(self, who):
        left = sorted(self.sent - self.acknowledged)
        chosen = [n for stream, n in left if stream == STREAMS[who]][: 3 * BLOCK]
        if chosen:
            seen["retries"] += 1
            self.judge(who, chosen, self.post(who, chosen, "json"))

    @rule(parts=st.lists(st.tuples(who, numbers), min_size=2, max_size=5))
    def several_share_a_commit(self, parts):
        """They wait behind a work that holds the writer, and then commit as one."""
        journal, gate = self.site.journal, threading.Event()
        before = journal.commits
        held = journal.submit(lambda _: gate.wait(10))
        with ThreadPoolExecutor(len(parts)) as pool:
            posts = [pool.submit(self.post, who, chosen, "json") for who, chosen in parts]
            wait_for(lambda: journal.queued >= len(parts) or any(p.done() for p in posts))
            gate.set()
            answers = [post.result() for post in posts]
        held.exception()
        seen["shared"] += journal.commits == before + 2
        of = {(STREAMS[who], n) for who, chosen in parts for n in chosen}
        new = of - self.acknowledged
        good = [answer.json() for answer in answers if answer.status_code == 202]
        assert sum(answer["accepted"] for answer in good) <= len(new)
        for (who, chosen), answer in zip(parts, answers, strict=True):
            assert answer.status_code in (202, 503)
            if answer.status_code == 202:
                self.acknowledged |= {(STREAMS[who], n) for n in chosen}

    @rule(who=who, n=st.integers(0, 3))
    def a_choice_comes_again(self, who, n):
        """A grant that is repeated, or made once more, changes nothing for what is there."""
        del n
        answer = self.site.grant(sessionId=SESSIONS[who], stream=STREAMS[who])
        assert answer.status_code in (200, 503)

    @rule(who=who)
    def the_policy_is_asked(self, who):
        query = f"/policy?k=key-of-shop&sessionId={SESSIONS[who]}"
        answer = self.site.client.get(query)
        assert answer.status_code in (200, 503)
        if answer.status_code == 200:
            assert answer.json()["reason"] != "consent_pending"

    @rule(on=st.booleans())
    def the_disk_fills_up_or_has_room(self, on):
        self.full = on
        limit = "(select * from pragma_page_count)" if on else "1073741823"
        if on:
            [(pages,)] = self.site.journal.read("pragma page_count")
            limit = str(pages)
        self.site.journal.submit(
            lambda tx: tx.connection.execute(f"pragma max_page_count={limit}").fetchall()
        ).result()
        seen["full" if on else "room"] += 1
        self.site.client.portal.call(self.site.client.app.state.collector.watch.look)

    @rule(
        how=st.sampled_from([*MODES, *MODES, "at rest", "in order"]),
        who=who,
        chosen=numbers,
        again=st.booleans(),
    )
    def the_process_ends_and_starts_again(self, how, who, chosen, again):
        """*again*: the one who had no answer comes at once, else some time later or never."""
        if how == "in order":
            self.site.restart()
            self.full = False
        else:
            self.crash(how, who, chosen)
        seen[how] += 1
        if again:
            self.what_was_not_acknowledged_comes_again(who)

    def crash(self, how, who, chosen):
        """Go on with the files as they were at that moment; whoever waited has no answer."""
        if how == "at rest":
            self.site.journal.submit(lambda _: self.fault.snapshot()).result()
        else:
            before = self.fault.happened[how]
            self.arm(how)
            answer = self.post(who, chosen, "json")
            self.fault.mode = None
            if self.fault.happened[how] == before:  # the disk is full: there was no commit
                self.judge(who, chosen, answer)
                return
            assert answer.status_code == 503
        self.site.stop()
        old = self.site.folder
        self.lives += 1
        self.site = self.begin(self.fault.saved)
        self.full = False
        shutil.rmtree(old)

    def arm(self, how):
        """Let the process end in the commit that the next batch is in."""
        ingest = self.site.client.app.state.collector.ingest

        def batch(tx, *arguments, **options):
            self.fault.mode = how
            return type(ingest).batch(ingest, tx, *arguments, **options)

        ingest.batch = batch

    @invariant()
    def what_was_acknowledged_is_there_once(self):
        found = Counter()
        signals = Counter()
        for entry in self.site.journal.follow(0, max_bytes=2**30):
            for group in codec.unpack(entry.body):
                for each in group.events:
                    if isinstance(each, SignalRaw | FeedbackRecorded):
                        found[group.stamp.stream, each.n] += 1
                        owner = STREAMS.index(group.stamp.stream)
                        assert each.page == event(owner, each.n)["page"]
                        assert group.stamp.session == SESSIONS[owner]
                    if isinstance(each, SignalNormalized):
                        signals[each.id, each.revision] += 1
        assert {each: n for each, n in (found + signals).items() if n > 1} == {}
        assert self.acknowledged <= found.keys() <= self.sent
        seen["looks"] += 1

    def teardown(self):
        self.site.stop()
        report = verify(self.site.folder / "journal.db")
        assert report.problems == []
        shutil.rmtree(self.root)


def judge_here(path, patience):
    """Check the file as a start does, without the process of its own that a bad file needs."""
    says = check.check(str(path)) if path.exists() else ""
    return None, check.Verdict(says == "", says)


def test_what_is_acknowledged_is_kept_once_through_everything(monkeypatch):
    """Some 2,000 steps; and each kind of trouble has really been in them."""
    seen.clear()
    Ingest.monkeypatch = monkeypatch
    monkeypatch.setattr(opening, "_judge", judge_here)
    run_state_machine_as_test(
        Ingest,
        settings=settings(
            max_examples=60,
            stateful_step_count=40,
            derandomize=True,
            phases=[Phase.generate],  # a failure is told at once; to shrink it takes minutes
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert seen["looks"] > 2_000
    for trouble in (*MODES, "at rest", "in order", "full", "refused", "shared", "retries"):
        assert seen[trouble] >= 10, (trouble, seen)
    assert seen["duplicates"] > 100
    assert seen["found again"] >= 10, "no commit outlived its answer"
