"""
The schema: a field for every question of the REST API that has an answer of its own.

A field is answered by its route's handler, so that filters, paging, disclosure and errors
cannot differ from what REST says.
"""

import re
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

import msgspec
from graphql import (
    GraphQLArgument,
    GraphQLError,
    GraphQLField,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    GraphQLString,
    print_schema,
)
from starlette.requests import Request

from hub.api.errors import known, log, slug
from hub.api.graphql.types import LONG, Types, pascal
from hub.api.operation import Operation

_WHOLE = frozenset({"from", "to", "limit"})
_LEFT_OUT = frozenset({"/ready"})
"""Not of what visitors went through: whoever asks for it wants its status code."""


@lru_cache(maxsize=4)
def schema_of(operations: tuple[Operation, ...]) -> GraphQLSchema:
    """Return the schema over *operations*."""
    types = Types()
    asked = [one for one in operations if one.method == "GET" and one.answer is not None]
    fields = {_camel(one.name): _field(one, types) for one in asked if one.path not in _LEFT_OUT}
    about = "What may be shown of what visitors went through."
    return GraphQLSchema(GraphQLObjectType("Query", fields, description=about))


def text_of(operations: tuple[Operation, ...]) -> str:
    """Return the schema in GraphQL's own language."""
    head = "# Made from hub/api/routes.py and hub/api/shapes: `make generate`.\n\n"
    return head + print_schema(schema_of(operations)) + "\n"


def _field(one: Operation, types: Types) -> GraphQLField:
    name = pascal(one.name)
    arguments = {
        part: GraphQLArgument(GraphQLNonNull(GraphQLString))
        for part in re.findall(r"{(\w+)}", one.path)
    }
    arguments |= {
        part: GraphQLArgument(LONG if part in _WHOLE else GraphQLString) for part in one.filters
    }
    for part, values in one.more:
        arguments[part] = GraphQLArgument(types.choice(values, name + pascal(part)))
    of = types.of(one.answer, name).of_type  # an answer that fails is null beside the others

    async def resolve(_: Any, info: GraphQLResolveInfo[Any], **given: Any) -> Any:
        return await _ask(one, info.context, given)

    return GraphQLField(of, arguments, resolve, description=one.summary)


async def _ask(one: Operation, request: Request, given: dict[str, Any]) -> Any:
    """Return what the route *one* answers to the arguments *given*, as plain data."""
    given = {name: value for name, value in given.items() if value is not None}
    path = {name: given.pop(name) for name in re.findall(r"{(\w+)}", one.path)}
    scope = {
        **request.scope,
        "method": "GET",
        "path": one.path,
        "path_params": path,
        "query_string": urlencode(given).encode(),
        "headers": [],
    }
    try:
        response = await one.handler(Request(scope))
    except Exception as error:  # noqa: BLE001 - one question's fault leaves the others their answers
        found = known(error)
        if found is None:
            log.error("a question failed", path=one.path, exc_info=error)
            found = (500, "Fault of the hub", "The hub made a mistake; its log says more.")
        raise _refusal(*found) from None
    return msgspec.json.decode(bytes(response.body))


def _refusal(status: int, title: str, detail: str) -> GraphQLError:
    more = {"code": slug(title), "status": status}
    return GraphQLError(detail or title, extensions=more)


def _camel(name: str) -> str:
    found = pascal(name)
    return found[:1].lower() + found[1:]
