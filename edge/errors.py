"""
The one error tree. A class's docstring is its message and names the remedy.

    FlowbackError
    ├── ConfigError        a setting is wrong (edge.config)
    ├── BadEvent           bytes that are no event (edge.events)
    └── …                  each room adds its own
"""


class FlowbackError(Exception):
    """Something went wrong that Flowback knows how to say."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (self.__doc__ or "").strip())
