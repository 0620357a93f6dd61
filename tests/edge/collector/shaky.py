"""An SQLite file that is taken away at the worst moment, for tests of crashes."""

import shutil
import sqlite3
from pathlib import Path

_connect = sqlite3.connect
MODES = ("before commit", "after commit")


class Shaky(sqlite3.Connection):
    """The writing connection. What is done to it stands in :class:`Fault`."""

    fault: "Fault"

    def execute(self, sql, *arguments):
        fault = self.fault
        if sql != "commit" or fault.mode is None:
            return super().execute(sql, *arguments)
        mode, fault.mode = fault.mode, None
        if mode == "after commit":
            super().execute(sql)
        fault.happened[mode] += 1
        fault.snapshot()
        raise sqlite3.OperationalError(f"the process ended {mode}")


class Fault:
    """Arms the next commit; a crash leaves the files as they were then, and nothing else."""

    def __init__(self) -> None:
        self.mode: str | None = None
        self.happened = dict.fromkeys(MODES, 0)
        self.folder = Path()
        self.saved = Path()

    def install(self, monkeypatch) -> None:
        """Let every writing connection be a shaky one."""
        fault = self

        class Mine(Shaky):
            pass

        Mine.fault = fault

        def connect(database, *arguments, **options):
            if "uri" not in options:
                options["factory"] = Mine
            return _connect(database, *arguments, **options)

        monkeypatch.setattr(sqlite3, "connect", connect)

    def snapshot(self) -> None:
        """Copy the data folder as the file system would show it after the process was killed."""
        shutil.rmtree(self.saved, ignore_errors=True)
        self.saved.mkdir(parents=True)
        for file in self.folder.iterdir():
            # the shared-memory file is rebuilt by the next process from the log
            if file.is_file() and not file.name.endswith("-shm"):
                shutil.copy2(file, self.saved / file.name)
