"""Verdicts: taps confirm or refute signals, and their precision weighs what is shown."""

import math
from typing import Any

import pytest

from hub.disclosure.precision import PRIOR, wilson
from hub.projections.events import of_session
from hub.projections.journey import Journey, fold
from hub.projections.verdicts import judged
from tests.hub.hubkit import (
    DEMO,
    DEMO_NODE,
    REAL_NODE,
    SHOP,
    HubKit,
    Visit,
    main_job,
    quiet,
    tombstone,
)


def hurt(session: str, reaction: str | None, project: str = DEMO, **more: Any) -> Visit:
    """One rage click on the stepper of /cart, and a tap that answers it."""
    visit = Visit(session, project, **more).consent(0).nav("/cart", 1)
    visit.signal("rage_click", 10, "button.plus", count=3)
    return visit.tap(reaction, 12, "button.plus") if reaction else visit


def rows(kit: HubKit, project: str = DEMO, by: str = "element") -> dict[str, Any]:
    """Return the answer's rows by place, and the whole answer under its own name."""
    answer = kit.client().get(f"/api/hotspots?projectId={project}&by={by}").json()
    return {row["target"] or row["page"]: row for row in answer["rows"]} | {"answer": answer}


def test_taps_confirm_and_refute_and_the_score_follows(kit: HubKit) -> None:
    """Three of four say that nothing was wrong: precision 1/4, and the score sinks by it."""
    kit.tell(*(hurt(f"v{n}", None) for n in range(4)))
    (before,) = [row for row in rows(kit)["answer"]["rows"] if row["target"] == "button.plus"]
    assert before["precision"] is None
    kit.tell(hurt("w0", "thumbs_down"), *(hurt(f"w{n}", "thumbs_up") for n in (1, 2, 3)))
    found = rows(kit)["button.plus"]
    precision = found["precision"]
    assert (precision["verdicts"], precision["confirmed"]) == (4, 1)
    assert precision["value"] == 0.25
    assert precision["low"] < 0.25 < precision["high"]
    detector = (1 + PRIOR) / (4 + PRIOR)
    weight = (1 + PRIOR * detector) / (4 + PRIOR)
    assert found["precisions"] == {"rage_click": precision}
    assert precision["weight"] == pytest.approx(weight, abs=1e-6)
    assert found["contributions"]["rage_click"] == pytest.approx(0.5 * weight, abs=1e-6)
    assert found["score"]["value"] == pytest.approx(1 - math.exp(-0.5 * weight), abs=1e-6)
    assert found["sessionScore"] == pytest.approx(1 - math.exp(-0.5), abs=1e-6)
    page = rows(kit, by="page")
    assert page["/cart"]["precision"] == precision
    assert page["answer"]["detectors"]["rage_click"]["verdicts"] == 4


def test_without_a_refutation_every_signal_counts_in_full(kit: HubKit) -> None:
    """The owner's weights hold until visitors say otherwise."""
    kit.tell(main_job())
    found = rows(kit)["button.broken"]
    assert found["precision"]["value"] == found["precision"]["weight"] == 1
    assert found["contributions"]["rage_click"] == 0.5


def test_one_visitor_is_one_witness_and_the_last_word_counts(kit: HubKit) -> None:
    """Who taps twice on one element has one verdict: the later."""
    kit.tell(hurt("twice", "thumbs_down").tap("thumbs_up", 20, "button.plus"))
    precision = rows(kit)["button.plus"]["precision"]
    assert (precision["verdicts"], precision["confirmed"]) == (1, 0)


