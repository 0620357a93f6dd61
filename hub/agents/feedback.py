"""
The feedback agent: what a tap answers.

A tap gets the element whose trouble it answers; a comment that only completes a tap is
no second tap.
"""

from hub.bus.bus import Agent, Batch, Tick
from hub.bus.messages import TIED, TOLD, Item
from hub.projections.journey import detail

COMMENT = "comment"


class FeedbackAgent(Agent):
    """Taps in, taps with their element out. Keeps nothing."""

    name = "feedback"
    topics = (TOLD,)

    def handle(self, tick: Tick, batch: Batch) -> None:
        """Tie every tap among the items."""
        taps = [item for item in batch[TOLD] if item.topic == "feedback"]
        tick.publish(TIED, map(tie, taps))


def tie(tap: Item) -> Item:
    """Return *tap* with its element; one that completes another becomes a comment."""
    found = detail(tap)
    target = (found.get("answers") or {}).get("target") or ""
    what = COMMENT if "follows" in found else tap.what
    return tap._replace(target=target, what=what)
