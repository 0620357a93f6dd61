"""
The bus: agents in a literal order, each heard once per tick with all that waits for it.

In process, a tick is one call: everything that is published reaches its agents before
the tick's transaction commits. Existing engines come in as further buses with the same
methods.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from hub.stores.analytics import Transaction

Batch = Mapping[str, Sequence[Any]]
"""Topic → messages that wait for an agent."""
Said = Mapping[str, Iterable[Any]]
"""Topic → messages, perhaps only made while they are read."""

MAX_ROUNDS = 16
"""Times that agents may answer each other within one tick."""


class Tick(Protocol):
    """What an agent may do within one commit."""

    transaction: Transaction

    def publish(self, topic: str, messages: Iterable[Any]) -> None:
        """Say *messages* to the agents that listen to *topic*; without any they are not made."""
        ...


class Agent:
    """A worker on topics. Its state is restored by replaying its input."""

    name: str
    topics: tuple[str, ...]

    def handle(self, tick: Tick, batch: Batch) -> None:
        """Take all messages that wait; say what follows from them."""
        raise NotImplementedError

    def committed(self) -> None:
        """Hear that the tick is on disk."""

    def forget(self) -> None:
        """Drop what is only remembered: the tick did not commit."""


class InProcessBus:
    """Delivers within one thread, in the order of the list of agents."""

    def __init__(self, agents: Sequence[Agent]) -> None:
        self.agents = agents
        self.handled: dict[str, int] = {agent.name: 0 for agent in agents}
        """Messages that each agent has taken: a metric."""

    def run(self, transaction: Transaction, said: Said) -> None:
        """Deliver *said* and all that follows from it, within *transaction*."""
        tick = _Tick(transaction, self.agents)
        for topic, messages in said.items():
            tick.publish(topic, messages)
        for _ in range(MAX_ROUNDS):
            if not tick.waiting:
                return
            for agent in self.agents:
                batch = tick.waiting.pop(agent.name, None)
                if batch:
                    agent.handle(tick, batch)
                    self.handled[agent.name] += sum(map(len, batch.values()))
        raise RuntimeError("agents answer each other without end")

    def committed(self) -> None:
        """Tell every agent that the tick is on disk."""
        for agent in self.agents:
            agent.committed()

    def forget(self) -> None:
        """Tell every agent that the tick is undone."""
        for agent in self.agents:
            agent.forget()


class _Tick:
    def __init__(self, transaction: Transaction, agents: Sequence[Agent]) -> None:
        self.transaction = transaction
        self.waiting: dict[str, dict[str, list[Any]]] = {}
        self._listeners: dict[str, list[str]] = defaultdict(list)
        for agent in agents:
            for topic in agent.topics:
                self._listeners[topic].append(agent.name)

    def publish(self, topic: str, messages: Iterable[Any]) -> None:
        listeners = self._listeners.get(topic, ())
        found = list(messages) if listeners else []
        for name in listeners:
            if found:
                self.waiting.setdefault(name, {}).setdefault(topic, []).extend(found)