@pytest.mark.parametrize(
    ("visit", "what"),
    [
        (Visit("a").nav("/", 1).tap("thumbs_up", 2, "x"), None),
        (Visit("a").nav("/", 1).signal("dead_click", 2, "x").tap("thumbs_up", 3, "x"), None),
        (Visit("a").nav("/", 1).signal("rage_click", 2, "y").tap("thumbs_up", 3, "x"), None),
        (Visit("a").nav("/", 1).signal("rage_click", 4, "x").tap("thumbs_up", 3, "x"), None),
        (Visit("a").nav("/", 1).signal("rage_click", 2, "x").tap("thumbs_up", 603, "x"), None),
        (Visit("a").nav("/", 1).signal("rage_click", 2, "x").tap("thumbs_up", 602, "x"), 2),
        (
            Visit("a")
            .nav("/", 1)
            .signal("rage_click", 2, "x")
            .signal("rage_click", 5, "x")
            .tap("thumbs_up", 6, "x"),
            5,
        ),
    ],
)
def test_a_tap_judges_the_latest_signal_of_its_detector_on_its_element(
    kit: HubKit, visit: Visit, what: int | None
) -> None:
    """Without shared evidence detector, element, page and the ten minutes before must fit."""
    kit.tell(visit)
    found = [signal.moment - visit.start for _, signal in judged(journey(kit, "a"))]
    assert found == ([] if what is None else [what * 1000])


def test_shared_evidence_says_which_signal_is_meant_whatever_its_name(kit: HubKit) -> None:
    """The widget asked for a dead click; the edge found an error click in the same event."""
    visit = Visit("a").nav("/", 1)
    visit.signal("error_click", 2, "x", evidence=["s:1"]).signal("dead_click", 3, "x")
    visit.tap("confused", 5, "x", detector="dead_click", evidence=["s:1"])
    kit.tell(visit)
    ((_, signal),) = judged(journey(kit, "a"))
    assert signal.what == "error_click"


def journey(kit: HubKit, session: str) -> Journey:
    """Return what the hub knows of a session of the demo."""
    return fold(of_session(kit.hub.store, DEMO, session))


def test_verdicts_of_fewer_than_k_sessions_neither_show_nor_weigh(kit: HubKit) -> None:
    """Nine refutations are hidden and change no score; the tenth shows and weighs them."""
    crowd = [hurt(f"c{n}", None, SHOP) for n in range(30)]
    kit.tell(*crowd, *(hurt(f"r{n}", "thumbs_up", SHOP) for n in range(9)), node=REAL_NODE)
    found = rows(kit, SHOP)
    assert found["button.plus"]["precision"] is None
    assert found["button.plus"]["precisions"] == found["answer"]["detectors"] == {}
    assert found["button.plus"]["contributions"]["rage_click"] == 0.5
    kit.tell(*(hurt(f"t{n}", "thumbs_up", SHOP) for n in range(12)), node=REAL_NODE)
    found = rows(kit, SHOP)
    assert found["answer"]["detectors"]["rage_click"]["verdicts"] == 21
    assert found["button.plus"]["precision"]["verdicts"] == 21
    assert found["button.plus"]["contributions"]["rage_click"] < 0.25


def test_what_is_hidden_of_one_element_cannot_be_told_from_the_others(kit: HubKit) -> None:
    """A detector's verdicts on 12 + 3 sessions: the 12 would tell of the 3."""
    crowd = [hurt(f"c{n}", None, SHOP) for n in range(30)]
    many = [hurt(f"m{n}", "thumbs_down", SHOP) for n in range(12)]
    few = []
    for n in range(3):
        visit = Visit(f"f{n}", SHOP).consent(0).nav("/cart", 1)
        few.append(visit.signal("rage_click", 5, "a.x").tap("thumbs_up", 6, "a.x"))
    others = [quiet(f"q{n}") for n in range(20)]
    kit.tell(*crowd, *many, *few, *others, node=REAL_NODE)
    found = rows(kit, SHOP)
    assert found["answer"]["detectors"]["rage_click"]["verdicts"] == 15
    assert found["button.plus"]["precision"] is None


def test_an_erased_session_takes_its_verdict_along(kit: HubKit) -> None:
    """The tombstone removes the row like any other."""
    kit.tell(hurt("gone", "thumbs_up"), hurt("stays", "thumbs_down"))
    kit.put(kit.entry(0, [tombstone("gone")], node=DEMO_NODE))
    kit.apply()
    assert kit.hub.store.read("select confirmed from verdict") == [(True,)]


def test_wilson_as_published() -> None:
    """Newcombe (1998), Statistics in Medicine 17, table I, method 3: 81/263, 15/148, 0/20, 1/29."""
    for confirmed, verdicts, low, high in (
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ):
        found = wilson(confirmed, verdicts)
        assert found.low == pytest.approx(low, abs=5e-5)
        assert found.high == pytest.approx(high, abs=5e-5)
