"""What schemathesis is told, so that its requests get past the choices of project and period."""

import schemathesis

HOUR = 3_600_000


@schemathesis.hook
def map_query(context, query):
    """Half of the time let the project be one that there is; let a period be one."""
    query = query or {}
    project = query.get("projectId")
    if isinstance(project, str):
        query["projectId"] = "demo" if len(project) % 2 else project
    return period(query, "from", "to")


@schemathesis.hook
def map_body(context, body):
    """The same."""
    return period(body, "start", "end") if isinstance(body, dict) else body


def period(given, begin, finish):
    """Let what *given* says be a period of an hour, where it says whole numbers."""
    told = [given[name] for name in (begin, finish) if given.get(name) is not None]
    if told and all(str(value).isdigit() for value in told):
        start = int(told[0]) % 10**14
        given.update({begin: start, finish: start + HOUR})
    return given
