"""
Other products' definitions as lists of detectors, by the product's name, and how
a project's own parameters are laid over a list.
"""

from collections.abc import Mapping
from dataclasses import fields, replace
from math import isfinite
from typing import Any, cast

from edge.detect import DEFAULT
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
from edge.detect.thrash import Thrash
from edge.errors import FlowbackError

PRESETS: dict[str, tuple[Detector, ...]] = {
    "flowback": DEFAULT,
    "posthog": (posthog.RageClick(), posthog.DeadClick()),
    "mixpanel": (mixpanel.RageClick(), mixpanel.DEAD_CLICK),
    "amplitude": (
        amplitude.RageClick(),
        amplitude.ERROR_CLICK,
        amplitude.DEAD_CLICK,
        Thrash(changes=20, within_ms=2000),
    ),
    "newrelic": (newrelic.RageClick(), newrelic.ErrorClick(), newrelic.DEAD_CLICK),
    "datadog": (datadog.RageClick(), datadog.ERROR_CLICK, datadog.DeadClick()),
    "sentry": (sentry.RageClick(), sentry.DeadClick(), sentry.SlowClick()),
    "openreplay": (
        openreplay.RageClick(),
        openreplay.DeadClick(),
        Thrash(changes=5, within_ms=225),
    ),
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


def configured(
    name: str = "flowback", parameters: Mapping[str, Mapping[str, Any]] | None = None
) -> tuple[Detector, ...]:
    """
    Return a preset with *parameters* laid over it: signal → parameter → value.

    ``{"rage_click": {"clicks": 4}}`` asks for a fourth click. Raises :class:`BadDefinition`.
    """
    detectors = preset(name)
    wanted = dict(parameters or {})
    unknown = wanted.keys() - {detector.signal for detector in detectors}
    if unknown:
        raise BadDefinition(f"the preset {name!r} has no {', '.join(sorted(unknown))}")
    return tuple(with_parameters(d, wanted.get(d.signal, {})) for d in detectors)


def with_parameters(detector: Detector, parameters: Mapping[str, Any]) -> Detector:
    """Return *detector* with other *parameters*. Raises :class:`BadDefinition`."""
    known = {field.name: getattr(detector, field.name) for field in fields(cast("Any", detector))}
    values = {}
    for key, value in parameters.items():
        if key not in known:
            raise BadDefinition(f"{detector.signal} has no {key!r}: it has {', '.join(known)}")
        values[key] = _fitting(detector.signal, key, value, known[key])
    return cast("Detector", replace(cast("Any", detector), **values))


def _fitting(signal: str, key: str, value: Any, like: Any) -> Any:
    """Return *value* in the type of the parameter that it replaces."""
    if isinstance(like, frozenset | tuple) and isinstance(value, list | tuple | set | frozenset):
        return type(like)(value)
    if isinstance(like, bool) or isinstance(value, bool):
        fits = isinstance(like, bool) and isinstance(value, bool)
    elif isinstance(like, int | float):
        whole = isinstance(like, int) and not isinstance(like, float)
        fits = isinstance(value, int | float) and value >= 0
        fits = fits and isfinite(value)
        fits = fits and (not whole or key.endswith("ms") or (value >= 1 and value % 1 == 0))
    else:
        fits = isinstance(value, type(like))
    if not fits:
        raise BadDefinition(f"{signal}.{key} cannot be {value!r}")
    return value
