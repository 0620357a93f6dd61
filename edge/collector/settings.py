"""What an operator may set for an edge."""

from typing import Annotated

from msgspec import Meta, Struct


class EdgeSettings(Struct, frozen=True, kw_only=True):
    """Section ``[edge]``; each field is also ``FLOWBACK_EDGE_…`` and a flag."""

    data: Annotated[str, Meta(description="folder of the journal, keys and projects")] = (
        "flowback-data/edge"
    )
    host: Annotated[str, Meta(description="address to listen on")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535, description="port to listen on")] = 7410
    hub: Annotated[str, Meta(description="the hub's link, such as tcp://hub:7401; empty: none")] = (
        ""
    )
    region: Annotated[
        str, Meta(description="the region this edge is pinned to, such as DE or US-CA")
    ] = "UNKNOWN"
    rules: Annotated[
        str, Meta(description="a TOML file of stricter values for the region's rules; empty: none")
    ] = ""
    regions: Annotated[
        str, Meta(description="a MaxMind database that tells a visitor's region; empty: none")
    ] = ""
    proxies: Annotated[
        str,
        Meta(
            description="trusted proxies, addresses or networks, whose X-Forwarded-For is believed"
        ),
    ] = ""
    hub_country: Annotated[
        str, Meta(pattern="^([A-Z]{2})?$", description="country in which the hub stands, as DE")
    ] = ""
    site: Annotated[str, Meta(max_length=64, description="name of the site, for analysts")] = "main"
    log: Annotated[
        str,
        Meta(pattern="^(debug|info|warning|error)$", description="debug, info, warning or error"),
    ] = "info"
    queue_mb: Annotated[
        int, Meta(ge=2, le=4096, description="memory for batches that wait for the disk, in MiB")
    ] = 32
    disk_mb: Annotated[
        int,
        Meta(ge=0, description="what the journal may take, in MiB; 0: what the file system has"),
    ] = 0
    when_full: Annotated[
        str,
        Meta(
            pattern="^(refuse|drop_oldest)$",
            description="on a full disk: refuse, or drop_oldest (each drop is a declared gap)",
        ),
    ] = "refuse"
    ballast_mb: Annotated[
        int, Meta(ge=0, le=1024, description="a file to let go when the disk is full, in MiB")
    ] = 16
    wal_mb: Annotated[
        int, Meta(ge=5, description="what the write-ahead log may take under a reader, in MiB")
    ] = 64
    session_rate: Annotated[
        int, Meta(ge=0, description="events of one session in a minute; 0: any")
    ] = 3_000
    project_rate: Annotated[
        int, Meta(ge=0, description="events of one project in a minute; 0: any")
    ] = 300_000
    address_rate: Annotated[
        int,
        Meta(
            ge=0,
            description="events of one address in a minute; 0: any;"
            " counts only behind a trusted proxy",
        ),
    ] = 10_000
    sessions: Annotated[
        int, Meta(ge=100, description="sessions kept in memory; others are read again when needed")
    ] = 10_000
    tls_cert: Annotated[str, Meta(description="certificate file, PEM; empty: plain HTTP")] = ""
    tls_key: Annotated[str, Meta(description="key file of the certificate, PEM")] = ""
