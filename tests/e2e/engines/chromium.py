"""Chromium, driven by Playwright."""

from pathlib import Path
from typing import Any

from tests.e2e.engines.tab import Engine, Leaving, Profile, Tab

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

LEFT_ON = ["--disable-back-forward-cache"]
"""What Playwright switches off and visitors have."""


class ChromiumTab(Tab):
    """One page of Playwright; ``page`` is for what only Chromium can do."""

    def __init__(self, page: Any) -> None:
        self.page = page

    def goto(self, url: str) -> None:
        self.page.goto(url)

    def run(self, expression: str) -> Any:
        from playwright.sync_api import Error

        try:
            return self.page.evaluate(f"() => ({expression})")
        except Error as error:
            if "context was destroyed" in error.message:
                raise Leaving from error
            raise

    def move(self, x: float, y: float) -> None:
        self.page.mouse.move(x, y)

    def press(self, count: int = 1) -> None:
        for times in range(1, count + 1):
            self.page.mouse.down(click_count=times)
            self.page.mouse.up(click_count=times)

    def wheel(self, dy: float) -> None:
        self.page.mouse.wheel(0, dy)

    def key(self, *names: str) -> None:
        for name in names:
            # Letters that no key of this keyboard has are typed all the same.
            (self.page.keyboard.press if name.isascii() else self.page.keyboard.type)(name)

    def close(self) -> None:
        self.page.close(run_before_unload=True)

    def picture(self) -> bytes:
        data: bytes = self.page.screenshot()
        return data


class ChromiumProfile(Profile):
    """One context of Playwright."""

    def __init__(self, browser: Any, **options: Any) -> None:
        usual = {"viewport": {"width": 1280, "height": 900}, "locale": "en-US"}
        self.context = browser.new_context(**{**usual, **options})

    def tab(self) -> ChromiumTab:
        return ChromiumTab(self.context.new_page())

    def close(self) -> None:
        self.context.close()


class Chromium(Engine):
    """A browser of Playwright's, which whoever started it ends."""

    name = "chromium"

    def __init__(self, browser: Any) -> None:
        self._browser = browser

    def profile(self, **options: Any) -> ChromiumProfile:
        return ChromiumProfile(self._browser, **options)

    def close(self) -> None:
        """Leave it to Playwright."""
