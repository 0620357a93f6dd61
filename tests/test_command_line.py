"""The command line as a user meets it."""

import os
import socket
import sqlite3
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

import flowback
from edge.projects import ProjectBook
from tests.stack import PROGRAM, ROOT, Process, answers, free_ports, wait_for


def run(*arguments, **options):
    command = [*PROGRAM, *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=60, cwd=ROOT, check=False, **options
    )


@pytest.mark.parametrize("verb", flowback.VERBS)
def test_every_verb_has_help(verb):
    """It says what the verb does and how to call it."""
    done = run(verb, "--help")

    assert done.returncode == 0
    assert f"usage: flowback {verb}" in done.stdout


def test_the_list_of_verbs_is_the_help():
    """Whoever types nothing is shown what there is."""
    done = run("--help")
    for verb, (_, words) in flowback.VERBS.items():
        assert f"  {verb}" in done.stdout
        assert words in done.stdout
    assert run().returncode == 2


def test_an_unknown_verb_is_named():
    """With the way to the right one."""
    done = run("frobnicate")
    assert done.returncode == 2
    assert "there is no verb 'frobnicate'; see flowback --help" in done.stderr


def test_a_bad_setting_is_one_line(tmp_path):
    """It names the flag, the value and what would be right."""
    done = run("edge", "--data", str(tmp_path), "--port", "http")

    assert done.returncode == 1
    assert done.stderr == ("flowback edge: --port is 'http': expected `int`, got `str`\n")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "hub.example", "localhost.example"])
def test_a_hub_without_accounts_is_served_to_its_own_machine_only(tmp_path, host):
    """Nothing is opened, and the line names the remedy."""
    done = run("hub", "--data", str(tmp_path / "hub"), "--host", host)
    assert done.returncode == 1
    assert f"no accounts and would answer whoever reaches {host}" in done.stderr
    assert "put a proxy in front" in done.stderr
    assert not (tmp_path / "hub").exists()


def test_a_busy_port_is_one_line(tmp_path):
    """It says which port and how to choose another."""
    hub, link, edge = free_ports(3)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ports = ["--port", str(hub), "--link-port", str(link), "--edge-port", str(edge)]
        done = run("demo", "--data", str(tmp_path), *ports, "--shop-port", str(port))

    assert done.returncode == 1
    assert done.stderr == (
        f"flowback demo: port {port} is taken by another program; choose another with --shop-port\n"
    )


def test_an_unwritable_data_folder_is_one_line(tmp_path):
    """A file stands where the folder should be."""
    (tmp_path / "file").write_text("")
    ports = map(str, free_ports(4))
    flags = ("--port", "--link-port", "--edge-port", "--shop-port")
    pairs = [word for pair in zip(flags, ports, strict=True) for word in pair]
    done = run("demo", "--data", str(tmp_path / "file" / "data"), *pairs)

    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert "cannot be written" in line
    assert "choose another with --data" in line


def test_an_edge_that_knows_no_hub_says_how_to_tell_it(tmp_path):
    """Told to send, it must know whom to trust; the remedy is in the line."""
    done = run("edge", "--data", str(tmp_path), "--port", "0", "--hub", "tcp://127.0.0.1:1")

    assert done.returncode == 1
    assert "flowback enroll" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def demo_ports() -> list[str]:
    flags = ("--port", "--link-port", "--edge-port", "--shop-port")
    ports = map(str, free_ports(4))
    return [word for pair in zip(flags, ports, strict=True) for word in pair]


def test_a_reset_spares_a_folder_that_is_no_demos(tmp_path):
    """Nobody loses a home folder, or a checkout of this project, to a mistyped path."""
    (tmp_path / "thesis.txt").write_text("years of work")
    for name in ("edge", "hub", ".git"):
        (tmp_path / name).mkdir()
    done = run("demo", "--reset", "--data", str(tmp_path), *demo_ports())

    assert done.returncode == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        ".git",
        "edge",
        "hub",
        "thesis.txt",
    ]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (["--port", "99999"], "a port is a number from 1 to 65535"),
        (["--port", "-1"], "a port is a number from 1 to 65535"),
        (["--port", "9500", "--link-port", "9500"], "give each its own"),
        (["--insight-seconds", "0"], "the hub did not start"),
    ],
)
def test_a_demo_that_cannot_start_says_so_and_ends(tmp_path, wrong, said):
    """No loop, no traceback."""
    done = run("demo", "--data", str(tmp_path), *demo_ports(), *wrong)

    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_data_folder_belongs_to_one_process(tmp_path):
    """A second one is told so in one line, and the first goes on."""
    [port] = free_ports(1)
    first = Process("edge", "--data", str(tmp_path), "--port", str(port), log=tmp_path / "log")
    first.start()
    try:
        wait_for(lambda: answers(f"http://127.0.0.1:{port}/health"), what="the first edge")
        second = run("edge", "--data", str(tmp_path), "--port", "0")
        assert (second.returncode, second.stderr.count("\n")) == (1, 1)
        assert "in use by another process" in second.stderr
        assert answers(f"http://127.0.0.1:{port}/health").status_code == 200
    finally:
        assert first.stop() == 0


