"""Which new group is which old one: the pairs that share most of their texts first."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

LEAST = 0.2
"""Share of common texts (Jaccard) from which two groups may be one."""


def match(
    groups: Sequence[AbstractSet[str]],
    living: Mapping[int, AbstractSet[str]],
    fixed: Sequence[int | None],
) -> list[int | None]:
    """
    Return the id of each of *groups*, None for a new one.

    *living* is id → its texts, *fixed* the ids that people gave. Strongest pairs are
    matched first, so that what hardly changed is sure to keep its id.
    """
    names = list(fixed)
    taken = {name for name in fixed if name is not None}
    home = {text: id_ for id_, texts in living.items() for text in texts}
    pairs = []
    for number, texts in enumerate(groups):
        shared: dict[int, int] = {}
        for text in texts:
            if text in home:
                shared[home[text]] = shared.get(home[text], 0) + 1
        for id_, count in shared.items():
            share = count / (len(texts) + len(living[id_]) - count)
            if share >= LEAST:
                pairs.append((-share, id_, number))
    for _, id_, number in sorted(pairs):
        if names[number] is None and id_ not in taken:
            names[number] = id_
            taken.add(id_)
    return names
