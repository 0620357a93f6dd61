"""
The schema in TypeScript: structs become interfaces, their docstrings comments.

Pure: types in, text out. ``make generate`` writes the files; a test fails when
they are stale.
"""

import inspect
import types
from collections.abc import Iterable
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec
from msgspec.structs import FieldInfo, fields

from edge.events import wire
from edge.events.event import BrowserEvent

HEADER = "// Made from the schema by `make generate`; edits are overwritten.\n"
_PLAIN = {
    str: "string",
    int: "number",
    float: "number",
    bool: "boolean",
    type(None): "null",
    Any: "unknown",
}


def widget_types() -> str:
    """Return the types of what a widget sends and is answered."""
    return render(
        [
            *get_args(BrowserEvent),
            wire.ConsentRequest,
            wire.ConsentAnswer,
            wire.BatchAnswer,
            wire.Policy,
        ]
    )


def render(roots: Iterable[type[msgspec.Struct]]) -> str:
    """Return interfaces for *roots* and all that they refer to, each once, in order of need."""
    done: dict[str, str] = {}
    for root in roots:
        _struct(root, done)
    return HEADER + "\n" + "\n".join(done.values())


def _struct(struct: type[msgspec.Struct], done: dict[str, str]) -> str:
    name = struct.__name__
    if name in done:
        return name
    done[name] = ""
    config = struct.__struct_config__
    lines = [f"/** {_doc(struct)} */", f"export interface {name} {{"]
    if config.tag is not None:
        lines.append(f'  {config.tag_field}: "{config.tag}";')
    omits = config.omit_defaults or name in _SENT
    lines += [_field(field, done, omits=omits) for field in fields(struct)]
    text = "\n".join([*lines, "}", ""])
    del done[name]  # what it needs comes first
    done[name] = text
    return name


_SENT = {wire.ConsentRequest.__name__}
"""Structs that a browser writes: what has a default may be left out."""


def _field(field: FieldInfo, done: dict[str, str], *, omits: bool) -> str:
    optional = "?" if omits and not field.required else ""
    kind = _type(field.type, done)
    if optional:
        kind = kind.removesuffix(" | null")
    return f"  {field.encode_name}{optional}: {kind};"


def _type(annotation: Any, done: dict[str, str]) -> str:  # noqa: PLR0911 - one table
    origin = get_origin(annotation)
    arguments = get_args(annotation)
    if origin is Annotated:
        return _type(arguments[0], done)
    if origin is Literal:
        return " | ".join(f'"{value}"' for value in arguments)
    if origin in (Union, types.UnionType):
        return " | ".join(_type(argument, done) for argument in arguments)
    if origin is list:
        inner = _type(arguments[0], done)
        return f"({inner})[]" if " " in inner else f"{inner}[]"
    if origin is dict:
        key, value = (_type(argument, done) for argument in arguments)
        return f"Record<string, {value}>" if key == "string" else f"Partial<Record<{key}, {value}>>"
    if inspect.isclass(annotation) and issubclass(annotation, msgspec.Struct):
        return _struct(annotation, done)
    if annotation is msgspec.Raw:
        return "unknown"
    return _PLAIN[annotation]


def _doc(struct: type[msgspec.Struct]) -> str:
    return " ".join(inspect.cleandoc(struct.__doc__ or "").split()).replace("``", "`")
