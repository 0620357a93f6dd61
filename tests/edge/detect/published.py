"""
Words of the tables that hold presets against their products' published definitions.

The harness of the conformance cases tells each row as the widget would.
"""

from typing import Any

from tests.edge.detect.test_conformance import posthog_verdicts, verdicts

A = {"tag": "a", "attrs": {"href": "/x"}, "text": "Go"}
BUTTON = {"tag": "button", "text": "Buy"}


def element(tag: str, parent: str | None = None, text: str = "", **attrs: str) -> dict[str, Any]:
    named = {name.replace("_", "-"): value for name, value in attrs.items()}
    made: dict[str, Any] = {"tag": tag, "attrs": named, "text": text}
    return {**made, "parent": parent} if parent else made


def click(at: float = 0, el: str = "t", **more: Any) -> dict[str, Any]:
    return {"t": at, "type": "click", "x": 10, "y": 10, "el": el, **more}


def happening(what: str, at: float) -> dict[str, Any]:
    return {"t": at, "type": what}


def case(profile: str, elements: dict[str, Any], events: list[Any]) -> dict[str, Any]:
    return {
        "id": "own",
        "profile": profile,
        "elements": elements,
        "events": sorted(events, key=lambda event: event["t"]),
    }


IN_LINK = element("a", href="/x")
IN_TAB = element("a", href="/x", target="_blank")


def said(profile: str, elements: dict[str, Any], events: list[Any]) -> dict[int, str]:
    """What a preset says of each event of a case that is a click."""
    if profile == "posthog":
        return dict(posthog_verdicts(case(profile, elements, events)))
    return dict(verdicts(case(profile, elements, events)))
