"""
Who may be shown a survey by Formbricks' rules, for teams that move over.

Flowback's own rules are in ``decide``; this is the preset to compare with.
Days are counted whole: 6.99 days are 6.
"""

from collections.abc import Mapping
from math import floor
from types import MappingProxyType
from typing import Literal

from msgspec import Struct


class Survey(Struct, frozen=True, kw_only=True):
    """What a survey asks for."""

    id: str
    display_option: Literal["displayOnce", "displayMultiple", "displaySome", "respondMultiple"]
    display_limit: int | None = None
    recontact_days: int | None = None
    """Days since anything was last shown; None: as the workspace says."""
    segment: str | None = None
    segment_has_filters: bool = False


class Respondent(Struct, frozen=True, kw_only=True):
    """What is known of a person."""

    user_id: str | None = None
    segments: tuple[str, ...] = ()
    displays: Mapping[str, int] = MappingProxyType({})
    """Survey → how often it was shown."""
    responses: frozenset[str] = frozenset()
    """Surveys that were answered."""
    last_display_days_ago: float | None = None


def is_eligible(
    survey: Survey, respondent: Respondent, *, workspace_recontact_days: int | None = 7
) -> bool:
    """Say whether *survey* may be shown to *respondent* now."""
    return (
        _may_display(survey, respondent)
        and _is_rested(survey, respondent, workspace_recontact_days)
        and _is_in_segment(survey, respondent)
    )


def _may_display(survey: Survey, respondent: Respondent) -> bool:
    shown = respondent.displays.get(survey.id, 0)
    answered = survey.id in respondent.responses
    if survey.display_option == "displayOnce":
        return shown == 0
    if survey.display_option == "displayMultiple":
        return not answered
    if survey.display_option == "displaySome" and survey.display_limit is not None:
        return not answered and shown < survey.display_limit
    return True


def _is_rested(survey: Survey, respondent: Respondent, workspace_days: int | None) -> bool:
    days = respondent.last_display_days_ago
    needed = survey.recontact_days if survey.recontact_days is not None else workspace_days
    return days is None or not needed or floor(days) >= needed


def _is_in_segment(survey: Survey, respondent: Respondent) -> bool:
    if respondent.user_id is None:
        return not survey.segment_has_filters
    return survey.segment in respondent.segments
