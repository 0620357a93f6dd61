"""The widget as it is served: by its plain name, and each version by its own for 30 days."""

import base64
import gzip
import hashlib
import os
import re
import time

import pytest

from edge.collector import widget
from edge.collector.widget import KEPT, NotBuilt, Version, Widget
from edge.commands.site import snippet_of
from edge.errors import FlowbackError
from edge.projects import make
from tests.edge.collector.site import Site

URL = "https://edge.shop.example"


@pytest.fixture
def built(tmp_path, monkeypatch):
    """Stand in for the build, so that an upgrade can be played; return what writes one."""
    folder = tmp_path / "static"
    folder.mkdir()

    def build(**scripts):
        for name, text in scripts.items():
            (folder / f"{name}.js").write_text(text)
        monkeypatch.setattr(widget, "BUILT", folder)
        monkeypatch.setattr(Widget.__init__, "__kwdefaults__", {"built": folder})

    build(flowback="let a = 1;" * 100)
    return build


@pytest.fixture
def site(tmp_path, built):
    made = Site(tmp_path / "edge")
    yield made
    made.stop()


def snippet():
    return snippet_of(make("shop", origins=["https://shop.example"], key="K"), URL)


def pinned():
    """Return path and integrity of the tag that is to be pasted now."""
    [path] = re.findall(r'src="https://edge.shop.example(/[^"]+)"', snippet())
    [integrity] = re.findall(r'integrity="([^"]+)"', snippet())
    return path, integrity


def fits(content, integrity):
    digest = hashlib.sha384(content).digest()
    return integrity == "sha384-" + base64.b64encode(digest).decode()


