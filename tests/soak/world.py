"""The processes of a soak, each on its own small disk, each edge with a proxy before the hub."""

import contextlib
import signal
import time
from collections import Counter
from pathlib import Path

from edge import keys
from edge.projects import ProjectBook, make
from edge.testing import FaultProxy
from tests.soak.disk import SmallDisk
from tests.soak.plan import HUB, Fault
from tests.stack import Process, free_ports

EDGE_MIB = 48
HUB_MIB = 1024
EDGE = (
    *("--region", "DE", "--session-rate", "0", "--project-rate", "0"),
    *("--ballast-mb", "2", "--disk-mb", "16", "--log", "warning"),
)
FULL = (b"disk is full", b"No space left", b'"now": "full"')
"""What a node logs that meets a full disk: there is room in what its files hold already."""
MARKS = {
    "cut": "broken",
    "refuse": "refused",
    "half-open": "held",
    "one way": "held",
    "delay": "slowed",
    "throttle": "slowed",
    "corrupt": "flipped",
    "orphan": "orphans",
}
"""Fault of a line → the proxy's count that grows while it really happens."""
RESTART = 0.3
"""Seconds after which a process that ended by itself is started again, as systemd would."""


class Node(Process):
    """An edge or the hub: a process on its disk."""

    def __init__(self, *arguments: str, disk: SmallDisk, log: Path) -> None:
        super().__init__(*arguments, "--data", str(disk.folder), log=log)
        self.disk = disk
        self.due: float | None = 0.0
        """When it is to be started; None while it runs."""
        self.paused = False
        self.log_before = 0
        """Where the log ended when the disk was filled."""

    def start(self) -> None:
        super().start()
        self.due = None
        self.paused = False

    @property
    def runs(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def signal(self, what: signal.Signals) -> None:
        if self.runs:
            assert self.process is not None
            self.process.send_signal(what)

    def is_stopped(self) -> bool:
        """Tell whether the kernel says so."""
        assert self.process is not None
        stat = Path(f"/proc/{self.process.pid}/stat").read_text()
        return stat.rpartition(")")[2].split()[0] == "T"


class World:
    """Edges, proxies and a hub in *folder*."""

    def __init__(self, folder: Path, edges: int, stack: contextlib.ExitStack) -> None:
        self.happened: Counter[str] = Counter()
        """What each fault was seen to do."""
        ports = free_ports(2 + edges)
        self.project = make("shop", name="Shop", origins=["http://shop.example"], demo=True)
        self.hub_url = f"http://127.0.0.1:{ports[0]}"
        link = ports[1]
        self.nodes: dict[int, Node] = {}
        self.proxies: list[FaultProxy] = []
        self.urls: list[str] = []
        self._stack = stack
        self._before: dict[Fault, int] = {}
        """A fault of a line → its count when it began."""
        hub_keys = keys.HubKeys.make(folder / "hub")
        ProjectBook.open(folder / "hub").add(self.project)
        for number, port in enumerate(ports[2:]):
            self._enroll(folder, number, hub_keys)
            proxy = stack.enter_context(FaultProxy("127.0.0.1", link))
            self.proxies.append(proxy)
            self.urls.append(f"http://127.0.0.1:{port}")
            self._place(
                folder,
                number,
                *("edge", "--port", str(port), "--hub", proxy.address, *EDGE),
                *("--site", f"site {number}"),
            )
        self._place(
            folder,
            HUB,
            *("hub", "--port", str(ports[0]), "--link", f"tcp://127.0.0.1:{link}"),
            *("--log", "warning"),
        )

    def _enroll(self, folder: Path, number: int, hub_keys: keys.HubKeys) -> None:
        mine = folder / f"edge{number}"
        keys.EdgeKeys.make(mine)
        keys.EdgeKeys.trust(mine, hub_keys.card())
        asked = keys.request(mine, folder / f"{number}.enroll", name=f"edge {number}")
        keys.enroll(keys.Keyring(folder / "hub"), asked, asked.fingerprint(), demo=True)
        ProjectBook.open(mine).add(self.project)

    def _place(self, folder: Path, number: int, *arguments: str) -> None:
        name = "hub" if number == HUB else f"edge{number}"
        disk = SmallDisk(folder / f"{name}-disk", HUB_MIB if number == HUB else EDGE_MIB)
        self._stack.callback(disk.end)
        disk.put(folder / name)
        node = Node(*arguments, disk=disk, log=folder / f"{name}.log")
        self.nodes[number] = node
        self._stack.callback(_end, node)

    # What befalls it

    def tend(self) -> None:
        """Start what is to be started, and again what ended by itself."""
        now = time.monotonic()
        for node in self.nodes.values():
            if node.due is None and not node.runs:
                self.happened[
                    f"ended {'on a full disk' if node.disk.is_full else 'by itself'}"
                ] += 1
                node.due = now + RESTART
            elif node.due is not None and now >= node.due:
                node.start()

    def begin(self, fault: Fault) -> None:
        """Let *fault* begin."""
        node = self.nodes[fault.where]
        kind = fault.kind
        if kind.startswith("kill"):
            self._kill(node, kind, fault.lasts)
        elif kind.startswith("pause"):
            self._pause(node, kind)
        elif kind.startswith("disk full"):
            node.log_before = node.log.stat().st_size
            node.disk.fill()
        else:
            self._before[fault] = self._count(fault)
            self._disturb(self.proxies[fault.where], kind)

    def is_felt(self, fault: Fault) -> bool:
        """
        Tell whether *fault* met anything yet: a line may be down anyway, and a full disk
        leaves a node the room in its own files.
        """
        node = self.nodes[fault.where]
        if fault.kind in MARKS:
            return self._count(fault) > self._before[fault]
        if fault.kind.startswith("disk full") and node.disk.is_full:
            since = node.log.read_bytes()[node.log_before :]
            return any(words in since for words in FULL)
        return True

    def again(self, fault: Fault) -> None:
        """Try once more what met nothing."""
        if fault.kind in ("cut", "orphan"):
            self._disturb(self.proxies[fault.where], fault.kind)

    def end(self, fault: Fault) -> None:
        """Let *fault* end; what another began since goes on."""
        node = self.nodes[fault.where]
        if fault.kind.startswith("pause"):
            node.signal(signal.SIGCONT)
            node.paused = False
        elif fault.kind.startswith("disk full"):
            self.happened[fault.kind] += node.disk.is_full and self.is_felt(fault)
            node.disk.free()
        elif fault.kind in MARKS:
            proxy = self.proxies[fault.where]
            self.happened[fault.kind] += self.is_felt(fault)
            if fault.kind == "refuse":
                proxy.refuse(on=False)
            elif fault.kind in ("half-open", "one way"):
                proxy.resume()
            elif fault.kind == "delay":
                proxy.delay = 0.0
            elif fault.kind == "throttle":
                proxy.rate = 0.0

    def _count(self, fault: Fault) -> int:
        return int(getattr(self.proxies[fault.where], MARKS[fault.kind]))

    def _kill(self, node: Node, kind: str, lasts: float) -> None:
        if not node.runs:
            return
        assert node.process is not None
        node.due = time.monotonic() + lasts
        node.signal(signal.SIGKILL)
        if node.process.wait(10) == -signal.SIGKILL:
            self.happened[kind] += 1

    def _pause(self, node: Node, kind: str) -> None:
        if not node.runs:
            return
        node.signal(signal.SIGSTOP)
        node.paused = True
        end = time.monotonic() + 1
        while not node.is_stopped() and time.monotonic() < end:
            time.sleep(0.001)
        self.happened[kind] += node.is_stopped()

    def _disturb(self, proxy: FaultProxy, kind: str) -> None:
        if kind == "cut":
            proxy.cut()
        elif kind == "refuse":
            proxy.refuse(on=True)
        elif kind == "half-open":
            proxy.hold()
        elif kind == "one way":
            proxy.hold(back=False)
        elif kind == "delay":
            proxy.delay = 0.4
        elif kind == "throttle":
            proxy.rate = 6250.0  # 50 kbit/s
        elif kind == "corrupt":
            proxy.flip()
        else:
            proxy.orphan()


def _end(node: Node) -> None:
    node.signal(signal.SIGCONT)
    if node.runs:
        node.signal(signal.SIGKILL)
        assert node.process is not None
        node.process.wait(10)
