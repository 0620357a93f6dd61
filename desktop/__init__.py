"""The dashboard in a window of its own, and the demo."""
