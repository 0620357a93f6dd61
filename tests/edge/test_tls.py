"""HTTPS by certificate files that are read again when they change."""

import ssl
import subprocess

import pytest

from edge.tls import BadCertificate, Certificate
from tests.stack import Process, free_ports, wait_for


def write_pair(folder, name):
    """Write a self-signed pair for localhost over what is there; return both paths."""
    cert, key = folder / "cert.pem", folder / "key.pem"
    fresh = [folder / f"{name}.{part}" for part in ("cert", "key")]
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
        f" -subj /CN={name} -addext subjectAltName=DNS:localhost"
    )
    files = ["-out", str(fresh[0]), "-keyout", str(fresh[1])]
    subprocess.run([*command.split(), *files], check=True, capture_output=True)
    for made, place in zip(fresh, (cert, key), strict=True):
        made.replace(place)
    return str(cert), str(key)


def shown(port):
    """Return the certificate that a new connection is shown."""
    try:
        return ssl.get_server_certificate(("127.0.0.1", port), timeout=5)
    except OSError:
        return ""


@pytest.fixture
def edge(tmp_path):
    [port] = free_ports(1)
    cert, key = write_pair(tmp_path, "first")
    tls = ("--tls-cert", cert, "--tls-key", key)
    data = str(tmp_path / "edge")
    process = Process("edge", "--data", data, "--port", str(port), *tls, log=tmp_path / "log")
    process.port = port
    process.start()
    wait_for(lambda: shown(port), what=process.log)
    yield process
    assert process.stop() == 0


def test_a_new_certificate_is_taken_without_a_restart(edge, tmp_path):
    """And half a pair leaves the one that works, which the log says."""
    first = shown(edge.port)
    write_pair(tmp_path, "second")
    wait_for(lambda: shown(edge.port) not in ("", first), what="the second certificate")
    second = shown(edge.port)
    assert second == (tmp_path / "cert.pem").read_text()

    (tmp_path / "key.pem").write_text("no key")
    wait_for(lambda: "certificate stays as it was" in edge.log.read_text(), what=edge.log)
    assert shown(edge.port) == second
    assert edge.log.read_text().count("certificate stays as it was") == 1


def test_half_a_pair_leaves_what_works(tmp_path):
    """Certificate first, key later, as a renewal writes them."""
    pair = Certificate(*write_pair(tmp_path, "first"))
    assert not pair.refresh()
    old_key = (tmp_path / "key.pem").read_bytes()
    write_pair(tmp_path, "second")
    new_key = (tmp_path / "key.pem").read_bytes()
    (tmp_path / "key.pem").write_bytes(old_key)
    assert not pair.refresh()
    (tmp_path / "key.pem").write_bytes(new_key + b"\n")
    assert pair.refresh()
    (tmp_path / "key.pem").unlink()
    assert not pair.refresh()


def test_a_certificate_that_is_none_ends_the_start(tmp_path):
    """With the file's name and the flag."""
    (tmp_path / "a").write_text("nothing")
    with pytest.raises(BadCertificate, match="no pair of PEM files"):
        Certificate(str(tmp_path / "a"), "")
    with pytest.raises(BadCertificate, match="cannot be read"):
        Certificate(str(tmp_path / "b"), "")
