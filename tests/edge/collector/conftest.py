"""A database of regions, as an operator would supply it."""

import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet

PLACES = {
    "203.0.113.0/24": {"country": {"iso_code": "FR"}},
    "198.51.100.0/24": {"country": {"iso_code": "US"}, "subdivisions": [{"iso_code": "CA"}]},
    "192.0.2.0/24": {"country": {"iso_code": "CN"}},
}


@pytest.fixture(scope="session")
def database(tmp_path_factory):
    writer = MMDBWriter(6, "test", ipv4_compatible=True)
    for network, record in PLACES.items():
        writer.insert_network(IPSet([network]), record)
    path = tmp_path_factory.mktemp("regions") / "regions.mmdb"
    writer.to_db_file(str(path))
    return str(path)
