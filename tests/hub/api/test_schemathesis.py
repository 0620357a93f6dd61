"""What a tool finds that knows nothing of the hub but its OpenAPI document: nothing."""

import re

import pytest

from hub.api.routes import ROUTES
from tests import schemathesis_run
from tests.edge.server import served
from tests.hub.hubkit import SHOP, HubKit, main_job, quiet

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
def url(kit: HubKit):
    """A hub with visits to a demo project and to one whose k hides them; where its document is."""
    kit.tell(main_job(), quiet("few", SHOP))
    kit.hub.start()
    with served(kit.hub.app) as port:
        yield f"http://127.0.0.1:{port}/openapi.json"


def schemathesis(url: str, folder, *options: str) -> tuple[str, int]:
    """Run it on all but LEFT_OUT."""
    left_out = [word for path in LEFT_OUT for word in ("--exclude-path", path)]
    json = ("-H", "Content-Type: application/json")  # else the guard is before every route
    hooks = "tests.hub.api.schemathesis_hooks"
    return schemathesis_run.run(url, folder, CONFIG, hooks, *json, *left_out, *options)


def test_schemathesis_finds_nothing(url: str, tmp_path_factory) -> None:
    """Every check on every route, with good and with bad data."""
    told, code = schemathesis(url, tmp_path_factory.mktemp("st"), "-n", "12", "--seed", "1")
    assert code == 0, told
    assert f"{len(ROUTES) - len(LEFT_OUT)} selected / " in told
    assert int(re.search(r"(\d+) generated", told)[1]) > 300


@pytest.mark.long
def test_schemathesis_finds_nothing_in_the_long_run(url: str, tmp_path_factory) -> None:
    """The same with other data each time."""
    told, code = schemathesis(url, tmp_path_factory.mktemp("st"), "-n", "200")
    assert code == 0, told
