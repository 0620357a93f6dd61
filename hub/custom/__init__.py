"""
Agents that somebody else wrote: one Python file or an entry point ``flowback.agents`` each.

``found`` which there are · ``child`` the program of an agent's process · ``process`` that
process, bounded in all it may do · ``feed`` the inbox as messages · ``book`` their positions,
states and words (SQLite) · ``wishes`` what an operator wants of them · ``runner`` one agent
followed · ``agents`` all of them.
"""