def test_a_site_is_added_listed_and_pasted(tmp_path):
    """The snippet holds what the widget needs, and nothing secret."""
    where = ["--data", str(tmp_path)]
    added = run("site", "add", "shop", "--origin", "https://shop.example", *where)
    listed = run("site", "list", *where)
    snippet = run("site", "snippet", "shop", "--url", "https://edge.shop.example/", *where)
    again = run("site", "add", "shop", "--origin", "https://shop.example", *where)

    key = added.stdout.split()[-1]
    assert "shop\task\thttps://shop.example\tshop" in listed.stdout
    assert f'"key": "{key}"' in snippet.stdout
    assert 'src="https://edge.shop.example/v/' in snippet.stdout
    assert again.returncode == 1
    assert "there is a project 'shop' already" in again.stderr


def test_a_write_key_is_renewed_without_a_gap(tmp_path):
    """Pages with the older key go on until it is revoked; the newest is never revoked."""
    where = ["--data", str(tmp_path)]
    run("site", "add", "shop", "--origin", "https://shop.example", "--key", "first", *where)
    made = run("site", "keys", "shop", "--new", *where)
    newest = made.stdout.split()[0]
    assert newest != "first"
    assert "first\tolder" in made.stdout
    snippet = run("site", "snippet", "shop", "--url", "https://edge.example", "--latest", *where)
    assert f'"key": "{newest}"' in snippet.stdout
    assert "make another first" in run("site", "keys", "shop", "--revoke", newest, *where).stderr
    assert "is no key of shop" in run("site", "keys", "shop", "--revoke", "x", *where).stderr
    gone = run("site", "keys", "shop", "--revoke", "first", *where)
    assert gone.stdout == f"{newest}\tnewest\n"


def test_enrolment_goes_by_files_and_a_fingerprint(tmp_path):
    """Ask, admit, trust; a fingerprint that was misheard admits nobody."""
    edge, hub = str(tmp_path / "edge"), str(tmp_path / "hub")
    asked, card = str(tmp_path / "berlin.edge"), str(tmp_path / "hub.card")
    assert run("keys", "new", "--data", edge).returncode == 0
    assert run("keys", "new", "--hub", "--data", hub).returncode == 0
    said = run("enroll", "ask", "--data", edge, "--name", "berlin", "--out", asked).stdout
    admit = ["enroll", "admit", "--data", hub, asked, "--card", card, "--fingerprint"]

    misheard = run(*admit, "AAAA-BBBB-CCCC-DDDD-EEEE")
    admitted = run(*admit, said.split(": ")[-1].strip())
    heard = admitted.stdout.split(": ")[-1].strip()
    trusted = run("enroll", "trust", "--data", edge, card, "--fingerprint", heard)

    assert (misheard.returncode, admitted.returncode, trusted.returncode) == (1, 0, 0)
    assert "the fingerprints differ" in misheard.stderr
    repeated = run(*admit, said.split(": ")[-1].strip())
    assert repeated.returncode == 1
    assert "enrolled already, as berlin: `flowback enroll card`" in repeated.stderr
    again = run("enroll", "card", "--data", hub, "--card", str(tmp_path / "again.card"))
    assert again.stdout.split(": ")[-1].strip() == heard

    shown = run("keys", "list", "--data", hub).stdout.splitlines()[-1].split("\t")[-1]
    assert run("keys", "pardon", "--data", hub, "berlin").stdout == f"pardoned {shown} of berlin\n"
    assert run("keys", "revoke", "--data", hub, shown).stdout == f"revoked {shown} of berlin\n"


