"""Every code of the contract can be met over the API, and no other is ever given (error vocabulary)."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import pytest

from domain.errors import ErrorCode
from repositories.factory import open_storage
from seeds.demo import PASSWORD
from tests.clients import Caller, Server, running_server

Meeting = Callable[[Server], Awaitable[dict[str, Any]]]
MEETINGS: Final[dict[str, Meeting]] = {}
NATIONAL: Final = {
    "AMOUNT_OVER_LIMIT",
    "DAILY_LIMIT_REACHED",
    "OUTSIDE_SERVICE_HOURS",
    "TRANSFER_PENDING_TO_PAYEE",
}


def meets(code: ErrorCode) -> Callable[[Meeting], Meeting]:
    """Say which code a function meets."""

    def register(meeting: Meeting) -> Meeting:
        assert code not in MEETINGS
        MEETINGS[code.value] = meeting
        return meeting

    return register


@pytest.fixture
async def any_server(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Server]:
    """Give a fresh server under the policy that sets what the code is about."""
    policy = "national" if request.node.callspec.params["code"] in NATIONAL else "article"
    async with running_server(open_storage("memory://"), tmp_path, policy=policy) as running:
        yield running


@pytest.mark.parametrize("code", [code.value for code in ErrorCode])
async def test_every_code_of_the_contract_is_met(any_server: Server, code: str) -> None:
    answer = await MEETINGS[code](any_server)
    assert [error["code"] for error in answer["errors"]] == [code]
    assert all(value is None for name, value in answer.items() if name != "errors")


# ---- steps that several take --------------------------------------------------------------------------------------


async def declare(caller: Caller, **changes: object) -> dict[str, Any]:
    """Declare that 赵强 is a sibling, unless changed."""
    asked: dict[str, object] = {
        "relativeName": "赵强",
        "relativeIdNumber": "42010219850711537X",
        "relation": "SIBLING",
        "commitmentAccepted": True,
    }
    return await caller.do("declareKinship", "kinship { id }", **(asked | changes))


async def enrol(server: Server, person_no: str, area_code: str, **changes: object) -> None:
    """Enrol a person as a resident, unless changed."""
    asked: dict[str, object] = {
        "personNo": person_no,
        "scheme": "RESIDENT",
        "areaCode": area_code,
        "status": "ACTIVE",
        "since": "2024-01-01",
    }
    assert await server.agency.codes("setEnrolment", "person { id }", **(asked | changes)) == []


async def change_use_place(server: Server, person_no: str, area_code: str) -> dict[str, Any]:
    """Change a use place."""
    return await server.person(person_no).do("changeUsePlace", "wallet { id }", areaCode=area_code)


async def freeze(server: Server, person_no: str) -> None:
    """Freeze a wallet."""
    assert await server.agency.codes("freezeWallet", "wallet { id }", personNo=person_no, reason="核查") == []


# ---- the request and the caller -----------------------------------------------------------------------------------


@meets(ErrorCode.INVALID_INPUT)
async def _(server: Server) -> dict[str, Any]:
    return await server.person("P0001").do("setPassword", "person { id }", newPassword="12")


@meets(ErrorCode.INVALID_AMOUNT)
async def _(server: Server) -> dict[str, Any]:
    return await server.person("P0001").pay("H37010000001", "0.00")


@meets(ErrorCode.UNAUTHENTICATED)
async def _(server: Server) -> dict[str, Any]:
    return await server.anonymous.pay("H37010000001", "1.00")


@meets(ErrorCode.FORBIDDEN)
async def _(server: Server) -> dict[str, Any]:
    return await server.person("P0001").do(
        "setWalletService", "institution { id }", code="H37010000001", status="NORMAL"
    )


@meets(ErrorCode.NOT_FOUND)
async def _(server: Server) -> dict[str, Any]:
    return await server.hospital.refund("x", "1.00")


@meets(ErrorCode.CONFLICT)
async def _(server: Server) -> dict[str, Any]:
    father = server.person("P0001")
    await father.pay("H37010000001", "1.00")
    bill = {"number": "B1", "total": "100.00", "fundPaid": "60.00", "selfPaid": "40.00"}
    return await father.pay("H37010000001", "2.00", bill=bill)


@meets(ErrorCode.IDEMPOTENCY_KEY_REUSED)
async def _(server: Server) -> dict[str, Any]:
    father = server.person("P0001")
    await father.pay("H37010000001", "1.00", idempotencyKey="key")
    return await father.pay("H37010000001", "2.00", idempotencyKey="key")


@meets(ErrorCode.PENDING_ELSEWHERE)
async def _(server: Server) -> dict[str, Any]:
    await server.person("P0001").apply("P0003", "CHILD", "1.00")
    return await change_use_place(server, "P0003", "130100")


# ---- enrolment ----------------------------------------------------------------------------------------------------


@meets(ErrorCode.NOT_ENROLLED)
async def _(server: Server) -> dict[str, Any]:
    await enrol(server, "P0002", "370100", status="ENDED")
    return await server.person("P0002").pay("H37010000001", "1.00")


@meets(ErrorCode.NO_PERSONAL_ACCOUNT)
async def _(server: Server) -> dict[str, Any]:
    return await server.person("P0002").apply("P0001", "SPOUSE", "1.00")


@meets(ErrorCode.NOT_RESIDENT_INSURED)
async def _(server: Server) -> dict[str, Any]:
    return await server.person("P0001").pay_premium("370100")


@meets(ErrorCode.ENROLMENT_EXISTS)
async def _(server: Server) -> dict[str, Any]:
    return await server.agency.do(
        "setEnrolment",
        "person { id }",
        personNo="P0002",
        scheme="RESIDENT",
        areaCode="340100",
        status="ACTIVE",
        since="2024-01-01",
    )


@meets(ErrorCode.NOT_ENROLLED_IN_AREA)
async def _(server: Server) -> dict[str, Any]:
    return await server.person("P0002").pay_premium("540100")


# ---- kinship ------------------------------------------------------------------------------------------------------


@meets(ErrorCode.NOT_NEAR_RELATIVE)
async def _(server: Server) -> dict[str, Any]:
    return await server.person("P0001").apply("P0006", "CHILD", "1.00")


@meets(ErrorCode.RELATION_MISMATCH)
async def _(server: Server) -> dict[str, Any]:
    return await server.person("P0001").apply("P0004", "SIBLING", "1.00")


@meets(ErrorCode.RELATIVE_MISMATCH)
async def _(server: Server) -> dict[str, Any]:
    return await declare(server.person("P0001"), relativeName="赵弱")


@meets(ErrorCode.KINSHIP_EXISTS)
async def _(server: Server) -> dict[str, Any]:
    await declare(server.person("P0001"))
    return await declare(server.person("P0001"))


@meets(ErrorCode.KINSHIP_IMPLAUSIBLE)
async def _(server: Server) -> dict[str, Any]:
    return await declare(server.person("P0001"), relation="PARENT")


@meets(ErrorCode.COMMITMENT_REQUIRED)
async def _(server: Server) -> dict[str, Any]:
    return await declare(server.person("P0001"), commitmentAccepted=False)


# ---- wallets and regions ------------------------------------------------------------------------------------------


@meets(ErrorCode.WALLET_EXISTS)
async def _(server: Server) -> dict[str, Any]:
    return await server.person("P0001").do("activateWallet", "wallet { id }", useAreaCode="370100", phone="13800000001")


@meets(ErrorCode.WALLET_NOT_ACTIVATED)
async def _(server: Server) -> dict[str, Any]:
    return await server.person("P0008").pay("H37010000001", "1.00")


@meets(ErrorCode.PAYEE_WALLET_NOT_ACTIVATED)
async def _(server: Server) -> dict[str, Any]:
    await declare(server.person("P0001"))
    return await server.person("P0001").apply("P0008", "SIBLING", "1.00")


@meets(ErrorCode.WALLET_FROZEN)
async def _(server: Server) -> dict[str, Any]:
    await freeze(server, "P0001")
    return await server.person("P0001").pay("H37010000001", "1.00")


@meets(ErrorCode.REGION_NOT_OPEN)
async def _(server: Server) -> dict[str, Any]:
    return await server.person("P0009").do("activateWallet", "wallet { id }", useAreaCode="440100", phone="13800000009")


@meets(ErrorCode.REGION_STATUS_UNKNOWN)
async def _(server: Server) -> dict[str, Any]:
    return await server.person("P0001").apply("P0010", "SIBLING", "1.00")


@meets(ErrorCode.USE_PLACE_CHANGE_UNSUPPORTED)
async def _(server: Server) -> dict[str, Any]:
    await enrol(server, "P0001", "340100")
    return await change_use_place(server, "P0001", "340100")


@meets(ErrorCode.USE_PLACE_UNCHANGED)
async def _(server: Server) -> dict[str, Any]:
    return await change_use_place(server, "P0003", "340100")


# ---- transfers and their policy -----------------------------------------------------------------------------------


@meets(ErrorCode.TRANSFER_NOT_PENDING)
async def _(server: Server) -> dict[str, Any]:
    given = await server.person("P0001").give("P0004", "CHILD", "1.00")
    return await server.person("P0001").do("cancelTransfer", "transfer { id }", transferId=given["id"])


@meets(ErrorCode.TRANSFER_EXPIRED)
async def _(server: Server) -> dict[str, Any]:
    applied = await server.person("P0001").apply("P0004", "CHILD", "1.00")
    server.clock.advance(minutes=30)
    return await server.person("P0001").verify(applied["transfer"]["id"])


@meets(ErrorCode.AMOUNT_OVER_LIMIT)
async def _(server: Server) -> dict[str, Any]:
    return await server.person("P0001").apply("P0004", "CHILD", "2000.01")


@meets(ErrorCode.DAILY_LIMIT_REACHED)
async def _(server: Server) -> dict[str, Any]:
    father = server.person("P0001")
    for payee, relation in (("P0002", "SPOUSE"), ("P0003", "CHILD"), ("P0004", "CHILD")):
        await father.give(payee, relation, "1.00")
    return await father.apply("P0005", "PARENT", "1.00")


@meets(ErrorCode.OUTSIDE_SERVICE_HOURS)
async def _(server: Server) -> dict[str, Any]:
    server.clock.advance(hours=10)
    return await server.person("P0001").apply("P0004", "CHILD", "1.00")


@meets(ErrorCode.TRANSFER_PENDING_TO_PAYEE)
async def _(server: Server) -> dict[str, Any]:
    await server.person("P0001").give("P0004", "CHILD", "1.00")
    return await server.person("P0001").apply("P0004", "CHILD", "2.00")


# ---- balance and verification -------------------------------------------------------------------------------------


@meets(ErrorCode.INSUFFICIENT_BALANCE)
async def _(server: Server) -> dict[str, Any]:
    return await server.person("P0001").apply("P0004", "CHILD", "5000.01")


@meets(ErrorCode.PASSWORD_NOT_SET)
async def _(server: Server) -> dict[str, Any]:
    enrolment = {"scheme": "EMPLOYEE", "areaCode": "370100", "since": "2024-01-01"}
    person = {"personNo": "P0200", "name": "新来", "idNumber": "110101199003070011", "enrolments": [enrolment]}
    new = server.person("P0200")
    assert await server.agency.codes("registerPerson", "person { id }", **person) == []
    assert await new.codes("activateWallet", "wallet { id }", useAreaCode="370100", phone="13800000200") == []
    tie = {"relativeName": "新来", "relativeIdNumber": "110101199003070011", "relation": "CHILD"}
    assert (await declare(server.person("P0001"), **tie))["errors"] == []
    await server.person("P0001").give(
        "P0001", "CHILD", "5.00", payee={"identity": {"name": "新来", "idNumber": "110101199003070011"}}
    )
    return await new.pay("H37010000001", "1.00")


@meets(ErrorCode.VERIFICATION_FAILED)
async def _(server: Server) -> dict[str, Any]:
    return await server.person("P0001").pay("H37010000001", "1.00", verification={"password": "000000"})


@meets(ErrorCode.VERIFICATION_LOCKED)
async def _(server: Server) -> dict[str, Any]:
    for attempt in range(5):
        wrong = {"verification": {"password": "000000"}, "idempotencyKey": f"wrong-{attempt}"}
        await server.person("P0001").pay("H37010000001", "1.00", **wrong)
    return await server.person("P0001").pay("H37010000001", "1.00", verification={"password": PASSWORD})


# ---- payments -----------------------------------------------------------------------------------------------------


@meets(ErrorCode.INSTITUTION_NOT_DESIGNATED)
async def _(server: Server) -> dict[str, Any]:
    return await server.person("P0001").pay("H37010099999", "1.00")


@meets(ErrorCode.WALLET_NOT_ACCEPTED)
async def _(server: Server) -> dict[str, Any]:
    return await server.person("P0001").pay("P37010000002", "1.00")


@meets(ErrorCode.NOT_IN_USE_PLACE)
async def _(server: Server) -> dict[str, Any]:
    return await server.person("P0001").pay("H34010000001", "1.00")


@meets(ErrorCode.OVER_SELF_PAID)
async def _(server: Server) -> dict[str, Any]:
    return await server.person("P0001").pay("H37010000001", "30.01")


@meets(ErrorCode.PREMIUM_NOT_PUBLISHED)
async def _(server: Server) -> dict[str, Any]:
    return await server.person("P0003").pay_premium("130100")


@meets(ErrorCode.PREMIUM_WINDOW_CLOSED)
async def _(server: Server) -> dict[str, Any]:
    server.clock.advance(days=365)
    return await server.person("P0002").pay_premium("370100")


@meets(ErrorCode.PREMIUM_ALREADY_PAID)
async def _(server: Server) -> dict[str, Any]:
    wife = server.person("P0002")
    await server.person("P0001").give("P0002", "SPOUSE", "1000.00")
    assert (await wife.pay_premium("370100"))["errors"] == []
    return await wife.pay_premium("370100", idempotencyKey="again")


@meets(ErrorCode.OVER_REFUND)
async def _(server: Server) -> dict[str, Any]:
    payment = (await server.person("P0001").pay("H37010000001", "10.00"))["payment"]
    return await server.hospital.refund(payment["id"], "10.01")
