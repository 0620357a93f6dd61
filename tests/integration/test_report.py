"""`flowback report`: of a hub that runs and of one that does not, and told from another's."""

import subprocess
from pathlib import Path

from edge import keys
from tests.controlled import company
from tests.stack import PROGRAM, free_ports


def report(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the command."""
    command = [*PROGRAM, "report", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_running_and_a_stopped_hub_give_a_report_that_verifies(tmp_path: Path) -> None:
    """The same facts; the fingerprint is the hub's; another hub's, and a changed byte, are seen."""
    with company(tmp_path) as made:
        made.edge("berlin")
        made.add()
        made.start()
        running, stopped = tmp_path / "running.json", tmp_path / "stopped.json"
        asked = ("compliance", "--data", made.hub_folder)
        found = report(*asked, "--hub", made.url, "--out", running)
        assert found.returncode == 0, found.stderr
        [nobody] = free_ports(1)
        found = report(*asked, "--hub", f"http://127.0.0.1:{nobody}", "--out", stopped)
        assert (found.returncode, stopped.exists()) == (1, False)
        assert "name another with --hub" in found.stderr
        made.hub.stop()
        assert report(*asked, "--out", stopped).returncode == 0

        card = keys.HubKeys.load(made.hub_folder).card().fingerprint()
        for path in (running, stopped):
            found = report("verify", path, "--fingerprint", card)
            assert found.returncode == 0, found.stderr
            assert "berlin: UNKNOWN" in found.stdout
            assert "shop: no choice" in found.stdout
            assert "the hub is the one whose fingerprint was given" in found.stdout
        found = report("verify", running, "--fingerprint", "AAAA-BBBB")
        assert found.returncode == 1
        assert card in found.stderr
        running.write_text(running.read_text().replace('"berlin"', '"vienna"'))
        found = report("verify", running)
        assert (found.returncode, found.stdout) == (1, "")
        assert "it was changed" in found.stderr
