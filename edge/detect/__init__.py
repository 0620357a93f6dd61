"""
Detectors: raw signals in, normalized signals out; pure, in event time.

``row`` what they read and answer · ``detector`` what one is · one file each, in
this order: of two that could claim the same click, the earlier one has it ·
``session`` all of them over one session · ``presets`` other products' definitions ·
``friction`` the score · ``replay`` what other parameters would have found.
"""

from edge.detect.backtrack import Backtrack
from edge.detect.dead_click import DeadClick
from edge.detect.detector import Detector
from edge.detect.error_click import ErrorClick
from edge.detect.form_abandon import FormAbandon
from edge.detect.hesitation import Hesitation
from edge.detect.quick_back import QuickBack
from edge.detect.rage_click import RageClick
from edge.detect.scroll_milestone import ScrollMilestone
from edge.detect.slow_click import SlowClick
from edge.detect.thrash import Thrash

DEFAULT: tuple[Detector, ...] = (
    RageClick(),
    ErrorClick(),
    DeadClick(),
    SlowClick(),
    Hesitation(),
    Backtrack(),
    QuickBack(),
    Thrash(),
    ScrollMilestone(),
    FormAbandon(),
)
"""Flowback's own definitions."""
