"""``/openapi.json``: OpenAPI 3.1, made from the routes and the shapes; written by nobody."""

import re
from functools import lru_cache
from typing import Any

import msgspec

from edge import openapi
from hub.api.answer import EXPORTS
from hub.api.ask import CURSOR, LONGEST_TEXT, MAX_DIGITS, MAX_LIMIT
from hub.api.errors import PROBLEM
from hub.api.operation import Operation
from hub.api.shapes import Problem

_MOMENT = {"type": "integer", "minimum": 0, "maximum": 10**MAX_DIGITS - 1}
_TEXT = {"type": "string"}
_SHORT = {"type": "string", "maxLength": LONGEST_TEXT}
_PARAMETERS: dict[str, tuple[str, dict[str, Any]]] = {
    "projectId": ("Project; may be left out where there is only one.", _SHORT),
    "from": ("Begin, ms since 1970; 24 hours before the end by default.", _MOMENT),
    "to": ("End, exclusive, ms since 1970; now by default.", _MOMENT),
    "page": ("Normalised route.", _SHORT),
    "device": ("phone, tablet or desktop.", _SHORT),
    "cohort": ("Label that the site gave.", _SHORT),
    "site": ("Site of the edge.", _SHORT),
    "limit": ("Rows in one answer.", {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT}),
    "cursor": ("``next`` of the answer before.", {"type": "string", "pattern": CURSOR}),
}


@lru_cache(maxsize=4)
def document(operations: tuple[Operation, ...]) -> bytes:
    """Return the document as JSON."""
    types: set[type[msgspec.Struct]] = {
        kind for one in operations for kind in (one.answer, one.body) if kind
    }
    paths: dict[str, dict[str, Any]] = {}
    for one in operations:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one)
    components = {"schemas": openapi.schemas([*types, Problem]), "parameters": _shared()}
    description = "What may be shown of what visitors went through."
    return openapi.whole("Flowback hub", description, paths, components)


def _operation(one: Operation) -> dict[str, Any]:
    named = re.findall(r"{(\w+)}", one.path)
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in named
    ]
    parameters += [{"$ref": f"#/components/parameters/{name}"} for name in one.filters]
    parameters += [
        {"name": name, "in": "query", "schema": {"type": "string", "enum": [*values]}}
        for name, values in one.more
    ]
    found: dict[str, Any] = {
        "operationId": one.name,
        "summary": one.summary,
        "parameters": parameters,
        "responses": {str(one.status): _answer(one), "default": _problem()},
    }
    if one.failing is not None:
        content = {one.media: _of({}), PROBLEM: _of(openapi.ref(Problem))}
        found["responses"][str(one.failing)] = {"description": "What is wrong", "content": content}
    if one.method == "POST":
        schema = openapi.ref(one.body) if one.body else {"type": "object"}
        found["requestBody"] = {
            "required": one.body is not None,
            "content": {"application/json": _of(schema)},
        }
    return found


def _answer(one: Operation) -> dict[str, Any]:
    schema = openapi.ref(one.answer) if one.answer else {}
    content = {one.media: _of(schema)}
    if one.exports:
        content |= {form: _of(_TEXT if form[:5] == "text/" else {}) for form in EXPORTS}
    return {"description": one.summary, "content": content}


def _problem() -> dict[str, Any]:
    content = openapi.of("application/problem+json", openapi.ref(Problem))
    return {"description": "RFC 9457", "content": content}


def _of(schema: dict[str, Any]) -> dict[str, Any]:
    return {"schema": schema}


def _shared() -> dict[str, Any]:
    return {
        name: {"name": name, "in": "query", "description": text, "schema": schema}
        for name, (text, schema) in _PARAMETERS.items()
    }
