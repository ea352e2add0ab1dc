"""What a transfer's mutation answers of payer and payee is what its transaction saw, and nobody looks again."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest

from seeds.demo import BY_NO, PASSWORD
from tests.clients import TRANSFER, Caller, Server, running_server
from tests.repositories.mongo.sent import Sent, opened_and_heard

SIDE: Final = "personNo name walletActivated area { code }"
BOTH: Final = f"transfer {{ number status payer {{ {SIDE} }} payee {{ {SIDE} }} }}"
FATHER: Final = {"personNo": "P0001", "name": "李*", "walletActivated": True, "area": {"code": "370100"}}
SON: Final = {"personNo": "P0003", "name": "李*", "walletActivated": True, "area": {"code": "340100"}}
DAUGHTER: Final = {"personNo": "P0004", "name": "李*", "walletActivated": True, "area": {"code": "540100"}}
MOVED_SON: Final = SON | {"area": {"code": "130100"}}
ERRORS: Final = "errors { code }"


def application(payee_no: str, relation: str, amount: str = "10.00", name: str | None = None) -> dict[str, Any]:
    """Give what `applyTransfer` is asked for."""
    payee = BY_NO[payee_no]
    return {
        "source": "PERSONAL_ACCOUNT",
        "payee": {"identity": {"name": name or payee.name, "idNumber": payee.id_number}},
        "relation": relation,
        "amount": amount,
        "idempotencyKey": f"{payee_no}-{relation}-{amount}",
    }


async def apply(caller: Caller, payee_no: str, relation: str) -> dict[str, Any]:
    """Apply for a transfer, and give the answer with both parties."""
    return await caller.do("applyTransfer", f"{BOTH[:-1]} id }}", **application(payee_no, relation))


async def verify(caller: Caller, transfer_id: str, password: str = PASSWORD) -> dict[str, Any]:
    """Verify a transfer, and give the answer with both parties."""
    return await caller.do(
        "verifyTransfer", f"{BOTH} wallet {{ balance }}", transferId=transfer_id, verification={"password": password}
    )


def sides(answer: dict[str, Any]) -> tuple[Any, Any]:
    """Give what an answer says of payer and payee."""
    return answer["transfer"]["payer"], answer["transfer"]["payee"]


async def test_both_parties_are_named_when_applying_verifying_and_looking_again(server: Server) -> None:
    father = server.person("P0001")
    applied = await apply(father, "P0004", "CHILD")
    assert sides(applied) == (FATHER, DAUGHTER)
    verified = await verify(father, applied["transfer"]["id"])
    assert sides(verified) == (FATHER, DAUGHTER)
    for side in (father, server.person("P0004")):
        query = f"query($n: String!) {{ transfer(number: $n) {{ {TRANSFER} }} }}"
        seen = (await side.ask(query, n=applied["transfer"]["number"]))["transfer"]
        assert [seen[which]["personNo"] for which in ("payer", "payee")] == ["P0001", "P0004"]
        assert seen["payee"]["area"] == {"name": "拉萨市"}


async def test_a_replay_names_both_parties_as_they_are_now(server: Server) -> None:
    """R20: the transfer is the same one."""
    father = server.person("P0001")
    applied = await apply(father, "P0003", "CHILD")
    assert sides(applied) == (FATHER, SON)
    assert await apply(father, "P0003", "CHILD") == applied
    assert sides(await verify(father, applied["transfer"]["id"])) == (FATHER, SON)
    assert await server.person("P0003").codes("changeUsePlace", "wallet { id }", areaCode="130100") == []
    again = await apply(father, "P0003", "CHILD")
    assert again["transfer"]["number"] == applied["transfer"]["number"]
    assert sides(again) == (FATHER, MOVED_SON)


async def test_who_is_refused_is_told_of_nobody(server: Server) -> None:
    father = server.person("P0001")
    refused = await apply(father, "P0004", "SIBLING")
    assert refused["transfer"] is None
    assert refused["errors"]
    applied = await apply(father, "P0004", "CHILD")
    wrong = await verify(father, applied["transfer"]["id"], "000000")
    assert (wrong["transfer"], wrong["wallet"]) == (None, None)
    assert [error["code"] for error in wrong["errors"]] == ["VERIFICATION_FAILED"]
    someone = await verify(server.person("P0004"), applied["transfer"]["id"])
    assert someone["transfer"] is None
    assert sides(await verify(father, applied["transfer"]["id"])) == (FATHER, DAUGHTER)


async def test_each_mutation_of_an_operation_names_its_own_parties(server: Server) -> None:
    son = server.person("P0003")
    pending = (await apply(son, "P0001", "PARENT"))["transfer"]["id"]
    query = f"""
    mutation($verify: VerifyTransferInput!, $move: ChangeUsePlaceInput!, $bad: ApplyTransferInput!,
             $good: ApplyTransferInput!, $other: ApplyTransferInput!) {{
        verified: verifyTransfer(input: $verify) {{ {BOTH} {ERRORS} }}
        refused: applyTransfer(input: $bad) {{ {BOTH} {ERRORS} }}
        moved: changeUsePlace(input: $move) {{ wallet {{ useArea {{ code }} }} {ERRORS} }}
        applied: applyTransfer(input: $good) {{ {BOTH} {ERRORS} }}
        other: applyTransfer(input: $other) {{ {BOTH} {ERRORS} }}
        replayed: applyTransfer(input: $good) {{ {BOTH} {ERRORS} }}
    }}"""
    answers = await son.ask(
        query,
        verify={"transferId": pending, "verification": {"password": PASSWORD}},
        bad=application("P0001", "PARENT", "3.00", name="李建"),
        move={"areaCode": "130100"},
        good=application("P0001", "PARENT", "4.00"),
        other=application("P0007", "CHILD", "5.00"),
    )
    refused = answers.pop("refused")
    assert refused["transfer"] is None
    assert refused["errors"]
    assert all(answer["errors"] == [] for answer in answers.values())
    assert sides(answers["verified"]) == (SON, FATHER)
    assert sides(answers["applied"]) == sides(answers["replayed"]) == (MOVED_SON, FATHER)
    payer, payee = sides(answers["other"])
    assert payer == MOVED_SON
    assert payee["personNo"] == "P0007"


# ---- on MongoDB ---------------------------------------------------------------------------------------------------


@pytest.fixture
async def heard(
    mongod: Path, mongodb_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Server, Sent]]:
    """Give a running server on MongoDB, and what it sends there."""
    del mongod
    async with (
        opened_and_heard(mongodb_url, "parties") as (storage, sent),
        running_server(storage, tmp_path_factory.mktemp("keys")) as server,
    ):
        yield server, sent


def looked_up_afterwards(sent: Sent) -> set[str]:
    """Name the collections that were looked into after the last commit, and begin to listen anew."""
    place = max(place for place, (command, _) in enumerate(sent.commands) if command == "commitTransaction")
    found = {collection for command, collection in sent.commands[place:] if command in ("find", "aggregate")}
    sent.clear()
    return found


async def test_after_its_transaction_nobody_is_looked_up_again(heard: tuple[Server, Sent]) -> None:
    server, sent = heard
    father = server.person("P0001")
    sent.clear()
    applied = await apply(father, "P0004", "CHILD")
    assert sent.count("find", "persons") > 0
    assert looked_up_afterwards(sent).isdisjoint({"persons", "accounts"})
    again = await apply(father, "P0004", "CHILD")
    assert again == applied
    assert looked_up_afterwards(sent).isdisjoint({"persons", "accounts"})
    assert sides(await verify(father, applied["transfer"]["id"])) == (FATHER, DAUGHTER)
    assert "persons" not in looked_up_afterwards(sent)
