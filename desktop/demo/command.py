"""Run the whole of Flowback on this machine: an edge, a hub, a shop and its visitors."""

import argparse
import asyncio
import contextlib
import shutil
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from edge.errors import FlowbackError
from edge.projects import Project


@dataclass(frozen=True, slots=True)
class Plan:
    """Where everything stands."""

    data: Path
    hub_port: int
    link_port: int
    edge_port: int
    shop_port: int
    visitors: int
    seed: int | None
    insight_seconds: int

    @property
    def edge_url(self) -> str:
        """Where browsers reach the edge."""
        return f"http://127.0.0.1:{self.edge_port}"

    @property
    def hub_url(self) -> str:
        """Where the dashboard is."""
        return f"http://127.0.0.1:{self.hub_port}"

    @property
    def shop_url(self) -> str:
        """Where the shop is."""
        return f"http://127.0.0.1:{self.shop_port}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what ``flowback demo`` takes."""
    parser.add_argument("--data", type=Path, default=Path("flowback-data"), help="data folder")
    parser.add_argument("--visitors", type=int, default=6, help="simulated visitors; 0: none")
    parser.add_argument("--seed", type=int, help="makes the visitors repeat themselves")
    parser.add_argument("--port", type=int, default=7400, help="the dashboard (default: 7400)")
    parser.add_argument("--link-port", type=int, default=7401, help="the link (default: 7401)")
    parser.add_argument("--edge-port", type=int, default=7410, help="the edge (default: 7410)")
    parser.add_argument("--shop-port", type=int, default=7420, help="the shop (default: 7420)")
    parser.add_argument("--insight-seconds", type=int, default=120, help="between insight runs")
    parser.add_argument("--reset", action="store_true", help="delete the data folder first")


def run(options: argparse.Namespace) -> int:
    """Run the demo until Ctrl-C."""
    if options.visitors < 0:
        raise FlowbackError("--visitors must be 0 or more")
    plan = Plan(
        data=options.data.resolve(),
        hub_port=options.port,
        link_port=options.link_port,
        edge_port=options.edge_port,
        shop_port=options.shop_port,
        visitors=options.visitors,
        seed=options.seed,
        insight_seconds=options.insight_seconds,
    )
    _check_ports(plan)
    if options.reset:
        _reset(plan.data)
    _check_folder(plan.data)
    asyncio.run(_run(plan))
    return 0


async def _run(plan: Plan) -> None:
    from desktop.demo.site import prepare
    from desktop.demo.supervisor import Child

    started = time.monotonic()
    project = prepare(plan.data, shop_url=plan.shop_url)
    hub = Child("hub", *_hub_arguments(plan), say=_say)
    edge = Child("edge", *_edge_arguments(plan), say=_say)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for ending in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(ending, stopping.set)
    work = [
        asyncio.ensure_future(hub.run()),
        asyncio.ensure_future(edge.run()),
        asyncio.ensure_future(_serve_shop(plan, project)),
    ]
    try:
        if await _ready(plan, stopping, work):
            hub.settled = edge.settled = True
            _welcome(plan, time.monotonic() - started)
            if plan.visitors:
                work.append(asyncio.ensure_future(_visit(plan, project)))
        waiting = asyncio.ensure_future(stopping.wait())
        done, _ = await asyncio.wait([waiting, *work], return_when=asyncio.FIRST_COMPLETED)
        for task in done - {waiting}:
            task.result()  # a part that ended by itself says why
    finally:
        _say("stopping")
        await asyncio.gather(edge.stop(), hub.stop())
        for task in work:
            task.cancel()
        await asyncio.gather(*work, return_exceptions=True)
        _say("stopped; the data stay in " + str(plan.data))


def _hub_arguments(plan: Plan) -> list[str]:
    return [
        *("--data", str(plan.data / "hub")),
        *("--port", str(plan.hub_port)),
        *("--link", f"tcp://127.0.0.1:{plan.link_port}"),
        *("--insight-seconds", str(plan.insight_seconds)),
        *("--log", "warning"),
    ]


