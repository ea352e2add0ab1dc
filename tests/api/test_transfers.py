"""Moving money between the demo family's wallets, over HTTP (R13 to R20)."""

import asyncio
from collections import Counter

import pytest

from domain.errors import ErrorCode
from tests.clients import TRANSFER, Server


async def test_a_father_sends_money_from_jinan_to_his_daughter_in_lhasa(server: Server) -> None:
    """R13, R17, R18."""
    father, daughter = server.person("P0001"), server.person("P0004")
    applied = await father.apply("P0004", "CHILD", "120.50")
    assert applied["errors"] == []
    assert applied["transfer"]["status"] == "PENDING_VERIFICATION"
    assert await father.balances() == {"wallet": "200.00", "personalAccount": "5000.00"}
    verified = await father.verify(applied["transfer"]["id"])
    assert verified["errors"] == []
    assert verified["wallet"] == {"balance": "200.00"}
    completed = verified["transfer"]
    assert (completed["status"], completed["scope"], completed["verifiedBy"]) == (
        "COMPLETED",
        "CROSS_PROVINCE",
        "PASSWORD",
    )
    assert await father.balances() == {"wallet": "200.00", "personalAccount": "4879.50"}
    assert await daughter.balances() == {"wallet": "130.50", "personalAccount": None}
    for side in (father, daughter):
        seen = await side.ask(f"query($n: String!) {{ transfer(number: $n) {{ {TRANSFER} }} }}", n=completed["number"])
        assert seen["transfer"] == completed
    assert completed["payer"]["name"] == "李*"


async def test_a_wrong_password_leaves_everything_as_it_was(server: Server) -> None:
    """R18."""
    father = server.person("P0001")
    applied = await father.apply("P0004", "CHILD", "120.50")
    refused = await father.verify(applied["transfer"]["id"], "000000")
    assert refused["transfer"] is None
    assert refused["errors"][0]["code"] == "VERIFICATION_FAILED"
    assert refused["errors"][0]["attemptsLeft"] == 4
    assert refused["errors"][0]["path"] == ["input", "verification"]
    assert await father.balances() == {"wallet": "200.00", "personalAccount": "5000.00"}
    assert (await father.verify(applied["transfer"]["id"]))["errors"] == []


async def test_five_wrong_passwords_lock_verification_for_fifteen_minutes(server: Server) -> None:
    """R18."""
    father = server.person("P0001")
    transfer_id = (await father.apply("P0004", "CHILD", "1.00"))["transfer"]["id"]
    left = [(await father.verify(transfer_id, "000000"))["errors"][0]["attemptsLeft"] for _ in range(5)]
    assert left == [4, 3, 2, 1, 0]
    locked = (await father.verify(transfer_id))["errors"][0]
    assert (locked["code"], locked["__typename"]) == ("VERIFICATION_LOCKED", "VerificationFailed")
    server.clock.advance(minutes=15)
    assert (await father.verify(transfer_id))["errors"] == []


async def test_parallel_guesses_get_five_tries_together(server: Server) -> None:
    """R18: the count cannot be raced."""
    father = server.person("P0001")
    transfer_id = (await father.apply("P0004", "CHILD", "1.00"))["transfer"]["id"]
    answers = await asyncio.gather(*(father.verify(transfer_id, f"00000{i % 10}") for i in range(20)))
    codes = Counter(answer["errors"][0]["code"] for answer in answers)
    assert codes == {"VERIFICATION_FAILED": 5, "VERIFICATION_LOCKED": 15}


async def test_a_daughter_in_law_is_no_near_relative(server: Server) -> None:
    """R8, R14."""
    applied = await server.person("P0001").apply("P0006", "CHILD", "10.00")
    assert [error["code"] for error in applied["errors"]] == ["NOT_NEAR_RELATIVE"]
    assert applied["errors"][0]["path"] == ["input", "payee"]


async def test_the_relation_stated_must_be_the_ties(server: Server) -> None:
    """R14."""
    applied = await server.person("P0001").apply("P0004", "SIBLING", "10.00")
    assert [error["code"] for error in applied["errors"]] == ["RELATION_MISMATCH"]


