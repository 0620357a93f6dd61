"""`flowback policy explain` says what the running edge does: kept or dropped, gone or at home."""

import argparse
from itertools import product
from pathlib import Path

import pytest

from edge.commands import policy
from edge.errors import FlowbackError
from edge.events.event import PolicyUpdated
from edge.projects import ProjectBook
from tests.edge.collector.site import Site, batch, choice, signal, tap

MODES = ("ask", "regional", "host")
REGIONS = ("DE", "CN", "US-CO", "US-PA", "uk", "UNKNOWN", "KR")
HUBS = ("", "DE", "CN")
VISITORS = {"203.0.113.7": "fr", "192.0.2.9": "CN", "198.51.100.1": "us-ca", "10.0.0.1": "UNKNOWN"}


@pytest.fixture(autouse=True)
def no_variables(monkeypatch):
    for name in policy.SETTINGS:
        monkeypatch.delenv(f"FLOWBACK_EDGE_{name.upper()}", raising=False)


@pytest.fixture
def explained(capsys):
    """What the command prints."""

    def explain(*arguments):
        parser = argparse.ArgumentParser()
        policy.add_arguments(parser)
        assert policy.run(parser.parse_args(["explain", *map(str, arguments)])) == 0
        return capsys.readouterr().out

    return explain


def started(folder, **settings):
    site = Site(folder, **settings)
    book = ProjectBook.open(folder)
    for name, mode in zip(("shop", "bank", "intranet"), MODES, strict=True):
        book._change(book.known(name), consent=mode, share_raw=name != "bank")
    site.restart()
    return site


def lanes_of(site, project, session, *, granted, **headers):
    """Send a session's events; return the lanes of first and raw events, none where dropped."""
    where = {"key": f"key-of-{project}", "origin": f"https://{project}.example", **headers}
    named = {"projectId": project, "sessionId": session * 21 + "A"}
    before = len(site.written())
    if granted:
        site.post("/consent", choice(**named), **where)
    events = [signal(1), signal(2, "nav", how="load"), tap(3)]
    site.post("/events", batch(*events, **named), **where)
    first, raw = set(), set()
    for lane, _, event in site.written()[before:]:
        is_raw = type(getattr(event, "payload", None)).__name__ == "Click"
        (raw if is_raw else first).add(lane)
    kept = any(not isinstance(event, PolicyUpdated) for _, _, event in site.written()[before:])
    return kept, first, raw


def says(text, what):
    """Does it say that *what* leaves the site?"""
    [line] = [line for line in text.splitlines() if line.partition(": ")[2].startswith(what)]
    return line.startswith("Leaves")


def check(text, kept, first, raw):
    assert ("events are kept" in text) is kept, text
    if kept:
        assert first == ({0} if says(text, "signals") else {2}), text
        assert raw == ({1} if says(text, "raw events") else {2}), text


@pytest.mark.parametrize(("region", "hub"), [*product(REGIONS, HUBS)])
def test_it_says_what_the_edge_does(tmp_path, explained, region, hub):
    """For each consent mode, before a choice, after a grant, and with a browser that says no."""
    settings = {"region": region, "hub_country": hub}
    site = started(tmp_path, **settings)
    flags = ("--data", tmp_path, "--region", region, "--hub-country", hub)
    for n, project in enumerate(("shop", "bank", "intranet")):
        for k, (granted, gpc) in enumerate(product((False, True), (False, True))):
            text = explained(
                *flags,
                *("--project", project, "--consent", "granted" if granted else "pending"),
                *(["--gpc"] if gpc else []),
            )
            headers = {"Sec-GPC": "1"} if gpc else {}
            session = "ABCDEFGHIJKL"[4 * n + k]
            check(text, *lanes_of(site, project, session, granted=granted, **headers))
    site.stop()


@pytest.mark.parametrize(("address", "visitor"), [*VISITORS.items()])
@pytest.mark.parametrize("rules", ["", 'residency = "in_country"'])
def test_it_speaks_for_the_edge_as_configured(
    tmp_path,
    explained,
    database,
    address,
    visitor,
    rules,
    monkeypatch,
):
    """Database and tightened rules too, from a file, a variable or flags."""
    path = tmp_path / "rules.toml"
    path.write_text(rules)
    config = tmp_path / "edge.toml"
    config.write_text(f'[edge]\nregions = "{database}"\nrules = "{path}"\nregion = "US-CO"\n')
    monkeypatch.setenv("FLOWBACK_EDGE_REGION", "DE")
    folder = tmp_path / "edge"
    site = started(
        folder, address=address, regions=database, rules=str(path), region="DE", hub_country="DE"
    )
    text = explained(
        *("--config", config, "--data", folder, "--hub-country", "DE"),
        *("--project", "shop", "--visitor", visitor, "--consent", "granted"),
    )
    found = lanes_of(site, "shop", "A", granted=True)
    days = site.client.app.state.collector.regions.raw_days
    site.stop()

    check(text, *found)
    assert f"end after {days} days" in text


def test_without_a_project_it_explains_the_edge(explained):
    """Where it stands, whom it tells, what may leave."""
    text = explained("--region", "cn", "--hub", "tcp://hub.example:7401", "--hub-country", "DE")

    assert "pinned to CN" in text
    assert "tcp://hub.example:7401" in text
    assert not says(text, "signals")


def test_a_region_that_is_none_is_an_error(explained):
    """Its name is said."""
    with pytest.raises(FlowbackError, match="ATLANTIS"):
        explained("--visitor", "ATLANTIS")


def test_the_edges_rules_may_not_be_looser_here_either(tmp_path, explained):
    """The command fails as the edge would."""
    rules = Path(tmp_path / "rules.toml")
    rules.write_text("k_min = 1")
    with pytest.raises(FlowbackError, match="looser"):
        explained("--region", "DE", "--rules", rules)
