"""The hub's application on a real port, in this process."""

import asyncio
import threading
import time

import uvicorn

from tests.hub.hubkit import HubKit


class Served:
    """The application on a real port."""

    def __init__(self, kit: HubKit) -> None:
        config = uvicorn.Config(kit.hub.app, host="127.0.0.1", port=0, log_level="error")
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=asyncio.run, args=(self.server.serve(),))
        self.thread.start()
        while not self.server.started:
            time.sleep(0.01)
        port = self.server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"

    def stop(self) -> None:
        """End it, as its process would: streams first."""
        self.server.should_exit = True
        self.thread.join()
