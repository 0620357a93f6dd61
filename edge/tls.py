"""A server's certificate, read again when its files change."""

import logging
import ssl
from pathlib import Path

from edge.errors import FlowbackError

log = logging.getLogger(__name__)

Stamp = tuple[tuple[int, int, int], ...]


class BadCertificate(FlowbackError):
    """The certificate cannot be used. Name a PEM file with --tls-cert, its key with --tls-key."""


class Certificate:
    """
    Certificate and key of two PEM files; *key* may be empty where one file holds both.

    Connections keep what they began with; new ones get what was last read.
    """

    def __init__(self, cert: str, key: str) -> None:
        """Raise :class:`BadCertificate` where the files are no pair."""
        self._cert, self._key = cert, key or None
        self._stamp = self._look()
        self.context = self._load()

    def refresh(self) -> bool:
        """Read the files again if they changed; a bad pair leaves the old one. Return if it did."""
        try:
            stamp = self._look()
            if stamp == self._stamp:
                return False
            self._stamp = stamp
            self._load()  # into nothing first: half a pair must not end what works
            self.context.load_cert_chain(self._cert, self._key)
        except (BadCertificate, OSError) as error:
            log.warning("the certificate stays as it was: %s", error)
            return False
        log.info("the certificate was read again")
        return True

    def _look(self) -> Stamp:
        files = [Path(name) for name in (self._cert, self._key) if name]
        try:
            found = [file.stat() for file in files]
        except OSError as error:
            raise BadCertificate(f"{error.filename} cannot be read: {error.strerror}") from None
        return tuple((each.st_mtime_ns, each.st_size, each.st_ino) for each in found)

    def _load(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            context.load_cert_chain(self._cert, self._key)
        except OSError as error:  # ssl.SSLError is one
            raise BadCertificate(
                f"{self._cert} and its key are no pair of PEM files: {error}"
            ) from None
        return context
