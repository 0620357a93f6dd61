"""Which rules hold for a visitor, what may leave the site, and when nobody is asked."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.collector.regions import Regions, code_of
from edge.config import ConfigError
from edge.events import codec
from edge.events.event import SignalRaw
from edge.policy.regions import UNKNOWN, BadRule, RuleLoosened, resolve
from edge.policy.throttle import Window
from edge.projects import ProjectBook
from tests.edge.collector.site import Site, choice, now, signal
from tests.stack import wait_for


@pytest.fixture
def started(tmp_path):
    sites = []

    def start(**settings):
        sites.append(Site(tmp_path / str(len(sites)), **settings))
        return sites[-1]

    yield start
    for site in sites:
        site.stop()


def row(site, **headers):
    return site.post("/consent", choice(), **headers).json()["region"]


def test_without_a_database_the_pinned_region_holds(started):
    """A visitor's address is not even looked at."""
    assert row(started(address="192.0.2.9"))["row"] == "DE"


@pytest.mark.parametrize(
    ("address", "name", "k"),
    [("203.0.113.7", "DE+FR", 10), ("192.0.2.9", "DE+CN", 20), ("198.51.100.1", "DE+US-CA", 10)],
)
def test_the_stricter_of_edge_and_visitor_holds(started, database, address, name, k):
    """Looked up offline; the row says which rules were merged."""
    found = row(started(address=address, regions=database))

    assert found["row"] == name
    assert found["kMin"] == k


@pytest.mark.parametrize("address", ["10.0.0.1", "not an address", "2001:db8::1"])
def test_a_lookup_that_fails_gives_the_strictest_row(started, database, address):
    """Fail closed (I22)."""
    found = row(started(address=address, regions=database))

    assert found["row"] == "DE+UNKNOWN"
    assert (found["kMin"], found["rawDays"]) == (20, 30)


def _damage(database, tmp_path):
    """Return a copy of *database* that opens, and whose records cannot be read."""
    data = bytearray(Path(database).read_bytes())
    end = data.rindex(b"\xab\xcd\xefMaxMind.com")
    data[end - 120 : end] = b"\xff" * 120
    path = tmp_path / "damaged.mmdb"
    path.write_bytes(data)
    return str(path)


def test_a_damaged_database_gives_the_strictest_row(started, database, tmp_path, capsys):
    """Fail closed (I22): choices, withdrawals and deletions go on; it is said once."""
    site = started(address="203.0.113.7", regions=_damage(database, tmp_path))

    assert row(site)["row"] == "DE+UNKNOWN"
    assert site.send(signal(1)).json()["accepted"] == 1
    assert site.grant(n=2, state="withdrawn").status_code == 200
    told = [line for line in capsys.readouterr().out.splitlines() if "damaged" in line]
    assert len(told) == 1
    assert "203.0.113" not in told[0]


@pytest.mark.parametrize(
    "error", [KeyError, RuntimeError, MemoryError, UnicodeDecodeError, OSError]
)
def test_no_exception_of_a_lookup_reaches_a_visitor(database, monkeypatch, error):
    """Whatever the reader raises, the answer is the strictest row."""
    regions = Regions("DE", database=database)

    def fail(_address):
        raise error(*(("utf-8", b"", 0, 1, "bad") if error is UnicodeDecodeError else ()))

    regions._reader = SimpleNamespace(get=fail)
    scope = {"type": "http", "headers": [], "client": ("203.0.113.7", 1)}
    assert regions.of(scope).row == "DE+UNKNOWN"


@settings(derandomize=True)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=4),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["country", "iso_code", "subdivisions", "x"]), inner, max_size=4
            )
        ),
        max_leaves=12,
    )
)
def test_a_record_of_any_form_gives_a_code(record):
    """Wrong types are no code, and a code is one that the rules can look up."""
    assert resolve("DE", code_of(record)).row.startswith("DE")


@pytest.mark.parametrize(
    ("record", "code"),
    [
        ({"country": {"iso_code": "FR"}}, "FR"),
        ({"country": {"iso_code": "US"}, "subdivisions": [{"iso_code": "CA"}]}, "US-CA"),
        ({"country": {"iso_code": "US"}, "subdivisions": ["CA"]}, UNKNOWN),
        ({"country": {"iso_code": "US"}, "subdivisions": []}, "US"),
        ({"country": {"iso_code": "US"}, "subdivisions": {"iso_code": "CA"}}, UNKNOWN),
        ({"country": {"iso_code": 7}}, UNKNOWN),
        ({"country": ["FR"]}, UNKNOWN),
        ({"country": {"iso_code": "US-wiretap"}}, UNKNOWN),
        ({"subdivisions": [{"iso_code": "CA"}]}, UNKNOWN),
        ({}, UNKNOWN),
        ("FR", UNKNOWN),
        (None, UNKNOWN),
    ],
)
def test_a_record_says_country_and_subdivision(record, code):
    """In MaxMind's form; anything else says nothing."""
    assert code_of(record) == code


