"""Every route of the hub, and the shapes of its answers."""
