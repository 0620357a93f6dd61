"""Ids that stay: from tick to tick, over consolidations, restarts and what people say."""

import random

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from ai.clusters.matching import match
from ai.clusters.stable import EVERY, PATIENCE, Clusters, Ledger
from tests.ai.scores import ami, ari
from tests.ai.texts import labelled


def reviews(seed: int = 0) -> list[tuple[str, str]]:
    pairs = list(zip(*labelled("appfeature_is22"), strict=True))
    random.Random(seed).shuffle(pairs)
    return pairs


def test_a_tick_between_consolidations_renames_nothing() -> None:
    """Whoever has an id keeps it, and every new text has one."""
    pairs = reviews()
    clusters = Clusters(Ledger())
    clusters.add(text for text, _ in pairs[:380])
    before = dict(clusters.ledger.ids)
    for low in range(380, 407, 9):  # fewer ticks and texts than bring a consolidation
        clusters.add(text for text, _ in pairs[low : low + 9])
    assert len(clusters.ledger.base) == 380
    assert {text: clusters.ledger.ids[text] for text in before} == before
    assert all(text in clusters.ledger.ids for text, _ in pairs[:407])


def test_new_texts_join_the_group_that_people_would_choose() -> None:
    """Stability alone is worthless: the last tick agrees with the labels too."""
    pairs = reviews(1)
    clusters = Clusters(Ledger())
    clusters.add(text for text, _ in pairs[:380])
    before = dict(clusters.ledger.ids)
    for low in range(380, len(pairs), 5):
        clusters.add(text for text, _ in pairs[low : low + 5])
    after = clusters.ledger.ids
    assert ari([*before.values()], [after[text] for text in before]) > 0.7
    assert ami([label for _, label in pairs], [after[text] for text, _ in pairs]) > 0.7


def test_the_tenth_tick_consolidates() -> None:
    """Even when little came."""
    pairs = reviews()
    clusters = Clusters(Ledger())
    clusters.add(text for text, _ in pairs[:400])
    for tick in range(EVERY):
        clusters.add([pairs[400 + tick][0]])
    assert len(clusters.ledger.base) == 400 + EVERY
    assert clusters.ledger.since == 0


def test_a_restart_changes_nothing() -> None:
    """The ledger is plain data; what is learnt is learnt again from it."""
    pairs = reviews(2)
    whole = Clusters(Ledger())
    whole.add(text for text, _ in pairs[:400])
    stored = msgspec.json.encode(whole.ledger)
    resumed = Clusters(msgspec.json.decode(stored, type=Ledger))
    for clusters in (whole, resumed):
        clusters.add(text for text, _ in pairs[400:420])
    assert resumed.ledger == whole.ledger


def test_people_merge_and_it_stays_merged() -> None:
    """Over a consolidation, and for texts that come later."""
    pairs = reviews(3)
    clusters = Clusters(Ledger())
    clusters.add(text for text, _ in pairs[:400])
    big = sorted(set(clusters.ledger.ids.values()), key=lambda i: -len(clusters.ledger.members(i)))
    kept, gone = big[:2]
    together = {*clusters.ledger.members(kept), *clusters.ledger.members(gone)}
    clusters.merge(gone, into=kept)
    clusters.consolidate([text for text, _ in pairs[400:]])
    assert {clusters.ledger.ids[text] for text in together} == {kept}
    assert gone not in clusters.ledger.ids.values()


def test_people_split_and_it_stays_split() -> None:
    """Over a consolidation."""
    pairs = reviews(4)
    clusters = Clusters(Ledger())
    clusters.add(text for text, _ in pairs)
    ids = clusters.ledger.ids
    big = max(set(ids.values()), key=lambda i: (len(clusters.ledger.members(i)), i))
    members = clusters.ledger.members(big)
    apart = clusters.split(big, members[::2])
    clusters.consolidate()
    assert {clusters.ledger.ids[text] for text in members[::2]} == {apart}
    assert {clusters.ledger.ids[text] for text in members[1::2]} == {big}
    assert clusters.ledger.history[0].kind == "split_from"


def test_what_vanishes_leaves_a_line() -> None:
    """Every id that lived and lives no more was merged into one, in the history."""
    pairs = reviews(5)
    clusters = Clusters(Ledger())
    seen: set[int] = set()
    for low in range(0, len(pairs), 60):
        clusters.add(text for text, _ in pairs[low : low + 60])
        seen |= set(clusters.ledger.ids.values())
    gone = seen - set(clusters.ledger.ids.values())
    told = {change.id for change in clusters.ledger.history if change.kind == "merged_into"}
    assert gone
    assert gone <= told


def test_a_group_that_people_work_with_goes_only_when_consolidations_agree() -> None:
    """The first that does not find it changes nothing of it."""
    texts = [f"the card payment fails at step {n}" for n in range(12)]
    clusters = Clusters(Ledger())
    clusters.add(texts)
    clusters.ledger.ids.update(dict.fromkeys(texts[:3], 99))  # what a consolidation will not find
    clusters.consolidate(held={99})
    assert {clusters.ledger.ids[text] for text in texts[:3]} == {99}
    for _ in range(PATIENCE - 1):
        clusters.consolidate(held={99})
    assert 99 not in clusters.ledger.ids.values()


def test_what_is_forgotten_is_gone() -> None:
    """Nothing of an erased text is left in the ledger, and ticks go on."""
    pairs = reviews(6)
    clusters = Clusters(Ledger())
    clusters.add(text for text, _ in pairs[:100])
    secret = pairs[7][0]
    clusters.split(clusters.ledger.ids[secret], [secret])
    clusters.forget([secret])
    assert secret not in msgspec.json.encode(clusters.ledger).decode()
    clusters.add(text for text, _ in pairs[100:105])


groups = st.lists(st.sets(st.sampled_from("abcdefgh"), min_size=1), max_size=5)


@given(groups, groups)
@settings(deadline=None)
def test_matching_gives_no_id_twice(new: list[set[str]], old: list[set[str]]) -> None:
    """And the pair that shares most is matched first."""
    free = set("abcdefgh")
    living = {}
    for number, texts in enumerate(old):
        if part := texts & free:
            living[number + 1] = part
            free -= part
    names = match(new, living, [None] * len(new))
    given_ = [name for name in names if name is not None]
    assert len(given_) == len(set(given_))
    for texts, name in zip(new, names, strict=True):
        if texts in living.values() and new.count(texts) == 1:
            assert name is not None
            assert living[name] == texts or texts & living[name]
