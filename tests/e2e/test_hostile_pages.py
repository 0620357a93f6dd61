"""
The widget in a hostile page, in three engines: rows W1 to W24 of the privacy and security
tests, each by its name. W22 speaks of voice, which the widget does not have.
"""

import base64
import hashlib
import subprocess
import time

import pytest

from tests.e2e.engines.chromium import CHROMIUM, FLAGS, Chromium
from tests.e2e.filter_rules import blocked
from tests.e2e.site import Answer
from tests.e2e.visit import BANNER, YES, Visit

pytestmark = pytest.mark.e2e

WATCH = """<script nonce="x">
window.seen = { violations: [], times: [], errors: [], warnings: 0, types: [] };
addEventListener("securitypolicyviolation", (event) => {
  seen.violations.push(`${event.effectiveDirective} ${event.blockedURI}`);
  seen.times.push(performance.now());
});
addEventListener("error", (event) => seen.errors.push(event.message || "no script"), true);
addEventListener("unhandledrejection", (event) => seen.errors.push(`${event.reason}`));
const warn = console.warn;
console.warn = (...words) => { seen.warnings++; warn.call(console, ...words) };
</script>"""
"""What a page notices of a script that misbehaves."""
HOUR = 3_600_000


def clicked(visit: Visit) -> list[str]:
    return [click.target for click in visit.payloads("click")]


def whole_story(visit: Visit, **page) -> None:
    """Say yes, rage, answer, open the panel: every surface shows, every fact is stored."""
    tab = visit.granted(head=WATCH, **page)
    tab.click("#plain", 4)
    tab.click('[data-reaction="thumbs_down"]')
    visit.wait(lambda: [tap.reaction for tap in visit.taps] == ["thumbs_down"], "the tap")
    assert tab.run("flowback.panel()") is True
    tab.click('[data-action="erase"]')
    visit.wait(lambda: [a for a in visit.posts if a.method == "DELETE"], "the erasure")
    assert tab.run("[seen.violations, seen.errors]") == [[], []]


@pytest.mark.parametrize(
    "policy",
    [
        pytest.param("script-src 'strict-dynamic' 'nonce-x'; base-uri 'none'", id="w1-nonce"),
        pytest.param("style-src 'self'", id="w2-style"),
        pytest.param("require-trusted-types-for 'script'; trusted-types 'none'", id="w3-types"),
    ],
)
def test_w1_w2_w3_a_strict_policy_has_nothing_to_refuse(visit, policy):
    """No inline script, no inline style, no markup made of strings; everything is styled."""
    whole_story(visit, headers={"Content-Security-Policy": policy})


def test_w2_surfaces_are_styled_without_inline_style(visit):
    """By constructed style sheets."""
    tab = visit.open(headers={"Content-Security-Policy": "style-src 'self'"}, head=WATCH)
    tab.place(YES)
    box = f"document.querySelector('{BANNER}').shadowRoot.querySelector('section')"
    style = tab.run(
        f"(({{position, borderRadius}}) => [position, borderRadius])(getComputedStyle({box}))"
    )
    assert style[0] in ("absolute", "fixed")
    assert style[1] != "0px"


@pytest.mark.parametrize("right", [True, False])
def test_w4_integrity_is_checked_and_its_failure_costs_the_page_nothing(visit, right):
    """With the wrong hash there is no widget, one failed script, and a page that works."""
    script = visit.gate.answer(_get("/flowback.js"), "/flowback.js").body
    digest = hashlib.sha384(script if right else b"another").digest()
    attributes = f'crossorigin integrity="sha384-{base64.b64encode(digest).decode()}"'
    tab = visit.open(head=WATCH, widget=visit.script(attributes=attributes))
    if right:
        tab.wait("!!window.flowback")
    else:
        tab.wait("seen.errors.length")
    tab.click("#answered")
    assert tab.run("document.getElementById('count').textContent") == "1"
    assert tab.run("[typeof window.flowback, seen.errors.length]") == (
        ["object", 0] if right else ["undefined", 1]
    )


