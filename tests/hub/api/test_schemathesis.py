"""What a tool finds that knows nothing of the hub but its OpenAPI document: nothing."""

import os
import re
import subprocess
import sys

import pytest

from hub.api.routes import ROUTES
from tests.hub.api.served import Served
from tests.hub.hubkit import SHOP, HubKit, main_job, quiet
from tests.stack import ROOT

CONFIG = """
[checks.negative_data_rejection]
expected-statuses = [400, 403, 404, 405, 415, 421]

[[operations]]  # any text is a query by its type, and no query by GraphQL's grammar
include-path = "/api/graphql"
checks.positive_data_acceptance.expected-statuses = [200, 400]

[phases.coverage]  # which goes past the hooks: a moment alone is often no period
checks.positive_data_acceptance.expected-statuses = [200, 202, 400, 403, 404]

[[operations]]  # two moments are no period, whatever their types
include-path-regex = "/api/(privacy|reports/compliance)"
checks.positive_data_acceptance.expected-statuses = [200, 400]

[[operations]]  # not every insight is about comments
include-path = "/api/insights/{insightId}/group"
checks.positive_data_acceptance.expected-statuses = [202, 400, 404]
"""
LEFT_OUT = ("/api/live", "/openapi.json")
"""A stream without an end, and the document itself."""


@pytest.fixture
def served(kit: HubKit):
    """A hub with visits to a demo project and to one whose k hides them."""
    kit.tell(main_job(), quiet("few", SHOP))
    kit.hub.start()
    started = Served(kit)
    yield started
    started.stop()


def schemathesis(served: Served, folder, *options: str) -> tuple[str, int]:
    """Run it; return what it said and its exit code, 0 where it found nothing."""
    config = folder / "schemathesis.toml"
    config.write_text(CONFIG)
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(config)]
    command += ["--no-color", "run", f"{served.url}/openapi.json"]
    command += ["-H", "Content-Type: application/json"]  # else the guard is before every route
    for path in LEFT_OUT:
        command += ["--exclude-path", path]
    environment = {
        **os.environ,
        "SCHEMATHESIS_HOOKS": "tests.hub.api.schemathesis_hooks",
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        [*command, *options],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    return done.stdout + done.stderr, done.returncode


def test_schemathesis_finds_nothing(served: Served, tmp_path_factory) -> None:
    """Every check on every route, with good and with bad data."""
    told, code = schemathesis(served, tmp_path_factory.mktemp("st"), "-n", "12", "--seed", "1")
    assert code == 0, told
    assert f"{len(ROUTES) - len(LEFT_OUT)} selected / " in told
    assert int(re.search(r"(\d+) generated", told)[1]) > 300


@pytest.mark.long
def test_schemathesis_finds_nothing_in_the_long_run(served: Served, tmp_path_factory) -> None:
    """The same with other data each time."""
    told, code = schemathesis(served, tmp_path_factory.mktemp("st"), "-n", "200")
    assert code == 0, told
