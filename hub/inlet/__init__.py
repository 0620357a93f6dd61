"""
The inlet: what edges send, durable in the hub's inbox before it is acknowledged.

``inlet`` the thread and its ZeroMQ socket · ``zap`` who may connect · ``inbox`` the
hub's journal as the protocol's receiver writes it. Rules are in ``edge.protocol``.
"""

from hub.inlet.inlet import EdgeStatus, Inlet, Stored

__all__ = ["EdgeStatus", "Inlet", "Stored"]
