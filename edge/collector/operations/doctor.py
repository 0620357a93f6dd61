"""
Looks over a site's set-up before or while it runs: one check a function, in one list.

Nothing is changed and nothing is called but this edge itself and the hub it is set to.
"""

import os
import socket
import sqlite3
import ssl
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

import httpx2
import zmq

from edge.audit import AuditLog
from edge.collector.parts import MIB, parts_of
from edge.collector.settings import EdgeSettings
from edge.collector.widget import BUILT, MAIN
from edge.connection import ENOUGH, MORE_FILES, files
from edge.curve_sockets import check_library
from edge.errors import FlowbackError
from edge.journal import opening
from edge.journal.aside import found_aside
from edge.journal.check import Check
from edge.keys import EdgeKeys
from edge.keys.edge import NAME as EDGE_KEY
from edge.lock import FolderInUse, held
from edge.policy.regions import UNKNOWN
from edge.projects import ProjectBook
from edge.tls import Certificate

PATIENCE = 3.0
"""Seconds for an answer over the network."""
CHECK_PATIENCE = 30.0
"""Seconds for the check of the journal."""
_SOON = 14 * 86_400
"""Seconds before its end at which a certificate is told."""


class Found(NamedTuple):
    """What a check says."""

    level: Literal["ok", "warn", "fail"]
    says: str
    remedy: str = ""


def _ok(says: str) -> Found:
    return Found("ok", says)


def _folder(settings: EdgeSettings) -> Found:
    folder = Path(settings.data)
    if not folder.is_dir():
        return Found("warn", f"{folder} is not there yet", "it is made by the first start")
    if not os.access(folder, os.W_OK | os.X_OK):
        return Found("fail", f"{folder} cannot be written", "change its owner, or name another")
    if folder.stat().st_mode & 0o077:
        return Found("warn", f"others may look into {folder}", f"chmod 700 {folder}")
    return _ok(str(folder))


def _space(settings: EdgeSettings) -> Found:
    folder = Path(settings.data)
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    system = os.statvfs(folder)
    free = system.f_bavail * system.f_frsize
    wanted = max(4 * settings.ballast_mb, settings.disk_mb, 256) * MIB
    if free < 2 * settings.ballast_mb * MIB:
        return Found("fail", f"{free // MIB} MiB are free", "free some, or set another folder")
    if free < wanted:
        return Found("warn", f"{free // MIB} MiB are free", f"{wanted // MIB} MiB would be good")
    return _ok(f"{free // MIB} MiB are free")


def _files(_: EdgeSettings) -> Found:
    most = files()[1]
    if most < ENOUGH:
        return Found("warn", f"{most} files may be open at once, connections too", MORE_FILES)
    return _ok(f"{most} may be open at once")


def _versions(_: EdgeSettings) -> Found:
    check_library()
    text = f"Python {sys.version.split()[0]}, SQLite {sqlite3.sqlite_version}"
    text += f", libzmq {zmq.zmq_version()}"
    for old in opening.old_sqlite(sqlite3.sqlite_version_info):
        return Found("warn", old.says, "a newer Python or system brings a newer SQLite")
    return _ok(text)


def _settings(settings: EdgeSettings) -> Found:
    parts_of(settings)
    if settings.region == UNKNOWN:
        return Found(
            "warn", "no region is set, so the strictest rules hold", "--region DE, for example"
        )
    return _ok(f"region {settings.region}")


def _transport(settings: EdgeSettings) -> Found:
    if settings.tls_cert:
        Certificate(settings.tls_cert, settings.tls_key)
        return _certificate(settings.tls_cert)
    if settings.host in ("127.0.0.1", "::1", "localhost"):
        return _ok("plain HTTP on this machine only, for a proxy in front")
    return Found(
        "warn",
        f"plain HTTP on {settings.host}: browsers on https pages refuse it",
        "--tls-cert and --tls-key, or a proxy in front and --host 127.0.0.1",
    )


def _certificate(path: str) -> Found:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(path)
    ends = [
        ssl.cert_time_to_seconds(str(each["notAfter"]))
        for each in context.get_ca_certs()
        if "notAfter" in each
    ]
    left = min(ends, default=float("inf")) - time.time()
    renew = "renew it; a running edge takes the new one by itself"
    if left < 0:
        return Found("fail", f"{path} has expired", renew)
    if left < _SOON:
        return Found("warn", f"{path} expires in {left / 86_400:.0f} days", renew)
    return _ok(path)


def _keys(settings: EdgeSettings) -> Found:
    folder = Path(settings.data)
    if not (folder / EDGE_KEY).exists():
        return Found("warn", "there is no key yet", "it is made by the first start")
    return _ok(f"node {EdgeKeys.load(folder).node}")