@pytest.mark.parametrize(
    "identity",
    [
        {"name": "李方", "idNumber": "370102199309183320"},
        {"name": "李芳", "idNumber": "370102199005103117"},
        {"name": "无名", "idNumber": "110101199003070011"},
    ],
    ids=["wrong name", "wrong number", "unknown person"],
)
async def test_whatever_is_wrong_about_a_payee_is_one_refusal(server: Server, identity: dict[str, str]) -> None:
    """R15."""
    applied = await server.person("P0001").apply("P0004", "CHILD", "10.00", payee={"identity": identity})
    assert applied["errors"] == [
        {
            "__typename": "RuleError",
            "code": "RELATIVE_MISMATCH",
            "message": "姓名与身份号码不匹配，请核对。",
            "path": ["input", "payee", "identity"],
        }
    ]


async def test_a_brother_in_shenyang_gets_money_once_the_agency_opened_his_area(server: Server) -> None:
    """R3, R4, R10, R16."""
    elder, younger = server.person("P0001"), server.person("P0010")
    refused = (await elder.apply("P0010", "SIBLING", "20.00", idempotencyKey="before"))["errors"][0]
    assert refused["code"] == "REGION_STATUS_UNKNOWN"
    assert refused["region"] == {"code": "210100"}
    wallet = {"useAreaCode": "210100", "phone": "13800000010"}
    assert await younger.codes("activateWallet", "wallet { id }", **wallet) == ["REGION_STATUS_UNKNOWN"]
    opened = await server.agency.do(
        "openRegion", "region { walletOpen province { coverage walletOpen } }", code="210100", on="2025-06-01"
    )
    assert opened["region"] == {"walletOpen": True, "province": {"coverage": "UNPUBLISHED", "walletOpen": None}}
    codes = [e["code"] for e in (await elder.apply("P0010", "SIBLING", "20.00", idempotencyKey="open"))["errors"]]
    assert codes == ["PAYEE_WALLET_NOT_ACTIVATED"]
    assert await younger.codes("activateWallet", "wallet { id }", **wallet) == []
    await elder.give("P0010", "SIBLING", "20.00", idempotencyKey="after")
    assert (await younger.balances())["wallet"] == "20.00"


async def test_a_sister_in_guangzhou_cannot_take_part_in_either_direction(server: Server) -> None:
    """R9, R16."""
    wife, sister = server.person("P0002"), server.person("P0009")
    declared = await wife.codes(
        "declareKinship",
        "kinship { id }",
        relativeName="王丽",
        relativeIdNumber="440104197209305628",
        relation="SIBLING",
        commitmentAccepted=True,
    )
    assert declared == []
    there = await wife.apply("P0009", "SIBLING", "5.00", source="WALLET")
    back = await sister.apply("P0002", "SIBLING", "5.00")
    for refused in (there, back):
        assert [error["code"] for error in refused["errors"]] == ["REGION_NOT_OPEN"]
        assert refused["errors"][0]["region"] == {"code": "440100"}


async def test_a_resident_has_no_personal_account_to_send_from(server: Server) -> None:
    """R7, R13."""
    refused = await server.person("P0002").apply("P0001", "SPOUSE", "5.00")
    assert [error["code"] for error in refused["errors"]] == ["NO_PERSONAL_ACCOUNT"]
    assert await server.person("P0002").give("P0001", "SPOUSE", "5.00", source="WALLET", idempotencyKey="w")


async def test_a_transfer_within_one_province_says_so(server: Server) -> None:
    """R17."""
    assert (await server.person("P0001").give("P0002", "SPOUSE", "1.00"))["scope"] == "SAME_PROVINCE"


async def test_a_payee_can_be_given_by_a_tie(server: Server) -> None:
    """R13."""
    father = server.person("P0001")
    ties = (await father.ask("{ viewer { person { kinships(relation: SPOUSE) { nodes { id } } } } }"))["viewer"]
    tie = ties["person"]["kinships"]["nodes"][0]["id"]
    transfer = await father.give("P0002", "SPOUSE", "3.00", payee={"kinshipId": tie})
    assert transfer["payee"]["personNo"] == "P0002"
    others = await server.person("P0003").apply("P0002", "SPOUSE", "3.00", payee={"kinshipId": tie})
    assert [error["code"] for error in others["errors"]] == ["NOT_FOUND"]


async def test_the_same_key_moves_the_money_once(server: Server) -> None:
    """R20."""
    father = server.person("P0001")
    first = await father.give("P0004", "CHILD", "7.00", idempotencyKey="once")
    again = (await father.apply("P0004", "CHILD", "7.00", idempotencyKey="once"))["transfer"]
    assert again == first
    assert (await father.verify(first["id"]))["transfer"] == first
    assert (await father.balances())["personalAccount"] == "4993.00"