def test_keys_of_a_folder_that_is_no_hubs_are_not_an_empty_list(tmp_path):
    """Mistyped, or an edge's: said with the remedy, and nothing is made."""
    run("keys", "new", "--data", tmp_path / "edge")
    for folder in (tmp_path / "nope", tmp_path / "edge"):
        before = folder.exists() and sorted(folder.iterdir())
        done = run("keys", "list", "--data", folder)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
        assert "name the hub's with --data" in done.stderr
        assert (folder.exists() and sorted(folder.iterdir())) == before


def test_enrolment_goes_over_a_stick_as_sticks_are(tmp_path):
    """Files of anybody, with all access to all (FAT); one that is not in, is said."""
    edge, hub, stick = tmp_path / "edge", tmp_path / "hub", tmp_path / "stick"
    run("keys", "new", "--data", edge)
    run("keys", "new", "--hub", "--data", hub)
    ask = ["enroll", "ask", "--data", edge, "--name", "berlin", "--out", stick / "a"]
    early = run(*ask)
    assert (early.returncode, early.stderr.count("\n")) == (1, 1)
    assert "Is the medium in its place?" in early.stderr
    stick.mkdir()
    heard = run(*ask).stdout.split(": ")[-1].strip()
    (stick / "a").chmod(0o777)
    admit = ["enroll", "admit", "--data", hub, "--card", stick / "b", "--fingerprint", heard]
    heard = run(*admit, stick / "a").stdout.split(": ")[-1].strip()
    (stick / "b").chmod(0o777)
    trusted = run("enroll", "trust", "--data", edge, stick / "b", "--fingerprint", heard)
    assert (trusted.returncode, trusted.stderr) == (0, "")
    os.mkfifo(stick / "pipe")
    for verb in (admit, ["enroll", "trust", "--data", edge, "--fingerprint", heard]):
        failed = run(*verb, stick / "pipe")
        assert (failed.returncode, failed.stderr.count("\n")) == (1, 1)
        assert "no regular file" in failed.stderr


def test_nobody_is_admitted_whose_card_cannot_be_written(tmp_path):
    """Nor is anything written into the folder of an edge, given by mistake."""
    edge, hub = tmp_path / "edge", tmp_path / "hub"
    asked = tmp_path / "berlin.edge"
    run("keys", "new", "--data", edge)
    run("keys", "new", "--hub", "--data", hub)
    said = run("enroll", "ask", "--data", edge, "--name", "berlin", "--out", asked).stdout
    heard = ["--fingerprint", said.split(": ")[-1].strip()]

    card = tmp_path / "none" / "hub.card"
    card.parent.write_text("a file where a folder is needed")
    failed = run("enroll", "admit", "--data", hub, asked, "--card", card, *heard)
    assert (failed.returncode, failed.stderr.count("\n")) == (1, 1)
    assert "cannot be written" in failed.stderr
    assert "berlin" not in run("keys", "list", "--data", hub).stdout

    before = sorted(edge.iterdir())
    wrong = run("enroll", "admit", "--data", edge, asked, "--card", tmp_path / "c", *heard)
    assert (wrong.returncode, wrong.stderr.count("\n")) == (1, 1)
    assert "is no hub's folder" in wrong.stderr
    assert sorted(edge.iterdir()) == before
    assert not (tmp_path / "c").exists()
    assert run("enroll", "admit", "--data", hub, asked, "--card", tmp_path / "c", *heard).stdout
    assert run("enroll", "card", "--data", edge, "--card", card).returncode == 1
    assert "berlin\tedge\tadmitted" in run("keys", "list", "--data", hub).stdout
    assert run("keys", "revoke", "berlin", "--data", hub).returncode == 0
    assert "berlin\tedge\trevoked" in run("keys", "list", "--data", hub).stdout


def test_a_journal_can_be_verified(tmp_path):
    """Whole, or exit code 1; a file that is none is one line."""
    from edge.journal.journal import Journal

    Journal.open(tmp_path / "journal.db", node="a" * 32).close()
    (tmp_path / "none.db").write_bytes(b"no database" * 100)

    assert run("journal", "verify", str(tmp_path / "journal.db")).stdout.endswith("whole\n")
    bad = run("journal", "verify", str(tmp_path / "none.db"))
    assert bad.returncode == 1
    assert "cannot be read as a journal" in bad.stderr


