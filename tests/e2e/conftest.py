"""Real browsers and the real product: as `flowback demo` starts it, or an edge alone."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.edge import edge_alone
from tests.e2e.engines import firefox, webkit
from tests.e2e.engines.chromium import CHROMIUM, FLAGS, LEFT_ON, Chromium
from tests.e2e.site import Site
from tests.e2e.visit import PROJECT, Visit, World
from tests.stack import ROOT, Process, answers, free_ports, wait_for


class Demo:
    """A running demo without simulated visitors."""

    def __init__(self, folder: Path) -> None:
        hub, link, edge, shop = free_ports(4)
        self.folder = folder
        self.data = folder / "data"
        self.hub_url = f"http://127.0.0.1:{hub}"
        self.edge_url = f"http://127.0.0.1:{edge}"
        self.shop_url = f"http://127.0.0.1:{shop}"
        self.process = Process(
            *("demo", "--data", str(folder / "data"), "--visitors", "0", "--port", str(hub)),
            *("--link-port", str(link), "--edge-port", str(edge), "--shop-port", str(shop)),
            log=folder / "demo.log",
        )

    def start(self) -> None:
        """Start it and wait until the welcome is printed."""
        self.process.start()
        wait_for(
            lambda: "Dashboard" in self.process.log.read_text(),
            what=f"the demo's welcome in {self.process.log}",
        )
        assert answers(f"{self.hub_url}/health") is not None


@pytest.fixture
def demo(tmp_path):
    started = Demo(tmp_path)
    started.start()
    yield started
    assert started.process.stop(seconds=5) == 0  # Ctrl-C ends everything within 5 s
    said = started.process.log.read_text().splitlines()
    assert said[-2:] == ["demo: stopping", f"demo: stopped; the data stay in {started.data}"]


def _needs(files: list[Path], packages: str) -> None:
    """Leave a test out where a program is missing; with CI=true nothing may be left out."""
    if files and all(file.exists() for file in files):
        return
    assert os.environ.get("CI") != "true", f"with CI=true nothing may be left out: {packages}"
    pytest.skip(f"apt install {packages}")


@pytest.fixture(scope="module")
def chromium():
    """One browser for a module: while it runs, its event loop runs too, and no other may."""
    _needs([CHROMIUM], "chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=FLAGS, ignore_default_args=LEFT_ON
        )
        yield browser
        browser.close()


@pytest.fixture
def visitor(chromium):
    """A fresh browser profile."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
    yield context
    context.close()


def _node() -> Path:
    """Return the Node that the set-up uses."""
    own = ROOT / ".venv" / "bin" / "node"
    return own if own.exists() else Path(shutil.which("node") or "node")


def _firefox() -> firefox.Firefox:
    _needs([firefox.PROGRAM, firefox.LIBRARY], "firefox-esr, then `make setup-test`")
    return firefox.Firefox(_node())


def _webkit() -> webkit.WebKit:
    _needs([webkit.DRIVER, webkit.SCREEN, *webkit.browsers()], "webkit2gtk-driver xvfb")
    return webkit.WebKit()


ENGINES: dict[str, Callable[[], firefox.Firefox | webkit.WebKit]] = {
    "firefox": _firefox,
    "webkit": _webkit,
}


@pytest.fixture(scope="module", params=["chromium", *ENGINES])
def engine(request):
    """One of the three engines, for all tests of a module."""
    if request.param == "chromium":
        started = Chromium(request.getfixturevalue("chromium"))
    else:
        started = ENGINES[request.param]()
    yield started
    started.close()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A site and its edge."""
    folder = tmp_path_factory.mktemp("world")
    site = Site()
    with edge_alone(folder, PROJECT, [site.url]) as edge, site.serving():
        yield World(site, edge)


@pytest.fixture
def visit(engine, world):
    """A visitor who was never here; in the end all that is stored is stored once."""
    started = Visit(engine, world)
    yield started
    started.check_once()
    started.close()
