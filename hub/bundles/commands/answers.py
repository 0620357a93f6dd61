"""What the verbs that take files share: which files, and what is said of them at the end."""

import argparse
import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from edge.bundle.files import shown
from edge.errors import FlowbackError

Answer = dict[str, Any]
"""What came of one file, as plain data; ``error`` and ``why`` where it was refused."""


def named(paths: Iterable[Path], *suffixes: str) -> list[Path]:
    """Return the files that *paths* name, a folder standing for those in it that end so."""
    found: list[Path] = []
    for path in paths:
        if not path.is_dir():
            found.append(path)
            continue
        within = sorted(one for one in path.iterdir() if one.suffix.lower() in suffixes)
        if not within:
            raise FlowbackError(f"{shown(path)} holds no file that ends in {' or '.join(suffixes)}")
        found += within
    return found


def conclude(
    options: argparse.Namespace,
    answers: Sequence[Answer],
    tell: Callable[[], None],
    *,
    code: int = 0,
) -> int:
    """
    Say what came of the files, by *tell* or as JSON; return *code*, or 1 where one was refused.

    Raises what was refused, one line a file.
    """
    errors = [_refused(shown(one["file"]), one["error"]) for one in answers if "error" in one]
    code = 1 if errors else code
    if options.json:
        print(json.dumps({"files": answers, "exit": code}))
        return code
    tell()
    if errors:
        raise FlowbackError("\n".join(errors))
    return code


def _refused(file: str, error: str) -> str:
    """Return a line that names the file once."""
    return error if error.startswith(f"{file} ") else f"{file}: {error}"
