"""
The FB1 link between edge and hub, sans-I/O: bytes and times in, bytes out.

``frames`` what is said · ``packing`` frames to bytes and back · ``batch`` sealed
entries as they travel · ``sender`` the edge's half · ``receiver`` the hub's half ·
``apply`` what one batch or gap does to the hub's inbox, by wire or by hand ·
``clones`` two machines with one key · ``flow`` how much may be under way ·
``control`` what a hub tells its edges, by wire or by hand · ``bundle`` the same frames
as files that people carry.

Nothing here opens a socket, a file, a thread or a clock. ZeroMQ gives framing,
encryption and reconnection; every promise is kept here (edge-and-link.md, 4).
"""
