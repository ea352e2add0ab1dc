"""Persons, enrolments, kinship, wallets and allotments, over HTTP (R6 to R10)."""

import asyncio
from pathlib import Path

import pytest

from repositories.contract import Storage
from tests.clients import Server, running_server

NEWCOMER = {
    "personNo": "P0100",
    "name": "买买提·阿不都",
    "idNumber": "110101199003071233",
    "phone": "13912345678",
    "enrolments": [{"scheme": "EMPLOYEE", "areaCode": "370100", "since": "2024-01-01"}],
}
PERSON = (
    "person { personNo name maskedIdNumber maskedPhone birthDate enrolments { scheme status since area { name } } "
    "personalAccount { balance area { name } } wallet { id } }"
)


async def test_the_agency_registers_a_person_with_a_personal_account(server: Server) -> None:
    """R6, R7, R28."""
    registered = await server.agency.do("registerPerson", PERSON, **NEWCOMER)
    assert registered == {
        "person": {
            "personNo": "P0100",
            "name": "买买提·阿不都",
            "maskedIdNumber": "110***********1233",
            "maskedPhone": "139****5678",
            "birthDate": "1990-03-07",
            "enrolments": [
                {"scheme": "EMPLOYEE", "status": "ACTIVE", "since": "2024-01-01", "area": {"name": "济南市"}}
            ],
            "personalAccount": {"balance": "0.00", "area": {"name": "济南市"}},
            "wallet": None,
        },
        "errors": [],
    }


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        ({"idNumber": "110101199003071234"}, "INVALID_INPUT", ["input", "idNumber"]),
        ({"phone": "12345678901"}, "INVALID_INPUT", ["input", "phone"]),
        ({"name": " "}, "INVALID_INPUT", ["input", "name"]),
        ({"personNo": "P 1"}, "INVALID_INPUT", ["input", "personNo"]),
        ({"enrolments": []}, "INVALID_INPUT", ["input", "enrolments"]),
        (
            {"enrolments": [{"scheme": "EMPLOYEE", "areaCode": "370100", "since": "2999-01-01"}]},
            "INVALID_INPUT",
            ["input", "enrolments"],
        ),
        (
            {"enrolments": [{"scheme": "EMPLOYEE", "areaCode": "370000", "since": "2024-01-01"}]},
            "NOT_FOUND",
            ["input", "enrolments"],
        ),
        (
            {
                "enrolments": [
                    {"scheme": "EMPLOYEE", "areaCode": area, "since": "2024-01-01"} for area in ("370100", "370200")
                ]
            },
            "ENROLMENT_EXISTS",
            ["input", "enrolments"],
        ),
        ({"personNo": "P0001"}, "CONFLICT", ["input", "personNo"]),
        ({"idNumber": "370102196603151238"}, "CONFLICT", ["input", "idNumber"]),
    ],
)
async def test_a_registration_that_is_wrong_says_where(
    shared_server: Server, change: dict[str, object], code: str, path: list[str]
) -> None:
    """R6."""
    refused = await shared_server.agency.do("registerPerson", PERSON, **(NEWCOMER | change))
    assert [(error["code"], error["path"]) for error in refused["errors"]] == [(code, path)]
    assert refused["person"] is None


async def test_one_registration_wins_of_many_at_once(server: Server) -> None:
    """R6, R20."""
    answers = await asyncio.gather(
        *(server.agency.codes("registerPerson", "person { name }", **NEWCOMER) for _ in "abcd")
    )
    assert sorted(answers) == [[], ["CONFLICT"], ["CONFLICT"], ["CONFLICT"]]


async def test_an_enrolment_is_ended_before_another_of_its_scheme_begins(server: Server) -> None:
    """R6, R7."""
    move = {"personNo": "P0001", "scheme": "EMPLOYEE", "since": "2025-06-01"}
    new = move | {"areaCode": "370200", "status": "ACTIVE"}
    assert await server.agency.codes("setEnrolment", "person { name }", **new) == ["ENROLMENT_EXISTS"]
    ended = move | {"areaCode": "370100", "status": "ENDED"}
    assert await server.agency.codes("setEnrolment", "person { name }", **ended) == []
    moved = await server.agency.do("setEnrolment", PERSON, **new)
    assert moved["person"]["personalAccount"] == {"balance": "5000.00", "area": {"name": "青岛市"}}


