"""Verbs of the command line that a node's own folder can answer."""
