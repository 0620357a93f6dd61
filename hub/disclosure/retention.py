"""How old the oldest event of a project is: by the day, and only where k sessions are here."""

from datetime import UTC, datetime

from edge.projects import Project
from hub.disclosure.room import Room
from hub.projections.events import oldest
from hub.projections.scope import Scope


def oldest_moment(room: Room, project: Project) -> tuple[int | None, bool]:
    """Return the moment of the oldest event, ms, and whether it is hidden."""
    survey = room.survey(Scope(project=project.id, start=0, end=room.clock()))
    if survey.hidden is not None:
        return None, True
    return oldest(room.reader, project.id), False


def day_of(moment: int) -> str:
    """Return the day of *moment*, in UTC."""
    return datetime.fromtimestamp(moment / 1000, UTC).date().isoformat()