async def test_who_is_no_longer_enrolled_cannot_send_and_cannot_be_sent_to(server: Server) -> None:
    """R13, R15."""
    for person_no, area in (("P0002", "370100"), ("P0004", "540100")):
        await server.agency.do(
            "setEnrolment",
            "person { name }",
            personNo=person_no,
            scheme="RESIDENT",
            areaCode=area,
            status="SUSPENDED",
            since="2025-06-01",
        )
    sending = await server.person("P0002").apply("P0001", "SPOUSE", "1.00", source="WALLET")
    receiving = await server.person("P0001").apply("P0004", "CHILD", "1.00")
    assert [(e["code"], e["path"]) for e in sending["errors"]] == [("NOT_ENROLLED", None)]
    assert [(e["code"], e["path"]) for e in receiving["errors"]] == [("NOT_ENROLLED", ["input", "payee"])]


async def test_an_allotment_is_credited_once_per_key(server: Server) -> None:
    """R7, R20."""
    credit = {"personNo": "P0001", "amount": "100.00", "period": "2025-06", "idempotencyKey": "june"}
    for _ in range(2):
        credited = await server.agency.do("creditPersonalAccount", "personalAccount { balance }", **credit)
        assert credited == {"personalAccount": {"balance": "5100.00"}, "errors": []}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"personNo": "P9999"}, "NOT_FOUND"),
        ({"personNo": "P0002"}, "NO_PERSONAL_ACCOUNT"),
        ({"amount": "0.00"}, "INVALID_AMOUNT"),
        ({"period": "2025-13"}, "INVALID_INPUT"),
        ({"idempotencyKey": "a b"}, "INVALID_INPUT"),
        ({"idempotencyKey": ""}, "INVALID_INPUT"),
    ],
)
async def test_an_allotment_that_is_wrong_is_refused(server: Server, change: dict[str, str], code: str) -> None:
    """R7."""
    credit = {"personNo": "P0001", "amount": "1.00", "period": "2025-06", "idempotencyKey": "k"} | change
    assert await server.agency.codes("creditPersonalAccount", "personalAccount { id }", **credit) == [code]


DECLARE = {
    "relativeName": "赵强",
    "relativeIdNumber": "42010219850711537x",
    "relation": "CHILD",
    "commitmentAccepted": True,
}


async def test_a_tie_is_read_from_both_ends_and_revoked_by_either(server: Server) -> None:
    """R8, R9."""
    father, child = server.person("P0001"), server.person("P0008")
    declared = await father.do("declareKinship", "kinship { id relation relative { personNo name } }", **DECLARE)
    assert declared["kinship"] | {"id": ""} == {
        "id": "",
        "relation": "CHILD",
        "relative": {"personNo": "P0008", "name": "赵*"},
    }
    ties = "{ viewer { person { kinships { nodes { id relation status relative { personNo } } } } } }"
    seen = (await child.ask(ties))["viewer"]["person"]["kinships"]["nodes"]
    assert [(tie["relation"], tie["relative"]["personNo"]) for tie in seen] == [("PARENT", "P0001")]
    assert seen[0]["id"] != declared["kinship"]["id"]
    for _ in range(2):
        revoked = await child.do("revokeKinship", "kinship { status }", kinshipId=seen[0]["id"])
        assert revoked == {"kinship": {"status": "REVOKED"}, "errors": []}
    history = (await father.ask(ties))["viewer"]["person"]["kinships"]["nodes"]
    assert "REVOKED" in [tie["status"] for tie in history]
    again = await father.do("declareKinship", "kinship { id }", **DECLARE)
    assert again["errors"] == []
    assert again["kinship"]["id"] != declared["kinship"]["id"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"commitmentAccepted": False}, "COMMITMENT_REQUIRED"),
        ({"relativeName": "赵刚"}, "RELATIVE_MISMATCH"),
        ({"relativeIdNumber": "420102198507115371"}, "INVALID_INPUT"),
        ({"relation": "PARENT"}, "KINSHIP_IMPLAUSIBLE"),
        ({"relation": "SPOUSE"}, "CONFLICT"),
        ({"relativeName": "李建国", "relativeIdNumber": "370102196603151238"}, "NOT_NEAR_RELATIVE"),
        ({"relativeName": "李芳", "relativeIdNumber": "370102199309183320"}, "KINSHIP_EXISTS"),
    ],
)
async def test_a_tie_that_cannot_be_is_refused(shared_server: Server, change: dict[str, object], code: str) -> None:
    """R8, R9."""
    assert await shared_server.person("P0001").codes("declareKinship", "kinship { id }", **(DECLARE | change)) == [code]


