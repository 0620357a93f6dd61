"""
What the link is compared with: pyzmq alone, DEALER to ROUTER over CURVE, all else as it comes.

Given a file of batches as ``flowback edge`` would frame them, sends them in turn and prints
how many a second came out at the other end, a process of its own.
"""

import multiprocessing
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path

import msgspec
import zmq

TIMES = 3
"""How often each is sent: the run is to take about as long as the link's."""


def main(path: Path) -> None:
    """Send and print."""
    batches = msgspec.msgpack.decode(path.read_bytes(), type=list[list[bytes]]) * TIMES
    keys = zmq.curve_keypair()
    here, there = multiprocessing.Pipe()
    receiver = multiprocessing.Process(target=receive, args=(there, keys, len(batches)))
    receiver.start()
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    socket = context.socket(zmq.DEALER)
    socket.curve_publickey, socket.curve_secretkey = zmq.curve_keypair()
    socket.curve_serverkey = keys[0]
    socket.connect(here.recv())
    for batch in batches:
        socket.send_multipart(batch)
    print((len(batches) - 1) / here.recv())
    receiver.join()
    context.destroy()


def receive(pipe: Connection, keys: tuple[bytes, bytes], count: int) -> None:
    """Take *count* messages; tell the address, then the seconds from the first to the last."""
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    socket = context.socket(zmq.ROUTER)
    socket.curve_server = True
    socket.curve_publickey, socket.curve_secretkey = keys
    socket.bind("tcp://127.0.0.1:*")
    pipe.send(socket.getsockopt_string(zmq.LAST_ENDPOINT))
    socket.recv_multipart()
    began = time.perf_counter()
    for _ in range(count - 1):
        socket.recv_multipart()
    pipe.send(time.perf_counter() - began)
    context.destroy()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