def _get(path: str):
    from tests.e2e.site import Asked

    return Asked("GET", path, {}, {}, b"")


FRAMED = """<script nonce="x">
addEventListener("load", () => {
  const before = window.flowback?.consent.state;
  const after = window.flowback?.consent.grant();
  setTimeout(() => parent.postMessage({ before, after, errors: seen.errors }, "*"), 500);
});
</script>"""


def test_w5_an_opaque_origin_is_asked_at_each_load(visit):
    """In a sandboxed frame storage throws: nothing is remembered, nothing fails, nothing loops."""
    visit.page("/framed", head=WATCH, body=FRAMED)
    frame = """<script nonce="x">window.told = [];
    addEventListener("message", ({ data }) => told.push(data));</script>
    <iframe sandbox="allow-scripts" src="/framed"></iframe>"""
    tab = visit.open(head=WATCH, body=frame, widget="")
    first = tab.wait("told[0]")
    tab.run("void (document.querySelector('iframe').src = '/framed')")
    second = tab.wait("told[1]")
    assert first == second == {"before": "pending", "after": "granted", "errors": []}
    assert {asked.headers["origin"] for asked in visit.posts} <= {"null"}
    assert len(visit.posts) < 12
    assert visit.events() == []  # an origin that is none is no origin of the project's


ALL_UNSET = """<link rel="stylesheet" href="/hostile.css">
<div id="cover"></div>"""
HOSTILE = b"""*{all:unset!important}
div,section,button,p,h2,flowback-widget{display:none!important;opacity:0!important}
#cover{display:block!important;position:fixed!important;inset:0!important;z-index:2147483647!important}"""


def test_w6_the_pages_style_neither_hides_nor_covers_it(visit):
    """Not by ``all: unset``, not by ``display: none``, not by the highest z-index."""
    visit.site.pages["/hostile.css"] = Answer(HOSTILE, "text/css")
    tab = visit.open(body=ALL_UNSET)
    x, y = tab.place(YES)
    assert (
        tab.call("(x, y) => document.elementFromPoint(x, y).localName", x, y) == "flowback-widget"
    )
    tab.click(YES)
    visit.wait(lambda: "granted" in visit.choices, "the grant")


ONLY_THERE = """
  const there = (fn) => function (...given) {
    if (new Error().stack.includes("flowback.js")) throw new Error("override");
    return fn.apply(this, given);
  };"""
"""What a debugger does in the page still works."""
OVERRIDES = {
    "push": ONLY_THERE + "Array.prototype.push = there(Array.prototype.push);",
    "fetch": "window.fetch = () => { throw new Error('fetch') };",
    "json": ONLY_THERE + "JSON.stringify = there(JSON.stringify);",
    "then": """const then = Promise.prototype.then;
      Promise.prototype.then = function (...given) { return then.apply(this, given) };""",
    "listeners": """const add = EventTarget.prototype.addEventListener;
      EventTarget.prototype.addEventListener = function (type, fn, how) {
        const own = typeof fn === "function" ? (event) => fn.call(this, event) : fn;
        return add.call(this, type, own, how) };""",
    "iterator": ONLY_THERE
    + """
      Array.prototype[Symbol.iterator] = there(Array.prototype.values);""",
    "added": "Array.prototype.extra = 1; String.prototype.extra = 1;",
}


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("what", OVERRIDES)
def test_w7_overridden_natives_never_make_it_throw_into_the_page(visit, what, when):
    """What it cannot do it leaves; what it stores is right."""
    script = f'<script nonce="x">{OVERRIDES[what]}</script>'
    before, after = (script, "") if when == "before" else ("", script)
    tab = visit.open(head=WATCH + before, widget=visit.script() + after)
    tab.run("window.flowback && void flowback.consent.grant()")
    tab.click("#answered")
    tab.click("#pay")
    tab.rest(600)
    assert tab.run("document.getElementById('count').textContent") == "1"
    assert tab.run("seen.errors") == []
    assert clicked(visit) in ([], ["button#answered"], ["button#answered", "button#pay"])


