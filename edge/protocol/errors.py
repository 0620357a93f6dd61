"""What can be wrong with what came over the link."""

from edge.errors import FlowbackError


class BadFrame(FlowbackError):
    """These bytes are no FB1 frame. Both ends must run versions that can talk to each other."""


class BadEntry(FlowbackError):
    """An entry does not match its seal or its limits. It is refused, and named by its number."""

    def __init__(self, seq: int, why: str) -> None:
        super().__init__(f"entry {seq} is refused: {why}")
        self.seq = seq
        self.why = why