@pytest.fixture
def bootstrap():
    """The set-up, which is a script and no package."""
    sys.path.insert(0, str(ROOT / "packaging"))
    try:
        import bootstrap
    finally:
        sys.path.pop(0)
    return bootstrap


def test_a_python_that_is_too_old_is_one_line(bootstrap):
    """Before anything is made, with the way to name another."""
    with pytest.raises(bootstrap.SetUpFailed, match=r"Python 3\.10 is too old"):
        bootstrap.check_python((3, 10, 4))
    bootstrap.check_python((3, 11, 0))


@pytest.mark.parametrize("hangs", [1, 2])
def test_a_step_of_the_set_up_that_hangs_is_begun_again_once(bootstrap, tmp_path, hangs):
    """As when a registry's answer never comes."""
    began = tmp_path / "began"
    step = f"echo x >> {began}; [ $(wc -l < {began}) -gt {hangs} ] || exec sleep 600"
    begin = partial(bootstrap.run, ["sh", "-c", step], "npm ci", patience=0.3)
    if hangs == 1:
        begin()
    else:
        with pytest.raises(bootstrap.SetUpFailed, match=r"npm ci was not done in .* twice"):
            begin()
    assert began.read_text() == "x\n" * 2


def test_the_set_up_can_be_read_by_an_old_python():
    """It must live to say that it is too old: nothing newer than 3.7 in its syntax."""
    import ast

    text = (Path(ROOT) / "packaging" / "bootstrap.py").read_text()
    tree = ast.parse(text, feature_version=(3, 7))
    assert "from __future__ import annotations" in text
    assert tree.body


def test_a_period_is_judged_again_with_other_parameters(tmp_path):
    """A stricter definition finds fewer, and the table says how many are gone."""
    from tests.edge.collector.site import Site, now, signal

    site = Site(tmp_path)
    site.grant()
    start = now() - 5_000
    site.send(*[signal(n, at=start + n * 100) for n in (1, 2, 3)])
    site.stop()
    where = ["--data", str(tmp_path)]

    done = run("detect", "--replay", *where, "--set", "rage_click.clicks=4")
    assert done.returncode == 0
    assert "3 raw events of 1 sessions" in done.stdout
    [row] = [line for line in done.stdout.splitlines() if line.startswith("rage_click")]
    assert row.split() == ["rage_click", "1", "0", "1", "0", "0"]
    for bad in ("rage_click.clicks=0", "rage_click.clocks=4", "rage.clicks=4", "rage_click"):
        refused = run("detect", "--replay", *where, "--set", bad)
        assert (refused.returncode, refused.stderr.count("\n")) == (1, 1), refused.stderr


def test_a_site_has_its_own_definition(tmp_path):
    """Made with it, listed with it, changed, shown, and back to the defaults."""
    where = ["--data", str(tmp_path)]
    shop = ["site", "add", "shop", "--origin", "https://shop.example", *where]
    made = run(*shop, "--preset", "amplitude", "--detect", "rage_click.click_count=5")
    assert made.returncode == 0, made.stderr
    assert "\tamplitude rage_click.click_count=5\n" in run("site", "list", *where).stdout
    more = run("site", "detect", "shop", *where, "--detect", 'dead_click.life=["dom"]')
    assert 'dead_click        timeout_ms=3000 life=["dom"]' in more.stdout
    assert "rage_click        click_count=5 " in run("site", "detect", "shop", *where).stdout
    sentry = run("site", "detect", "shop", *where, "--preset", "sentry")
    assert "set the widget's watchMs to 7000" in sentry.stdout
    assert run("site", "detect", "shop", *where, "--preset", "flowback").returncode == 0
    assert "\tflowback\n" in run("site", "list", *where).stdout


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        (["--detect", "rage_click.clicks=0"], "rage_click.clicks cannot be 0"),
        (["--detect", "rage_click.clicks=1000000"], "2 to 100"),
        (["--detect", "rage_click.clocks=4"], "rage_click has no 'clocks'"),
        (["--detect", 'rage_click.kinds=["foo"]'], "rage_click.kinds"),
        (["--detect", "scroll_milestone.depths=[75,25]"], "scroll_milestone.depths"),
        (["--detect", "rage.clicks=4"], "no rage"),
        (["--detect", "rage_click"], "write it as rage_click.clicks=4"),
        (["--preset", "highlight", "--detect", "thrash.changes=9"], "no thrash"),
    ],
)
def test_a_definition_that_does_not_fit_changes_nothing(tmp_path, bad, told):
    """One line says which key, and the site is not made."""
    where = ["--data", str(tmp_path)]
    made = run("site", "add", "shop", "--origin", "https://shop.example", *where, *bad)
    assert (made.returncode, made.stderr.count("\n")) == (1, 1), made.stderr
    assert told in made.stderr
    assert run("site", "list", *where).stdout == ""