def _projects(settings: EdgeSettings) -> Found:
    projects = ProjectBook.open(Path(settings.data)).list()
    if not projects:
        add = "flowback site add shop --origin https://shop.example"
        return Found("fail", "there is no project, so everything is refused", add)
    plain = [
        f"{project.id} ({origin})"
        for project in projects
        for origin in project.origins
        if origin.startswith("http://") and urlsplit(origin).hostname not in _LOCAL
    ]
    if plain:
        return Found("warn", f"pages without https: {', '.join(plain)}", "serve them by https")
    return _ok(", ".join(f"{project.id} ({project.consent})" for project in projects))


_LOCAL = ("localhost", "127.0.0.1", "::1")


def _widget(_: EdgeSettings) -> Found:
    if not (BUILT / MAIN).exists():
        return Found("fail", "flowback.js is not built", "make run builds it, or install the wheel")
    return _ok(f"{(BUILT / MAIN).stat().st_size} bytes")


def _journal(settings: EdgeSettings) -> Found:
    path = Path(settings.data) / "journal.db"
    if not path.exists():
        return _ok("not there yet")
    check = Check(path)
    verdict = check.wait(CHECK_PATIENCE)
    check.close()
    if verdict.whole is False:
        return Found("fail", verdict.says, f"flowback journal salvage {path}, or start the edge")
    bad = found_aside(path)
    if bad:
        return Found("warn", f"{len(bad)} damaged ones were set aside", "look at the disk's health")
    return _ok("whole" if verdict.whole else "the check takes longer")


def _clock(settings: EdgeSettings) -> Found:
    path = Path(settings.data) / "journal.db"
    if not path.exists():
        return _ok(time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()))
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        (newest,) = connection.execute(
            "select at from entry order by position desc limit 1"
        ).fetchone() or (0,)
    finally:
        connection.close()
    if newest > time.time() * 1000 + 60_000:
        return Found("fail", "this machine's clock is behind its own journal", "set it by NTP")
    return _ok(time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()))


def _audit(settings: EdgeSettings) -> Found:
    report = AuditLog(Path(settings.data)).verify()
    if report.problems:
        return Found("fail", report.problems[0], "flowback audit verify says more")
    return _ok(f"{report.rows} rows, whole")


def _hub(settings: EdgeSettings) -> Found:
    if not settings.hub:
        return Found("warn", "no hub is set: everything stays here", "--hub tcp://hub.example:7401")
    folder = Path(settings.data)
    if not (folder / EDGE_KEY).exists() or EdgeKeys.load(folder).hub is None:
        return Found("fail", "this edge trusts no hub yet", "flowback enroll --help")
    where = urlsplit(settings.hub)
    if where.scheme != "tcp" or not where.hostname or not where.port:
        return Found("fail", f"{settings.hub} is no address", "such as tcp://hub.example:7401")
    try:
        socket.create_connection((where.hostname, where.port), timeout=PATIENCE).close()
    except OSError as error:
        remedy = "start the hub, or open the way to it; nothing is lost meanwhile"
        return Found("fail", f"{settings.hub}: {error.strerror or error}", remedy)
    return _ok(f"{settings.hub} answers")


def _running(settings: EdgeSettings) -> Found:
    """Ask the edge itself, where one holds the folder."""
    folder = Path(settings.data)
    if not folder.is_dir() or _is_free(folder):
        return Found("warn", "no edge runs on this folder", "flowback edge")
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    url = f"{'https' if settings.tls_cert else 'http'}://{host}:{settings.port}/ready"
    try:
        # the certificate is for the site's name, not for this address
        answer = httpx2.get(url, timeout=PATIENCE, verify=False)
        said = answer.json()["probes"]
    except (httpx2.HTTPError, ValueError, KeyError) as error:
        return Found("fail", f"{url}: {error}", "is it set to another address?")
    bad = [f"{name}: {says}" for name, says in said.items() if says != "ok"]
    if bad:
        level: Literal["warn", "fail"] = "warn" if answer.status_code == 200 else "fail"
        return Found(level, "; ".join(bad), "each probe's words name what helps")
    return _ok("all its probes are good")


def _is_free(folder: Path) -> bool:
    try:
        with held(folder):
            return True
    except FolderInUse:
        return False


CHECKS: tuple[tuple[str, Callable[[EdgeSettings], Found]], ...] = (
    ("versions", _versions),
    ("settings", _settings),
    ("folder", _folder),
    ("space", _space),
    ("files", _files),
    ("transport", _transport),
    ("keys", _keys),
    ("projects", _projects),
    ("widget", _widget),
    ("journal", _journal),
    ("clock", _clock),
    ("audit", _audit),
    ("hub", _hub),
    ("running", _running),
)


def examine(settings: EdgeSettings) -> list[tuple[str, Found]]:
    """Return what each check says, in their order. A check that raises has failed."""
    found = []
    for name, check in CHECKS:
        try:
            found.append((name, check(settings)))
        except FlowbackError as error:
            found.append((name, Found("fail", str(error))))
        except (OSError, sqlite3.Error) as error:
            found.append((name, Found("fail", f"cannot be looked at: {error}")))
    return found
