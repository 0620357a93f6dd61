"""
Rows as CSV that a spreadsheet cannot run.

A text that begins with ``= + - @``, a tab or a line break gets an apostrophe in front,
and every cell is quoted (OWASP, "CSV Injection"; row D4 of the attack table).
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")


def to_csv(kind: type[msgspec.Struct], rows: Sequence[msgspec.Struct]) -> str:
    """Return *rows*, all of the type *kind*, as CSV with a header."""
    flat = [dict(_flatten("", msgspec.to_builtins(row))) for row in rows]
    header = dict.fromkeys(kind.__struct_encode_fields__)
    nested = {name.partition(".")[0] for row in flat for name in row if "." in name}
    columns = [name for name in header if name not in nested]
    columns += sorted({name for row in flat for name in row} - set(columns))
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([_safe(name) for name in columns])
    writer.writerows([_safe(row.get(name)) for name in columns] for row in flat)
    return out.getvalue()


def _flatten(prefix: str, value: Any) -> Iterable[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _flatten(f"{prefix}.{name}" if prefix else str(name), inner)
    elif isinstance(value, list):
        yield prefix, msgspec.json.encode(value).decode() if value else ""
    else:
        yield prefix, value


def _safe(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, (bool, int, float)):
        return str(value)
    text = str(value)
    return f"'{text}" if text.startswith(_DANGEROUS) else text
