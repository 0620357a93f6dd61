"""The checker: nothing wrong with what is true, and every change to it is caught."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai.facts import CannotCompute, Fact, compute, make, render, shown
from ai.faithful import Summary, check, trusted, words

TEXTS = [
    "The pay button does nothing",
    "I pressed pay five times and nothing happened",
    "payment hangs on my phone",
    "why is the total wrong?",
]
ROWS = {
    f"e{n}": {
        "session": f"s{n // 2}",
        "page": "/checkout/step2" if n % 3 else "/cart",
        "device": "mobile" if n % 2 else "desktop",
        "name": "Pay now",
        "signal": "rage_click" if n < 5 else "hesitation",
        "times": n + 1,
        "text": TEXTS[n] if n < len(TEXTS) else "",
    }
    for n in range(9)
}
OTHER = {"x1": {**ROWS["e1"], "page": "/admin", "text": "a text of someone else entirely"}}
KNOWN = {
    "page": {"/cart", "/checkout/step2", "/admin", "/"},
    "device": {"mobile", "desktop", "tablet"},
    "cohort": {"returning customers"},
}


def summary() -> Summary:
    """Return one that uses every operation, a quote, evidence and names."""
    every = tuple(ROWS)
    facts = (
        make("f1", "sessions", "distinct", ROWS, every, field="session"),
        make(
            "f2",
            "with rage",
            "distinct",
            ROWS,
            every,
            field="session",
            where={"signal": "rage_click"},
        ),
        make("f3", "share", "share", ROWS, every, field="session", where={"signal": "rage_click"}),
        make("f4", "times", "sum", ROWS, every, field="times"),
        make("f5", "mean", "mean", ROWS, every, field="times", where={"page": "/cart"}),
        make("f6", "signals", "count", ROWS, every, where={"device": "mobile"}),
        make("f7", "mobile share", "share", ROWS, every, where={"device": "mobile"}),
    )
    return Summary(
        title="Pay now does nothing on /checkout/step2",
        description=(
            "{f2} of {f1} sessions ({f3}) had a rage click. They pressed {f4} times, {f5} on /cart."
            " On mobile it was {f6} signals ({f7}). A visitor wrote “pay button does nothing” [e0]."
        ),
        hypothesis="Not proven: Pay now may fail without a word.",
        recommendations=("Try Pay now on mobile.", "See the errors of /checkout/step2."),
        facts=facts,
        evidence=every,
    )


def test_what_is_true_passes_without_a_problem() -> None:
    """No false alarm, and nothing is dropped."""
    true = summary()
    assert check(true, ROWS, KNOWN, true.texts()) == []
    assert trusted(true, ROWS, KNOWN) == true
    assert "3 of 5 sessions (60 %)" in true.texts()["description"]
    assert "[e0]" not in true.texts()["description"]


def test_facts_are_computed_as_they_say() -> None:
    """By hand, each of them."""
    values = {fact.id: fact.value for fact in summary().facts}
    assert values == {"f1": 5, "f2": 3, "f3": 0.6, "f4": 45, "f5": 4, "f6": 4, "f7": 4 / 9}
    ratio = make("f1", "ratio", "ratio", {"a": {"x": 1, "y": 4}}, ["a"], field="x", per="y")
    assert (ratio.value, shown(ratio)) == (0.25, "25 %")


def mutations() -> list[tuple[str, Summary, dict, dict]]:
    """Return (what was done, summary, rows, stored texts), each wrong in one place."""
    true, told = summary(), summary().texts()
    found: list[tuple[str, Summary, dict, dict]] = []

    def add(what: str, changed: Summary = true, rows: dict = ROWS, stored: dict = told) -> None:
        found.append((what, changed, rows, stored))

    for number, fact in enumerate(true.facts):
        for change in (1, -1, 0.001, fact.value):
            facts = (
                *true.facts[:number],
                replace(fact, value=fact.value + change),
                *true.facts[number + 1 :],
            )
            add(f"{fact.id} {change:+}", replace(true, facts=facts))
        facts = (*true.facts[:number], *true.facts[number + 1 :])
        add(f"{fact.id} away", replace(true, facts=facts))
        for dropped in range(len(fact.evidence)):
            less = fact.evidence[:dropped] + fact.evidence[dropped + 1 :]
            changed = replace(fact, evidence=less)
            if compute(changed, ROWS) != fact.value:
                facts = (*true.facts[:number], changed, *true.facts[number + 1 :])
                add(f"{fact.id} less {dropped}", replace(true, facts=facts))
    for id_ in ROWS:
        add(f"row {id_} gone", rows={key: row for key, row in ROWS.items() if key != id_})
        less = tuple(other for other in true.evidence if other != id_)
        add(f"{id_} not named", replace(true, evidence=less))
    for field, text in told.items():
        for at, character in enumerate(text):
            if character.isdigit():
                other = text[:at] + str((int(character) + 1) % 10) + text[at + 1 :]
                add(f"{field} digit {at}", stored={**told, field: other})
    add("rows of another cluster", rows=dict.fromkeys(ROWS, OTHER["x1"]))
    swapped = dict(zip(ROWS, [*ROWS.values()][4:] + [*ROWS.values()][:4], strict=True))
    add("rows swapped", rows=swapped)
    for old, new in (
        ("pay button does nothing", "pay button does anything"),
        ("pay button does nothing", "a text of someone else entirely"),
        ("pay button does nothing", ""),
        ("[e0]", "[e99]"),
        ("{f1}", "{f8}"),
        ("{f1}", "5"),
        ("{f1}", "five"),
        ("{f1}", "٥"),
        ("{f1} sessions", "most sessions"),
        ("a rage click", "a rage click on /admin"),
        ("a rage click", "a rage click on tablet"),
        ("a rage click", "a rage click of returning customers"),
        ("a rage click", "a rage click, see http://evil.example"),
        ("a rage click", "a rage click <b>"),
        ("a rage click", "a rage\u202e click"),
        ("a rage click", "a “rage click"),
        ("a rage click", "twice a rage click"),
        ("A visitor wrote", "Nobody wrote"),
        ("{f2} of", "=cmd {f2} of"),
    ):
        changed = replace(true, description=true.description.replace(old, new, 1))
        assert changed != true, old
        add(f"{old} → {new}", changed, stored=changed.texts())
    return found


@pytest.mark.parametrize(("what", "changed", "rows", "stored"), mutations())
def test_every_mutation_is_caught(what: str, changed: Summary, rows: dict, stored: dict) -> None:
    """Numbers perturbed, rows dropped or exchanged, quotes foreign, names and links added."""
    assert check(changed, rows, KNOWN, stored), what


def test_only_the_sentence_that_cannot_be_checked_is_dropped() -> None:
    """The others stay as they are."""
    true = summary()
    lie = replace(true, description=true.description + " Every second visitor left.")
    assert trusted(lie, ROWS, KNOWN) == true
    lie = replace(true, recommendations=(*true.recommendations, "See www.evil.example."))
    assert trusted(lie, ROWS, KNOWN) == true


def test_a_quote_of_several_sentences_is_one() -> None:
    """It stands or falls as a whole."""
    rows = {"e1": {"text": "It hangs. Why? I left.", "session": "s"}}
    fact = make("f1", "n", "count", rows, ["e1"])
    said = Summary(
        "Trouble", "Said: “It hangs. Why? I left.” [e1]. It was {f1}.", "", (), (fact,), ("e1",)
    )
    assert trusted(said, rows) == said
    lie = replace(said, description=said.description.replace("I left", "I stayed"))
    kept = trusted(lie, rows)
    assert kept is not None
    assert kept.description == "It was {f1}."


@pytest.mark.parametrize(
    "change",
    [
        {"title": "All 900 users agree"},
        {"description": "See http://evil.example"},
        {"evidence": ()},
        {"facts": (Fact("f1", "sessions", "count", 4.0, ("e0",)),)},
    ],
)
def test_a_summary_that_is_wrong_at_its_root_is_nothing(change: dict) -> None:
    """There is no repairing it."""
    assert trusted(replace(summary(), **change), ROWS, KNOWN) is None


def test_a_quote_is_never_a_template() -> None:
    """What a visitor wrote cannot become a number, a link or markup by being quoted."""
    for text in ("see {f1} here", "click http://evil.example now", "<script>x</script>", "[a](b)"):
        rows = {"e1": {"text": text, "session": "s"}}
        fact = make("f1", "n", "count", rows, ["e1"])
        quoting = Summary("Trouble", f"Said: “{text}”.", "", (), (fact,), ("e1",))
        assert check(quoting, rows), text


def test_a_name_is_no_hiding_place_for_a_number() -> None:
    """An element called 900 or All does not make these words true."""
    for name in ("900", "All", "http://evil.example"):
        rows = {"e1": {"name": name, "session": "s"}}
        fact = make("f1", "n", "count", rows, ["e1"])
        assert check(Summary("Trouble", f"It was {name}.", "", (), (fact,), ("e1",)), rows), name


@given(
    st.dictionaries(
        st.sampled_from(["e1", "e2", "e3"]),
        st.fixed_dictionaries({"n": st.integers(-9, 9) | st.text(max_size=2)}),
    )
)
def test_a_fact_is_computed_or_refused(rows: dict) -> None:
    """Whatever the rows hold."""
    for op in ("count", "distinct", "sum", "mean", "share", "ratio"):
        fact = Fact("f1", "n", op, 0, ("e1", "e2"), "n", "n", (("n", 1),))
        try:
            assert compute(fact, rows) == compute(fact, rows)
        except CannotCompute as error:
            assert "f1" in str(error)


def test_a_placeholder_without_a_fact_stays_visible() -> None:
    """So that it is caught, not read over."""
    assert render("{f1} and {f2}", []) == "{f1} and {f2}"
    assert words("a [e1] , b", []) == "a, b"