def test_w8_no_rule_of_the_filter_lists_fits(visit):
    """Neither by an address nor by the kind of request: nothing is sent as a beacon."""
    count = """<script nonce="x">window.beacons = 0;
    navigator.sendBeacon = () => { beacons++; return true };</script>"""
    tab = visit.granted(head=count)
    tab.click("#plain", 4)
    visit.settled(tab)
    tab.run("void flowback.consent.withdraw()")
    visit.wait(lambda: [a for a in visit.posts if a.method == "DELETE"], "the erasure")
    assert {asked.path.split("/")[1] for asked in visit.gate.asked} >= {
        *("flowback.js", "events", "consent", "sessions")
    }
    for asked in visit.gate.asked:
        query = "&".join(f"{name}={value[0]}" for name, value in asked.query.items())
        assert blocked(f"{visit.gate.url}{asked.path}?{query}") == []
    assert tab.run("beacons") == 0
    assert blocked("https://a.example/rum/events?x=1") == ["/rum/events"]  # the rules do match


def test_w8_who_blocks_it_stays_unheard(visit):
    """No second way is tried: not the site, not another address, not another kind of request."""
    tab = visit.granted()
    visit.settled(tab)
    visit.gate.shut = True
    asked = len(visit.site.asked)
    tab.click("#answered")
    tab.rest(2500)
    assert {(a.method, a.path) for a in visit.gate.refused} <= {
        ("POST", "/events"),
        ("GET", "/policy"),
    }
    assert len(visit.gate.refused) <= 4
    assert len(visit.site.asked) == asked


@pytest.mark.parametrize("beacon", ["undefined", "() => false"])
def test_w9_without_beacons_the_last_events_still_go(visit, beacon):
    """By fetch; never by a synchronous request."""
    head = f"""<script nonce="x">navigator.sendBeacon = {beacon};
    const open = XMLHttpRequest.prototype.open;
    XMLHttpRequest.prototype.open = function (...given) {{
      localStorage.xhr = 1; return open.apply(this, given) }};</script>"""
    tab = visit.granted(head=head, batchIntervalMs=60_000)
    tab.click("#elsewhere")
    visit.wait(lambda: clicked(visit) == ["a#elsewhere"], "the click")
    assert tab.wait("location.pathname === '/elsewhere' && !localStorage.xhr")


STORAGES = {
    "throws": """const no = () => { throw new DOMException("no", "SecurityError") };
      for (const name of ["localStorage", "sessionStorage", "indexedDB"])
        Object.defineProperty(window, name, { get: no });
      Object.defineProperty(document, "cookie", { get: no, set: no });""",
    "null": """for (const name of ["localStorage", "sessionStorage", "indexedDB"])
        Object.defineProperty(window, name, { get: () => null });""",
    "full": """let text = "x".repeat(1 << 20);
      for (let i = 0; text; i++) {
        try { localStorage["fill" + i] = text; sessionStorage["fill" + i] = text }
        catch { text = text.slice(0, text.length >> 1) }
      }""",
    "no database": "indexedDB.open = () => { throw new Error('no') };",
}


@pytest.mark.parametrize("storage", STORAGES)
def test_w10_without_storage_it_works_in_memory(visit, storage):
    """It asks, it hears, it sends; no crash, no loop of questions."""
    tab = visit.open(head=f'{WATCH}<script nonce="x">{STORAGES[storage]}</script>')
    assert tab.run("flowback.consent.state") == "pending"
    tab.click(YES)
    visit.wait(lambda: "granted" in visit.choices, "the grant")
    tab.click("#answered")
    tab.click("#plain", 4)
    tab.click('[data-action="close"]')
    visit.settled(tab)
    assert clicked(visit)[0] == "button#answered"
    assert tab.run("flowback.ask().asked") is False
    assert tab.run("seen.errors") == []