async def test_the_same_key_at_once_from_twenty_tasks_makes_one_transfer(server: Server) -> None:
    """R20."""
    father = server.person("P0001")
    applied = await asyncio.gather(*(father.apply("P0004", "CHILD", "7.00") for _ in range(20)))
    assert all(answer["errors"] == [] for answer in applied)
    ids = {answer["transfer"]["id"] for answer in applied}
    assert len(ids) == 1
    verified = await asyncio.gather(*(father.verify(next(iter(ids))) for _ in range(20)))
    assert all(answer["transfer"]["status"] == "COMPLETED" for answer in verified)
    assert (await server.person("P0004").balances())["wallet"] == "17.00"
    assert (await father.balances())["personalAccount"] == "4993.00"


async def test_a_key_belongs_to_one_request_of_one_caller(server: Server) -> None:
    """R20."""
    father = server.person("P0001")
    await father.apply("P0004", "CHILD", "7.00", idempotencyKey="mine")
    other = await father.apply("P0004", "CHILD", "8.00", idempotencyKey="mine")
    assert [error["code"] for error in other["errors"]] == ["IDEMPOTENCY_KEY_REUSED"]
    assert other["errors"][0]["path"] == ["input", "idempotencyKey"]
    assert (await server.person("P0003").apply("P0007", "CHILD", "7.00", idempotencyKey="mine"))["errors"] == []


async def test_a_refusal_is_kept_with_its_key_and_told_by_outcome(server: Server) -> None:
    """R20."""
    mother = server.person("P0002")
    outcome = "query($k: String!) { outcome(idempotencyKey: $k) { status error { code message } node { __typename } } }"
    assert (await mother.ask(outcome, k="big"))["outcome"] is None
    refused = await mother.apply("P0001", "SPOUSE", "50.01", source="WALLET", idempotencyKey="big")
    assert refused["errors"][0] == {
        "__typename": "InsufficientBalance",
        "code": "INSUFFICIENT_BALANCE",
        "message": "余额不足，可用余额50.00元。",
        "path": ["input", "amount"],
        "available": "50.00",
    }
    await server.person("P0001").give("P0002", "SPOUSE", "100.00")
    again = await mother.apply("P0001", "SPOUSE", "50.01", source="WALLET", idempotencyKey="big")
    assert again["errors"] == refused["errors"]
    told = (await mother.ask(outcome, k="big"))["outcome"]
    assert told == {
        "status": "REFUSED",
        "error": {"code": "INSUFFICIENT_BALANCE", "message": "余额不足，可用余额50.00元。"},
        "node": None,
    }
    assert (await server.person("P0001").ask(outcome, k="big"))["outcome"] is None
    await mother.apply("P0001", "SPOUSE", "50.01", source="WALLET", idempotencyKey="small")
    done = (await mother.ask(outcome, k="small"))["outcome"]
    assert (done["status"], done["node"]) == ("COMPLETED", {"__typename": "Transfer"})


async def test_a_hundred_transfers_at_once_out_of_ten_yuan_complete_exactly_ten(server: Server) -> None:
    """R19, R20: never overdrawn, never lost."""
    daughter = server.person("P0004")

    async def give(number: int) -> str:
        applied = await daughter.apply("P0001", "PARENT", "1.00", source="WALLET", idempotencyKey=f"h{number}")
        if applied["errors"]:
            return str(applied["errors"][0]["code"])
        verified = await daughter.verify(applied["transfer"]["id"])
        return str(verified["errors"][0]["code"] if verified["errors"] else verified["transfer"]["status"])

    outcomes = Counter(await asyncio.gather(*(give(number) for number in range(100))))
    assert outcomes == {"COMPLETED": 10, "INSUFFICIENT_BALANCE": 90}
    statement = "balance entries(first: 100) { nodes { seq amount balanceAfter } }"
    person = (await daughter.ask(f"{{ viewer {{ person {{ wallet {{ {statement} }} }} }} }}"))["viewer"]["person"]
    entries = person["wallet"]["entries"]["nodes"]
    assert person["wallet"]["balance"] == "0.00"
    assert [entry["seq"] for entry in entries] == list(range(11, 0, -1))
    assert [entry["balanceAfter"] for entry in entries] == [f"{n}.00" for n in range(11)]
    assert {entry["amount"] for entry in entries[:10]} == {"-1.00"}
    assert (await server.person("P0001").balances())["wallet"] == "210.00"


