"""Paying medical expenses out of a wallet: what is paid, and every reason why it is not (R22)."""

import pytest

from tests.clients import Caller, Server

UNKNOWN = "H99999999999"


def signed_in(server: Server, name: str) -> Caller:
    """Give a caller by name or personal number."""
    others = {"anonymous": server.anonymous, "agency": server.agency, "hospital": server.hospital}
    return others.get(name) or server.person(name)


async def suspend(server: Server, person_no: str, scheme: str, area_code: str) -> None:
    """Suspend an enrolment."""
    enrolment = {"scheme": scheme, "areaCode": area_code, "status": "SUSPENDED", "since": "2025-06-01"}
    assert await server.agency.codes("setEnrolment", "person { name }", personNo=person_no, **enrolment) == []


async def close(server: Server, area_code: str) -> None:
    """Close an area."""
    assert await server.agency.codes("closeRegion", "region { code }", code=area_code, on="2025-06-01") == []


async def freeze(server: Server, person_no: str) -> None:
    """Freeze a wallet."""
    assert await server.agency.codes("freezeWallet", "wallet { status }", personNo=person_no, reason="核查") == []


# ---- paying -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["H37010000001", "P37010000001"])
async def test_a_wallet_pays_at_hospitals_and_pharmacies_of_its_use_place(server: Server, code: str) -> None:
    """R22."""
    paid = await server.person("P0001").pay(code, "12.50")
    assert paid["errors"] == []
    assert paid["wallet"] == {"balance": "187.50"}
    payment = paid["payment"]
    assert (payment["kind"], payment["amount"], payment["refundedAmount"], payment["status"]) == (
        "MEDICAL",
        "12.50",
        "0.00",
        "COMPLETED",
    )
    assert payment["bill"] == {"number": "B1", "total": "100.00", "fundPaid": "70.00", "selfPaid": "30.00"}
    assert (payment["payer"], payment["premium"]) == ({"personNo": "P0001", "name": "李*"}, None)
    assert payment["institution"]["code"] == code
    assert payment["createdAt"] == "2025-06-02T12:00:00.000+08:00"


async def test_a_service_that_is_open_but_idle_accepts_the_wallet(server: Server) -> None:
    """R22, R24."""
    await server.agency.do("setWalletService", "institution { code }", code="P37010000002", status="OPEN_IDLE")
    assert (await server.person("P0001").pay("P37010000002", "10.00"))["errors"] == []


async def test_a_personal_account_pays_nothing(server: Server) -> None:
    """R7, R22."""
    father = server.person("P0001")
    assert (await father.pay("H37010000001", "30.00"))["errors"] == []
    assert await father.balances() == {"wallet": "170.00", "personalAccount": "5000.00"}


# ---- refusals -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("caller", "institution", "amount", "change", "code", "path"),
    [
        ("P0001", "X37010000001", "1.00", {}, "INVALID_INPUT", ["input", "institutionCode"]),
        ("P0001", "H37010000001", "0.00", {}, "INVALID_AMOUNT", ["input", "amount"]),
        ("P0001", "H37010000001", "1.00", {"idempotencyKey": ""}, "INVALID_INPUT", ["input", "idempotencyKey"]),
        ("P0001", "H37010000001", "1.00", {"idempotencyKey": "a b"}, "INVALID_INPUT", ["input", "idempotencyKey"]),
        (
            "P0001",
            "H37010000001",
            "1.00",
            {"verification": {"password": "12345"}},
            "INVALID_INPUT",
            ["input", "verification", "password"],
        ),
        ("anonymous", "H37010000001", "1.00", {}, "UNAUTHENTICATED", None),
        ("agency", "H37010000001", "1.00", {}, "FORBIDDEN", None),
        ("hospital", "H37010000001", "1.00", {}, "FORBIDDEN", None),
        ("P7777", "H37010000001", "1.00", {}, "NOT_ENROLLED", None),
        ("P0001", UNKNOWN, "1.00", {}, "INSTITUTION_NOT_DESIGNATED", ["input", "institutionCode"]),
        ("P0001", "P37010000002", "1.00", {}, "WALLET_NOT_ACCEPTED", ["input", "institutionCode"]),
        ("P0001", "H34010000001", "1.00", {}, "NOT_IN_USE_PLACE", ["input", "institutionCode"]),
        ("P0001", "H37010000001", "30.01", {}, "OVER_SELF_PAID", ["input", "amount"]),
        ("P0008", "H37010000001", "1.00", {}, "WALLET_NOT_ACTIVATED", None),
        ("P0004", "H54010000001", "10.01", {}, "INSUFFICIENT_BALANCE", ["input", "amount"]),
    ],
)
async def test_a_payment_that_cannot_be_made_says_why_and_where(
    shared_server: Server,
    caller: str,
    institution: str,
    amount: str,
    change: dict[str, object],
    code: str,
    path: list[str] | None,
) -> None:
    """R22, R27."""
    refused = await signed_in(shared_server, caller).pay(institution, amount, **change)
    assert [(error["code"], error["path"]) for error in refused["errors"]] == [(code, path)]
    assert (refused["payment"], refused["wallet"]) == (None, None)