async def test_two_spouses_declared_at_once_leave_one(server: Server) -> None:
    """R9."""
    zhao, wang = server.person("P0008"), server.person("P0009")
    spouse = {"relation": "SPOUSE", "commitmentAccepted": True}
    answers = await asyncio.gather(
        zhao.codes(
            "declareKinship", "kinship { id }", relativeName="李建军", relativeIdNumber="210102197004125919", **spouse
        ),
        wang.codes(
            "declareKinship", "kinship { id }", relativeName="李建军", relativeIdNumber="210102197004125919", **spouse
        ),
    )
    assert sorted(answers) == [[], ["CONFLICT"]]


async def test_the_commitment_can_be_read_before_it_is_accepted(shared_server: Server) -> None:
    """R9."""
    commitment = (await shared_server.anonymous.ask("{ kinshipCommitment { version text } }"))["kinshipCommitment"]
    assert "近亲属" in commitment["text"]


@pytest.mark.parametrize(
    ("person_no", "area", "phone", "code"),
    [
        ("P0001", "370100", "13800000001", "WALLET_EXISTS"),
        ("P0008", "420200", "13800000008", "NOT_ENROLLED_IN_AREA"),
        ("P0008", "999999", "13800000008", "NOT_FOUND"),
        ("P0008", "420100", "1380000000", "INVALID_INPUT"),
        ("P0009", "440100", "13800000009", "REGION_NOT_OPEN"),
        ("P0010", "210100", "13800000010", "REGION_STATUS_UNKNOWN"),
        ("P9999", "370100", "13800000010", "NOT_ENROLLED"),
    ],
)
async def test_a_wallet_that_cannot_be_activated_says_why(
    shared_server: Server, person_no: str, area: str, phone: str, code: str
) -> None:
    """R10."""
    wallet = {"useAreaCode": area, "phone": phone}
    assert await shared_server.person(person_no).codes("activateWallet", "wallet { id }", **wallet) == [code]


async def test_a_wallet_is_activated_with_nothing_in_it(server: Server) -> None:
    """R10."""
    selection = "wallet { balance availableBalance status maskedPhone useArea { name } usePlaceChanges { at } }"
    activated = await server.person("P0008").do("activateWallet", selection, useAreaCode="420100", phone="13712345678")
    assert activated["wallet"] == {
        "balance": "0.00",
        "availableBalance": "0.00",
        "status": "ACTIVE",
        "maskedPhone": "137****5678",
        "useArea": {"name": "武汉市"},
        "usePlaceChanges": [],
    }


async def test_a_password_is_changed_with_the_current_one_only(server: Server) -> None:
    """R18."""
    father = server.person("P0001")
    transfer_id = (await father.apply("P0004", "CHILD", "1.00"))["transfer"]["id"]

    async def change(**arguments: str) -> list[str]:
        return await father.codes("setPassword", "person { personNo }", **arguments)

    assert await change(newPassword="13579") == ["INVALID_INPUT"]
    assert await change(newPassword="135790") == ["INVALID_INPUT"]
    assert await change(newPassword="135790", currentPassword="000000") == ["VERIFICATION_FAILED"]
    assert await change(newPassword="135790", currentPassword="246810") == []
    assert [e["code"] for e in (await father.verify(transfer_id, "246810"))["errors"]] == ["VERIFICATION_FAILED"]
    assert (await father.verify(transfer_id, "135790"))["errors"] == []


