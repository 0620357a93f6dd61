"""``POST /api/graphql``: read the query, count it, check it, answer it."""

from typing import Any

import msgspec
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    execute,
    parse,
    specified_rules,
    validate,
)
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from hub.api.errors import BadRequest
from hub.api.graphql.limits import MAX_TOKENS, check
from hub.api.graphql.schema import schema_of
from hub.api.rest import body_of
from hub.api.shapes import Query

MAX_BODY = 32 * 2**10
_RULES = (*specified_rules, NoSchemaIntrospectionCustomRule)
"""Nobody explores a hub: the schema is in the release (``hub/api/graphql/schema.graphql``)."""
_MOST_ERRORS = 5


async def answer(request: Request) -> Response:
    """Several questions in one: GraphQL over the same queries."""
    query = await body_of(request, Query, at_most=MAX_BODY)
    schema = await run_in_threadpool(schema_of, request.app.state.operations)
    document, wrong = await run_in_threadpool(_read, schema, query.query)
    if document is None:
        return _json({"errors": [error.formatted for error in wrong]}, 400)
    found = execute(
        schema,
        document,
        context_value=request,
        variable_values=query.variables,
        operation_name=query.operation_name,
    )
    result = found if isinstance(found, ExecutionResult) else await found
    return _json(result.formatted, 200 if result.data is not None else 400)


def _read(schema: GraphQLSchema, text: str) -> tuple[DocumentNode | None, list[GraphQLError]]:
    """Return the document, or None and what is wrong with it. Raises BadRequest."""
    try:
        document = parse(text, max_tokens=MAX_TOKENS)
        check(document)
        wrong = validate(schema, document, _RULES, max_errors=_MOST_ERRORS)
    except GraphQLError as error:
        return None, [error]
    except RecursionError:
        raise BadRequest("the query is too deep") from None
    return (None, wrong) if wrong else (document, [])


def _json(data: Any, status: int) -> Response:
    headers = {"Cache-Control": "no-store"}
    return Response(msgspec.json.encode(data), status, headers, "application/json")
