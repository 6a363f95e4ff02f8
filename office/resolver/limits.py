"""How often one client may ask: a steady rate and a burst, in bounded memory.

Each web worker counts by itself, so n workers let through up to n times as much. A client is its address (of
IPv6 the network of 64 bits, which one household has); behind a proxy the last address in the header that
`http.client_header` names, which our own proxy wrote. Without that setting no header is believed.
"""

import ipaddress
from collections import OrderedDict

from aiohttp import web

MOST = 20_000  # clients; the one that asked longest ago is forgotten first


class Limits:
    """The generic cell rate algorithm: `rate` a second, and `burst` at once."""

    def __init__(self, rate: float, burst: int, most: int = MOST) -> None:
        self._each = 1 / rate
        self._slack = burst / rate
        self._most = most
        self._until: OrderedDict[str, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._until)

    def wait(self, client: str, now: float, cost: int = 1) -> float:
        """Seconds that the client should wait; 0.0 if it may ask now, which then counts `cost` times."""
        until = max(self._until.get(client, now), now)
        over = until + cost * self._each - now - self._slack
        if over > 1e-9:
            return over
        self._until[client] = until + cost * self._each
        self._until.move_to_end(client)
        if len(self._until) > self._most:
            self._until.popitem(last=False)
        return 0.0

    def charge(self, client: str, now: float, cost: int) -> None:
        """Let the client wait for something that it has asked already."""
        self._until[client] = max(self._until.get(client, now), now) + cost * self._each


def client(request: web.Request, header: str) -> str:
    """Who asks. `header` is the one that our proxy writes, "" without a proxy."""
    address = request.remote or ""
    if header:
        told = request.headers.getall(header, [])
        address = _without_port(told[-1].rpartition(",")[2].strip()) if told else address
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)


def _without_port(address: str) -> str:
    """Some proxies write the port too: 192.0.2.1:4711, [2001:db8::1]:4711."""
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address.partition(":")[0] if address.count(":") == 1 else address
