"""Topics, in process by default."""
