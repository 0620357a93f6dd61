"""Each preset against a table of the elements that its product judges."""

from typing import Any

import pytest

from edge.detect.presets import preset
from tests.edge.detect.make import clicks, names, reaction
from tests.edge.detect.published import BUTTON, IN_LINK, IN_TAB, A, click, element, happening, said

TARGETS: list[tuple[str, dict[str, Any], dict[str, str]]] = [
    # What is clicked, and what each product says of it where nothing follows.
    (
        "button",
        {"t": BUTTON},
        {
            **dict.fromkeys(("posthog", "mixpanel", "amplitude", "newrelic", "datadog"), "dead"),
            "sentry": "slow_timeout",
        },
    ),
    (
        "link",
        {"t": A},
        {
            **dict.fromkeys(("posthog", "datadog"), "ignored"),
            **dict.fromkeys(("mixpanel", "amplitude", "newrelic"), "dead"),
            "sentry": "slow_timeout",
        },
    ),
    (
        "a without href",
        {"t": element("a", text="Foo")},
        {
            **dict.fromkeys(("datadog", "amplitude", "newrelic", "mixpanel"), "dead"),
            "posthog": "ignored",
            "sentry": "slow_timeout",
        },
    ),
    (
        "a with onclick",
        {"t": element("a", text="Foo", onclick="void 0")},
        {"datadog": "dead", "posthog": "ignored", "mixpanel": "dead", "sentry": "slow_timeout"},
    ),
    (
        "link to another origin",
        {"t": element("a", href="https://other.example/x")},
        {
            **dict.fromkeys(("posthog", "datadog"), "ignored"),
            **dict.fromkeys(("mixpanel", "amplitude", "newrelic"), "dead"),
            "sentry": "slow_timeout",
        },
    ),
    (
        "mail",
        {"t": element("a", href="mailto:a@b.example")},
        {"amplitude": "dead", "sentry": "slow_timeout", "datadog": "ignored", "mixpanel": "dead"},
    ),
    (
        "link to a document",
        {"t": element("a", href="/list.pdf")},
        {"amplitude": "dead", "sentry": "slow_timeout", "posthog": "ignored"},
    ),
    (
        "link in a new tab",
        {"t": IN_TAB},
        {
            **dict.fromkeys(("posthog", "datadog", "amplitude", "sentry"), "ignored"),
            **dict.fromkeys(("mixpanel", "newrelic"), "dead"),
        },
    ),
    ("target without href", {"t": element("a", target="_blank")}, {"sentry": "ignored"}),
    ("target _self", {"t": element("a", target="_self")}, {"sentry": "slow_timeout"}),
    ("target _top", {"t": element("a", href="/x", target="_top")}, {"sentry": "ignored"}),
    (
        "download",
        {"t": element("a", href="/r.csv", download="")},
        {"sentry": "ignored", "posthog": "ignored", "datadog": "ignored", "amplitude": "dead"},
    ),
    (
        "javascript link",
        {"t": element("a", href="javascript:void 0")},
        {"datadog": "ignored", "posthog": "ignored", "sentry": "slow_timeout", "amplitude": "dead"},
    ),
    (
        "pager link",
        {"t": element("a", text="Next", href="/2")},
        {"datadog": "ignored", "posthog": "ignored", "amplitude": "dead"},
    ),
    (
        "span in a link",
        {"t": element("span", "a"), "a": IN_LINK},
        {"datadog": "ignored", "posthog": "ignored", "amplitude": "dead", "newrelic": "dead"},
    ),
    (
        "button in a link",
        {"t": element("button", "a", "Buy"), "a": IN_LINK},
        {
            **dict.fromkeys(("posthog", "datadog"), "ignored"),
            **dict.fromkeys(("mixpanel", "amplitude", "newrelic"), "dead"),
            "sentry": "slow_timeout",
        },
    ),
    (
        "svg in a button in a link",
        {"t": element("svg", "b"), "b": element("button", "a"), "a": IN_LINK},
        {"posthog": "ignored", "datadog": "ignored", "mixpanel": "dead"},
    ),
    (
        "button in a, no href",
        {"t": element("button", "a", "Buy"), "a": element("a")},
        {"posthog": "ignored", "datadog": "dead"},
    ),
    (
        "button in a tab link",
        {"t": element("button", "a", "Buy"), "a": IN_TAB},
        {"amplitude": "ignored", "datadog": "ignored", "sentry": "slow_timeout"},
    ),
    (
        "svg path in a button",
        {"t": element("path", "s"), "s": element("svg", "b"), "b": BUTTON},
        {
            **dict.fromkeys(("posthog", "mixpanel", "amplitude", "newrelic", "datadog"), "dead"),
            "sentry": "slow_timeout",
        },
    ),
    (
        "button in contenteditable",
        {"t": element("button", "d", "B"), "d": element("div", contenteditable="")},
        {"datadog": "ignored", "amplitude": "dead"},
    ),
    (
        "span in contenteditable",
        {"t": element("span", "d"), "d": element("div", contenteditable="true")},
        {"datadog": "ignored", "amplitude": "dead", "mixpanel": "dead", "newrelic": "ignored"},
    ),
    (
        "plain div",
        {"t": element("div")},
        {
            **dict.fromkeys(("mixpanel", "amplitude", "newrelic", "sentry"), "ignored"),
            **dict.fromkeys(("posthog", "datadog"), "dead"),
        },
    ),
    ("paragraph", {"t": element("p")}, {"mixpanel": "ignored", "datadog": "dead"}),
    ("heading", {"t": element("h2")}, {"mixpanel": "ignored", "posthog": "dead"}),
    ("list item", {"t": element("li")}, {"mixpanel": "dead", "amplitude": "ignored"}),
    ("picture", {"t": element("img")}, {"mixpanel": "dead", "newrelic": "ignored"}),
    (
        "div[tabindex]",
        {"t": element("div", tabindex="0")},
        {"mixpanel": "dead", "amplitude": "ignored", "newrelic": "ignored", "sentry": "ignored"},
    ),
    (
        "div[onclick]",
        {"t": element("div", onclick="void 0")},
        {"mixpanel": "dead", "amplitude": "ignored", "datadog": "dead", "posthog": "dead"},
    ),
    (
        "role=button",
        {"t": element("div", role="button")},
        {"amplitude": "dead", "mixpanel": "dead", "newrelic": "ignored", "sentry": "ignored"},
    ),
    ("role=tab", {"t": element("li", role="tab")}, {"amplitude": "dead", "datadog": "dead"}),
    ("role=checkbox", {"t": element("div", role="checkbox")}, {"amplitude": "ignored"}),
    (
        "text input",
        {"t": element("input")},
        {
            **dict.fromkeys(("amplitude", "newrelic", "datadog", "sentry"), "ignored"),
            "posthog": "dead",
            "mixpanel": "dead",
        },
    ),
    (
        "checkbox",
        {"t": element("input", type="checkbox")},
        {"datadog": "dead", "amplitude": "ignored", "sentry": "ignored", "newrelic": "ignored"},
    ),
    (
        "radio",
        {"t": element("input", type="radio")},
        {"datadog": "dead", "sentry": "ignored"},
    ),
    (
        "range",
        {"t": element("input", type="range")},
        {"datadog": "dead", "amplitude": "ignored"},
    ),
    (
        "submit",
        {"t": element("input", type="submit")},
        {
            **dict.fromkeys(("amplitude", "datadog"), "dead"),
            "sentry": "slow_timeout",
            "newrelic": "ignored",
        },
    ),
    (
        "input button",
        {"t": element("input", type="button")},
        {**dict.fromkeys(("amplitude", "newrelic", "datadog"), "dead"), "sentry": "slow_timeout"},
    ),
    (
        "reset",
        {"t": element("input", type="reset")},
        {"amplitude": "dead", "sentry": "ignored", "datadog": "dead"},
    ),
    (
        "file",
        {"t": element("input", type="file")},
        {"amplitude": "dead", "datadog": "ignored"},
    ),
    (
        "date",
        {"t": element("input", type="date")},
        {"datadog": "ignored", "amplitude": "ignored"},
    ),
    ("password", {"t": element("input", type="password")}, {"datadog": "ignored"}),
    ("textarea", {"t": element("textarea")}, {"datadog": "ignored", "amplitude": "ignored"}),
    ("select", {"t": element("select")}, {"datadog": "ignored", "posthog": "dead"}),
    ("canvas", {"t": element("canvas")}, {"datadog": "ignored", "newrelic": "ignored"}),
    (
        "label of a text field",
        {"t": element("label", **{"for": "i"}), "i": element("input", type="text")},
        {"datadog": "ignored"},
    ),
    (
        "label of a checkbox",
        {"t": element("label", **{"for": "i"}), "i": element("input", type="checkbox")},
        {"datadog": "dead"},
    ),
    (
        "label around a checkbox",
        {"t": element("label"), "i": element("input", "t", type="checkbox")},
        {"datadog": "dead"},
    ),
    ("the document", {"t": element("html")}, {"posthog": "ignored", "mixpanel": "ignored"}),
    ("the body", {"t": element("body")}, {"posthog": "dead"}),
]
JUDGED = [
    pytest.param(profile, elements, verdict, id=f"{profile}-{name}")
    for name, elements, said in TARGETS
    for profile, verdict in said.items()
]


@pytest.mark.parametrize(("profile", "elements", "verdict"), JUDGED)
def test_what_is_judged_at_all(profile: str, elements: dict[str, Any], verdict: str) -> None:
    """Nothing follows the click: dead where the product takes the element, ignored where not."""
    events = [click(), *([happening("check", 4000)] if profile == "posthog" else [])]
    assert said(profile, elements, events).get(0, "ignored") == verdict


@pytest.mark.parametrize(
    ("profile", "kind", "dead"),
    [
        *((profile, None, True) for profile in ("datadog", "amplitude", "newrelic", "sentry")),
        *((profile, "entry", False) for profile in ("datadog", "amplitude", "newrelic", "sentry")),
        *((profile, "picker", False) for profile in ("datadog", "amplitude", "newrelic")),
    ],
)
def test_an_input_named_by_its_id_is_a_button_unless_it_is_a_field(
    profile: str, kind: Any, *, dead: bool
) -> None:
    """The widget names it without its type."""
    events = [*clicks(0, target="input#pay", kind=kind), reaction(1, 0, 9000, watched=9000)]
    assert (names(events, preset(profile)) == ["dead_click"]) == dead
