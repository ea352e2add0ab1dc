"""Whose address counts: the one that connects, unless a trusted proxy says for whom it does."""

from pathlib import Path

import pytest

from api.addresses import address_of, believing
from tests.api.rates.limited import POLICY, limited
from tests.clients import Server


async def as_from(server: Server, forwarded: str) -> int:
    """Ask with that header, and give the status."""
    return (await server.caller(server.nobody, **{"X-Forwarded-For": forwarded}).post(POLICY)).status_code


async def test_a_forged_address_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")  # uvicorn's own, which is not asked
    async with limited(tmp_path, rate_anonymous="2/hour") as server:
        assert [await as_from(server, f"203.0.113.{n}") for n in range(4)] == [200, 200, 429, 429]


async def test_a_proxy_that_is_not_this_one_is_not_believed(tmp_path: Path) -> None:
    async with limited(tmp_path, rate_anonymous="2/hour", trusted_proxies="10.0.0.0/8, 192.0.2.1") as server:
        assert [await as_from(server, f"203.0.113.{n}") for n in range(4)] == [200, 200, 429, 429]


async def test_a_trusted_proxy_says_for_whom_it_asks_and_what_came_before_it_is_not_believed(tmp_path: Path) -> None:
    async with limited(tmp_path, rate_anonymous="1/hour", trusted_proxies="127.0.0.1,10.0.0.0/8") as server:
        assert [await as_from(server, "203.0.113.1") for _ in range(2)] == [200, 429]
        assert [await as_from(server, "203.0.113.2") for _ in range(2)] == [200, 429]
        assert await as_from(server, "203.0.113.2, 10.0.0.1") == 429
        assert await as_from(server, "198.51.100.1, 203.0.113.2") == 429


async def test_addresses_of_one_ipv6_customer_are_one(tmp_path: Path) -> None:
    async with limited(tmp_path, rate_anonymous="1/hour", trusted_proxies="127.0.0.1") as server:
        assert await as_from(server, "2001:db8:1:2::1") == 200
        assert await as_from(server, "2001:db8:1:2:ffff:ffff:ffff:ffff") == 429
        assert await as_from(server, "2001:db8:1:3::1") == 200


@pytest.mark.parametrize(
    ("host", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8::1:2", "2001:db8::"),
        ("fe80::1%eth0", "fe80::"),
        ("not an address", "unknown"),
        ("", "unknown"),
    ],
)
def test_an_address_counts_as_what_one_customer_has(host: str, counted: str) -> None:
    assert address_of({"client": (host, 1)}) == counted


def test_who_has_no_address_is_one_with_all_others_that_have_none() -> None:
    assert address_of({"client": None}) == address_of({}) == "unknown"


def test_no_proxy_is_believed_unless_it_is_named() -> None:
    assert believing([]) == {"proxy_headers": False, "forwarded_allow_ips": []}