@pytest.mark.parametrize(
    "amount", ["NaN", "1E3", "１２", "1_000", " 5 ", 0.1, 5, "0.001", "-1", "", "1.", "01", "99999999999999"]
)
async def test_what_is_not_an_amount_is_a_fault_that_says_how_to_write_one(server: Server, amount: object) -> None:
    """R19."""
    father = server.person("P0001")
    query = "mutation($input: ApplyTransferInput!) { applyTransfer(input: $input) { errors { code } } }"
    identity = {"name": "李芳", "idNumber": "370102199309183320"}
    arguments = {
        "source": "WALLET",
        "payee": {"identity": identity},
        "relation": "CHILD",
        "amount": amount,
        "idempotencyKey": "k",
    }
    fault = await father.fault(query, input=arguments)
    assert fault["extensions"]["code"] == ErrorCode.INVALID_AMOUNT
    assert "12.50" in fault["message"]
    assert await father.balances() == {"wallet": "200.00", "personalAccount": "5000.00"}


@pytest.mark.parametrize("amount", ["0", "0.00", "0.0"])
async def test_nothing_is_too_little_to_send(server: Server, amount: str) -> None:
    """R19."""
    refused = await server.person("P0001").apply("P0004", "CHILD", amount)
    assert [error["code"] for error in refused["errors"]] == ["INVALID_AMOUNT"]


async def test_an_unverified_application_expires_after_thirty_minutes(server: Server) -> None:
    """R18."""
    father = server.person("P0001")
    transfer = (await father.apply("P0004", "CHILD", "1.00"))["transfer"]
    server.clock.advance(minutes=30)
    seen = await father.ask("query($n: String!) { transfer(number: $n) { status } }", n=transfer["number"])
    assert seen["transfer"] == {"status": "EXPIRED"}
    assert [e["code"] for e in (await father.verify(transfer["id"]))["errors"]] == ["TRANSFER_EXPIRED"]
    assert await father.codes("cancelTransfer", "transfer { id }", transferId=transfer["id"]) == ["TRANSFER_EXPIRED"]


async def test_the_payer_can_cancel_and_cancelling_twice_is_no_error(server: Server) -> None:
    """R18."""
    father = server.person("P0001")
    transfer = (await father.apply("P0004", "CHILD", "1.00"))["transfer"]
    for _ in range(2):
        cancelled = await father.do("cancelTransfer", "transfer { status }", transferId=transfer["id"])
        assert cancelled == {"transfer": {"status": "CANCELLED"}, "errors": []}
    assert [e["code"] for e in (await father.verify(transfer["id"]))["errors"]] == ["TRANSFER_NOT_PENDING"]


async def test_a_completed_transfer_cannot_be_cancelled(server: Server) -> None:
    """R18, R25."""
    father = server.person("P0001")
    transfer = await father.give("P0004", "CHILD", "1.00")
    assert await father.codes("cancelTransfer", "transfer { id }", transferId=transfer["id"]) == [
        "TRANSFER_NOT_PENDING"
    ]


async def test_only_the_payer_may_verify(server: Server) -> None:
    """R27: the payee sees the transfer but may not; a stranger learns nothing."""
    transfer = (await server.person("P0001").apply("P0004", "CHILD", "1.00"))["transfer"]
    payee = await server.person("P0004").verify(transfer["id"])
    stranger = await server.person("P0008").verify(transfer["id"])
    nothing = await server.person("P0008").verify("VHJhbnNmZXI6bm9uZQ")
    assert [e["code"] for e in payee["errors"]] == ["FORBIDDEN"]
    assert stranger == nothing
    assert [e["code"] for e in stranger["errors"]] == ["NOT_FOUND"]


async def test_rules_are_judged_again_when_verifying_and_a_refused_one_stays_pending(server: Server) -> None:
    """R18."""
    father = server.person("P0001")
    transfer = (await father.apply("P0004", "CHILD", "1.00"))["transfer"]
    await server.agency.do("closeRegion", "region { code }", code="540100", on="2025-06-01")
    refused = await father.verify(transfer["id"])
    assert [(e["code"], e["path"]) for e in refused["errors"]] == [("REGION_NOT_OPEN", ["input", "transferId"])]
    await server.agency.do("openRegion", "region { code }", code="540100", on="2025-06-02")
    assert (await father.verify(transfer["id"]))["transfer"]["status"] == "COMPLETED"


