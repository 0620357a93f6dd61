"""One way to configure."""

import argparse

import pytest

from edge.collector.settings import EdgeSettings
from edge.config import ConfigError, add_flags, load


def test_the_later_source_is_the_stronger(tmp_path):
    """File, then environment, then flags."""
    file = tmp_path / "flowback.toml"
    file.write_text('[edge]\nport = 1\nsite = "file"\nregion = "DE"\n')
    environ = {"FLOWBACK_EDGE_PORT": "2", "FLOWBACK_EDGE_SITE": "env"}

    settings = load(EdgeSettings, "edge", file=file, environ=environ, flags={"port": "3"})

    assert (settings.port, settings.site, settings.region) == (3, "env", "DE")


@pytest.mark.parametrize(
    ("environ", "flags", "named"),
    [
        ({"FLOWBACK_EDGE_PORT": "http"}, {}, "FLOWBACK_EDGE_PORT"),
        ({}, {"port": "70000"}, "--port"),
        ({}, {"queue_mb": "0"}, "--queue-mb"),
        ({"FLOWBACK_EDGE_LOG": "loud"}, {}, "FLOWBACK_EDGE_LOG"),
    ],
)
def test_a_bad_value_names_its_key(environ, flags, named):
    """The message says which setting, where it came from and what it was."""
    with pytest.raises(ConfigError) as caught:
        load(EdgeSettings, "edge", environ=environ, flags=flags)

    assert named in str(caught.value)
    assert repr([*environ.values(), *flags.values()][0]) in str(caught.value)


def test_an_unknown_key_of_a_file_is_named(tmp_path):
    """A misspelt setting would otherwise be silently ignored."""
    file = tmp_path / "flowback.toml"
    file.write_text("[edge]\nprot = 1\n")

    with pytest.raises(ConfigError, match="'prot'"):
        load(EdgeSettings, "edge", file=file, environ={})


def test_a_file_that_is_no_toml_is_named(tmp_path):
    """As is one that is not there."""
    file = tmp_path / "flowback.toml"
    file.write_text("[edge")
    with pytest.raises(ConfigError, match="is not TOML"):
        load(EdgeSettings, "edge", file=file, environ={})
    with pytest.raises(ConfigError, match="cannot be read"):
        load(EdgeSettings, "edge", file=tmp_path / "none.toml", environ={})


def test_every_setting_has_a_flag_with_words():
    """What can be set can be found in --help."""
    parser = argparse.ArgumentParser()
    add_flags(parser, EdgeSettings)

    for action in parser._actions[1:]:
        assert action.help
        assert not action.help.startswith(" (default")
