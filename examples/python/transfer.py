"""A transfer from one relative's wallet to another's, as two front ends live through it.

`python -m examples.python.transfer` takes the server and two sign-ins from the environment; see `examples/README.md`.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Final
from uuid import uuid4

from gql.transport.exceptions import TransportError, TransportQueryError

from examples.python.client import Answer, Caller, signed_in

URL: Final = "http://127.0.0.1:8000/graphql"
PATIENCE_S: Final = 15.0
WISH: Final = {
    "source": "WALLET",
    "payee": {"identity": {"name": "李芳", "idNumber": "370102199309183320"}},
    "relation": "CHILD",
}


async def story(url: str, payer_token: str, payee_token: str) -> AsyncIterator[str]:
    """Let the payer send some money to the payee, and say what both of them see."""
    async with signed_in(url, payer_token) as payer, signed_in(url, payee_token) as payee:
        await require_article(payer)
        # Listen first and look second: what happens in between is not missed.
        told = asyncio.create_task(first(payer, "TransferUpdated", "transferUpdated", status="COMPLETED"))
        arrived = asyncio.create_task(first(payee, "WalletActivity", "walletActivity", kind="TRANSFER_IN"))
        yield f"The payer's wallet holds {await balance(payer)}, the payee's {await balance(payee)}."

        # Refusals are data. Their code decides, their type says what else they tell.
        refused = await apply(payer, Decimal("99999.00"))
        for refusal in refused["errors"]:
            yield f"Of 99999.00 the server says: {describe(refusal)}."

        # A new key for a new wish; only a retry of the same request keeps its key.
        transfer = required(await apply(payer, Decimal("1.50")), "transfer")
        yield f"Of 1.50 it says: {transfer['status']}, number {transfer['number']}."

        proof = {"transferId": transfer["id"], "verification": {"password": "246810"}}
        wallet = required(await payer.send("Verify", "verifyTransfer", input=proof), "wallet")
        yield f"Verified. The payer's wallet now holds {wallet['balance']}."
        yield f"transferUpdated tells the payer: {(await told)['status']}."
        entry = await arrived
        yield f"walletActivity tells the payee: {entry['amount']}, which makes {entry['balanceAfter']}."


async def apply(payer: Caller, amount: Decimal) -> Answer:
    """Apply for a transfer."""
    wish = {**WISH, "amount": amount, "idempotencyKey": str(uuid4())}
    return await payer.send("Apply", "applyTransfer", input=wish)


async def require_article(caller: Caller) -> None:
    """Stop where the payee would have to accept first."""
    if (await caller.send("Home", "policy"))["acceptanceRequired"]:
        sys.exit("this story is of policy `article`, where nobody has to accept")


async def balance(caller: Caller) -> Decimal:
    """Look into one's own wallet."""
    viewer = await caller.send("Home", "viewer")
    held: Decimal = viewer["person"]["wallet"]["balance"]
    return held


async def first(caller: Caller, operation: str, field: str, **like: str) -> Answer:
    """Wait for the first event that is like this."""
    async with asyncio.timeout(PATIENCE_S):
        async for event in caller.listen(operation, field):
            if like.items() <= event.items():
                return event
    raise ConnectionError(operation)


def required(answer: Answer, field: str) -> Answer:
    """Give what was done, or stop at the refusal."""
    if answer["errors"]:
        sys.exit(" ".join(map(describe, answer["errors"])))
    done: Answer = answer[field]
    return done


def describe(refusal: Answer) -> str:
    """Say why something was refused."""
    match refusal:
        case {"__typename": "InsufficientBalance", "code": code, "available": available}:
            return f"{code}, {available} available"
        case {"__typename": "VerificationFailed", "code": code, "attemptsLeft": left}:
            return f"{code}, {left} tries left"
        case _:
            return f"{refusal['code']}, {refusal['message']}"


async def main() -> None:
    """Tell the story of a running server."""
    tokens = [os.environ.get(name) or sys.exit(f"needed: {name}") for name in ("WALLET_TOKEN", "WALLET_PAYEE_TOKEN")]
    try:
        async for line in story(os.environ.get("WALLET_URL", URL), *tokens):
            sys.stdout.write(f"{line}\n")
    except TransportQueryError as fault:  # what no front end should send, or too often
        sys.exit(f"{(fault.errors or [{}])[0].get('extensions', {}).get('code')}: {fault}")
    except TransportError as fault:  # a WebSocket whose sign-in is no good is closed with 4403
        sys.exit(f"not signed in, or no server: {fault.__cause__ or fault}")


if __name__ == "__main__":
    asyncio.run(main())