async def test_who_is_not_enrolled_any_more_does_not_pay(server: Server) -> None:
    """R22."""
    await suspend(server, "P0002", "RESIDENT", "370100")
    refused = await server.person("P0002").pay("H37010000001", "1.00")
    assert [(e["code"], e["path"]) for e in refused["errors"]] == [("NOT_ENROLLED", None)]


async def test_a_holder_pays_only_where_he_or_she_is_still_enrolled(server: Server) -> None:
    """R22: enrolled elsewhere is not enough."""
    await suspend(server, "P0003", "EMPLOYEE", "340100")
    refused = await server.person("P0003").pay("H34010000001", "1.00")
    assert [(e["code"], e["path"]) for e in refused["errors"]] == [("NOT_ENROLLED_IN_AREA", None)]


async def test_a_wallet_does_not_pay_in_an_area_that_was_closed(server: Server) -> None:
    """R4, R22."""
    await close(server, "370100")
    refused = (await server.person("P0001").pay("H37010000001", "1.00"))["errors"]
    assert [(e["code"], e["path"], e["region"]) for e in refused] == [("REGION_NOT_OPEN", None, {"code": "370100"})]


async def test_a_frozen_wallet_does_not_pay(server: Server) -> None:
    """R12."""
    await freeze(server, "P0001")
    refused = await server.person("P0001").pay("H37010000001", "1.00")
    assert [(e["code"], e["path"]) for e in refused["errors"]] == [("WALLET_FROZEN", None)]


async def test_more_than_there_is_cannot_be_paid(shared_server: Server) -> None:
    """R22: the answer says what there is."""
    refused = await shared_server.person("P0004").pay("H54010000001", "10.01")
    assert [(e["__typename"], e["available"]) for e in refused["errors"]] == [("InsufficientBalance", "10.00")]


async def test_without_a_password_nothing_is_paid(server: Server) -> None:
    """R18, R22."""
    newcomer = {"personNo": "P0100", "name": "李新", "idNumber": "110101199003071233"}
    enrolments = [{"scheme": "EMPLOYEE", "areaCode": "370100", "since": "2024-01-01"}]
    await server.agency.do("registerPerson", "person { name }", **newcomer, enrolments=enrolments)
    child, father = server.person("P0100"), server.person("P0001")
    await child.do("activateWallet", "wallet { id }", useAreaCode="370100", phone="13912345678")
    tie = {"relativeName": "李新", "relativeIdNumber": "110101199003071233", "relation": "CHILD"}
    declared = await father.do("declareKinship", "kinship { id }", **tie, commitmentAccepted=True)
    await father.give("P0004", "CHILD", "5.00", payee={"kinshipId": declared["kinship"]["id"]})
    refused = await child.pay("H37010000001", "5.00")
    assert [(e["code"], e["path"]) for e in refused["errors"]] == [("PASSWORD_NOT_SET", ["input", "verification"])]


# ---- of two rules that do not hold, the first is reported ---------------------------------------------------------