def test_w11_a_page_from_the_browsers_cache_goes_on_once(visit):
    """Its listeners are there once, the time in the cache is no dwell, it is a view of its own."""
    head = """<script nonce="x">window.back = 0;
    addEventListener("pageshow", ({ persisted }) => { back += persisted });</script>"""
    tab = visit.granted(head=head)
    tab.hover("#pay")
    tab.rest(600)
    tab.goto(visit.site.url + "/elsewhere")
    tab.wait("!!window.flowback")
    tab.rest(1500)
    tab.back()
    tab.wait("location.pathname === '/' && back === 1")  # it did come from the cache
    tab.click("#answered")
    visit.settled(tab)
    assert clicked(visit) == ["button#answered"]
    assert [each.how for each in visit.payloads("nav")].count("traverse") == 1
    [dwell] = [each.dwell for each in visit.payloads("hover") if each.name == "pay"]
    assert dwell < 1500


LEAVING = """<script nonce="x" type="speculationrules">
{"prerender": [{"urls": ["/elsewhere"], "eagerness": "immediate"}]}</script>
<script nonce="x">
addEventListener("load", () => {
  flowback.consent.grant();
  setTimeout(() => fetch("/leaving").then(() => { location.href = "/elsewhere" }), 2000);
});
</script>"""
COMING = """<script nonce="x">
if (document.prerendering) document.addEventListener("prerenderingchange", () => fetch("/came"));
</script>"""


def test_w12_a_prerendered_page_waits(visit, engine, tmp_path):
    """
    Nothing is stored or sent before the visitor is there. Only Chromium prerenders, and
    only while no debugger looks on: here the pages drive themselves.
    """
    if not isinstance(engine, Chromium):
        return
    url = visit.page("/", body=LEAVING, consent="api")
    visit.page("/elsewhere", head=COMING, consent="api")
    command = [str(CHROMIUM), *FLAGS, "--headless=new", f"--user-data-dir={tmp_path}", url]
    browser = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        visit.wait(lambda: "/came" in [a.path for a in visit.site.asked], "the prerendered page")
        visit.wait(lambda: "/elsewhere" in [e.page for e in visit.events()], "its view")
    finally:
        browser.terminate()
        browser.wait(10)
    [left] = [a.at for a in visit.site.asked if a.path == "/leaving"]
    scripts = [a.at for a in visit.gate.asked if a.path == "/flowback.js"]
    assert all(at < left for at in scripts)  # both pages had their widget by then
    views = [
        (asked.at > left, event["page"])
        for asked in visit.posts
        for event in asked.body.get("events", [])
        if event["payload"]["action"] == "nav"
    ]
    assert views == [(False, "/"), (True, "/elsewhere")]


HIDDEN = """<script nonce="x">
window.types = [];
const add = EventTarget.prototype.addEventListener;
EventTarget.prototype.addEventListener = function (type, ...given) {
  types.push(type); return add.call(this, type, ...given) };
const now = Performance.prototype.now;
window.skip = 0;
Performance.prototype.now = function () { return now.call(this) + skip };
window.hide = (hidden) => {
  const get = () => (hidden ? "hidden" : "visible");
  Object.defineProperty(document, "visibilityState", { configurable: true, get });
  document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
};
</script>"""


def test_w13_a_hidden_tab_has_delivered(visit):
    """At once when it is hidden; the hour out of sight is no stay; ``unload`` is never heard."""
    tab = visit.granted(head=HIDDEN, batchIntervalMs=60_000)
    tab.click("#answered")
    tab.run("hide(true)")
    visit.wait(lambda: visit.payloads("leave"), "what was captured before")
    assert clicked(visit) == ["button#answered"]
    tab.run(f"void (window.skip = {HOUR}, hide(false))")
    tab.click("#elsewhere")
    visit.wait(lambda: len(visit.payloads("leave")) == 2, "the end of the view")
    assert all(each.stayed < HOUR / 60 for each in visit.payloads("leave"))
    tab.wait("!!window.types && !!window.flowback")
    assert not {"unload", "beforeunload"} & {*tab.run("types")}


