"""The edge's process: the only room of edge with a network."""
