"""What schemathesis is told, so that its requests come in every coding and get past the door."""

import json
import os
import re

import msgpack
import schemathesis

GRANTED, TO_ERASE = "A" * 22, "B" * 22
KNOWN = {"projectId": ("shop", r"[a-z0-9][a-z0-9_-]{0,63}"), "sessionId": (GRANTED, r"[\w-]{22}")}


@schemathesis.hook
def map_body(context, body):
    """Put the key's project in the place of any other, and half of the time its session."""
    body = whole(body)
    if isinstance(body, dict):
        for name, (known, form) in KNOWN.items():
            value = body.get(name)
            fits = isinstance(value, str) and re.fullmatch(form, value)
            if fits and (name == "projectId" or value < "Z"):
                body[name] = known
    return body


def whole(data):
    """Write 3018.0 as 3018: JSON Schema counts it as an integer, and no browser writes it so."""
    if isinstance(data, dict):
        return {key: whole(value) for key, value in data.items()}
    if isinstance(data, list):
        return [whole(value) for value in data]
    return int(data) if isinstance(data, float) and data.is_integer() else data


@schemathesis.hook
def map_path_parameters(context, parameters):
    """Half of the time let it be what is there: a session to look at or to erase, a script."""
    erases = context.operation.method.lower() == "delete"
    there = {
        "session_id": TO_ERASE if erases else GRANTED,
        "name": "flowback",
        "version": os.environ["FLOWBACK_VERSION"],
    }
    for name, value in (parameters or {}).items():
        if str(value)[:1] < "Z":
            parameters[name] = there[name]
    return parameters


@schemathesis.serializer("text/plain")
def as_text(context, value):
    """JSON as a browser sends it."""
    return value if isinstance(value, bytes) else json.dumps(value).encode()


@schemathesis.serializer("application/vnd.msgpack")
def as_msgpack(context, value):
    """The same as msgpack, which knows no number beyond 64 bits: then as JSON."""
    try:
        return msgpack.packb(value)
    except (OverflowError, ValueError):
        return json.dumps(value).encode()
