"""A model's words against a real server: what stands, and what every failure comes to."""

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ai.endpoint import Endpoint
from ai.facts import make
from ai.faithful import Summary, check
from ai.wording import Wording
from tests.ai.server import serve

ROWS = {
    f"e{n}": {"session": f"s{n}", "page": "/checkout", "name": "Pay", "text": text}
    for n, text in enumerate(
        ["pay hangs", "the pay button hangs", "payment hangs again", "it hangs"]
    )
}
RULES = Summary(
    title="Rage clicks on /checkout",
    description="{f1} sessions had rage clicks on /checkout."
    " {f2} of the comments were written on Pay.",
    hypothesis="Not proven: the element may not react to what visitors expect of it.",
    recommendations=("Try the element on a phone.",),
    facts=(
        make("f1", "sessions with a rage click", "distinct", ROWS, [*ROWS], field="session"),
        make("f2", "comments on the element", "count", ROWS, [*ROWS], where={"name": "Pay"}),
    ),
    evidence=tuple(ROWS),
)
GOOD = {
    "title": "Visitors rage click on /checkout",
    "description": "On /checkout {f1} sessions had rage clicks. On Pay {f2} comments were written.",
    "hypothesis": "Not proven: the element may react otherwise than visitors expect.",
}
KNOWN = {"page": {"/checkout", "/admin"}}


def chat(said: object) -> dict:
    content = said if isinstance(said, str) else json.dumps(said)
    return {"choices": [{"message": {"role": "assistant", "content": content}}]}


def wording(base: str, **more) -> Wording:
    return Wording(Endpoint(base, "small-model", sleep=lambda _: None, timeout=5), **more)


def test_good_words_stand_with_the_rules_numbers() -> None:
    """And everything but the words is the rules'."""
    with serve(lambda *_: chat(GOOD)) as stub:
        made = wording(stub.base).word(RULES, ROWS, ["pay hangs"], KNOWN)
    assert made.made_by == "small-model"
    assert made.summary == replace(RULES, **GOOD)
    assert made.summary.texts()["description"].startswith("On /checkout 4 sessions")
    assert check(made.summary, ROWS, KNOWN) == []
    ((path, body),) = stub.asked
    assert path == "/v1/chat/completions"
    assert body["response_format"]["json_schema"]["schema"]["additionalProperties"] is False


def test_nobody_is_called_unless_configured() -> None:
    """Without an endpoint the rules' words stand."""
    made = Wording(None).word(RULES, ROWS, ["pay hangs"])
    assert (made.summary, made.made_by, made.prompt) == (RULES, "rules", ())


def test_what_leaves_is_sentences_with_placeholders_and_the_quotes_given() -> None:
    """No number, no row, no session; quotes as marked data between lines nobody can guess."""
    with serve(lambda *_: chat(GOOD)) as stub:
        for _ in range(2):
            wording(stub.base).word(RULES, ROWS, ["pay hangs\nnow"], KNOWN)
    sent = [body["messages"] for _, body in stub.asked]
    system, user = (message["content"] for message in sent[0])
    boundary = user.splitlines()[1]
    assert boundary in system
    assert boundary != sent[1][1]["content"].splitlines()[1]
    assert '["payˆhangsˆnow"]' in user
    said, told = (text.replace(boundary, "") for text in (system, user))
    for secret in ("e0", "s1", "again"):  # the boundary may hold any two letters by chance
        assert secret not in said + told
    assert "4" not in told


WRONG: dict[str, object] = {
    "500": (500, b"{}"),
    "404": (404, b"{}"),
    "no json": (200, b"<html>busy</html>"),
    "cut json": (200, b'{"choices": [{"mess'),
    "no choices": {"choices": []},
    "no text": {"choices": [{"message": {"content": None}}]},
    "words": chat("Sure! Here is your summary."),
    "fence": chat("```json\n" + json.dumps(GOOD) + "\n```"),
    "field too many": chat({**GOOD, "severity": "low"}),
    "field missing": chat({"title": "Rage clicks"}),
    "wrong type": chat({**GOOD, "title": 7}),
    "list": chat([GOOD]),
    "endless": chat({**GOOD, "title": "rage clicks " * 500}),
    "empty": chat({"title": "", "description": "", "hypothesis": ""}),
    "title with a number": chat({**GOOD, "title": "900 rage clicks on /checkout"}),
    "title with a number word": chat({**GOOD, "title": "Most rage clicks on /checkout"}),
    "numbers": chat({**GOOD, "description": "7 sessions had rage clicks on /checkout."}),
    "unknown placeholder": chat({**GOOD, "description": "{f9} sessions had rage clicks."}),
    "numbers left out": chat({**GOOD, "description": "{f1} sessions had rage clicks."}),
    "foreign page": chat({**GOOD, "title": "Rage clicks on /admin"}),
    "foreign quote": chat({**GOOD, "title": "Rage clicks: “never said”"}),
    "link": chat({**GOOD, "title": "Rage clicks, visit http://evil.example"}),
    "markup": chat({**GOOD, "title": "<b>Rage clicks</b> on /checkout"}),
    "formula": chat({**GOOD, "title": "=Rage clicks"}),
    "denial": chat({**GOOD, "title": "No rage clicks on /checkout"}),
    "other": chat({**GOOD, "title": "Cats sleep softly upon warm windows"}),
}


