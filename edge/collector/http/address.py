"""A visitor's address: used in memory, never written, and believed only of a trusted proxy."""

from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from starlette.datastructures import Headers
from starlette.types import Scope

from edge.config import ConfigError

_PREFIX_V6 = 64
"""Bits that tell one customer from another: the rest of an IPv6 address is the customer's own."""


class Proxies:
    """The proxies whose ``X-Forwarded-For`` is believed: addresses or networks, with commas."""

    def __init__(self, text: str) -> None:
        """Raise :class:`~edge.config.ConfigError` where *text* is no list of them."""
        try:
            self._networks: list[IPv4Network | IPv6Network] = [
                ip_network(part.strip()) for part in text.split(",") if part.strip()
            ]
        except ValueError as error:
            raise ConfigError(f"proxies is {text!r}: {error}") from None

    def __bool__(self) -> bool:
        return bool(self._networks)

    def address(self, scope: Scope) -> str:
        """Return the visitor's address: behind a trusted proxy, what the proxy says."""
        client = scope.get("client")
        address: str = client[0] if client else ""
        if not self._networks:
            return address
        hops = ",".join(Headers(scope=scope).getlist("x-forwarded-for")).split(",")
        for hop in reversed(hops):
            if not self._trusts(address) or not hop.strip():
                break
            address = hop.strip()
        return address

    def sender(self, scope: Scope) -> int | None:
        """
        Return what stands for the visitor's address in this process only, None without a proxy.

        Behind an untrusted way all visitors of an office, or all of a proxy, would be one.
        """
        if not self._networks:
            return None
        text = self.address(scope)
        try:
            address = ip_address(text)
        except ValueError:
            return hash(text)
        if isinstance(address, IPv6Address):
            return hash(int(address) >> (128 - _PREFIX_V6))
        return hash(text)

    def _trusts(self, text: str) -> bool:
        try:
            address = ip_address(text)
        except ValueError:
            return False
        return any(address in network for network in self._networks)
