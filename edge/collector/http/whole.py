"""
An answer in one write: one system call and one segment, for the sender one packet.

uvicorn writes the head of an answer and its body each by itself, and looks through each
header for what no header may hold. Where its own ``send`` is at hand, this does the same
once for both; behind anything else the two messages of ASGI are sent.
"""

from collections.abc import Iterable

from starlette.types import Send
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

Header = tuple[bytes, bytes]


async def send_whole(send: Send, status: int, headers: Iterable[Header], body: bytes) -> None:
    """
    Send *body* after *headers*: names in lower case, ``content-length`` among them.

    Headers are written as they are. Nothing in them may be what a sender chose.
    """
    cycle = getattr(send, "__self__", None)
    if type(cycle) is RequestResponseCycle:
        await _write(cycle, status, headers, body)
    else:
        await send({"type": "http.response.start", "status": status, "headers": [*headers]})
        await send({"type": "http.response.body", "body": body})


async def _write(
    cycle: RequestResponseCycle, status: int, headers: Iterable[Header], body: bytes
) -> None:
    if cycle.flow.write_paused and not cycle.disconnected:
        await cycle.flow.drain()
    if cycle.disconnected:
        return
    lines = [STATUS_LINE[status]]
    for name, value in [*cycle.default_headers, *headers]:
        lines += (name, b": ", value, b"\r\n")
    if not cycle.keep_alive:
        lines.append(b"connection: close\r\n")
    lines += (b"\r\n", body)
    cycle.response_started = cycle.response_complete = True
    cycle.waiting_for_100_continue = False
    cycle.transport.write(b"".join(lines))
    cycle.message_event.set()
    if not cycle.keep_alive:
        cycle.transport.close()
    cycle.on_response()