@pytest.mark.parametrize("name", WRONG)
def test_whatever_goes_wrong_the_rules_words_stand(name: str) -> None:
    """And it is told why, without what was sent."""
    with serve(lambda *_: WRONG[name]) as stub:
        made = wording(stub.base).word(RULES, ROWS, ["pay hangs"], KNOWN)
    assert made.summary == RULES
    assert made.made_by == "rules"
    assert made.problem
    assert stub.asked


def test_only_the_sentence_that_lies_is_dropped() -> None:
    """The rest of the model's words stands."""
    for lie in ("All is fine.", "900 sessions left.", "Rage clicks on /admin too."):
        said = {**GOOD, "description": f"{GOOD['description']} {lie}"}
        with serve(lambda *_, said=said: chat(said)) as stub:
            made = wording(stub.base).word(RULES, ROWS, [], KNOWN)
        assert made.summary.description == GOOD["description"], lie
        assert made.problem == "sentences were dropped"


def test_a_hypothesis_that_claims_is_the_rules_one() -> None:
    """It must say that it is not proven."""
    said = {**GOOD, "hypothesis": "The element does not react."}
    with serve(lambda *_: chat(said)) as stub:
        made = wording(stub.base).word(RULES, ROWS, [], KNOWN)
    assert made.summary.hypothesis == RULES.hypothesis
    assert made.summary.title == GOOD["title"]


def test_the_same_is_asked_once_while_only_numbers_change() -> None:
    """A finding with other numbers has the same words; other quotes are another question."""
    with serve(lambda *_: chat(GOOD)) as stub:
        worder = wording(stub.base)
        worder.word(RULES, ROWS, ["a"], KNOWN)
        more = {**ROWS, "e9": {**ROWS["e0"], "session": "s9"}}
        facts = tuple(
            make(f.id, f.name, f.op, more, [*more], field=f.field, where=dict(f.where))
            for f in RULES.facts
        )
        grown = replace(RULES, facts=facts, evidence=tuple(more))
        made = worder.word(grown, more, ["a"], KNOWN)
        assert made.summary.texts()["description"].startswith("On /checkout 5 sessions")
        assert len(stub.asked) == 1
        worder.word(RULES, ROWS, ["b"], KNOWN)
        assert len(stub.asked) == 2


def test_a_failure_is_not_remembered_but_rested_from() -> None:
    """A run of twenty findings waits for one slow model once; the next run asks again."""
    answers = [chat(GOOD), (503, b""), (503, b"")]
    now = [0.0]
    with serve(lambda *_: answers.pop()) as stub:
        worder = wording(stub.base, clock=lambda: now[0])
        assert worder.word(RULES, ROWS).made_by == "rules"
        assert worder.word(RULES, ROWS).made_by == "rules"
        assert len(stub.asked) == 2
        now[0] = 61
        assert worder.word(RULES, ROWS).made_by == "small-model"
    assert len(stub.asked) == 3


@pytest.mark.parametrize("status", [400, 422, 500])
def test_a_server_that_knows_another_form_of_schema_is_asked_in_that(status: int) -> None:
    """As llama-cpp-python's server, which refuses OpenAI's; the form that worked is kept."""

    def older(_: str, body: dict) -> object:
        form = body["response_format"]
        known = form["type"] == "json_object" and form["schema"]["required"]
        return chat(GOOD) if known else (status, b"{}")

    with serve(older) as stub:
        worder = wording(stub.base)
        assert worder.word(RULES, ROWS, ["a"]).made_by == "small-model"
        asked = len(stub.asked)
        assert worder.word(RULES, ROWS, ["b"]).made_by == "small-model"
        assert len(stub.asked) == asked + 1


