"""A receipt that was carried here, taken by the edge that runs: it alone writes its journal."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from edge.bundle import receipts
from edge.bundle.spool import On
from edge.collector.state import State
from edge.keys import EdgeKeys


def take(state: State, path: Path, _on: On) -> Mapping[str, Any]:
    """Do what the receipt at *path* says. Raises :class:`~edge.errors.FlowbackError`."""
    folder = Path(state.settings.data)
    keys = EdgeKeys.load(folder)
    opened = receipts.read(path, keys)
    moved = state.journal.submit(partial(receipts.take, receipt=opened.receipt)).result()
    moved.control = receipts.take_control(folder, keys, opened.control)
    state.errands.extend(opened.receipt.errands)
    state.diary.later("bundle.receipt", **receipts.audit(moved))
    return receipts.plain(moved)
