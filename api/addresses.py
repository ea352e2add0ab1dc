"""Whence a request comes: the address that counts, and which proxies are believed about it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any, Final

from starlette.types import Scope

UNKNOWN: Final = "unknown"
"""What counts as one address: all that are none."""
_CUSTOMER_BITS: Final = 64
ADDRESSES_KEPT: Final = 4_096
"""How many addresses are remembered as they count; it depends on nothing else."""
NOT_TRUSTED: Final = "needs addresses or networks of your proxies, such as 10.0.0.7,10.1.0.0/16; not everybody's"


def address_of(scope: Scope) -> str:
    """Give the address a request counts for; of IPv6 the /64, for that is what one customer has at least."""
    return _counted_as((scope.get("client") or (UNKNOWN,))[0])


@lru_cache(maxsize=ADDRESSES_KEPT)
def _counted_as(host: str) -> str:
    try:
        address = ip_address(host)
    except ValueError:
        return UNKNOWN
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Address(int(address) >> _CUSTOMER_BITS << _CUSTOMER_BITS))


def read_proxies(text: str) -> Sequence[str]:
    """Read the addresses of proxies, separated by commas; ValueError, in a sentence, for what is none."""
    named = [part.strip() for part in text.split(",") if part.strip()]
    try:
        everybody = any(ip_network(name).prefixlen == 0 for name in named)
    except ValueError:
        raise ValueError(NOT_TRUSTED) from None
    if everybody:
        raise ValueError(NOT_TRUSTED)
    return named


def believing(proxies: Sequence[str]) -> dict[str, Any]:
    """Give the options of uvicorn, which would else believe X-Forwarded-For from 127.0.0.1 and its own variable."""
    return {"proxy_headers": bool(proxies), "forwarded_allow_ips": list(proxies)}