def _edge_arguments(plan: Plan) -> list[str]:
    return [
        *("--data", str(plan.data / "edge")),
        *("--port", str(plan.edge_port)),
        *("--hub", f"tcp://127.0.0.1:{plan.link_port}"),
        *("--region", "DE"),
        *("--site", "demo"),
        *("--log", "warning"),
    ]


async def _serve_shop(plan: Plan, project: Project) -> None:
    import uvicorn

    from desktop.demo.shop import create_shop
    from edge.projects import Project
    from edge.serve import listen

    assert isinstance(project, Project)
    app = create_shop(project, edge_url=plan.edge_url)
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    listener = listen("127.0.0.1", plan.shop_port)
    with contextlib.suppress(asyncio.CancelledError):
        await server._serve([listener])  # noqa: SLF001 - serve() would take over Ctrl-C
    listener.close()


async def _visit(plan: Plan, project: Project) -> None:
    import httpx2

    from desktop.demo.visitor import Target
    from desktop.demo.visits import keep_visiting

    async with httpx2.AsyncClient(timeout=10) as client:
        target = Target(plan.edge_url, project, client)
        await keep_visiting(target, visitors=plan.visitors, seed=plan.seed)


async def _ready(plan: Plan, stopping: asyncio.Event, work: "list[asyncio.Task[None]]") -> bool:
    """Wait until edge and hub answer and are linked; False when something ended before."""
    import httpx2

    async with httpx2.AsyncClient(timeout=2) as client:
        while not stopping.is_set() and not any(task.done() for task in work):
            with contextlib.suppress(httpx2.HTTPError):
                answers = [
                    await client.get(f"{url}/ready") for url in (plan.hub_url, plan.edge_url)
                ]
                linked = "link" not in answers[1].json().get("degraded", [])
                if linked and all(answer.status_code == 200 for answer in answers):
                    return True
            await asyncio.sleep(0.05)
    return False


def _welcome(plan: Plan, seconds: float) -> None:
    visitors = f"{plan.visitors} simulated visitors" if plan.visitors else "no simulated visitors"
    _say(f"ready after {seconds:.1f} s, with {visitors}")
    print(
        f"""
  Dashboard   {plan.hub_url}/
  Shop        {plan.shop_url}/

  Try this    open the shop, allow Flowback to notice, go to the checkout,
              press Continue, click "Apply" beside the gift card five times fast,
              and answer.
              Then look at Hotspots in the dashboard.

  Ctrl-C ends it all; the data stay in {plan.data}
""",
        flush=True,
    )


def _check_ports(plan: Plan) -> None:
    from edge.serve import PortBusy, listen

    ports = {
        "--port": plan.hub_port,
        "--link-port": plan.link_port,
        "--edge-port": plan.edge_port,
        "--shop-port": plan.shop_port,
    }
    for flag, port in ports.items():
        if not 0 < port < 65_536:
            raise FlowbackError(f"{flag} is {port}: a port is a number from 1 to 65535")
        if [*ports.values()].count(port) > 1:
            raise FlowbackError(f"{flag} is {port}, and so is another port; give each its own")
        try:
            listen("127.0.0.1", port).close()
        except PortBusy:
            raise FlowbackError(
                f"port {port} is taken by another program; choose another with {flag}"
            ) from None


def _check_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = folder / ".probe"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise FlowbackError(
            f"the data folder {folder} cannot be written ({error.strerror});"
            " choose another with --data"
        ) from None


def _reset(folder: Path) -> None:
    if not folder.exists():
        return
    parts = [folder / "edge", folder / "hub"]
    if not all((part / f"{part.name}.key").exists() for part in parts):
        if any(folder.iterdir()):
            raise FlowbackError(f"{folder} is no data folder of a demo; it is left alone")
        return
    for part in parts:
        shutil.rmtree(part)


def _say(words: str) -> None:
    print(f"demo: {words}", file=sys.stderr, flush=True)
