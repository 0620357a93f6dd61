"""
Other products' definitions as lists of detectors, by the product's name, and how
a project's own parameters are laid over a list.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from functools import lru_cache
from math import isfinite
from typing import Any, cast, get_type_hints

import msgspec
from msgspec import Struct

from edge.detect import DEFAULT
from edge.detect.backtrack import Backtrack
from edge.detect.detector import Detector
from edge.detect.peers import (
    amplitude,
    datadog,
    highlight,
    mixpanel,
    newrelic,
    openreplay,
    posthog,
    sentry,
)
from edge.detect.quick_back import QuickBack
from edge.errors import FlowbackError

FLOWBACK = "flowback"
PRESETS: dict[str, tuple[Detector, ...]] = {
    FLOWBACK: DEFAULT,
    "posthog": (posthog.RageClick(), posthog.DeadClick()),
    "mixpanel": (mixpanel.RageClick(), mixpanel.DeadClick()),
    "amplitude": (
        amplitude.RageClick(),
        amplitude.ErrorClick(),
        amplitude.DeadClick(),
        amplitude.THRASH,
    ),
    "newrelic": (newrelic.RageClick(), newrelic.ErrorClick(), newrelic.DeadClick()),
    "datadog": (datadog.RageClick(), datadog.ERROR_CLICK, datadog.DeadClick()),
    "sentry": (sentry.RageClick(), sentry.DeadClick(), sentry.SlowClick()),
    "openreplay": (openreplay.RageClick(), openreplay.DeadClick(), openreplay.Thrash()),
    "highlight": (highlight.RageClick(),),
}
"""A product → its definitions; what it does not detect, its preset does not either."""


class BadDefinition(FlowbackError):
    """No such preset, detector or parameter, or no such value. See edge/DETECTORS.md."""


def preset(name: str) -> tuple[Detector, ...]:
    """Return the detectors of a product. Raises :class:`BadDefinition`."""
    if name not in PRESETS:
        raise BadDefinition(f"no preset {name!r}: there are {', '.join(PRESETS)}")
    return PRESETS[name]


class Definition(Struct, frozen=True):
    """A preset and what a project lays over it, as it is written in projects.json."""

    preset: str = FLOWBACK
    parameters: dict[str, dict[str, Any]] = {}
    """Signal → parameter → value."""


def detectors_of(definition: Definition | None) -> tuple[Detector, ...]:
    """Return the detectors of *definition*, None: the defaults. Raises :class:`BadDefinition`."""
    return DEFAULT if definition is None else _made(msgspec.msgpack.encode(definition))


@lru_cache(maxsize=256)
def _made(encoded: bytes) -> tuple[Detector, ...]:
    """Each definition is worked out once: every new session of a project asks for it."""
    definition = msgspec.msgpack.decode(encoded, type=Definition)
    return configured(definition.preset, definition.parameters)


def configured(
    name: str = FLOWBACK, parameters: Mapping[str, Mapping[str, Any]] | None = None
) -> tuple[Detector, ...]:
    """
    Return a preset with *parameters* laid over it: signal → parameter → value.

    ``{"rage_click": {"clicks": 4}}`` asks for a fourth click. What is a quick back is no
    backtrack, so that ``backtrack.quick`` follows ``quick_back`` where it is not set.
    Raises :class:`BadDefinition`.
    """
    detectors = preset(name)
    wanted = dict(parameters or {})
    unknown = wanted.keys() - {detector.signal for detector in detectors}
    if unknown:
        raise BadDefinition(f"the preset {name!r} has no {', '.join(sorted(unknown))}")
    made = tuple(with_parameters(d, wanted.get(d.signal, {})) for d in detectors)
    quick = next((d for d in made if isinstance(d, QuickBack)), None)
    follows = "quick" not in wanted.get(Backtrack.signal, {})
    return tuple(
        replace(d, quick=quick) if follows and isinstance(d, Backtrack) else d for d in made
    )


def with_parameters(detector: Detector, parameters: Mapping[str, Any]) -> Detector:
    """Return *detector* with other *parameters*. Raises :class:`BadDefinition`."""
    kind: Any = type(detector)
    hints = get_type_hints(kind)
    known = [field.name for field in fields(kind)]
    values = {}
    for key, value in parameters.items():
        if key not in known:
            raise BadDefinition(f"{detector.signal} has no {key!r}: it has {', '.join(known)}")
        values[key] = _fitting(f"{detector.signal}.{key}", value, hints[key])
    try:
        return cast("Detector", replace(cast("Any", detector), **values))
    except ValueError as error:
        raise BadDefinition(f"{detector.signal}.{error}") from error


def _fitting(name: str, value: Any, hint: Any) -> Any:
    """Return *value* in the type of the parameter *name*; a count is 1 or more, a length 0."""
    if hint == QuickBack | None:
        if value is not None:
            raise BadDefinition(f"{name} can only be null; set quick_back instead")
        return None
    try:
        fitting = msgspec.convert(value, hint)
    except msgspec.ValidationError as error:
        raise BadDefinition(f"{name} cannot be {value!r}: {error}") from error
    if isinstance(fitting, bool) or not isinstance(fitting, int | float):
        return fitting
    least = 1 if isinstance(fitting, int) else 0
    if not (isfinite(fitting) and fitting >= least):
        raise BadDefinition(f"{name} cannot be {value!r}: a number of {least} or more")
    return fitting


def watch_ms(detectors: Sequence[Detector]) -> float:
    """Return how long the page must be watched after a click: the widget's ``watchMs``."""
    return max((getattr(d, "watch_ms", 0.0) for d in detectors), default=0.0)