def replayed(*options):
    """Signal → (before, after) of a replay."""
    done = run("detect", "--replay", *options)
    assert done.returncode == 0, done.stderr
    table = done.stdout.split("changed\n")[1].splitlines()
    return {
        line.split()[0]: tuple(map(int, line.split()[1:3]))
        for line in table
        if "on Post" not in line
    }


def test_a_replay_starts_from_the_projects_own_definition(tmp_path):
    """Before is what holds for the project; parameters are laid over it, a preset replaces it."""
    from tests.edge.collector.site import Site, now, signal

    site = Site(tmp_path)
    site.grant()
    start = now() - 5_000
    site.send(*[signal(n, at=start + n * 100) for n in (1, 2, 3, 4)])
    site.stop()
    where = ["--data", str(tmp_path)]
    assert run("site", "detect", "shop", *where, "--detect", "rage_click.clicks=5").returncode == 0

    assert replayed(*where) == {"all": (0, 0)}
    assert replayed(*where, "--set", "rage_click.clicks=4")["rage_click"] == (0, 1)
    assert replayed(*where, "--set", "rage_click.within_ms=9000") == {"all": (0, 0)}
    assert replayed(*where, "--preset", "flowback")["rage_click"] == (0, 1)
    listed = run("detect", "--replay", *where, "--preset", "posthog").stdout
    assert "on PostHog's list of frustrated sessions: 0" in listed
    unknown = run("detect", "--replay", *where, "--project", "nobody")
    assert (unknown.returncode, "no project 'nobody'" in unknown.stderr) == (1, True)


def test_a_replayed_period_has_two_ends_and_cuts_no_session(tmp_path):
    """What was active in it is taken whole; what was not, not at all."""
    from edge.events.event import SignalRaw
    from edge.events.raw import Click
    from tests.edge.collector.agents.desk import Desk

    first = 1_700_000_000_000  # 2023-11-14T22:13:20Z
    edge = Desk(tmp_path)
    last = {}
    for hour in (0, 2, 30):
        clicks = [
            SignalRaw(n=3 * hour + k, timestamp=first + k, payload=Click(target="b"))
            for k in range(3)
        ]
        edge.send("A" * 11, clicks, now=first)
        [(last[hour],)] = edge.journal.read("select max(position) from entry")
    edge.journal.close()
    with sqlite3.connect(tmp_path / "journal.db") as file:
        for hour, position in sorted(last.items(), reverse=True):
            moment = first + hour * 3_600_000
            file.execute("update entry set at = ? where position <= ?", (moment, position))
    ask = ["detect", "--replay", "--data", str(tmp_path)]

    def said(since, until):
        return run(*ask, "--since", since, "--until", until).stdout.splitlines()[0]

    assert said("2023-11-15T00:00+00:00", "2023-11-15T01:00+00:00").startswith("6 raw events of 1 ")
    assert said("2023-11-17T00:00+00:00", "2023-11-18T00:00+00:00").startswith("0 raw events of 0 ")
    wrong = run(*ask, "--since", "1", "--until", "2")
    assert (wrong.returncode, "ends before it begins" in wrong.stderr) == (1, True)
    assert run(*ask, "--since", "soon").returncode == 1


def test_what_leaves_and_what_stays_is_said_in_plain_words(tmp_path):
    """By project, region, visitor and hub."""
    run("site", "add", "shop", "--origin", "https://shop.example", "--data", str(tmp_path))
    ask = ["policy", "explain", "--project", "shop", "--data", str(tmp_path), "--region"]

    german = run(*ask, "DE", "--consent", "granted").stdout
    chinese = run(*ask, "CN", "--hub-country", "DE").stdout

    assert "A question may be shown" in german
    assert "Leaves: raw events" in german
    assert "Stays: raw events" in chinese
    assert "Stays: signals, taps and comments" in chinese
    assert run(*ask, "ATLANTIS").returncode == 1


