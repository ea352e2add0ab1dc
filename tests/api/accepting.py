"""Steps that tests of acceptance take over and over."""

from typing import Any, Final

from tests.clients import TRANSFER, Caller

HELD: Final = (
    "{ viewer { person { wallet { balance availableBalance } personalAccount { balance availableBalance } } } }"
)


def codes(payload: dict[str, Any]) -> list[str]:
    """Give the codes of a payload's refusals."""
    return [error["code"] for error in payload["errors"]]


async def answer(caller: Caller, verb: str, transfer: dict[str, Any]) -> dict[str, Any]:
    """Accept or decline a transfer."""
    return await caller.do(f"{verb}Transfer", f"transfer {{ {TRANSFER} }}", transferId=transfer["id"])


async def purse(caller: Caller, account: str = "personalAccount") -> tuple[str, str]:
    """Give the balance of one's own account, and what of it is available."""
    shown = (await caller.ask(HELD))["viewer"]["person"][account]
    return shown["balance"], shown["availableBalance"]


async def status_of(caller: Caller, transfer: dict[str, Any]) -> str:
    """Give the status of a transfer as the caller sees it."""
    query = "query($n: String!) { transfer(number: $n) { status } }"
    return str((await caller.ask(query, n=transfer["number"]))["transfer"]["status"])
