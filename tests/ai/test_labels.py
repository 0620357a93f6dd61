"""Titles set a group apart in its own words; quotes are its own texts."""

from hypothesis import given
from hypothesis import strategies as st

from ai.clusters.group import group
from ai.clusters.labels import MOST, quotes, titles
from ai.vectors.features import words
from tests.ai.texts import labelled


def test_titles_are_words_of_the_group_that_the_others_lack() -> None:
    """In the order in which its texts have them."""
    texts = [f"the card payment is declined on step {n}" for n in range(5)]
    texts += [f"the page is slow on my phone {n}" for n in range(5)]
    found = titles(texts, [0] * 5 + [1] * 5)
    assert found[0] == ("card", "payment", "declined", "step")
    assert found[1] == ("page", "slow", "my", "phone")


SOME_WORDS = ["card", "cards", "pay", "slow", "42", "x", "page"]
some_text = st.lists(st.sampled_from(SOME_WORDS), max_size=5).map(" ".join)
some = st.lists(st.tuples(some_text, st.integers(0, 2)), min_size=1, max_size=15)


@given(some)
def test_every_group_has_a_title_of_its_own_words(rows: list[tuple[str, int]]) -> None:
    """At most four, none twice, none made up."""
    texts, groups = [text for text, _ in rows], [number for _, number in rows]
    found = titles(texts, groups)
    assert set(found) == set(groups)
    for number, title in found.items():
        own = {word for text, other in rows if other == number for word in words(text)}
        assert len(title) <= MOST
        assert len(set(title)) == len(title)
        assert set(title) <= own
        assert not {"card", "cards"} <= set(title)


def test_the_first_quote_is_the_most_typical_text() -> None:
    """Verbatim, and all are there."""
    texts, _ = labelled("appfeature_is22")
    found = group(texts)
    rows = max((found.members(n) for n in range(found.fine.max() + 1)), key=len)
    mine = [found.texts[row] for row in rows]
    ordered = quotes(mine, found.smoothed[rows])
    assert sorted(ordered) == sorted(mine)
    middle = found.smoothed[rows].mean(axis=0)
    near = {text: vector @ middle for text, vector in zip(mine, found.smoothed[rows], strict=True)}
    assert near[ordered[0]] > near[ordered[-1]]
