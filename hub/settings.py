"""What an operator may set for a hub."""

from typing import Annotated

from msgspec import Meta, Struct


class HubSettings(Struct, frozen=True, kw_only=True):
    """Section ``[hub]``; each field is also ``FLOWBACK_HUB_…`` and a flag."""

    data: Annotated[str, Meta(description="folder of inbox, stores, keys and projects")] = (
        "flowback-data/hub"
    )
    host: Annotated[str, Meta(description="address of dashboard and API")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535, description="port of dashboard and API")] = 7400
    link: Annotated[str, Meta(description="where edges connect")] = "tcp://127.0.0.1:7401"
    names: Annotated[
        str, Meta(description="host names the dashboard may be called by, with commas between")
    ] = ""
    rules: Annotated[
        str,
        Meta(description="a TOML file of stricter regional rules for every edge; empty: none"),
    ] = ""
    agents: Annotated[
        str,
        Meta(description="custom agents: a Python file, or a folder of them; empty: none"),
    ] = ""
    insight_seconds: Annotated[
        int, Meta(ge=1, le=86_400, description="time between two runs of the insight agent")
    ] = 120
    texts: Annotated[
        str,
        Meta(
            min_length=1,
            description="what comments are grouped by: words (level 0), table (1), the folder of"
            " a sentence encoder (2), or an OpenAI-compatible server of yours, ending in /v1 (3)",
        ),
    ] = "table"
    texts_name: Annotated[str, Meta(description="the model's name on that server")] = "default"
    texts_key_file: Annotated[str, Meta(description="file with that server's key; empty: none")] = (
        ""
    )
    friction_types: Annotated[
        str,
        Meta(description="a TOML file of types of friction that projects add; empty: none"),
    ] = ""
    model_url: Annotated[
        str,
        Meta(
            description="OpenAI-compatible server of yours, ending in /v1, that may word insights;"
            " empty: none is called"
        ),
    ] = ""
    model_name: Annotated[str, Meta(description="the model's name on that server")] = "default"
    model_key_file: Annotated[str, Meta(description="file with that server's key; empty: none")] = (
        ""
    )
    model_seconds: Annotated[
        int, Meta(ge=1, le=600, description="time that server has for an answer")
    ] = 20
    model_hourly: Annotated[
        int, Meta(ge=1, le=100_000, description="calls to that server in an hour, at most")
    ] = 60
    log: Annotated[
        str,
        Meta(pattern="^(debug|info|warning|error)$", description="debug, info, warning or error"),
    ] = "info"
    tls_cert: Annotated[str, Meta(description="certificate file, PEM; empty: plain HTTP")] = ""
    tls_key: Annotated[str, Meta(description="key file of the certificate, PEM")] = ""
