"""
The rules for a visitor: the stricter of the edge's pinned region and the visitor's own.

The lookup is offline, in a database file that the operator supplies. The address is used
for it and forgotten. A lookup that fails gives the strictest row.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import maxminddb
import structlog
from starlette.types import Scope

from edge.collector.http.address import Proxies
from edge.config import ConfigError
from edge.errors import FlowbackError
from edge.events.wire import RegionRow
from edge.policy.regions import UNKNOWN, combine, known, resolve

log = structlog.get_logger(__name__)

_ISO = re.compile(r"[A-Z0-9]{1,3}")
"""Codes of ISO 3166: DE, and CA behind US."""


class Regions:
    """
    The rows that apply. Without *database* a visitor's region is the pinned one.

    *rules* may only tighten. Raises :class:`~edge.config.ConfigError` where the region
    has no row or a file cannot be read, :class:`~edge.policy.regions.RuleLoosened` and
    :class:`~edge.policy.regions.BadRule`.
    """

    def __init__(
        self, pinned: str, *, rules: str = "", database: str = "", proxies: str = ""
    ) -> None:
        if not known(pinned):
            raise ConfigError(f"region {pinned!r} has no rules: use a country as DE, or US-CA")
        self._pinned = pinned
        self._rules = Path(rules) if rules else None
        self._stamp = _stamp(self._rules)
        self._proxies = Proxies(proxies)
        self._reader = _open(database)
        self._said = False
        self._told: Sequence[Mapping[str, Any]] = ()
        self.bad = False
        """The rules file has become bad: what was read before holds."""
        self._own = _overrides(self._rules)
        self._take()

    def follow(self, told: Sequence[Mapping[str, Any]]) -> bool:
        """
        Let what the hub *told* hold too, where it is stricter; return whether rules changed.

        Of the file, the hub and the region's row the strictest counts, field by field.
        """
        if told == self._told:
            return False
        before, self._told = self.pinned, told
        self._take()
        return self.pinned != before

    def reload(self) -> None:
        """
        Read the rules again. Raises as at the start, and the rules before stay (P10).

        For whoever tells a running edge so; :meth:`refresh` sees a changed file by itself.
        """
        self._stamp = _stamp(self._rules)
        self.bad = True
        before, self._own = self._own, _overrides(self._rules)
        try:
            self._take()
        except FlowbackError:
            self._own = before
            raise
        self.bad = False

    def refresh(self) -> bool:
        """
        Read the rules again where their file has changed; return whether others hold now.

        A bad file is said once.
        """
        if _stamp(self._rules) == self._stamp:
            return False
        before = self.pinned
        try:
            self.reload()
        except FlowbackError as error:
            log.warning("the rules stay as they were", rules=str(self._rules), why=str(error))
        else:
            log.info("rules read again", rules=str(self._rules))
        return self.pinned != before

    def _take(self) -> None:
        own = resolve(self._pinned, None, self._own)
        overrides = {**self._own, **combine(own, *self._told)}
        pinned = resolve(self._pinned, None, overrides)
        self._resolve = lru_cache(maxsize=512)(
            lambda visitor: resolve(self._pinned, visitor, overrides)
        )
        self.pinned = pinned
        self.raw_days = pinned.raw_days
        """After so many days an entry ends: entries hold the events of visitors of any region."""
        if self._reader is not None:
            self.raw_days = min(self.raw_days, resolve(UNKNOWN).raw_days)

    def row(self, visitor: str | None) -> RegionRow:
        """Return the row for a visitor of *visitor*; None: the edge's own region stands alone."""
        found: RegionRow = self.pinned if visitor is None else self._resolve(visitor)
        return found

    def of(self, scope: Scope) -> RegionRow:
        """Return the row for the visitor behind a request."""
        if self._reader is None:
            return self.pinned
        row: RegionRow = self._resolve(self._lookup(self._proxies.address(scope)))
        return row

    def _lookup(self, address: str) -> str:
        assert self._reader is not None
        try:
            found = self._reader.get(address)
        except ValueError:  # no address of a network, such as a test client's
            return UNKNOWN
        except Exception as error:  # noqa: BLE001  # a damaged file raises anything
            self._say(error)
            return UNKNOWN
        return code_of(found)

    def _say(self, error: Exception) -> None:
        """Log once what the database's file is: every visitor's lookup would say the same."""
        if not self._said:
            self._said = True
            log.error(
                "regions: the database is damaged: where a lookup fails, the strictest rules hold",
                why=f"{type(error).__name__}: {error}",
            )


def code_of(record: object) -> str:
    """
    Return ``US-CA``, ``FR`` or UNKNOWN from a *record* of MaxMind's form, whatever it holds.

    A country alone may have looser rules than its part: a part that cannot be read is UNKNOWN.
    """
    if not isinstance(record, Mapping):
        return UNKNOWN
    codes = [_iso_code(record.get("country"))]
    parts = record.get("subdivisions")
    if parts:
        codes.append(_iso_code(parts[0]) if isinstance(parts, Sequence) else "")
    return "-".join(codes) if all(codes) else UNKNOWN


def _iso_code(found: object) -> str:
    code = found.get("iso_code") if isinstance(found, Mapping) else None
    return code if isinstance(code, str) and _ISO.fullmatch(code) else ""


def _stamp(rules: Path | None) -> tuple[int, int, int] | None:
    """Return what changes with the file; None where there is none."""
    try:
        facts = rules.stat() if rules else None
    except OSError:
        return None
    return (facts.st_mtime_ns, facts.st_size, facts.st_ino) if facts else None


def _overrides(rules: Path | None) -> dict[str, Any]:
    if rules is None:
        return {}
    try:
        return tomllib.loads(rules.read_text())
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(f"rules is {str(rules)!r}: it cannot be read: {error}") from error


def _open(database: str) -> maxminddb.Reader | None:
    if not database:
        return None
    try:
        return maxminddb.open_database(Path(database), maxminddb.MODE_MEMORY)
    except Exception as error:  # a damaged file raises anything
        raise ConfigError(f"regions is {database!r}: it cannot be read: {error}") from error
