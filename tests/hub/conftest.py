"""A real hub over real files."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hub.hubkit import HubKit


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[HubKit]:
    """A hub with a demo project and a real one, not started: tests step its worker."""
    kit = HubKit(tmp_path)
    yield kit
    kit.close()
