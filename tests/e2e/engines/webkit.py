"""WebKitGTK's MiniBrowser under Xvfb, driven by WebKitWebDriver (W3C WebDriver over HTTP)."""

import base64
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

from tests.e2e.engines.tab import Engine, Leaving, Profile, Tab
from tests.stack import answers, free_ports, wait_for

DRIVER = Path("/usr/bin/WebKitWebDriver")
SCREEN = Path("/usr/bin/Xvfb")
KEYS = {"Tab": "\ue004", "Enter": "\ue007", "Escape": "\ue00c", "End": "\ue010"}
"""As the W3C's WebDriver writes keys that are no characters."""
AWAITED = """
const done = arguments[arguments.length - 1];
(async () => (%s))().then((value) => done({value}), (error) => done({error: `${error}`}));
"""


def browsers() -> list[Path]:
    """Return the MiniBrowsers of this machine."""
    return [*Path("/usr/lib").glob("*/webkit2gtk-4.1/MiniBrowser")]


class WebKit(Engine):
    """A driver and its screen; a browser for each profile."""

    name = "webkit"

    def __init__(self) -> None:
        read, write = os.pipe()
        self._screen = subprocess.Popen(
            [str(SCREEN), "-displayfd", str(write), "-screen", "0", "1400x1100x24"],
            pass_fds=[write],
            stderr=subprocess.DEVNULL,
        )
        os.close(write)
        with os.fdopen(read) as told:
            display = told.readline().strip()
        [port] = free_ports(1)
        self._driver = subprocess.Popen(
            [str(DRIVER), f"--port={port}", "--host=127.0.0.1"],
            # In the language "C" an engine has no numbers, dates or languages.
            env={**os.environ, "DISPLAY": f":{display}", "LANG": "en_US.UTF-8"},
            stderr=subprocess.DEVNULL,
        )
        self._http = httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=12)
        wait_for(lambda: answers(f"http://127.0.0.1:{port}/status"), what="WebKitWebDriver")

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Send one command and return its value. Raises RuntimeError with what went wrong."""
        response = self._http.request(method, path, json={} if body is None else body)
        value = response.json()["value"]
        if response.status_code != 200:
            raise RuntimeError(f"{path}: {value['error']}: {value['message']}")
        return value

    def profile(self) -> "WebKitProfile":
        return WebKitProfile(self)

    def close(self) -> None:
        self._http.close()
        for process in (self._driver, self._screen):
            process.terminate()
            process.wait(10)


class WebKitProfile(Profile):
    """One session of the driver: a browser without a past."""

    def __init__(self, engine: WebKit) -> None:
        options = {"binary": str(browsers()[0]), "args": ["--automation"]}
        # A script whose page leaves never answers.
        match = {"webkitgtk:browserOptions": options, "timeouts": {"script": 4000}}
        made = engine.ask("POST", "/session", {"capabilities": {"alwaysMatch": match}})
        self._engine = engine
        self._path = f"/session/{made['sessionId']}"
        self._first: str | None = self.ask("GET", "/window")

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Send one command of this session."""
        return self._engine.ask(method, self._path + path, body)

    def tab(self) -> "WebKitTab":
        handle, self._first = self._first, None
        if handle is None:
            handle = self.ask("POST", "/window/new", {"type": "window"})["handle"]
        tab = WebKitTab(self, handle)
        with tab.front():
            self.ask("POST", "/window/rect", {"width": 1280, "height": 960})
        return tab

    def close(self) -> None:
        self.ask("DELETE", "")


class WebKitTab(Tab):
    """One window handle."""

    def __init__(self, session: WebKitProfile, handle: str) -> None:
        self._session = session
        self._handle = handle
        self._at = (0, 0)

    @contextmanager
    def front(self) -> Iterator[None]:
        """Turn the driver to this tab."""
        self._session.ask("POST", "/window", {"handle": self._handle})
        yield

    def _do(self, method: str, path: str, body: Any = None) -> Any:
        with self.front():
            return self._session.ask(method, path, body)

    def goto(self, url: str) -> None:
        self._do("POST", "/url", {"url": url})

    def run(self, expression: str) -> Any:
        script = {"script": AWAITED % expression, "args": []}
        try:
            answer = self._do("POST", "/execute/async", script)
        except httpx2.ReadTimeout as error:  # the driver lost the script with its page
            raise Leaving from error
        except RuntimeError as error:
            if "script timeout" in str(error):
                raise Leaving from error
            raise
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer.get("value")

    def _act(self, device: dict[str, Any], actions: list[dict[str, Any]]) -> None:
        self._do("POST", "/actions", {"actions": [{**device, "actions": actions}]})

    def _point(self, *actions: dict[str, Any]) -> None:
        self._act(
            {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}}, [*actions]
        )

    def move(self, x: float, y: float) -> None:
        self._at = (round(x), round(y))
        to = {"type": "pointerMove", "origin": "viewport", "duration": 0}
        self._point({**to, "x": self._at[0], "y": self._at[1]})

    def press(self, count: int = 1) -> None:
        self._point(*[{"type": kind, "button": 0} for kind in ("pointerDown", "pointerUp")] * count)

    def wheel(self, dy: float) -> None:
        x, y = self._at
        turn = {"type": "scroll", "x": x, "y": y, "deltaX": 0, "deltaY": round(dy), "duration": 0}
        self._act({"type": "wheel", "id": "wheel"}, [{**turn, "origin": "viewport"}])

    def key(self, *names: str) -> None:
        values = [KEYS.get(name, name) for name in names]
        strokes = [{"type": kind, "value": v} for v in values for kind in ("keyDown", "keyUp")]
        self._act({"type": "key", "id": "keyboard"}, strokes)

    def close(self) -> None:
        self._do("DELETE", "/window")

    def picture(self) -> bytes:
        return base64.b64decode(self._do("GET", "/screenshot"))
