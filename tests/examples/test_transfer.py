"""The typed client in Python lives through a transfer; the one in TypeScript does at `make clients`."""

from decimal import Decimal
from pathlib import Path

import pytest

from examples.python.client import OPERATIONS, SCALARS, SCHEMA, signed_in
from examples.python.transfer import story
from repositories.factory import open_storage
from tests.clients import Server, running_server
from tests.examples.clients import signed_in as environment_of


async def told(server: Server) -> list[str]:
    """Let the client run as its command does, and give what it prints."""
    where = environment_of(server)
    return [line async for line in story(where["WALLET_URL"], where["WALLET_TOKEN"], where["WALLET_PAYEE_TOKEN"])]


async def test_both_sides_of_a_transfer_see_it_happen(server: Server) -> None:
    """The payer by the mutation and an event, the payee by an event."""
    lines = await told(server)
    assert "The payer's wallet holds 200.00, the payee's 10.00." in lines
    assert "Of 99999.00 the server says: INSUFFICIENT_BALANCE, 200.00 available." in lines
    assert "Verified. The payer's wallet now holds 198.50." in lines
    assert "transferUpdated tells the payer: COMPLETED." in lines
    assert "walletActivity tells the payee: 1.50, which makes 11.50." in lines


async def test_a_transfer_told_twice_is_made_twice(server: Server) -> None:
    """Each run wishes anew, with keys of its own."""
    await told(server)
    await told(server)
    assert (await server.person("P0001").balances())["wallet"] == "197.00"


async def test_money_is_exact_in_python(server: Server) -> None:
    where = environment_of(server)
    async with signed_in(where["WALLET_URL"], where["WALLET_TOKEN"]) as payer:
        held = (await payer.send("Home", "viewer"))["person"]["wallet"]["balance"]
    assert held == Decimal("200.00")


async def test_where_the_payee_must_accept_the_transfer_does_not_begin(tmp_path: Path) -> None:
    """R21: the money would wait for the payee."""
    async with running_server(open_storage("memory://"), tmp_path, policy="national") as server:
        with pytest.raises(SystemExit, match="policy `article`"):
            await told(server)


def test_every_scalar_of_the_schema_has_its_type_in_python() -> None:
    ours = {name for name, kind in SCHEMA.type_map.items() if type(kind).__name__ == "GraphQLScalarType"}
    assert ours - {"Boolean", "Float", "ID", "Int", "String"} == {scalar.name for scalar in SCALARS}


def test_the_clients_have_operations_of_every_kind() -> None:
    assert set(OPERATIONS) == {"Home", "Apply", "Verify", "TransferUpdated", "WalletActivity"}
