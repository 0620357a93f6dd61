"""
How much one query may ask, counted before it is checked or answered. Pure.

Checking a query takes time that grows with the square of its fields, and each field of
the first level is a question to the stores.
"""

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)
from msgspec import Struct

from hub.api.errors import BadRequest

MAX_TOKENS = 2_000
MAX_DEPTH = 10
"""The deepest field of the schema is at 6."""
MAX_FIELDS = 300
MAX_QUESTIONS = 10
"""Fields of the first level, by whatever names."""


class Size(Struct, frozen=True):
    """What a selection asks, its fragments counted where they are spread."""

    depth: int = 0
    fields: int = 0
    questions: int = 0


def check(document: DocumentNode) -> None:
    """Raise BadRequest where an operation of *document* asks too much."""
    count = counted(document)
    kinds = OperationDefinitionNode, FragmentDefinitionNode
    every = [part for part in document.definitions if isinstance(part, kinds)]
    sizes = [count.size(part.selection_set) for part in every]
    for words, found, most in (
        ("deep", max((size.depth for size in sizes), default=0), MAX_DEPTH),
        ("fields in all", sum(size.fields for size in sizes), MAX_FIELDS),
        ("questions at once", max((size.questions for size in sizes), default=0), MAX_QUESTIONS),
    ):
        if found > most:
            raise BadRequest(f"the query is {found} {words}; it may be {most}")


def counted(document: DocumentNode) -> "Counted":
    """Return what counts the selections of *document*."""
    parts = document.definitions
    return Counted(
        {one.name.value: one for one in parts if isinstance(one, FragmentDefinitionNode)}
    )


class Counted:
    """Counts each fragment once, however often it is spread."""

    def __init__(self, fragments: dict[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self._sizes: dict[str, Size] = {}
        self._within: set[str] = set()

    def size(self, selections: SelectionSetNode | None) -> Size:
        """Return what *selections* ask. Raises BadRequest where a fragment spreads itself."""
        depth = fields = questions = 0
        for one in selections.selections if selections else ():
            if isinstance(one, FieldNode):
                below = self.size(one.selection_set)
                found = Size(1 + below.depth, 1 + below.fields, 1)
            elif isinstance(one, InlineFragmentNode):
                found = self.size(one.selection_set)
            elif isinstance(one, FragmentSpreadNode):
                found = self._fragment(one.name.value)
            depth, fields = max(depth, found.depth), fields + found.fields
            questions += found.questions
        return Size(depth, fields, questions)

    def _fragment(self, name: str) -> Size:
        if name in self._within:
            raise BadRequest(f"the fragment {name[:40]!r} spreads itself")
        if name not in self._sizes:
            fragment = self._fragments.get(name)
            self._within.add(name)
            self._sizes[name] = self.size(fragment.selection_set) if fragment else Size()
            self._within.remove(name)
        return self._sizes[name]
