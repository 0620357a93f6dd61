"""
Consent in three engines: rows P1 to P3 of the privacy tests, judged by what the edge was
asked, what lies in the browser, and what lies on the edge's disk.
"""

import json

import pytest

from tests.e2e.edge import Reader, on_disk
from tests.e2e.visit import BANNER, HOLDING, NO, STORED, YES, Visit, online

pytestmark = pytest.mark.e2e

NOTHING = {"local": [], "session": [], "cookies": "", "databases": []}
GPC = """<script nonce="x">
Object.defineProperty(Navigator.prototype, "globalPrivacyControl", { get: () => true });
</script>"""
CLOCKS = """<script nonce="x">
window.skip = 0;
const [wall, page] = [Date.now, Performance.prototype.now];
Date.now = () => wall() + window.skip;
Performance.prototype.now = function () { return page.call(this) + window.skip };
</script>"""
"""Clocks that a test may put forward."""
TEN_MINUTES = 600_000


def use_everything(tab, visit: Visit) -> None:
    """Click, rage, type, select, scroll, hover, fail, tell, ask, leave and come back."""
    for selector in ("#answered", "#broken", ".buy", "#route"):
        tab.click(selector)
    tab.click("#plain", 4)
    tab.click("#person")
    tab.write("4111 1111 1111 1111")
    tab.click("#send")
    tab.click("#words", 3)
    tab.hover("#pay")
    tab.wheel(600)
    tab.run("flowback.signal({action: 'wearable', subtype: 'stress', value: 0.75})")
    tab.run("void [flowback.ask(), flowback.panel()]")
    tab.rest(1000)
    tab.goto(visit.site.url + "/elsewhere")
    tab.back()
    tab.wait("location.pathname !== '/elsewhere' && !!window.flowback")
    tab.click("#answered")


def asked(visit: Visit) -> list[tuple[str, str]]:
    """What the edge was asked, but for the widget's script."""
    return [(a.method, a.path) for a in visit.gate.asked if a.path != "/flowback.js"]


def test_before_a_choice_nothing_is_heard_stored_or_sent(visit):
    """The script comes, the banner shows, and that is all."""
    tab = visit.open()
    tab.place(YES)
    use_everything(tab, visit)
    assert tab.run(STORED) == NOTHING
    assert asked(visit) == []


def test_p1_after_a_no_nothing_is_stored_or_sent(visit):
    """P1: use every feature for ten minutes; the choice record is all there is."""
    tab = visit.open(head=CLOCKS)
    tab.click(NO)
    visit.wait(lambda: visit.choices == ["denied"], "the count")
    use_everything(tab, visit)
    tab.run(f"void (window.skip = {TEN_MINUTES})")
    use_everything(tab, visit)
    assert not tab.has(YES)
    assert asked(visit) == [("POST", "/consent")]
    told = {name for name, value in visit.posts[0].body.items() if value is not None}
    assert not {"sessionId", "stream", "n", "receiptHash"} & told
    stored = tab.run(STORED)
    [key] = stored["local"]
    assert {**stored, "local": []} == NOTHING
    assert "secret" not in tab.call("(key) => localStorage[key]", key)
    assert visit.events() == []


@pytest.mark.parametrize("header", [True, False], ids=["header and script", "script"])
def test_p2_gpc_is_a_no_that_is_shown_and_may_be_changed(visit, header):
    """P2: denied by the browser, said so, and overridden only by the visitor."""
    visit.gate.headers = {"Sec-GPC": "1"} if header else {}
    tab = visit.open(head=GPC)
    words = f"document.querySelector('{BANNER}').shadowRoot.textContent"
    tab.wait(f"({words}).includes('Your browser says no')")
    assert tab.run("[flowback.consent.state, flowback.consent.source]") == ["denied", "gpc"]
    assert tab.run("flowback.consent.grant()") == "denied"  # the site alone cannot
    use_everything(tab, visit)
    assert asked(visit) == [("POST", "/consent")]
    tab.click(YES)
    tab.click("#pay")
    visit.settled(tab)
    assert visit.choices == ["denied", "granted"]
    assert visit.posts[1].body["override"] is True
    assert "button#pay" in [click.target for click in visit.payloads("click")]


def test_p2_a_header_alone_is_a_no_too(visit):
    """
    P2: where only the request says it, the edge keeps nothing, whatever the page sends; the
    widget learns it from the edge, says so, and its visitor may change that.
    """
    visit.gate.headers = {"Sec-GPC": "1"}
    tab = visit.open(body='<button id="unheard-of">Unheard of</button>')
    tab.click(YES)
    words = f"document.querySelector('{BANNER}')?.shadowRoot.textContent"
    tab.wait(f"(({words}) || '').includes('Your browser says no')")
    assert tab.run("[flowback.consent.state, flowback.consent.source]") == ["denied", "gpc"]
    tab.click("#unheard-of")
    assert tab.run("flowback.consent.grant()") == "denied"  # the site alone cannot
    tab.click(YES)
    tab.click("#pay")
    visit.settled(tab)
    assert visit.posts[0].body["override"] is False
    assert visit.posts[-1].body["sessionId"] != visit.posts[0].body["sessionId"]
    assert "button#pay" in [click.target for click in visit.payloads("click")]
    assert b"unheard-of" not in on_disk(visit.edge.journal)


def test_p3_a_withdrawal_stops_empties_and_erases(visit):
    """P3: the queue is empty at once, the edge blanks what it has and says so, nothing is heard."""
    tab = visit.granted(body='<button id="repented">Repented</button>')
    tab.click("#repented")
    visit.settled(tab)
    assert b"button#repented" in on_disk(visit.edge.journal)
    visit.gate.shut = True
    tab.click("#answered")
    visit.wait(lambda: tab.run(HOLDING), "events in the browser")

    # Asked in the same breath: by then no database of the browser holds an event.
    assert tab.run(f"(flowback.consent.withdraw(), {HOLDING})") == 0
    assert tab.run("flowback.consent.state") == "withdrawn"
    visit.gate.shut = False
    online(tab)
    visit.wait(lambda: asked(visit)[-1][0] == "DELETE", "the erasure")
    receipt = json.loads(visit.gate.asked[-1].answer.body)
    assert (len(receipt["receipt"]), receipt["erased"] >= 2) == (32, True)
    before = len(asked(visit))
    use_everything(tab, visit)
    assert len(asked(visit)) == before

    assert b"button#repented" not in on_disk(visit.edge.journal)
    [session] = visit.sessions
    groups = [g for g in Reader(visit.edge.journal).new() if g.stamp.session == session]
    left = [event for group in groups for event in group.events if event is not None]
    assert [event.payload.erased for event in left] == [True]
    assert tab.run(STORED)["session"] == []
