"""How the collector is doing: metrics, readiness, its life as a process."""