def test_the_plain_name_serves_the_newest_with_an_etag(site):
    """304 where the browser has it; gzip and plain are told apart."""
    first = site.client.get("/flowback.js", headers={"Accept-Encoding": "identity"})
    zipped = site.client.get("/flowback.js")

    assert (first.status_code, first.text) == (200, "let a = 1;" * 100)
    assert first.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert zipped.text == first.text
    assert "max-age=300" in first.headers["Cache-Control"]
    assert zipped.headers["ETag"] != first.headers["ETag"]
    tag = zipped.headers["ETag"]
    for known in (tag, "W/" + tag, f'"x", {tag}', "*"):
        again = site.client.get("/flowback.js", headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
    assert site.client.get("/flowback.js", headers={"If-None-Match": '"x"'}).status_code == 200
    assert site.client.head("/flowback.js").status_code == 200


@pytest.mark.parametrize("told", ["the same", "something else", "no gzip"])
def test_what_the_build_compressed_is_served_where_it_is_the_script(tmp_path, built, told):
    plain = widget.BUILT.joinpath("flowback.js").read_bytes()
    better = {
        "the same": gzip.compress(plain, 1),
        "something else": gzip.compress(b"let b = 2;"),
        "no gzip": plain,
    }[told]
    widget.BUILT.joinpath("flowback.js.gz").write_bytes(better)
    site = Site(tmp_path / "edge")
    with site.client.stream("GET", "/flowback.js", headers={"accept-encoding": "gzip"}) as answer:
        served = b"".join(answer.iter_raw())
    site.stop()
    assert gzip.decompress(served) == plain
    assert (served == better) == (told == "the same")


TAKES = [("gzip;q=0", False), ("br, gzip;q=0.5", True), ("*", True), ("br", False), ("", False)]


@pytest.mark.parametrize(("told", "zipped"), TAKES)
def test_gzip_goes_only_to_who_takes_it(site, told, zipped):
    """As RFC 9110 reads Accept-Encoding."""
    answer = site.client.get("/flowback.js", headers={"Accept-Encoding": told})
    assert ("Content-Encoding" in answer.headers) == zipped


def test_the_snippet_pins_what_is_served(site):
    """The tag's integrity is that of the bytes, plain and gzip; the path never changes (S5)."""
    path, integrity = pinned()
    for told in ("identity", "gzip"):
        answer = site.client.get(path, headers={"Accept-Encoding": told})
        assert fits(answer.content, integrity)
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert 'crossorigin="anonymous"' in snippet()


def test_an_old_version_is_served_for_30_days_after_an_upgrade(site, built):
    """With the bytes that its integrity names, over restarts; then it is gone, and counted (S5)."""
    old, integrity = pinned()
    built(flowback="let b = 2;")
    site.restart()
    new, other = pinned()
    assert new != old
    assert fits(site.client.get(new).content, other)
    site.restart()
    assert fits(site.client.get(old).content, integrity)
    assert 'scripts_served_total{version="older"} 1.0' in site.client.get("/metrics").text

    [kept] = [f for f in (site.folder / "widget").iterdir() if f.name in old]
    age(kept, KEPT - 3600)
    site.restart()
    assert site.client.get(old).status_code == 200
    age(kept, KEPT + 60)
    site.client.app.state.collector.widget.keep()
    assert site.client.get(old).status_code == 404
    assert site.client.get(new).status_code == 200
    assert not kept.exists()
    site.restart()
    assert site.client.get(old).status_code == 404


def age(place, seconds):
    then = time.time() - seconds
    os.utime(place, (then, then))


def test_the_newest_is_never_too_old(site):
    """An edge that runs for a year without an upgrade goes on serving what it has."""
    path, _ = pinned()
    [kept] = (site.folder / "widget").iterdir()
    age(kept, 2 * KEPT)
    site.client.app.state.collector.widget.keep()
    site.restart()
    assert site.client.get(path).status_code == 200
    assert kept.exists()


def test_parts_are_served_beside_it(site, built):
    """Under the plain name and within the version, which is named by all of them."""
    before, _ = pinned()
    built(**{"flowback-ask": "let ask = 1;"})
    site.restart()
    path, _ = pinned()
    assert path != before
    assert site.client.get("/flowback-ask.js").text == "let ask = 1;"
    assert site.client.get(path.replace("flowback.js", "flowback-ask.js")).text == "let ask = 1;"


def test_a_changed_or_half_written_version_is_not_served(site, built, tmp_path):
    """No page would take it; the newest is written again."""
    path, _ = pinned()
    built(flowback="let c = 3;")
    newest = Version.load(tmp_path / "static").name
    site.restart()
    site.stop()
    for kept in (site.folder / "widget").iterdir():
        (kept / "flowback.js").write_text("alert(1)")
    site.start()

    assert site.client.get(path).status_code == 404
    assert fits(site.client.get(pinned()[0]).content, pinned()[1])
    assert Version.load(site.folder / "widget" / newest).name == newest


@pytest.mark.parametrize("path", ["/v/x/flowback.js", "/none.js", "/v/%2e%2e/journal.js"])
def test_nothing_else_is_served(site, path):
    """Only names of scripts that were read at the start."""
    assert site.client.get(path).status_code == 404


def test_the_latest_tag_pins_nothing(built):
    """For who wants each new version by itself."""
    shop = make("shop", origins=["https://shop.example"], key="</script>")
    text = snippet_of(shop, URL + "/", pinned=False)
    assert f'<script src="{URL}/flowback.js" async></script>' in text
    assert text.count("</script>") == 2


def test_without_a_build_no_tag_is_printed(tmp_path, monkeypatch):
    """It would pin nothing that exists."""
    monkeypatch.setattr(widget, "BUILT", tmp_path)
    with pytest.raises(NotBuilt):
        snippet()


@pytest.mark.parametrize("url", ["edge.shop.example", 'https://x"onload=', "javascript:alert(1)"])
def test_an_address_that_is_none_is_refused(url):
    """It would be pasted into a page."""
    with pytest.raises(FlowbackError, match="is no address"):
        snippet_of(make("shop", origins=[URL]), url)
