"""
Tables that answer one question each, and the queries that ask them.

``journey`` folds a session's events into its story; every projection makes its rows from
that story alone. The list below is the order in which they are written.
"""

from hub.projections.comments import COMMENTS
from hub.projections.consent import CHOICES
from hub.projections.evidence import PATTERNS
from hub.projections.exposure import ELEMENTS, PAGES, SESSIONS
from hub.projections.hotspots import SIGNALS
from hub.projections.journeys import WAYS
from hub.projections.sentiment import TAPS
from hub.projections.table import Table
from hub.projections.verdicts import VERDICTS

PROJECTIONS: tuple[Table, ...] = (
    SESSIONS,
    PAGES,
    ELEMENTS,
    SIGNALS,
    TAPS,
    COMMENTS,
    PATTERNS,
    WAYS,
    CHOICES,
    VERDICTS,
)
