"""Route patterns: what they name, what is refused, and the preview over a real inbox."""

import contextlib
from pathlib import Path

import pytest

from flowback import main
from hub.agents.patterns import BadRoutes, Routes, load
from hub.rebuild import rebuild
from tests.hub.hubkit import REAL_NODE, SHOP, HubKit, Visit, quiet

PATTERNS = {"shop": ["/p/new", "/p/:product", "/blog/*"], "*": ["/:language/help"]}


@pytest.mark.parametrize(
    ("project", "path", "wanted"),
    [
        ("shop", "/p/blue-shoe", "/p/:product"),
        ("shop", "/p/new", "/p/new"),
        ("shop", "/p/blue-shoe/reviews", "/p/blue-shoe/reviews"),
        ("shop", "/p/blue-shoe/20491", "/p/blue-shoe/:id"),
        ("shop", "/p/", "/p/"),
        ("shop", "/blog/2024/a-title", "/blog/*"),
        ("shop", "/blog", "/blog"),
        ("shop", "/p/blue?page=2", "/p/:product?page=2"),
        ("shop", "/de/help", "/:language/help"),
        ("other", "/de/help", "/:language/help"),
        ("other", "/p/blue-shoe", "/p/blue-shoe"),
        ("other", "/orders/20491", "/orders/:id"),
    ],
)
def test_the_first_pattern_that_fits_names_the_page(project: str, path: str, wanted: str) -> None:
    """A project's own before those of all; what none fits is named as before."""
    assert Routes(PATTERNS).of(project, path) == wanted


@pytest.mark.parametrize("pattern", ["p/:x", "", "/a b", "/*/x", "/a?b=1", "/:", "/p//x", "/:1"])
def test_what_is_no_pattern_is_refused_by_name(pattern: str) -> None:
    """The message quotes it."""
    with pytest.raises(BadRoutes, match="is no pattern"):
        Routes({"shop": [pattern]})


@pytest.mark.parametrize(
    ("text", "says"),
    [('shop = "/p"', "must be a list"), ("shop = [", "is not TOML"), ('shop=["x"]', "is no pat")],
)
def test_a_bad_file_is_refused_by_name(tmp_path: Path, text: str, says: str) -> None:
    """The message names the file."""
    path = tmp_path / "routes.toml"
    path.write_text(text)
    with pytest.raises(BadRoutes, match=f"{path.name}.*{says}"):
        load(path)


def test_the_preview_tells_what_would_change(
    kit: HubKit, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Over the pages in the inbox, beside a hub that runs; nothing is changed by it."""
    for name in ("blue-shoe", "red-shoe"):
        kit.put(kit.entry(0, quiet(name, SHOP, f"/p/{name}").groups(0)))
    patterns = tmp_path / "new.toml"
    patterns.write_text('shop = ["/p/:product"]\n')
    data = ["--data", str(kit.folder)]
    assert main(["hub", "routes", *data]) == 0
    assert "/p/blue-shoe  (/p/blue-shoe)" in capsys.readouterr().out
    assert main(["hub", "routes", *data, "--preview", str(patterns), "--project", SHOP]) == 0
    said = capsys.readouterr().out
    assert "2      2  shop  /p/:product  (/p/blue-shoe, /p/red-shoe)" in said
    assert "2 of 2 paths would have another route" in said
    assert "shop  /p/blue-shoe -> /p/:product" in said


def test_a_hub_names_pages_by_its_file_and_a_rebuild_those_of_before(tmp_path: Path) -> None:
    """New pages at once, old ones after `flowback hub rebuild`; a step back names its origin."""
    kit = HubKit(tmp_path / "hub")
    kit.tell(
        Visit("one", SHOP).consent(0).nav("/p/blue-shoe", 1).back("/p/red-shoe", 5), node=REAL_NODE
    )
    assert pages(kit) == {"/p/blue-shoe", "/p/red-shoe"}
    kit.close()
    (kit.folder / "routes.toml").write_text('shop = ["/p/:product"]\n')
    rebuild(kit.folder)
    again = HubKit(kit.folder)
    with contextlib.closing(again):
        assert pages(again) == {"/p/:product"}
        assert again.hub.store.read("select distinct page from signal") == [("/p/:product",)]


def pages(kit: HubKit) -> set[str]:
    """Return the pages that a hub knows."""
    return {str(page) for (page,) in kit.hub.store.read("select distinct page from seen_page")}
