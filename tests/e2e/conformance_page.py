"""
A case of the conformance file as a page: real elements where the case has its clicks.

Parents nest, a custom element's children stand in its shadow root, and what is
clicked lies under the coordinates of its clicks, which keep their distances.
"""

import json
from collections.abc import Mapping
from html import escape
from typing import Any

Case = Mapping[str, Any]
LEFT, TOP = 300, 200
"""Where a case's (0, 0) lies in the viewport, CSS px."""
WIDTH, HEIGHT = 200, 160
"""Of an element that has room, CSS px."""
NOBODY = "_nobody"
"""Key of the button that is clicked where a case names no element."""

VOID = {"img", "input"}
ROOTS = {"html", "body"}
DRAWN = {"path": 'd="M4 4h8v8h-8z"', "svg": 'viewBox="0 0 16 16"'}
"""Without these nothing of them could be hit."""
INNER = "{display:block;margin:8px;width:calc(100% - 16px);height:calc(100% - 16px)}"
"""What is nested leaves an edge of its parent to be hit."""
STYLE = f"""
[data-el]{{box-sizing:border-box;padding:0;margin:0}}
[data-el] [data-el]{INNER}
#room{{height:4000px}}
"""


def elements_of(case: Case) -> dict[str, dict[str, Any]]:
    """Return the elements of *case* by key, with a button where it names none."""
    return {**case.get("elements", {}), NOBODY: {"tag": "button", "text": "Button"}}


def page_of(case: Case, *, widget: str, config: Mapping[str, Any]) -> str:
    """Return the HTML of *case* with the script *widget* and its *config*."""
    elements = elements_of(case)
    clicked = {event.get("el", NOBODY) for event in case["events"] if "x" in event}
    tops = [key for key, element in elements.items() if element.get("parent") not in elements]
    shown = [key for key in tops if key != NOBODY or key in clicked]
    bodies = "".join(_element(key, case) for key in shown if elements[key]["tag"] not in ROOTS)
    return f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>{case["id"]}</title>
<style>{STYLE}</style><script src="/stage.js"></script>
<script>window.flowbackConfig = {json.dumps(dict(config))}</script>
<body>{bodies}<p id="words">Some words to select.</p><output></output><div id="room"></div>
<script src="{escape(widget)}"></script></body></html>"""


def _element(key: str, case: Case) -> str:
    """Return *key* with all that it holds."""
    elements = elements_of(case)
    element = elements[key]
    tag = element["tag"]
    attributes = {"data-el": key, **element.get("attrs", {})}
    # An id with a digit is no name to the widget: the element is told as one without.
    if any(key == other.get("attrs", {}).get("for") for other in elements.values()):
        attributes["id"] = f"{key}-1"
    if attributes.get("for") in elements:
        attributes["for"] += "-1"
    if element.get("parent") not in elements:
        attributes["style"] = _box(key, case)
    head = " ".join(f'{name}="{escape(value)}"' for name, value in attributes.items())
    head = f"<{tag} {head} {DRAWN.get(tag, '')}>"
    if tag in VOID:
        return head
    inside = escape(element.get("text", "")) + "".join(
        _element(child, case) for child, other in elements.items() if other.get("parent") == key
    )
    if "-" in tag:
        inside = (
            f'<template shadowrootmode="open"><style>[data-el]{INNER}</style>{inside}'
            "<output></output></template>"
        )
    return f"{head}{inside}</{tag}>"


def _box(key: str, case: Case) -> str:
    """Return the style that puts the clicks on *key*, and on what it holds, inside of it."""
    points = _points(key, case)
    if not points:
        return "position:static"
    others = [
        point for top in elements_of(case) if top != key for point in _points(top, case, own=True)
    ]
    others = [point for point in others if point not in points]
    xs, ys = [x for x, _ in points], [y for _, y in points]
    gap = min((abs(x - near) for x, _ in others for near in xs if x != near), default=WIDTH)
    width = min(WIDTH, gap)
    left, top = LEFT + min(xs) - width / 2, TOP + min(ys) - HEIGHT / 2
    return (
        f"position:fixed;left:{left}px;top:{top}px;"
        f"width:{max(xs) - min(xs) + width}px;height:{max(ys) - min(ys) + HEIGHT}px"
    )


def _points(key: str, case: Case, *, own: bool = False) -> list[tuple[float, float]]:
    """Return where *key* is clicked, and what it holds unless *own*."""
    elements = elements_of(case)

    def belongs(name: str | None) -> bool:
        while name is not None and name in elements:
            if name == key:
                return True
            name = None if own else elements[name].get("parent")
        return False

    clicks = [event for event in case["events"] if "x" in event]
    return [(e["x"], e["y"]) for e in clicks if belongs(e.get("el", NOBODY))]
