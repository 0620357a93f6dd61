"""Firefox, driven over WebDriver BiDi by Puppeteer in a Node process (``firefox.mjs``)."""

import base64
import json
import re
import subprocess
from pathlib import Path
from typing import Any

from tests.e2e.engines.tab import Engine, Leaving, Profile, Tab

PROGRAM = Path("/usr/bin/firefox-esr")
LIBRARY = Path(__file__).parent.parent / "node_modules" / "puppeteer-core"
BRIDGE = Path(__file__).with_name("firefox.mjs")


class Firefox(Engine):
    """One browser for many profiles."""

    name = "firefox"

    def __init__(self, node: Path) -> None:
        self._bridge = subprocess.Popen(
            [str(node), str(BRIDGE), str(PROGRAM)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._answer()

    def ask(self, *words: Any) -> Any:
        """Do one act and return its value. Raises RuntimeError with what went wrong."""
        assert self._bridge.stdin is not None
        self._bridge.stdin.write(json.dumps(words) + "\n")
        self._bridge.stdin.flush()
        return self._answer()

    def _answer(self) -> Any:
        assert self._bridge.stdout is not None
        line = self._bridge.stdout.readline()
        if not line:
            raise RuntimeError("Firefox's bridge has ended; what it said stands above")
        answer = json.loads(line)
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["value"]

    def profile(self) -> "FirefoxProfile":
        return FirefoxProfile(self)

    def close(self) -> None:
        self._bridge.communicate(timeout=20)  # the end of its input ends it


class FirefoxProfile(Profile):
    """One user context."""

    def __init__(self, browser: Firefox) -> None:
        self._browser = browser
        self._number = browser.ask("profile")

    def tab(self) -> "FirefoxTab":
        return FirefoxTab(self._browser, self._browser.ask("tab", self._number))

    def close(self) -> None:
        self._browser.ask("forget", self._number)


class FirefoxTab(Tab):
    """One page of Puppeteer."""

    def __init__(self, browser: Firefox, number: int) -> None:
        self._browser = browser
        self._number = number

    def _do(self, act: str, *arguments: Any) -> Any:
        return self._browser.ask(act, self._number, *arguments)

    def goto(self, url: str) -> None:
        # By the page itself: after a page came back from Firefox's cache, Puppeteer waits in vain.
        before = self.run("performance.timeOrigin")
        self.run(f"void location.assign({json.dumps(url)})")
        self.wait(f"document.readyState === 'complete' && performance.timeOrigin !== {before}")

    def run(self, expression: str) -> Any:
        try:
            return self._do("run", expression)
        except RuntimeError as error:
            if re.search("context was destroyed|no such frame|detached", str(error)):
                raise Leaving from error
            raise

    def move(self, x: float, y: float) -> None:
        self._do("move", x, y)

    def press(self, count: int = 1) -> None:
        self._do("press", count)

    def wheel(self, dy: float) -> None:
        self._do("wheel", dy)

    def key(self, *names: str) -> None:
        self._do("key", *names)

    def close(self) -> None:
        self._do("close")

    def picture(self) -> bytes:
        return base64.b64decode(self._do("picture"))
