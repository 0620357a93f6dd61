"""
The shapes of the API as GraphQL types: the same names, the same nesting. Pure.

A whole number is a ``Long``: moments in ms do not fit into GraphQL's 32 bits. What has
no fixed fields is ``JSON``.
"""

from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLError,
    GraphQLField,
    GraphQLFloat,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLString,
    IntValueNode,
    ValueNode,
)

MOST = 2**53
"""Whole numbers beyond it are not exact in every client (RFC 8259, 6)."""


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > MOST:
        raise GraphQLError("a Long is a whole number of at most 53 bits")
    return value


def _literal(node: ValueNode, _: Mapping[str, Any] | None = None) -> int:
    if not isinstance(node, IntValueNode) or len(node.value) > len(str(-MOST)):
        raise GraphQLError("a Long is a whole number of at most 53 bits")
    return _whole(int(node.value))


LONG = GraphQLScalarType(
    "Long",
    serialize=_whole,
    parse_value=_whole,
    parse_literal=_literal,
    description="A whole number of at most 53 bits.",
)
ANYTHING = GraphQLScalarType("JSON", description="Whatever JSON can hold.")
_PLAIN: dict[Any, Any] = {
    bool: GraphQLBoolean,
    int: LONG,
    float: GraphQLFloat,
    str: GraphQLString,
}


class Types:
    """Makes the types of one schema, each once."""

    def __init__(self) -> None:
        self._objects: dict[type[msgspec.Struct], GraphQLObjectType] = {}
        self._enums: dict[tuple[str, ...], GraphQLEnumType] = {}
        self._names: set[str] = set()

    def of(self, hint: Any, name: str) -> Any:
        """Return the type for a field whose type is *hint*; *name* is for a type that is new."""
        origin, inner = get_origin(hint), get_args(hint)
        if origin in (Union, UnionType):
            rest = [one for one in inner if one is not NoneType]
            if len(rest) < len(inner):
                return self._bare(rest[0] if len(rest) == 1 else Any, name)
            return GraphQLNonNull(ANYTHING)
        return GraphQLNonNull(self._bare(hint, name))

    def choice(self, values: tuple[str, ...], name: str) -> Any:
        """Return what takes one of *values*: an enumeration where each may be a name."""
        if not all(value.isascii() and value.isidentifier() for value in values):
            return GraphQLString
        if values not in self._enums:
            members = {value: GraphQLEnumValue(value) for value in values}
            self._enums[values] = GraphQLEnumType(self._new(f"{name}Value"), members)
        return self._enums[values]

    def _bare(self, hint: Any, name: str) -> Any:
        origin, inner = get_origin(hint), get_args(hint)
        if hint in _PLAIN:
            return _PLAIN[hint]
        if origin is Literal:
            return self.choice(inner, name)
        if origin is list:
            return GraphQLList(self.of(inner[0], name))
        if origin is dict and get_origin(inner[0]) is Literal:
            return self._keyed(get_args(inner[0]), inner[1], name)
        if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
            return self._object(hint)
        return ANYTHING

    def _keyed(self, keys: tuple[str, ...], of: Any, name: str) -> GraphQLObjectType:
        """Return an object with a field for each of *keys*, of which any may be missing."""
        value = self._bare(of, name)
        fields = {key: GraphQLField(value) for key in keys}
        return GraphQLObjectType(self._new(f"{name}ByKey"), fields)

    def _object(self, kind: type[msgspec.Struct]) -> GraphQLObjectType:
        if kind not in self._objects:
            name = self._new(kind.__name__)

            def fields() -> dict[str, GraphQLField]:
                hints = get_type_hints(kind)
                names = zip(kind.__struct_fields__, kind.__struct_encode_fields__, strict=True)
                return {
                    sent: GraphQLField(self.of(hints[field], name + pascal(field)))
                    for field, sent in names
                }

            about = (kind.__doc__ or "").strip().partition("\n")[0]
            self._objects[kind] = GraphQLObjectType(name, fields, description=about or None)
        return self._objects[kind]

    def _new(self, name: str) -> str:
        """Return *name*. Raises ValueError where another type has it."""
        if name in self._names:
            raise ValueError(f"two types of the schema are called {name}")
        self._names.add(name)
        return name


def pascal(name: str) -> str:
    """Return ``snake_case`` as ``PascalCase``."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))
