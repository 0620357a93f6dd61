"""The FB1 link between edge and hub, sans-I/O."""
