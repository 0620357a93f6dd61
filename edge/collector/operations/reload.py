"""
SIGHUP: read the settings again. Good ones hold from now on, bad ones change nothing.
"""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog
from msgspec.structs import asdict, replace

from edge.collector.parts import LIVE, parts_of
from edge.collector.settings import EdgeSettings
from edge.errors import FlowbackError

if TYPE_CHECKING:
    from edge.collector.state import State

log = structlog.get_logger(__name__)


def reload(state: "State", read: Callable[[], EdgeSettings]) -> None:
    """
    Take over what *read* returns, as far as a running edge can.

    What cannot be read or used leaves everything as it is; ``/ready``, the metrics and a
    line of the log say so until a good one is read.
    """
    try:
        fresh = read()
        parts = parts_of(fresh)
    except FlowbackError as error:
        state.config_errors += 1
        state.config_trouble = str(error)
        # no traceback: the words name the key and what would be right
        log.error("the settings are refused; those before stay in use", why=str(error))  # noqa: TRY400
        state.diary.later("settings.refused", why=str(error))
        return
    before, after = asdict(state.settings), asdict(fresh)
    changed = sorted(name for name in after if after[name] != before[name])
    now = [name for name in changed if name in LIVE]
    rates = any(name.endswith("_rate") for name in now)
    state.adopt(parts if rates else parts._replace(rates=state.rates))
    state.settings = replace(state.settings, **{name: after[name] for name in now})
    logging.getLogger().setLevel(fresh.log.upper())
    state.reloads += 1
    state.diary.later(
        "settings.changed", fields={name: [before[name], after[name]] for name in now}
    )
    state.config_trouble = ""
    log.info(
        "the settings were read again",
        changed=now,
        at_the_next_start=[name for name in changed if name not in LIVE],
    )
