"""
Rows as Parquet: each column with the type of its field, nested ones as they are.

DuckDB writes it. It gets the rows as JSON in a folder of its own, which nobody else may
read and which is gone when the bytes are there.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import duckdb
import msgspec

MEDIA = "application/vnd.apache.parquet"
"""As registered with IANA."""

_PLAIN = {bool: "BOOLEAN", int: "BIGINT", float: "DOUBLE", str: "VARCHAR"}
_ENGINE = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "memory_limit": "64MB",
    "threads": "1",
}
_WRITE = "copy (select * from read_json($rows, format = 'nd', columns = {{{columns}}})) to '{out}'"


def to_parquet(kind: type[msgspec.Struct], rows: Sequence[msgspec.Struct]) -> bytes:
    """Return *rows*, all of the type *kind*, as a Parquet file; the same rows, the same bytes."""
    with tempfile.TemporaryDirectory(prefix="flowback-export-") as folder:
        given, out = Path(folder, "rows.json"), Path(folder, "rows.parquet")
        given.write_bytes(msgspec.json.Encoder().encode_lines(rows))
        columns = ", ".join(f"{_quoted(name)}: '{of}'" for name, of in columns_of(kind))
        sql = _WRITE.format(columns=columns, out=str(out).replace("'", "''"))
        with duckdb.connect(config={**_ENGINE, "temp_directory": folder}) as engine:
            engine.execute(sql, {"rows": str(given)})
        return out.read_bytes()


def columns_of(kind: type[msgspec.Struct]) -> list[tuple[str, str]]:
    """Return name and DuckDB type of each field of *kind*, by the names that JSON has."""
    hints = get_type_hints(kind)
    names = zip(kind.__struct_fields__, kind.__struct_encode_fields__, strict=True)
    return [(name, type_of(hints[field])) for field, name in names]


def type_of(hint: Any) -> str:
    """Return the DuckDB type of a field's type. Raises TypeError for one that has none."""
    if hint in _PLAIN:
        return _PLAIN[hint]
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Literal:
        return type_of(type(inner[0]))
    if origin in (Union, UnionType):
        (only,) = [one for one in inner if one is not NoneType]
        return type_of(only)
    if origin is list:
        return f"{type_of(inner[0])}[]"
    if origin is dict:
        return f"MAP({type_of(inner[0])}, {type_of(inner[1])})"
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return f"STRUCT({', '.join(f'{_quoted(n)} {of}' for n, of in columns_of(hint))})"
    raise TypeError(f"no column can hold {hint}")


def _quoted(name: str) -> str:
    return f'"{name}"'
