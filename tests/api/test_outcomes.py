"""What became of a keyed request can be asked for, whichever operation it was, and only by its caller (R20)."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import pytest
from graphql import build_schema

from domain.actors import Actor
from schema.build import printed_schema
from tests.clients import Caller, Server

OUTCOME: Final = (
    "query($k: String!) { outcome(idempotencyKey: $k) { status at error { code path } node { __typename id } } }"
)
Request = Callable[[Server], Awaitable[tuple[Caller, dict[str, Any]]]]


async def transfer(server: Server, amount: str) -> tuple[Caller, dict[str, Any]]:
    """Apply for a transfer."""
    caller = server.person("P0001")
    return caller, await caller.apply("P0004", "CHILD", amount, idempotencyKey="key")


async def medical(server: Server, amount: str) -> tuple[Caller, dict[str, Any]]:
    """Pay towards a bill."""
    caller = server.person("P0001")
    return caller, await caller.pay("H37010000001", amount, idempotencyKey="key")


async def premium(server: Server, area_code: str) -> tuple[Caller, dict[str, Any]]:
    """Pay a premium, with enough in the wallet."""
    caller = server.person("P0002")
    await server.person("P0001").give("P0002", "SPOUSE", "500.00")
    return caller, await caller.pay_premium(area_code, idempotencyKey="key")


async def refund(server: Server, amount: str) -> tuple[Caller, dict[str, Any]]:
    """Refund a payment of 10.00."""
    payment = (await server.person("P0001").pay("H37010000001", "10.00"))["payment"]
    return server.hospital, await server.hospital.refund(payment["id"], amount, idempotencyKey="key")


async def allotment(server: Server, person_no: str) -> tuple[Caller, dict[str, Any]]:
    """Credit a personal account."""
    asked = {"personNo": person_no, "amount": "1.00", "period": "2025-06", "idempotencyKey": "key"}
    return server.agency, await server.agency.do("creditPersonalAccount", "personalAccount { id }", **asked)


CARRIED_OUT: Final[dict[str, tuple[Request, str]]] = {
    "applyTransfer": (lambda server: transfer(server, "1.00"), "Transfer"),
    "payMedicalExpense": (lambda server: medical(server, "1.00"), "Payment"),
    "payPremium": (lambda server: premium(server, "370100"), "Payment"),
    "refundPayment": (lambda server: refund(server, "10.00"), "Payment"),
    "creditPersonalAccount": (lambda server: allotment(server, "P0001"), "PersonalAccount"),
}
REFUSED: Final[dict[str, tuple[Request, str]]] = {
    "applyTransfer": (lambda server: transfer(server, "9999.00"), "INSUFFICIENT_BALANCE"),
    "payMedicalExpense": (lambda server: medical(server, "30.01"), "OVER_SELF_PAID"),
    "payPremium": (lambda server: premium(server, "540100"), "NOT_ENROLLED_IN_AREA"),
    "refundPayment": (lambda server: refund(server, "10.01"), "OVER_REFUND"),
    "creditPersonalAccount": (lambda server: allotment(server, "P0002"), "NO_PERSONAL_ACCOUNT"),
}


def test_every_keyed_operation_is_asked_about_below() -> None:
    """R20."""
    types = build_schema(printed_schema()).type_map
    keyed = {
        name[0].lower() + name.removesuffix("Input")[1:]
        for name, kind in types.items()
        if name.endswith("Input") and "idempotencyKey" in getattr(kind, "fields", {})
    }
    assert keyed == CARRIED_OUT.keys() == REFUSED.keys()


async def outcome_for(caller: Caller) -> Any:  # noqa: ANN401 - an outcome, or nothing
    """Ask what became of the request."""
    return (await caller.ask(OUTCOME, k="key"))["outcome"]


@pytest.mark.parametrize("operation", CARRIED_OUT)
async def test_what_was_carried_out_is_told_with_what_it_made(server: Server, operation: str) -> None:
    """R20."""
    request, made = CARRIED_OUT[operation]
    caller, payload = await request(server)
    object_id = next(value["id"] for name, value in payload.items() if name not in ("errors", "wallet"))
    outcome = await outcome_for(caller)
    assert (payload["errors"], outcome["status"], outcome["error"]) == ([], "COMPLETED", None)
    assert outcome["node"] == {"__typename": made, "id": object_id}


@pytest.mark.parametrize("operation", REFUSED)
async def test_what_was_refused_is_told_with_its_reason(server: Server, operation: str) -> None:
    """R20."""
    request, code = REFUSED[operation]
    caller, payload = await request(server)
    outcome = await outcome_for(caller)
    assert (outcome["status"], outcome["node"]) == ("REFUSED", None)
    told = {"code": payload["errors"][0]["code"], "path": payload["errors"][0]["path"]}
    assert outcome["error"] == told
    assert told["code"] == code


@pytest.mark.parametrize("operation", CARRIED_OUT)
async def test_what_became_of_a_request_is_its_callers_alone(server: Server, operation: str) -> None:
    """R27: not even another agency's."""
    await CARRIED_OUT[operation][0](server)
    others = (
        server.anonymous,
        server.person("P0003"),
        server.institution("P37010000001"),
        server.caller(Actor(agency="another")),
    )
    assert [await outcome_for(other) for other in others] == [None] * len(others)