def test_a_quiet_time_is_set_and_kept(tmp_path):
    """Nobody is asked; a moment that is none is one line."""
    where = ["--data", str(tmp_path)]
    run("site", "add", "shop", "--origin", "https://shop.example", *where)
    times = ["--from", "2020-01-01T00:00+00:00", "--to", "2100-01-01T00:00+00:00"]
    assert run("site", "quiet", "shop", *times, *where).returncode == 0

    said = run("policy", "explain", "--project", "shop", "--consent", "granted", *where).stdout
    assert "(suppressed)" in said
    for start, end in (("soon", "later"), ("2026-12-01", "2026-11-01"), ("2026-12-01",) * 2):
        bad = run("site", "quiet", "shop", "--from", start, "--to", end, *where)
        assert (bad.returncode, bad.stderr.count("\n")) == (1, 1)
    assert len(windows(tmp_path)) == 1


def windows(folder):
    """The windows in which nobody of the one project is asked."""
    [project] = ProjectBook.open(folder).list()
    return project.prompts.suppressed


def test_a_moment_without_an_offset_is_in_the_projects_time_zone(tmp_path):
    """Not in that of the machine on which the command runs."""
    where = ["--data", str(tmp_path)]
    zone = ["--time-zone", "America/New_York"]
    run("site", "add", "shop", "--origin", "https://shop.example", *zone, *where)
    times = ["--from", "2026-11-27T00:00", "--to", "2026-11-28T00:00"]
    assert run("site", "quiet", "shop", *times, *where).returncode == 0

    [window] = windows(tmp_path)
    assert window.start == 1_795_755_600_000  # 2026-11-27 05:00 UTC


def test_a_damaged_journal_can_be_salvaged(tmp_path):
    """A whole one is left alone; a damaged one is set aside and its rows are taken over."""
    from edge.journal.verify import verify
    from edge.lock import held
    from tests.edge.collector.site import Site, signal

    site = Site(tmp_path)
    site.grant()
    site.send(*[signal(n) for n in (1, 2, 3)])
    site.stop()
    path = tmp_path / "journal.db"
    events = verify(path).events
    whole = run("journal", "salvage", str(path))
    with path.open("r+b") as file:
        file.write(b"\xa5" * 4096)
    with held(tmp_path):
        busy = run("journal", "salvage", str(path))
    checked = run("journal", "check", str(path))
    mended = run("journal", "salvage", str(path))

    assert (whole.returncode, whole.stdout.count("nothing to do")) == (0, 1)
    assert (busy.returncode, busy.stderr.count("in use")) == (1, 1)
    assert (checked.returncode, checked.stdout) == (1, "file is not a database\n")
    assert mended.returncode == 0, mended.stderr
    assert "entries were salvaged, 0 had a broken seal, 0 are declared lost" in mended.stdout
    assert verify(path).events == events
    assert len(list(tmp_path.glob("journal.db.*.corrupt"))) == 1


def test_what_is_changed_by_a_command_is_in_the_audit_log(tmp_path):
    """Each with who and what; a row that was edited afterwards is named (P9)."""
    where = ["--data", str(tmp_path)]
    times = ["--from", "2020-01-01T00:00+00:00", "--to", "2100-01-01T00:00+00:00"]
    origin = ["--origin", "https://shop.example"]
    run("keys", "new", *where)
    run("site", "add", "shop", *origin, "--consent", "host", *where)
    run("site", "quiet", "shop", *times, *where)
    run("keys", "rotate", *where)

    listed = run("audit", "list", *where).stdout.splitlines()
    assert [line.split("\t")[3] for line in listed] == [
        *("keys.new", "site.add", "site.quiet", "keys.rotate")
    ]
    assert '"consent": "host"' in listed[1]
    whole = run("audit", "verify", *where)
    assert (whole.returncode, whole.stdout[:13]) == (0, "4 rows, whole")
    noted = whole.stdout.split()[-1]
    assert run("audit", "verify", "--expect", noted, *where).returncode == 0

    path = tmp_path / "audit.log"
    path.write_text(path.read_text().replace('"host"', '"asks"'))
    edited = run("audit", "verify", *where)
    assert edited.returncode == 1
    assert edited.stdout.startswith("row 2: it was changed\n")
    assert run("audit", "verify", "--expect", "0" * 64, *where).returncode == 1