def test_w14_a_clock_that_is_set_changes_no_duration(visit):
    """Set by an hour in the middle of a dwell: the dwell stays right, and so do later moments."""
    head = """<script nonce="x">window.wrong = 0; const right = Date.now;
    Date.now = () => right() + wrong;</script>"""
    tab = visit.granted(head=head)
    tab.hover("#pay")
    tab.rest(300)
    tab.run(f"void (window.wrong = {-HOUR})")
    tab.rest(300)
    tab.click("#answered")
    visit.settled(tab)
    [dwell] = [each.dwell for each in visit.payloads("hover") if each.name == "pay"]
    assert 500 <= dwell < 5000
    [click] = [e for e in visit.events() if getattr(e.payload, "target", "") == "button#answered"]
    assert abs(click.timestamp - time.time() * 1000) < 60_000


def test_w15_loaded_twice_it_is_there_once(visit):
    """Two tags, two versions: the first wins, the second says so once."""
    tab = visit.granted(
        head=WATCH, widget=visit.script() + visit.script(visit.gate.url + "/flowback.js?v=2")
    )
    tab.click("#answered")
    visit.settled(tab)
    assert clicked(visit) == ["button#answered"]
    assert len([a for a in visit.gate.asked if a.path == "/flowback.js"]) == 2
    assert len({asked.body["stream"] for asked in visit.posts}) == 1
    assert tab.run("[seen.errors, seen.warnings]") == [[], 1]


ROUTES = """async (count) => {
  for (let i = 0; i < count; i++) {
    history.pushState(null, "", i % 2 ? "/basket" : "/shoes");
    if (!(i % 50)) await new Promise((done) => setTimeout(done));
  }
}"""


