"""
Who may call: checked before any route, for every request.

The Host header must name this hub, so that no page of another name can be pointed at it
(DNS rebinding). What changes something must come from the dashboard's own origin, or
from a client that is no browser, as JSON: a form of another site cannot send that
(rows D6 to D8 of the attack table).
"""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.api.errors import problem

LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
"""Methods that a route may have to change something; any other changes nothing (RFC 9110, 9)."""

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
HSTS = "max-age=31536000"


class Guard:
    """Wraps the application; *hosts* are names beside the loopback ones."""

    def __init__(self, app: ASGIApp, hosts: Iterable[str]) -> None:
        self._app = app
        self._hosts = LOOPBACK | {host.strip().lower() for host in hosts if host.strip()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                if scope["scheme"] == "https":
                    headers["Strict-Transport-Security"] = HSTS
            await send(message)

        refused = self._refuse(scope)
        if refused is None:
            await self._app(scope, receive, send_with_headers)
        else:
            status, detail = refused
            titles = {403: "Forbidden", 415: "JSON only", 421: "Unknown host"}
            await problem(status, titles[status], detail)(scope, receive, send_with_headers)

    def _refuse(self, scope: Scope) -> tuple[int, str] | None:
        headers = Headers(scope=scope)
        given = headers.getlist("host")
        host = given[0] if len(given) == 1 else ""
        if _name(host) not in self._hosts:
            return 421, "This hub does not go by that name; its operator can add it."
        if scope["method"] not in CHANGING:
            return None
        origin = headers.get("origin")
        if origin is not None and not _same(origin, host, scope["scheme"]):
            return 403, "A change must come from the dashboard itself."
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return 403, "A change must come from the dashboard itself."
        media = headers.get("content-type", "").split(";")[0].strip().lower()
        if scope["method"] == "POST" and media != "application/json":  # what a form can send
            return 415, "Send the content type application/json."
        return None


_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:[0-9]{1,5})?\Z")


def _name(host: str) -> str:
    """Return a Host header without its port; empty where it has another form."""
    found = _HOST.match(host.lower())
    return found[1] if found else ""


def _same(origin: str, host: str, scheme: str) -> bool:
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme == scheme and parts.netloc.lower() == host.lower()
