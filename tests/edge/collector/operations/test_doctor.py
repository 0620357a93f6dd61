"""The doctor: a good set-up has nothing to say, and each thing that is wrong is named."""

import os
import socket
import subprocess

import pytest

from edge.audit import NAME as AUDIT
from edge.audit import AuditLog
from edge.collector.operations import doctor
from edge.collector.settings import EdgeSettings
from edge.journal.journal import Journal
from edge.keys import EdgeKeys, pair_demo
from edge.projects import ProjectBook, make
from tests.edge.collector.site import Site
from tests.stack import PROGRAM, ROOT, free_ports, running, wait_for


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "edge"
    ProjectBook.open(made).add(make("shop", origins=["https://shop.example"]))
    EdgeKeys.make(made)
    AuditLog(made).write("made")
    made.chmod(0o700)
    return made


def found(folder, **settings):
    whole = EdgeSettings(data=str(folder), **{"region": "DE", **settings})
    return dict(doctor.examine(whole))


def test_a_running_site_is_in_order(tmp_path):
    """Real edge, real hub: every check is good but the age of this machine's SQLite."""
    with running(tmp_path) as stack:
        port = stack.edge_url.rsplit(":", 1)[1]
        link = stack.edge.arguments[stack.edge.arguments.index("--hub") + 1]
        arguments = ("--data", str(tmp_path / "edge"), "--port", port, "--region", "DE")
        done = subprocess.run(
            [*PROGRAM, "doctor", *arguments, "--hub", link],
            capture_output=True,
            text=True,
            cwd=ROOT,
            check=False,
        )
    assert done.returncode == 0, done.stdout
    names = dict(doctor.CHECKS)
    pairs = [line.split()[:2] for line in done.stdout.splitlines()]
    levels = {pair[1]: pair[0] for pair in pairs if len(pair) == 2 and pair[1] in names}
    levels.pop("versions")
    assert levels.pop("projects") == "warn", "the demo's shop is plain http"
    assert set(levels.values()) == {"ok"}, done.stdout
    assert "0 failed" in done.stdout


def test_every_check_is_named_once(folder):
    """And each that is not good names what helps, or says all in its words."""
    names = [name for name, _ in doctor.CHECKS]
    assert len(names) == len(set(names))
    assert {name: each.level for name, each in found(folder).items() if each.level == "fail"} == {}


def _no_project(folder):
    (folder / "projects.json").unlink()


def _bad_projects(folder):
    (folder / "projects.json").write_text("{")


def _plain_origin(folder):
    ProjectBook.open(folder).add(make("old", origins=["http://old.example"]))


def _open_folder(folder):
    folder.chmod(0o755)


def _open_key(folder):
    (folder / "edge.key").chmod(0o644)


def _no_key(folder):
    (folder / "edge.key").unlink()


def _bad_journal(folder):
    (folder / "journal.db").write_bytes(b"\xa5" * 8192)


def _edited_audit(folder):
    path = folder / AUDIT
    path.write_text(path.read_text().replace("made", "mad3"))


def _aside(folder):
    (folder / "journal.db.20261124T000000Z.corrupt").touch()


@pytest.mark.parametrize(
    ("harm", "check", "level", "word"),
    [
        (_no_project, "projects", "fail", "flowback site add"),
        (_bad_projects, "projects", "fail", "projects.json"),
        (_plain_origin, "projects", "warn", "http://old.example"),
        (_open_folder, "folder", "warn", "chmod 700"),
        (_open_key, "keys", "fail", "chmod 600"),
        (_no_key, "keys", "warn", "first start"),
        (_bad_journal, "journal", "fail", "flowback journal salvage"),
        (_edited_audit, "audit", "fail", "row 1: it was changed"),
    ],
)
def test_what_is_wrong_in_the_folder_is_named(folder, harm, check, level, word):
    """With the command or the change that helps."""
    harm(folder)
    each = found(folder)[check]
    assert each.level == level, each
    assert word in f"{each.says} {each.remedy}"


@pytest.mark.parametrize(
    ("settings", "check", "level", "word"),
    [
        ({"region": "UNKNOWN"}, "settings", "warn", "--region"),
        ({"region": "ATLANTIS"}, "settings", "fail", "ATLANTIS"),
        ({"rules": "/no/such.toml"}, "settings", "fail", "/no/such.toml"),
        ({"proxies": "the moon"}, "settings", "fail", "the moon"),
        ({"host": "0.0.0.0"}, "transport", "warn", "--tls-cert"),
        ({"tls_cert": "/no/such.pem"}, "transport", "fail", "/no/such.pem"),
        ({"hub": "tcp://127.0.0.1:1"}, "hub", "fail", "flowback enroll"),
        ({"ballast_mb": 2**40}, "space", "fail", "free some"),
    ],
)
def test_what_is_wrong_in_the_settings_is_named(folder, settings, check, level, word):
    """By the key or the flag that helps."""
    each = found(folder, **settings)[check]
    assert each.level == level, each
    assert word in f"{each.says} {each.remedy}"


def test_a_hub_that_does_not_answer_is_named(tmp_path):
    """By its address; one that does is good."""
    pair_demo(tmp_path / "edge", tmp_path / "hub")
    [port] = free_ports(1)
    address = f"tcp://127.0.0.1:{port}"
    assert found(tmp_path / "edge", hub=address)["hub"].level == "fail"
    with socket.create_server(("127.0.0.1", port)):
        assert found(tmp_path / "edge", hub=address)["hub"].level == "ok"
    assert found(tmp_path / "edge", hub="hub")["hub"].says == "hub is no address"


def test_an_edge_that_runs_elsewhere_than_it_is_set_to_is_named(tmp_path):
    """The folder is held, and nobody answers where the settings point."""
    site = Site(tmp_path)
    [port] = free_ports(1)
    each = found(tmp_path, port=port)["running"]
    site.stop()
    assert (each.level, each.remedy) == ("fail", "is it set to another address?")
    wait_for(lambda: found(tmp_path)["running"].level == "warn", what="the folder to be free")


def test_a_clock_behind_the_journal_is_named(tmp_path):
    """Retention and consent go by it."""
    site = Site(tmp_path)
    site.grant()
    site.journal.submit(
        lambda tx: tx.connection.execute("update entry set at = at + 600000000")
    ).result()
    site.stop()
    assert found(tmp_path)["clock"].level == "fail"


def test_damaged_journals_that_were_set_aside_are_told(folder):
    """A disk that does it once does it again."""
    Journal.open(folder / "journal.db", node=EdgeKeys.load(folder).node).close()
    _aside(folder)
    each = found(folder)["journal"]
    assert (each.level, each.remedy) == ("warn", "look at the disk's health")


def test_a_folder_that_cannot_be_written_is_named(folder, monkeypatch):
    """Root may write everywhere, so the answer of the system is made up."""
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert found(folder)["folder"].level == "fail"


def test_few_open_files_are_told_with_the_remedy(folder):
    """As the system limits the process: 512, of which silent connections could take most."""
    command = [*PROGRAM, "doctor", "--data", str(folder)]
    done = subprocess.run(
        ["sh", "-c", 'ulimit -n 512; exec "$@"', "sh", *command],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
        check=False,
    )
    assert "512 files may be open at once" in done.stdout
    assert "LimitNOFILE" in done.stdout
