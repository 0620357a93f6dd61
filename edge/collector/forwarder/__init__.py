"""
The forwarder: the edge's journal, on its way to the hub.

``forwarder`` the thread and its ZeroMQ socket · ``outbox`` the journal as the
protocol's sender reads it. What to send and when is decided in ``edge.protocol``.
"""

from edge.collector.forwarder.forwarder import Forwarder, LaneStatus, Status

__all__ = ["Forwarder", "LaneStatus", "Status"]