def test_only_a_trusted_proxy_may_say_whose_address_it_is(started, database):
    """X-Forwarded-For from anybody else is ignored (I21)."""
    told = {"X-Forwarded-For": "203.0.113.7"}
    trusting = started(address="10.0.0.1", regions=database, proxies="10.0.0.1, 10.0.0.2")
    wary = started(address="192.0.2.9", regions=database, proxies="10.0.0.1")

    assert row(trusting, **told)["row"] == "DE+FR"
    assert row(wary, **told)["row"] == "DE+CN"
    chain = {"X-Forwarded-For": "192.0.2.9, 203.0.113.7, 10.0.0.2"}
    assert row(trusting, **chain)["row"] == "DE+FR"


@pytest.mark.parametrize(
    "settings", [{"region": "ATLANTIS"}, {"proxies": "proxy.example"}, {"regions": "/none.mmdb"}]
)
def test_a_bad_setting_is_an_error_at_the_start(tmp_path, settings):
    """Never a looser rule in silence."""
    with pytest.raises(ConfigError):
        Site(tmp_path, **settings)


def test_people_may_tighten_a_region_and_never_loosen_it(tmp_path):
    """A looser value, or a field that is none, is an error at the start (P10)."""
    rules = tmp_path / "rules.toml"
    rules.write_text("k_min = 50\nraw_days = 7\n")
    site = Site(tmp_path / "strict", rules=str(rules))
    found = row(site)
    site.stop()
    assert (found["kMin"], found["rawDays"]) == (50, 7)

    bad = {
        "k_min = 5": RuleLoosened,
        "capture_before_choice = true": RuleLoosened,
        "k_max = 5": BadRule,
        "k_min =": ConfigError,
    }
    for n, (text, error) in enumerate(bad.items()):
        rules.write_text(text)
        with pytest.raises(error):
            Site(tmp_path / str(n), rules=str(rules))


def test_an_address_is_used_for_the_region_and_forgotten(started, database):
    """No file of the edge holds it, in any form (P6)."""
    site = started(address="203.0.113.7", regions=database)
    site.grant()
    site.send(signal(1))
    site.client.get("/metrics")
    bodies = b"".join(codec.inflate(entry.body) for entry in site.journal.follow(0))
    site.stop()
    written = b"".join(file.read_bytes() for file in site.folder.iterdir() if file.is_file())
    site.start()

    assert b"DE+FR" in bodies
    for form in (b"203.0.113", bytes([203, 0, 113, 7]), b"cb007107"):
        assert form not in bodies + written


@pytest.mark.parametrize(
    ("settings", "lanes"),
    [
        ({"region": "DE"}, {0, 1}),
        ({"region": "CN"}, {2}),
        ({"region": "CN", "hub_country": "DE"}, {2}),
    ],
)
def test_what_may_not_leave_is_written_where_no_forwarder_looks(started, settings, lanes):
    """China's events stay in lane 2 unless the hub stands there (decision 10)."""
    site = started(**settings)
    site.grant()
    site.send(signal(1), signal(2, "nav", how="load"), signal(3, "prompt", phase="shown"))

    assert {lane for lane, _, _ in site.written()} == lanes


def test_a_project_may_keep_its_raw_events_at_home(started):
    """Signals, taps and navigation still travel."""
    site = started()
    book = ProjectBook.open(site.folder)
    book._change(book.known("shop"), share_raw=False)
    site.restart()
    site.grant()
    site.send(signal(1), signal(2, "nav", how="load"))

    lanes = {e.payload.__class__.__name__: lane for lane, _, e in site.written() if _raw(e)}
    assert lanes == {"Click": 2, "Nav": 0}


def _raw(event):
    return isinstance(event, SignalRaw)


def test_nobody_is_asked_in_a_window_that_people_set(started):
    """The reason is said, and when it ends."""
    site = started()
    start = now() - 1_000
    window = Window(start=start, end=start + 60_000, why="the sale")
    ProjectBook.open(site.folder).quiet("shop", window)
    site.restart()
    policy = site.grant().json()["policy"]

    assert policy == {"allow": False, "reason": "suppressed", "nextAt": window.end}


def test_a_changed_rules_file_holds_within_a_second(tmp_path):
    """And a bad one changes nothing: what was read before stays (P10), and a metric says so."""
    rules = tmp_path / "rules.toml"
    rules.write_text("k_min = 50\n")
    site = Site(tmp_path / "strict", rules=str(rules))

    def k_becomes(k, **more):
        wait_for(lambda: site.post("/consent", choice()).json()["region"]["kMin"] == k, **more)

    k_becomes(50)
    rules.write_text("k_min = 60\n")
    k_becomes(60, what="the new rules")
    for text in ("k_min = 5", "k_min =", "k_max = 5"):
        rules.write_text(text + "\n" * len(text))
        wait_for(lambda: site.client.app.state.collector.regions.bad, what="it is seen")
        k_becomes(60)
        assert "flowback_edge_rules_bad 1.0" in site.client.get("/metrics").text
        rules.write_text("k_min = 60\n")
        wait_for(lambda: not site.client.app.state.collector.regions.bad, what="it is mended")
    rules.unlink()
    wait_for(lambda: site.client.app.state.collector.regions.bad, what="it is seen to be gone")
    k_becomes(60)
    site.stop()
