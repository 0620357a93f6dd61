"""Write the files that are made from the schema: `make generate`. With --check, only compare."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from edge.events.typescript import widget_types  # noqa: E402
from hub.api.graphql.schema import text_of  # noqa: E402
from hub.api.routes import ROUTES  # noqa: E402
from hub.api.typescript import dashboard_types  # noqa: E402

FILES = {
    "widget/src/types.gen.ts": widget_types,
    "desktop/dashboard/src/api/types.gen.ts": dashboard_types,
    "hub/api/graphql/schema.graphql": lambda: text_of(ROUTES),
}


def main() -> int:
    """Return 1 when --check finds a stale file, else 0."""
    stale = 0
    for name, make in FILES.items():
        path = ROOT / name
        text = make()
        if path.exists() and path.read_text() == text:
            continue
        if "--check" in sys.argv:
            print(f"{name} is stale: run `make generate`", file=sys.stderr)
            stale = 1
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        print(f"wrote {name}")
    return stale


if __name__ == "__main__":
    sys.exit(main())
