"""A record of the audit trail names who, what and which object, and nothing personal (R27, R28)."""

import pytest

from domain.actors import ANONYMOUS, Actor
from domain.audit import Attempt
from domain.errors import ErrorCode, NotPermitted
from domain.outcomes import NodeRef, OutcomeStatus
from seeds.demo import BY_NO
from tests.factories import NOW

CLERK = Actor(person_no="P0001", agency="济南市")


def attempt(about: NodeRef | None = None, actor: Actor = CLERK) -> Attempt:
    """Make an attempt to freeze a wallet."""
    return Attempt("a-1", actor, "freezeWallet", "r-1", about)


def test_what_was_done_is_recorded_with_every_role_of_who_did_it() -> None:
    """R27."""
    record = attempt().succeeded(NOW, NodeRef("Wallet", "P0002"), changed=True)
    assert (record.id, record.at, record.operation, record.request_id) == ("a-1", NOW, "freezeWallet", "r-1")
    assert record.actors == ("person:P0001", "agency:济南市")
    assert record.changed
    assert (record.status, record.code, record.subject_key) == (OutcomeStatus.COMPLETED, None, "Wallet:P0002")
    assert record.day == "2025-05-08"


def test_what_was_refused_is_recorded_with_its_code_and_what_it_was_about() -> None:
    """R27."""
    record = attempt(NodeRef("Wallet", "P0002")).refused(NOW, NotPermitted())
    assert (record.status, record.code) == (OutcomeStatus.REFUSED, ErrorCode.FORBIDDEN)
    assert record.subject == NodeRef("Wallet", "P0002")


@pytest.mark.parametrize(
    "key",
    [
        BY_NO["P0001"].id_number,
        f"P{BY_NO['P0001'].id_number}",
        f"P:{BY_NO['P0008'].id_number}",
        BY_NO["P0001"].phone,
        "李建国",
        "",
        "x" * 101,
        "a b",
    ],
)
def test_what_somebody_wrote_in_place_of_an_id_is_not_kept(key: str) -> None:
    """R28: it could be anything, an ID number even."""
    record = attempt(NodeRef("Wallet", key)).refused(NOW, NotPermitted())
    assert (record.subject, record.subject_key) == (None, None)


@pytest.mark.parametrize(
    "key",
    [
        "P0001",
        "370100",
        "H37010000001",
        "P13010000001",
        "540100:2025",
        "0b0a52a0-8a55-5d0e-9d2a-138123456789",
        "6f2c3c4e-2f0e-5d39-9a53-6e1c3f0c6a01:P0001",
    ],
)
def test_ids_are_kept(key: str) -> None:
    """R27."""
    assert attempt(NodeRef("X", key)).refused(NOW, NotPermitted()).subject == NodeRef("X", key)


@pytest.mark.parametrize(
    ("account", "kept"),
    [("clerk-7", "clerk-7"), (None, None), ("li.jianguo@example.com", None), (BY_NO["P0001"].phone, None)],
)
def test_the_clerk_is_recorded_by_an_id_and_nothing_else(account: str | None, kept: str | None) -> None:
    """R27, R28: what an identity provider calls somebody may be a mobile."""
    clerk = Actor(agency="济南市", account=account)
    assert attempt(actor=clerk).succeeded(NOW, None, changed=False).account == kept


def test_who_is_nobody_leaves_no_trail() -> None:
    """R27: nobody can do nothing, and the trail cannot be filled without a name."""
    assert attempt().is_somebodys()
    assert not attempt(actor=ANONYMOUS).is_somebodys()
