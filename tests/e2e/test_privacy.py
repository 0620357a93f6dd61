"""
Consent in a real browser: rows P1 to P3 of the privacy tests, judged by what the edge
was asked and by what lies on its disk.
"""

import gzip
import json
import sqlite3

import pytest
from playwright.sync_api import expect

from edge.events import codec
from tests.stack import wait_for

pytestmark = pytest.mark.e2e

BANNER = '[data-flowback="banner"]'
STORED = """async () => ({
  local: Object.keys(localStorage), session: Object.keys(sessionStorage),
  databases: (await indexedDB.databases()).map((one) => one.name), cookies: document.cookie,
})"""


def asked(page, demo) -> list[tuple[str, str, dict]]:
    """Note what a page asks of the edge: method, path, body."""
    seen: list[tuple[str, str, dict]] = []

    def note(request) -> None:
        if request.url.startswith(demo.edge_url):
            body = request.post_data_buffer or b"{}"
            text = gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body
            path = request.url.removeprefix(demo.edge_url).partition("?")[0]
            seen.append((request.method, path, json.loads(text)))

    page.on("request", note)
    return seen


def use_everything(page, demo) -> None:
    """Click, type, select, scroll, hover, fail, and walk through the shop."""
    page.locator("#continue").click()
    page.locator("#gift").fill("4111 1111 1111 1111")
    for _ in range(4):
        page.locator("#apply").click()
    page.locator("h1").click(click_count=3)
    page.mouse.wheel(0, 600)
    page.locator("#pay").hover()
    page.evaluate("setTimeout(() => { throw new Error('broken') }, 0)")
    page.evaluate("window.flowback.signal({action: 'wearable', subtype: 'stress', value: 0.75})")
    page.evaluate("window.flowback.ask()")
    page.goto(f"{demo.shop_url}/cart")
    page.go_back()
    page.locator("#continue").click()


def written(demo) -> tuple[bytes, list]:
    """Return every byte of the edge's journal, inflated entries among them, and its groups."""
    folder = demo.folder / "data" / "edge"
    file = sqlite3.connect(f"file:{folder / 'journal.db'}?mode=ro", uri=True)
    bodies = [row[0] for row in file.execute("select body from entry order by position")]
    file.close()
    raw = b"".join(path.read_bytes() for path in folder.glob("journal*"))
    groups = [group for body in bodies for group in codec.unpack(body)]
    return raw + b"".join(codec.inflate(body) for body in bodies), groups


def test_after_a_no_nothing_is_stored_or_sent(demo, visitor):
    """P1: use every feature; the choice record is all there is."""
    page = visitor.new_page()
    seen = asked(page, demo)
    page.goto(f"{demo.shop_url}/checkout")
    page.locator(f'{BANNER} [data-answer="no"]').click()
    wait_for(lambda: [path for _, path, _ in seen if path == "/consent"], what="the choice")
    use_everything(page, demo)
    stored = page.evaluate(STORED)

    assert [path for method, path, _ in seen if method != "GET"] == ["/consent"]
    assert {path for method, path, _ in seen if method == "GET"} == {"/flowback.js"}
    [key] = stored["local"]
    kept = json.loads(page.evaluate("key => localStorage[key]", key))
    assert "secret" not in json.dumps(kept)
    assert (stored["session"], stored["databases"], stored["cookies"]) == ([], [], "")


@pytest.mark.parametrize(("header", "script"), [(True, True), (False, True)])
def test_gpc_is_a_no_that_is_shown_and_may_be_changed(demo, chromium, header, script):
    """P2: denied by the browser, said so, and overridden only by the visitor."""
    headers = {"Sec-GPC": "1"} if header else {}
    context = chromium.new_context(extra_http_headers=headers)
    if script:
        context.add_init_script(
            "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', {get: () => true})"
        )
    page = context.new_page()
    seen = asked(page, demo)
    page.goto(f"{demo.shop_url}/checkout")
    expect(page.locator(BANNER)).to_contain_text("Your browser says no")
    page.locator("#continue").click()
    assert page.evaluate("[flowback.consent.state, flowback.consent.source]") == ["denied", "gpc"]
    assert [body for _, path, body in seen if path == "/events"] == []

    page.locator(f'{BANNER} [data-answer="yes"]').click()
    page.locator("#continue").click()
    wait_for(lambda: [body for _, path, body in seen if path == "/events"], what="events")
    [grant] = [b for _, path, b in seen if path == "/consent" and b.get("state") == "granted"]
    assert grant["override"] is True
    context.close()


def test_a_header_alone_is_a_no_too(demo, chromium):
    """P2: where only the request says it, the edge keeps nothing, whatever the page sends."""
    context = chromium.new_context(extra_http_headers={"Sec-GPC": "1"})
    page = context.new_page()
    page.goto(f"{demo.shop_url}/checkout")
    with page.expect_response(lambda answer: "/events" in answer.url) as answered:
        page.locator(f'{BANNER} [data-answer="yes"]').click()
        page.locator("#continue").click()

    assert answered.value.json()["accepted"] == 0
    assert set(answered.value.json()["dropped"]) == {"consent_denied"}
    assert b"button#continue" not in written(demo)[0]
    context.close()


def test_a_withdrawal_stops_empties_and_erases(demo, visitor):
    """P3: listeners end, the queue is empty, the edge blanks what it has, with a receipt."""
    page = visitor.new_page()
    seen = asked(page, demo)
    page.goto(f"{demo.shop_url}/checkout")
    page.locator(f'{BANNER} [data-answer="yes"]').click()
    page.locator("#continue").click()
    wait_for(lambda: b"button#continue" in written(demo)[0], what="the click on disk")

    with page.expect_response(lambda answer: "/sessions/" in answer.url) as erased:
        state = page.evaluate("flowback.consent.withdraw()")
    assert state == "withdrawn"
    assert erased.value.status == 200
    receipt = erased.value.json()
    assert len(receipt["receipt"]) == 32
    assert receipt["erased"] >= 2
    before = len(seen)
    use_everything(page, demo)
    assert [path for _, path, _ in seen[before:] if path != "/flowback.js"] == []
    stored = page.evaluate(STORED)
    assert stored["session"] == []

    raw, groups = written(demo)
    assert b"button#continue" not in raw
    left = [event for group in groups for event in group.events if event is not None]
    assert [event.payload.erased for event in left] == [True]