async def test_a_revoked_tie_stops_a_pending_transfer(server: Server) -> None:
    """R9, R14, R18."""
    father, daughter = server.person("P0001"), server.person("P0004")
    transfer = (await father.apply("P0004", "CHILD", "1.00"))["transfer"]
    ties = await daughter.ask("{ viewer { person { kinships { nodes { id relation } } } } }")
    tie = ties["viewer"]["person"]["kinships"]["nodes"][0]
    assert tie["relation"] == "PARENT"
    assert await daughter.codes("revokeKinship", "kinship { status }", kinshipId=tie["id"]) == []
    assert [e["code"] for e in (await father.verify(transfer["id"]))["errors"]] == ["NOT_NEAR_RELATIVE"]


async def test_a_preview_judges_every_rule_and_changes_nothing(server: Server) -> None:
    """R15."""
    query = (
        "query($input: TransferPreviewInput!) { transferPreview(input: $input) "
        "{ eligible scope checks { code passed message } } }"
    )
    father = server.person("P0001")

    async def preview(payee: dict[str, str], relation: str, amount: str) -> dict[str, object]:
        arguments = {
            "source": "PERSONAL_ACCOUNT",
            "payee": {"identity": payee},
            "relation": relation,
            "amount": amount,
        }
        shown: dict[str, object] = (await father.ask(query, input=arguments))["transferPreview"]
        return shown

    good = await preview({"name": "李芳", "idNumber": "370102199309183320"}, "CHILD", "10.00")
    assert (good["eligible"], good["scope"]) == (True, "CROSS_PROVINCE")
    stranger = await preview({"name": "陈静", "idNumber": "320508199102264343"}, "CHILD", "99999.00")
    assert (stranger["eligible"], stranger["scope"]) == (False, None)
    assert isinstance(stranger["checks"], list)
    assert [check["code"] for check in stranger["checks"] if not check["passed"]] == [
        "NOT_NEAR_RELATIVE",
        "INSUFFICIENT_BALANCE",
    ]
    assert not any("收款人所在地区" in check["message"] for check in stranger["checks"])
    assert await father.balances() == {"wallet": "200.00", "personalAccount": "5000.00"}


async def test_a_malformed_password_costs_no_try(server: Server) -> None:
    """R18: the format comes first."""
    father = server.person("P0001")
    transfer_id = (await father.apply("P0004", "CHILD", "1.00"))["transfer"]["id"]
    malformed = (await father.verify(transfer_id, "24681"))["errors"][0]
    assert (malformed["code"], malformed["path"]) == ("INVALID_INPUT", ["input", "verification", "password"])
    assert (await father.verify(transfer_id, "000000"))["errors"][0]["attemptsLeft"] == 4


async def test_a_tie_that_does_not_exist_is_not_found_before_the_caller_is_judged(shared_server: Server) -> None:
    """R27."""
    nobody = shared_server.person("P7777")
    unknown = await nobody.apply("P0004", "CHILD", "1.00", payee={"kinshipId": "S2luc2hpcDp4"})
    known = await nobody.apply("P0004", "CHILD", "1.00", idempotencyKey="other")
    assert [e["code"] for e in (*unknown["errors"], *known["errors"])] == ["NOT_FOUND", "NOT_ENROLLED"]


async def test_a_transfer_states_the_scope_it_was_verified_in(server: Server) -> None:
    """R17: the employment moved from Jinan to Lhasa meanwhile."""
    father = server.person("P0001")
    transfer = (await father.apply("P0004", "CHILD", "1.00"))["transfer"]
    for area, status in (("370100", "ENDED"), ("540100", "ACTIVE")):
        move = {"personNo": "P0001", "scheme": "EMPLOYEE", "areaCode": area, "status": status, "since": "2025-06-01"}
        assert await server.agency.codes("setEnrolment", "person { name }", **move) == []
    assert (transfer["scope"], (await father.verify(transfer["id"]))["transfer"]["scope"]) == (
        "CROSS_PROVINCE",
        "SAME_PROVINCE",
    )


async def test_verifying_and_cancelling_at_once_do_one_of_the_two(server: Server) -> None:
    """R18, R20."""
    father = server.person("P0001")
    transfer = (await father.apply("P0004", "CHILD", "1.00"))["transfer"]
    verified, cancelled = await asyncio.gather(
        father.verify(transfer["id"]),
        father.do("cancelTransfer", "transfer { status }", transferId=transfer["id"]),
    )
    assert [bool(verified["errors"]), bool(cancelled["errors"])].count(True) == 1
    spent = "5000.00" if verified["errors"] else "4999.00"
    assert (await father.balances())["personalAccount"] == spent
