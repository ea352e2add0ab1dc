"""Nothing that is printed by accident shows who somebody is (R28)."""

from dataclasses import replace

import pytest

from domain.kinship import Relation
from domain.money import Fen
from domain.transfers import FundSource
from domain.wallets import WalletStatus, set_status
from services.kinship import Declaration
from services.payments import RefundRequest
from services.persons import Registration
from services.transfer_cases import Application, Identity
from tests.factories import NOW, make_credential, make_person, make_refund, make_wallet

PERSON = make_person()
IDENTITY = Identity(PERSON.name, PERSON.id_number)


@pytest.mark.parametrize(
    "thing",
    [
        PERSON,
        make_wallet(),
        make_credential(),
        IDENTITY,
        Application(FundSource.WALLET, IDENTITY, Relation.CHILD, Fen(1)),
        Registration("P1", PERSON.name, PERSON.id_number, PERSON.phone, ()),
        Declaration(PERSON.name, PERSON.id_number, Relation.CHILD, commitment_accepted=True),
        replace(make_refund(), reason=PERSON.name),
        RefundRequest("payment-1", Fen(1), PERSON.name, "key-1"),
        set_status(make_wallet(), WalletStatus.FROZEN, reason=PERSON.name, by="agency:济南市", now=NOW),
    ],
    ids=lambda thing: type(thing).__name__,
)
def test_the_repr_of_what_holds_personal_data_shows_none(thing: object) -> None:
    """R28."""
    shown = repr(thing)
    for secret in (PERSON.name, PERSON.id_number, str(PERSON.phone), "argon2"):
        assert secret not in shown