@pytest.mark.parametrize(
    ("caller", "institution", "amount", "password", "code"),
    [
        ("anonymous", UNKNOWN, "0.00", "246810", "INVALID_AMOUNT"),
        ("anonymous", UNKNOWN, "1.00", "1", "INVALID_INPUT"),
        ("agency", "X", "1.00", "246810", "INVALID_INPUT"),
        ("anonymous", UNKNOWN, "1.00", "246810", "UNAUTHENTICATED"),
        ("agency", UNKNOWN, "1.00", "246810", "FORBIDDEN"),
        ("P7777", UNKNOWN, "1.00", "246810", "NOT_ENROLLED"),
        ("P0003", "P37010000002", "30.01", "246810", "WALLET_NOT_ACCEPTED"),
        ("P0001", "H34010000001", "30.01", "246810", "NOT_IN_USE_PLACE"),
        ("P0008", UNKNOWN, "1.00", "246810", "INSTITUTION_NOT_DESIGNATED"),
        ("P0008", "P37010000002", "1.00", "246810", "WALLET_NOT_ACCEPTED"),
        ("P0008", "H37010000001", "30.01", "246810", "OVER_SELF_PAID"),
        ("P0008", "H37010000001", "30.00", "000000", "WALLET_NOT_ACTIVATED"),
        ("P0005", "H13010000001", "30.01", "246810", "OVER_SELF_PAID"),
        ("P0005", "H13010000001", "30.00", "000000", "INSUFFICIENT_BALANCE"),
    ],
)
async def test_of_two_reasons_not_to_pay_the_first_is_reported(
    shared_server: Server, caller: str, institution: str, amount: str, password: str, code: str
) -> None:
    """R22: error precedence."""
    key = f"{institution}-{amount}-{password}"
    proof = {"password": password}
    refused = await signed_in(shared_server, caller).pay(institution, amount, verification=proof, idempotencyKey=key)
    assert [error["code"] for error in refused["errors"]] == [code]


async def test_a_known_key_is_looked_at_before_what_is_asked(server: Server) -> None:
    """R20: error precedence."""
    father = server.person("P0001")
    await father.pay("H37010000001", "1.00", idempotencyKey="known")
    refused = await father.pay(UNKNOWN, "999.00", idempotencyKey="known", verification={"password": "000000"})
    assert [(e["code"], e["path"]) for e in refused["errors"]] == [
        ("IDEMPOTENCY_KEY_REUSED", ["input", "idempotencyKey"])
    ]


@pytest.mark.parametrize("person_no", ["P0002", "P7777"])
async def test_the_state_of_a_bill_is_judged_before_the_callers_enrolment(server: Server, person_no: str) -> None:
    """R22: error precedence, for who is enrolled no more and for who never was."""
    await server.person("P0001").pay("H37010000001", "1.00")
    await suspend(server, "P0002", "RESIDENT", "370100")
    other = {"number": "B1", "total": "9.00", "fundPaid": "0.00", "selfPaid": "9.00"}
    refused = await server.person(person_no).pay("H37010000001", "1.00", bill=other)
    assert [error["code"] for error in refused["errors"]] == ["CONFLICT"]


async def test_enrolment_comes_before_regions_and_regions_before_institutions(server: Server) -> None:
    """R22: error precedence."""
    await close(server, "340100")
    son = server.person("P0003")
    refused = await son.pay(UNKNOWN, "1.00", idempotencyKey="closed")
    await suspend(server, "P0003", "EMPLOYEE", "340100")
    refused_again = await son.pay(UNKNOWN, "1.00", idempotencyKey="suspended")
    codes = [error["code"] for error in (*refused["errors"], *refused_again["errors"])]
    assert codes == ["REGION_NOT_OPEN", "NOT_ENROLLED_IN_AREA"]


async def test_a_frozen_wallet_comes_before_its_balance_and_after_its_institution(server: Server) -> None:
    """R12, R22: error precedence."""
    await freeze(server, "P0005")
    father = server.person("P0005")
    refused = (
        *(await father.pay("H13010000001", "30.00", idempotencyKey="balance"))["errors"],
        *(await father.pay("H37010000001", "30.00", idempotencyKey="institution"))["errors"],
    )
    assert [error["code"] for error in refused] == ["WALLET_FROZEN", "NOT_IN_USE_PLACE"]
