"""A real Chromium and the real product, as `flowback demo` starts it."""

import os
from pathlib import Path

import pytest

from tests.stack import Process, answers, free_ports, wait_for

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Headless Chromium says that it is a robot, and robots are left out of all figures.
    # As a flag, because what a page sends while it closes ignores a context's own.
    "--user-agent=Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0 Safari/537.36",
]


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


@pytest.fixture(scope="module")
def chromium():
    """One browser for a module: while it runs, its event loop runs too, and no other may."""
    if not CHROMIUM.exists():
        assert os.environ.get("CI") != "true", "with CI=true nothing may be left out"
        pytest.skip("needs Chromium: apt install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visitor(chromium):
    """A fresh browser profile."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
    yield context
    context.close()
