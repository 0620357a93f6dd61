"""
Banner, question and panel as people see and use them: pictures for designers, axe for
assistive technology, the keyboard in three engines (row W21 of the hostile pages).
"""

from pathlib import Path

import pytest

from tests.e2e.engines.chromium import Chromium
from tests.e2e.visit import BANNER, PANEL, PROMPT, YES, Visit
from tests.stack import ROOT

pytestmark = pytest.mark.e2e

ARTEFACTS = ROOT / "test-artefacts"
AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
SURFACES = {"banner": BANNER, "prompt": PROMPT, "panel": PANEL}
WAYS = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "rtl": {"color_scheme": "light", "lang": "ar"},
    "rtl-dark": {"color_scheme": "dark", "lang": "ar"},
    "320": {"color_scheme": "light", "viewport": {"width": 320, "height": 640}},
    "320-rtl": {"lang": "ar", "viewport": {"width": 320, "height": 640}},
    "forced-colors": {"forced_colors": "active"},
    "zoomed": {"viewport": {"width": 640, "height": 450}, "device_scale_factor": 2},
}
"""How a surface is looked at: a browser's options, and the page's language."""
DARK_PAGE = (
    "<style>@media (prefers-color-scheme: dark) {:root {background: #0d1115; color: #ddd}}</style>"
)


def show(visit: Visit, surface: str, lang: str):
    """Open a page on which *surface* shows."""
    page = {"lang": lang, "head": DARK_PAGE}
    if surface == "banner":
        tab = visit.open(**page)
        tab.place(YES)
        return tab
    tab = visit.granted(**page)
    tab.click("#answered")
    tab.click("#person")
    visit.settled(tab)
    if surface == "prompt":
        tab.run("document.activeElement.blur()")
        tab.rest(2100)  # nobody is asked while typing
        assert tab.run("flowback.ask()")["asked"] is True
    else:
        assert tab.run("flowback.panel()") is True
    tab.place('[data-action="close"]')
    tab.rest(300)
    return tab


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("surface", SURFACES)
def test_w21_axe_finds_nothing_and_all_is_in_sight(chromium, world, surface, way):
    """No violation in any way of looking, and nothing lies outside of the window."""
    options = dict(WAYS[way])
    lang = options.pop("lang", "en")
    visit = Visit(Chromium(chromium), world, **options)
    tab = show(visit, surface, lang)
    ARTEFACTS.mkdir(exist_ok=True)
    (ARTEFACTS / f"widget-{surface}-{way}.png").write_bytes(tab.picture())
    tab.page.add_script_tag(content=AXE.read_text())
    found = tab.call(
        "(host) => axe.run(document.querySelector(host)).then(({ violations, passes }) => "
        "[violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)]), passes.length])",
        SURFACES[surface],
    )
    assert found[0] == []
    assert found[1] > 5
    box = f"document.querySelector('{SURFACES[surface]}').shadowRoot.querySelector('section')"
    inside = (
        f"(({{left, top, right, bottom}}) => left >= 0 && top >= 0 && right <= innerWidth && "
        f"bottom <= innerHeight)({box}.getBoundingClientRect())"
    )
    assert tab.run(inside) is True
    assert tab.run("document.documentElement.scrollWidth <= innerWidth") is True
    visit.close()


def focused(tab) -> str:
    """Return what has the focus, through open shadow roots: id or answer."""
    return tab.run("""(() => {
      let at = document.activeElement;
      while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
      return at.id || at.dataset.reaction || at.dataset.action || at.localName;
    })()""")


def test_w21_the_question_takes_no_focus_and_gives_it_back(visit):
    """It comes without the focus; the keyboard reaches it, answers, and is back where it was."""
    tab = visit.granted()
    visit.settled(tab)
    tab.run("document.getElementById('send').focus()")
    assert tab.run("flowback.ask()")["asked"] is True
    tab.place('[data-reaction="thumbs_up"]')
    assert focused(tab) == "send"
    for _ in range(12):
        tab.key("Tab")
        if focused(tab) == "thumbs_up":
            break
    assert focused(tab) == "thumbs_up"
    before = tab.run("document.activeElement.localName")
    assert before == "flowback-widget"
    tab.key("Escape")
    visit.wait(lambda: "dismissed" in [p.phase for p in visit.payloads("prompt")], "the dismissal")
    assert tab.run("document.activeElement.localName") in ("div", "button")
    assert focused(tab) in ("note", "send")


def test_w21_the_keyboard_alone_answers(visit):
    """Tab, Enter, words, Enter."""
    tab = visit.granted()
    visit.settled(tab)
    tab.run("document.getElementById('note').focus()")
    assert tab.run("flowback.ask()")["asked"] is True
    tab.place('[data-reaction="thumbs_up"]')
    for _ in range(12):
        tab.key("Tab")
        if focused(tab) == "thumbs_up":
            break
    tab.key("Enter")
    visit.wait(lambda: [tap.reaction for tap in visit.taps] == ["thumbs_up"], "the tap")
    assert focused(tab) == "textarea"
    tab.write("Fine")
    tab.key("Tab")
    tab.key("Enter")
    visit.wait(lambda: [tap.comment for tap in visit.taps] == [None, "Fine"], "the words")


def test_w21_nothing_moves_for_who_wants_no_motion(chromium, world):
    """``prefers-reduced-motion`` is honoured."""
    visit = Visit(Chromium(chromium), world, reduced_motion="reduce")
    tab = visit.open()
    tab.place(YES)
    assert tab.run("document.getAnimations().length") == 0
    box = f"document.querySelector('{BANNER}').shadowRoot.querySelector('section')"
    style = "(({animationName, transitionDuration}) => [animationName, transitionDuration])"
    assert tab.run(f"{style}(getComputedStyle({box}))") == ["none", "0s"]
    visit.close()


def test_the_question_stays_where_it_came(visit):
    """What is spoken of it later takes no room: no bar to scroll by, no button that moves away."""
    tab = visit.granted()
    visit.settled(tab)
    assert tab.run("flowback.ask()")["asked"] is True
    root = f"document.querySelector('{PROMPT}').shadowRoot"
    state = f"""(async (box) => {{
      await Promise.all(box.getAnimations().map((one) => one.finished));
      const {{left, top}} = box.querySelector("[data-action=close]").getBoundingClientRect();
      return [left, top, box.scrollHeight - box.clientHeight, box.scrollWidth - box.clientWidth];
    }})({root}.querySelector("section"))"""
    came = tab.run(state)
    tab.wait(f"{root}.querySelector('[role=status]').textContent")
    assert tab.run(state) == came
    assert came[2:] == [0, 0]
