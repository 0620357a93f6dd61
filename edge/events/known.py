"""
What is known of plain data: the part that a struct of the schema has fields for.

The structs that a browser fills refuse fields that they do not know, so that the
usual message is decoded in one pass. Where that fails, this sorts the known from the
unknown: a browser's unknown fields are dropped and counted, those of a newer node
on the link are put aside (house plan, decision 11).
"""

from functools import lru_cache
from typing import Any

from msgspec import inspect


def known(data: Any, kind: Any) -> tuple[Any, int]:
    """Return *data* with only the fields that *kind* knows, and how many others there were."""
    return _sort(data, _type(kind))


@lru_cache(maxsize=64)
def _type(kind: Any) -> inspect.Type:
    return inspect.type_info(kind)


def _sort(data: Any, kind: inspect.Type) -> tuple[Any, int]:
    if isinstance(kind, inspect.Metadata):
        return _sort(data, kind.type)
    if isinstance(data, list) and (item := _item(kind)) is not None:
        sorted_ = [_sort(part, item) for part in data]
        return [part for part, _ in sorted_], sum(count for _, count in sorted_)
    if isinstance(data, dict) and (struct := _struct(data, kind)) is not None:
        return _sort_struct(data, struct)
    return data, 0


def _sort_struct(data: dict[Any, Any], struct: inspect.StructType) -> tuple[dict[str, Any], int]:
    kept: dict[str, Any] = {}
    unknown = 0
    kinds = {field.encode_name: field.type for field in struct.fields}
    for key, value in data.items():
        if key in kinds:
            kept[key], beneath = _sort(value, kinds[key])
            unknown += beneath
        elif key == struct.tag_field:
            kept[key] = value
        else:
            unknown += 1
    return kept, unknown


def _item(kind: inspect.Type) -> inspect.Type | None:
    """Return the type of a list's items, None where *kind* has no lists."""
    for one in _alternatives(kind):
        if isinstance(one, inspect.ListType):
            return one.item_type
    return None


def _struct(data: dict[Any, Any], kind: inspect.Type) -> inspect.StructType | None:
    """Return the struct that *data* is of: the only one, or the one with its tag."""
    structs = [one for one in _alternatives(kind) if isinstance(one, inspect.StructType)]
    if len(structs) == 1:
        return structs[0]
    return next((one for one in structs if data.get(one.tag_field) == one.tag), None)


def _alternatives(kind: inspect.Type) -> tuple[inspect.Type, ...]:
    return kind.types if isinstance(kind, inspect.UnionType) else (kind,)