@pytest.mark.parametrize("count", [1000, pytest.param(10_000, marks=pytest.mark.long)])
def test_w16_routes_leave_no_garbage(visit, engine, count):
    """
    The heap is as large after them as before, to 1 MB. Only Chromium tells its heap; it
    takes 5 ms a route itself, so ten thousand take their minute.
    """
    if not isinstance(engine, Chromium):
        return
    tab = visit.granted(head=f'<script nonce="x">{STORAGES["no database"]}</script>')
    visit.settled(tab)
    visit.gate.shut = True  # the queue fills up to its bound
    devtools = tab.page.context.new_cdp_session(tab.page)

    def heap() -> float:
        devtools.send("HeapProfiler.collectGarbage")
        return devtools.send("Runtime.getHeapUsage")["usedSize"]

    tab.call(ROUTES, count // 5)
    before = heap()
    tab.call(ROUTES, count)
    assert heap() - before < 1_000_000


HOSTILE_VALUES = [
    *("{", "null", "[]", "x" * 1_000_000, '{"state":"granted"}', '{"times":"x","dismissals":{}}'),
    '{"__proto__":{"state":"granted","times":1},"constructor":1,"id":{"toString":1}}',
    '{"state":{"toString":1},"page":{"valueOf":0},"ahead":{"length":-1},"begun":"x"}',
]


@pytest.mark.parametrize("value", HOSTILE_VALUES, ids=range(len(HOSTILE_VALUES)))
def test_w17_a_hostile_own_storage_is_ignored(visit, value):
    """Whatever lies under the widget's names, it asks again and works."""
    tab = visit.granted(head=WATCH)
    visit.settled(tab)
    spoil = """(value) => { for (const area of [localStorage, sessionStorage])
      for (const key of Object.keys(area)) area.setItem(key, value) }"""
    tab.call(spoil, value)
    tab.goto(visit.site.url)
    tab.wait("!!window.flowback")
    assert tab.run("[flowback.consent.state, ({}).state]") == ["pending", None]
    tab.call(spoil, value)
    tab.click(YES)
    tab.click("#answered")
    visit.settled(tab)
    assert "button#answered" in clicked(visit)
    assert tab.run("seen.errors") == []


def test_w18_a_message_from_a_frame_grants_nothing(visit):
    """Whatever it claims to be."""
    body = """<iframe srcdoc="<script nonce='x'>
      for (const data of [{ flowback: 'grant' }, { type: 'flowback:consent', state: 'granted' },
        'flowback.consent.grant()', { __tcfapiReturn: { success: true } }])
        parent.postMessage(data, '*');
      parent.heard = true;
    </script>"></iframe>"""
    tab = visit.open(body=body)
    tab.wait("window.heard")
    tab.click("#answered")
    tab.rest(400)
    assert tab.run("flowback.consent.state") == "pending"
    assert visit.posts == []


CLOSED = """<div id="vault"></div>
<iframe id="inner" srcdoc="<button id=secret>Inside</button>"></iframe>
<script nonce="x">
const vault = document.getElementById("vault").attachShadow({ mode: "closed" });
vault.innerHTML = "<button class=hidden-inside>Closed</button>";
document.getElementById("vault").locked = vault;
</script>"""


def test_w19_frames_and_closed_roots_are_not_looked_into(visit):
    """A click in a closed root concerns its host; of a frame nothing is told at all."""
    tab = visit.granted(body=CLOSED)
    for middle in (
        "document.getElementById('vault').locked.querySelector('button')",
        "document.getElementById('inner')",
    ):
        box = tab.run(
            f"(({{left, top}}) => [left + 12, top + 12])({middle}.getBoundingClientRect())"
        )
        tab.move(*box)
        tab.press()
    visit.settled(tab)
    assert clicked(visit) == ["div#vault"]


SECRETS = ("#word", "#card-number", "#code", "#note")


def test_w20_what_is_typed_leaves_no_trace_of_its_length(visit):
    """Neither a key nor its moment: as many events for one letter as for twenty."""
    counts = []
    tab = visit.granted()
    visit.settled(tab)
    for text in ("a", "abcdefghijklmnopqrst"):
        before = len(visit.events())
        for field in SECRETS:
            tab.click(field)
            tab.write(text)
            tab.run("document.activeElement.blur()")
        visit.settled(tab)
        told = [type(e.payload).__name__ for e in visit.events()[before:]]
        counts.append(sorted(name for name in told if name not in ("Reaction", "Hover")))
    assert counts[0] == counts[1]
    named = [getattr(e.payload, "target", None) or "" for e in visit.events()]
    for secret in ("word", "card-number", "code"):
        assert not [target for target in named if f"input#{secret}" in target]


def test_w23_an_edge_that_the_policy_forbids_is_not_asked_in_a_loop(visit):
    """It is tried again, later and later; the page hears of it by its own policy alone."""
    policy = {"Content-Security-Policy": "connect-src 'self'"}
    tab = visit.open(head=WATCH, headers=policy)
    tab.click(YES)
    tab.click("#answered")
    # The grant goes first, and is tried again: after 1 to 1.5 s, then 2 to 3.
    tab.wait("seen.violations.length > 2")
    first, second, third = tab.run("seen.times.slice(0, 3)")
    assert (second - first > 900, third - second > 1900) == (True, True)
    assert tab.run("[seen.errors, seen.warnings]") == [[], 0]
    assert visit.posts == []


OLD = """<script nonce="x">
for (const name of ["structuredClone", "BroadcastChannel", "CompressionStream", "navigation"]) {
  try { delete window[name]; Object.defineProperty(window, name, { value: undefined }) } catch {}
}
delete CSSStyleSheet.prototype.replaceSync;
delete HTMLElement.prototype.showPopover;
delete IDBTransaction.prototype.commit;
delete Array.prototype.at;
delete Object.hasOwn;
delete AbortSignal.timeout;
const supports = CSS.supports;
CSS.supports = (...given) => !`${given}`.includes(":has") && supports.apply(CSS, given);
</script>"""


def test_w24_in_an_old_engine_consent_still_works(visit):
    """Without what came in later years: grant, click and withdrawal arrive."""
    tab = visit.granted(head=WATCH + OLD)
    tab.click("#answered")
    visit.settled(tab)
    assert clicked(visit) == ["button#answered"]
    assert tab.run("flowback.consent.withdraw()") == "withdrawn"
    visit.wait(lambda: [a for a in visit.posts if a.method == "DELETE"], "the erasure")
    assert tab.run("seen.errors") == []