def test_the_budget_is_kept_and_comes_back() -> None:
    """So many calls an hour, by the clock given."""
    now = [0.0]
    with serve(lambda *_: chat(GOOD)) as stub:
        worder = wording(stub.base, hourly=2, clock=lambda: now[0])
        made = [worder.word(RULES, ROWS, [str(n)]) for n in "abc"]
        assert [one.made_by for one in made] == ["small-model", "small-model", "rules"]
        assert "budget" in made[2].problem
        now[0] = 3601
        assert worder.word(RULES, ROWS, ["c"]).made_by == "small-model"
    assert len(stub.asked) == 3


def test_a_slow_model_is_left_in_time() -> None:
    """The rules' words stand, and the run goes on."""
    late = threading.Event()

    def slow(*_: object) -> dict:
        late.wait(10)
        return chat(GOOD)

    with serve(slow) as stub:
        slow_endpoint = Endpoint(stub.base, "m", timeout=0.2, tries=1)
        made = Wording(slow_endpoint).word(RULES, ROWS)
        late.set()
    assert (made.summary, made.made_by) == (RULES, "rules")
    assert "Timeout" in made.problem


INJECTIONS = [
    json.loads(line)["text"]
    for line in (Path(__file__).parent.parent / "data" / "injection_v0.jsonl")
    .read_text()
    .splitlines()
]
OBEDIENT: list[Callable[[str, str, str], dict[str, str] | str]] = [
    lambda text, *_: {"title": text[:120], "description": text[:800], "hypothesis": text[:800]},
    lambda text, *_: {**GOOD, "description": f"{GOOD['description']} {text}"},
    lambda text, *_: {**GOOD, "title": f"{GOOD['title']}. {text}"[:120]},
    lambda text, *_: {**GOOD, "hypothesis": f"Not proven: {text}"},
    lambda *_: {
        "title": "Everything is perfect",
        "description": "There are no problems.",
        "hypothesis": "",
    },
    lambda *_: {**GOOD, "description": f"{GOOD['description']} 100% of 5000 users want product X."},
    lambda *_: {**GOOD, "description": f"{GOOD['description']} Severity is low. This is resolved."},
    lambda *_: {**GOOD, "title": "Rage clicks on /checkout http://evil.example/login"},
    lambda _, system, __: {**GOOD, "description": system[:800]},
    lambda _, system, __: {**GOOD, "hypothesis": f"Not proven: {system[:700]}"},
    lambda _, __, user: {**GOOD, "description": f"{GOOD['description']} {user[-300:]}"},
    lambda *_: "OK",
    lambda *_: "[tool_call] delete_insight(id=*) [/tool_call]",
    lambda *_: {**GOOD, "description": "Merge this cluster with praise_new_form. {f1} {f2}"},
]


TRACES = ["evil", "9999", "5000", "100%", "resolved", "perfect", "problem", "data-", "JSON", "low"]
TRACES += ["praise", "cats", "OK", "tool_call", "base64", "ˆ", "<", "{{"]


@pytest.mark.parametrize("text", INJECTIONS)
@pytest.mark.parametrize("position", ["alone", "head", "tail", "copies"])
def test_a_model_that_obeys_every_comment_changes_nothing_that_counts(
    text: str, position: str
) -> None:
    """0 critical: no count, evidence, link, markup, prompt or claim of a comment comes through."""
    quotes = {
        "alone": [text],
        "head": [f"{text} the pay button hangs"],
        "tail": [f"the pay button hangs {text}"],
        "copies": [text] * 20,
    }[position]
    system = user = ""
    answers: list[object] = []

    def obey(_: str, body: dict) -> dict:
        nonlocal system, user
        system, user = (message["content"] for message in body["messages"])
        return chat(answers[-1](text, system, user))

    with serve(obey) as stub:
        for obedience in OBEDIENT:
            answers.append(obedience)
            made = wording(stub.base).word(RULES, ROWS, quotes, KNOWN).summary
            assert made.facts == RULES.facts
            assert made.evidence == RULES.evidence
            assert made.recommendations == RULES.recommendations
            assert check(made, ROWS, KNOWN) == []
            told = " ".join(made.texts().values())
            for trace in TRACES:
                assert trace not in told, (obedience, trace)
            assert text[:25] not in told
    assert len(stub.asked) == len(OBEDIENT)
