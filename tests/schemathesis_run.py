"""schemathesis as its command runs it: a process that knows an OpenAPI document alone."""

import os
import subprocess
import sys
from pathlib import Path

from tests.stack import ROOT


def run(document: str, folder: Path, config: str, hooks: str, *options: str) -> tuple[str, int]:
    """
    Run it on the *document* at a URL; return what it said and its exit code, 0: nothing found.

    *config* is the text of its file, *hooks* names a module; *folder* is where it works.
    """
    file = folder / "schemathesis.toml"
    file.write_text(config)
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(file), "--no-color"]
    done = subprocess.run(
        [*command, "run", document, *options],
        env={**os.environ, "SCHEMATHESIS_HOOKS": hooks, "PYTHONPATH": str(ROOT)},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    return done.stdout + done.stderr, done.returncode
