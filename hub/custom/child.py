"""
The program of a custom agent's process: it loads the agent, then answers one question
after the other, each a msgpack map behind its length, until its input ends.

It imports nothing of Flowback, so that an agent meets nothing of the hub.
"""

import ctypes
import importlib.util
import os
import struct
import sys
import traceback
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

MEMORY = 2**30
"""Bytes of address space."""
LENGTH = struct.Struct(">I")
_DIES_WITH_PARENT = 1  # PR_SET_PDEATHSIG
_SIGKILL = 9


def main(kind: str, name: str, most: int) -> int:
    """Serve the agent *name*, a ``file`` or an ``entry``; *most* messages an answer."""
    questions, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what the agent prints is no answer
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    _bound()
    try:
        agent = load(kind, name)
        start = agent.start() if hasattr(agent, "start") else {}
        _say(answers, {"topics": _topics(agent), "start": start, "erases": _erases(agent)})
        while (question := _hear(questions)) is not None:
            _say(answers, answer(agent, question, most))
    except Exception as error:  # noqa: BLE001 - whatever an agent raises is told to the hub
        _say(answers, {"error": told(error)})
        return 1
    return 0


def load(kind: str, name: str) -> Any:
    """Return the module (or object) that is the agent."""
    if kind == "entry":
        from importlib.metadata import entry_points

        (point,) = entry_points(group="flowback.agents", name=name)
        return point.load()
    spec = importlib.util.spec_from_file_location(Path(name).stem, name)
    if spec is None or spec.loader is None:
        raise ImportError(f"{name} is no Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def answer(agent: Any, question: dict[str, Any], most: int) -> dict[str, Any]:
    """Let *agent* take one question: messages by topic, or sessions to forget."""
    state = question["state"]
    if "erase" in question:
        for project, session in question["erase"]:
            agent.erase(state, project, session)
        return {"state": state}
    said: list[Any] = []
    for topic, messages in question["batch"]:
        for one in agent.handle(state, topic, messages) or ():
            said.append(one)
            if len(said) > most:
                raise OverflowError(f"it says more than {most} messages of one batch")
    return {"state": state, "said": said}


def told(error: BaseException) -> str:
    """Return *error* in one line, with the line of the agent that raised it."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {error}"[:400].replace("\n", " ") + where


def _topics(agent: Any) -> list[str]:
    topics = getattr(agent, "topics", None)
    if not isinstance(topics, (list, tuple)) or not topics or not callable(agent.handle):
        raise TypeError("an agent has topics, a tuple of names, and handle(state, topic, messages)")
    return [str(topic) for topic in topics]


def _erases(agent: Any) -> bool:
    return callable(getattr(agent, "erase", None))


def _bound() -> None:
    """Bound memory, leave no core file, give way to others, end when the hub ends."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(5)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DIES_WITH_PARENT, _SIGKILL)


def _hear(stream: BinaryIO) -> dict[str, Any] | None:
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    body = stream.read(LENGTH.unpack(head)[0])
    found: dict[str, Any] = msgspec.msgpack.decode(body)
    return found


def _say(stream: BinaryIO, what: dict[str, Any]) -> None:
    body = msgspec.msgpack.encode(what)
    stream.write(LENGTH.pack(len(body)) + body)
    stream.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
