"""
What a test may do with a page, in any browser engine.

An engine brings few acts, those of a person and of a debugger; all else is made of
them here, so that one scenario runs in all engines.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from tests.stack import wait_for

LOOK_UP = """(selector) => {
  const find = (root) => root.querySelector(selector) ??
    [...root.querySelectorAll("*")].map((el) => el.shadowRoot && find(el.shadowRoot)).find(Boolean);
  const el = find(document);
  if (!el) return null;
  const seen = () => el.getBoundingClientRect();
  if (seen().top < 0 || seen().bottom > innerHeight) el.scrollIntoView({block: "center"});
  const { left, top, width, height } = seen();
  return [left + width / 2, top + height / 2];
}"""
"""Where the middle of an element is, through open shadow roots."""


class Leaving(Exception):
    """The page left while it was asked."""


class Tab(ABC):
    """A page in one tab of a browser."""

    @abstractmethod
    def goto(self, url: str) -> None:
        """Load *url* and wait for its ``load`` event."""

    @abstractmethod
    def run(self, expression: str) -> Any:
        """
        Return the JSON value of a script's *expression*; a promise is awaited.
        Raises :class:`Leaving`.
        """

    @abstractmethod
    def move(self, x: float, y: float) -> None:
        """Move the pointer, CSS px."""

    @abstractmethod
    def press(self, count: int = 1) -> None:
        """Press and release the pointer *count* times, as quickly as the engine can."""

    @abstractmethod
    def wheel(self, dy: float) -> None:
        """Turn the wheel at the pointer's place."""

    @abstractmethod
    def key(self, *names: str) -> None:
        """Press keys one after the other: ``Tab``, ``Enter``, ``Escape`` or a character."""

    @abstractmethod
    def close(self) -> None:
        """Close the tab as a person does."""

    @abstractmethod
    def picture(self) -> bytes:
        """Return what is seen, as PNG."""

    def back(self) -> None:
        """Begin to go one page back; where that leads, the test waits for."""
        self.run("void setTimeout(() => history.back())")

    def call(self, function: str, *arguments: Any) -> Any:
        """Call a script's *function*; a promise is awaited."""
        return self.run(f"({function})(...{json.dumps(arguments)})")

    def wait(self, expression: str) -> Any:
        """Return the first true value of *expression*, on this page or on the next."""

        def value() -> Any:
            try:
                return self.run(expression)
            except Leaving:
                return None

        return wait_for(value, seconds=30, what=expression)

    def rest(self, ms: int) -> None:
        """Let *ms* of the page's own time go by: it is the time that is tested."""
        self.call("(ms) => new Promise((done) => setTimeout(done, ms))", ms)

    def place(self, selector: str) -> Sequence[float]:
        """Return the middle of an element that is there, or soon will be."""
        found: Sequence[float] = self.wait(f"({LOOK_UP})({json.dumps(selector)})")
        return found

    def has(self, selector: str) -> bool:
        """Return whether there is such an element."""
        return self.call(LOOK_UP, selector) is not None

    def hover(self, selector: str) -> None:
        """Move the pointer over an element."""
        self.move(*self.place(selector))

    def click(self, selector: str, count: int = 1) -> None:
        """Click an element *count* times in a row."""
        self.hover(selector)
        self.press(count)

    def write(self, text: str) -> None:
        """Type *text* where the focus is."""
        self.key(*text)


class Profile(ABC):
    """A visitor: storage of its own, one or more tabs."""

    @abstractmethod
    def tab(self) -> Tab:
        """Open a tab."""

    @abstractmethod
    def close(self) -> None:
        """Forget the visitor."""


class Engine(ABC):
    """A browser that runs."""

    name: str

    @abstractmethod
    def profile(self) -> Profile:
        """Return a visitor who was never here."""

    @abstractmethod
    def close(self) -> None:
        """End the browser."""