async def test_without_a_password_nothing_can_be_verified(server: Server) -> None:
    """R18."""
    await server.agency.do("registerPerson", PERSON, **NEWCOMER)
    newcomer = server.person("P0100")
    await newcomer.do("activateWallet", "wallet { id }", useAreaCode="370100", phone="13912345678")
    credit = {"personNo": "P0100", "amount": "9.00", "period": "2025-06", "idempotencyKey": "k"}
    await server.agency.do("creditPersonalAccount", "personalAccount { id }", **credit)
    await newcomer.do(
        "declareKinship",
        "kinship { id }",
        relativeName="李芳",
        relativeIdNumber="370102199309183320",
        relation="SIBLING",
        commitmentAccepted=True,
    )
    transfer_id = (await newcomer.apply("P0004", "SIBLING", "1.00"))["transfer"]["id"]
    refused = (await newcomer.verify(transfer_id))["errors"][0]
    assert (refused["code"], refused["path"]) == ("PASSWORD_NOT_SET", ["input", "verification"])


async def test_a_wallet_is_activated_once_of_many_tries_at_once(server: Server) -> None:
    """R10, R20."""
    zhao, wallet = server.person("P0008"), {"useAreaCode": "420100", "phone": "13712345678"}
    answers = await asyncio.gather(*(zhao.codes("activateWallet", "wallet { id }", **wallet) for _ in "abcd"))
    assert sorted(answers) == [[], ["WALLET_EXISTS"], ["WALLET_EXISTS"], ["WALLET_EXISTS"]]


async def test_a_tie_declared_from_both_ends_at_once_is_one(server: Server) -> None:
    """R9, R20."""
    back = {
        "relativeName": "李建国",
        "relativeIdNumber": "370102196603151238",
        "relation": "PARENT",
        "commitmentAccepted": True,
    }
    answers = await asyncio.gather(
        server.person("P0001").codes("declareKinship", "kinship { id }", **DECLARE),
        server.person("P0008").codes("declareKinship", "kinship { id }", **back),
    )
    assert sorted(answers) == [[], ["KINSHIP_EXISTS"]]


async def test_an_allotment_credited_at_once_under_one_key_counts_once(server: Server) -> None:
    """R20."""
    credit = {"personNo": "P0001", "amount": "100.00", "period": "2025-06", "idempotencyKey": "june"}
    answers = await asyncio.gather(
        *(server.agency.do("creditPersonalAccount", "personalAccount { balance }", **credit) for _ in "abcdefgh")
    )
    assert {answer["personalAccount"]["balance"] for answer in answers} == {"5100.00"}


async def test_an_allotment_keeps_its_period(server: Server) -> None:
    """R7."""
    credit = {"personNo": "P0001", "amount": "100.00", "period": "2025-06", "idempotencyKey": "june"}
    await server.agency.do("creditPersonalAccount", "personalAccount { balance }", **credit)
    newest = (await server.storage.read().entries.find({"account_id": "personal:P0001"}, 1))[0]
    assert newest.period == "2025-06"


@pytest.mark.parametrize("password", ["111111", "123456", "660315"])
async def test_a_password_that_is_easy_to_guess_is_not_set(shared_server: Server, password: str) -> None:
    """R18: nor one's birth date."""
    changed = await shared_server.person("P0001").do(
        "setPassword", "person { id }", newPassword=password, currentPassword="246810"
    )
    assert [(e["code"], e["path"]) for e in changed["errors"]] == [("INVALID_INPUT", ["input", "newPassword"])]


async def test_a_hash_is_renewed_once_it_is_made_at_another_cost(storage: Storage, tmp_path: Path) -> None:
    """R18: when the password is next given, and it stays the password."""
    async with running_server(storage, tmp_path) as cheap:
        assert (await cheap.person("P0001").pay("H37010000001", "1.00"))["errors"] == []
        before = await storage.read().credentials.get("P0001")
        async with running_server(storage, tmp_path, argon2_time_cost=2) as dearer:
            wrong = await dearer.person("P0001").pay(
                "H37010000001", "2.00", verification={"password": "000000"}, idempotencyKey="wrong"
            )
            unchanged = await storage.read().credentials.get("P0001")
            paid = await dearer.person("P0001").pay("H37010000001", "2.00")
            after = await storage.read().credentials.get("P0001")
            again = await dearer.person("P0001").pay("H37010000001", "3.00")
    assert (len(wrong["errors"]), paid["errors"], again["errors"]) == (1, [], [])
    assert before is not None
    assert unchanged is not None
    assert after is not None
    assert before.password_hash == unchanged.password_hash
    assert "t=2" in after.password_hash
    assert after.version == before.version
