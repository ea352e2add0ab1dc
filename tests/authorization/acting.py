"""What each mutation of the table is tried with: the payer's thing, and one like it that nobody has."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

from seeds.demo import BY_NO, PASSWORD
from tests.authorization.stage import AWAY, HOME, HOSPITAL, PAYEE, PAYER, PHARMACY, Stage
from tests.authorization.telling import nobodys, nobodys_id

Input = dict[str, Any]
_KEYS: Final = count()
_PROOF: Final = {"password": PASSWORD}
NOBODY: Final = {"name": "无名", "idNumber": "110101199003071233"}
"""Who is not registered."""


@dataclass(frozen=True)
class Act:
    """An input about what is there, one about what nobody has, and which of them whoever may do it sends."""

    theirs: Input
    nobodys: Input
    lasting: bool = True
    """Whether the thing must be there; else it must not, as for a registration."""

    @property
    def allowed(self) -> Input:
        """Give the input of those who may."""
        return self.theirs if self.lasting else self.nobodys


Make = Callable[[Stage], Awaitable[Act]]
ACTS: Final[dict[tuple[str, str], Make]] = {}


def tries(mutation: str, of: str) -> Callable[[Make], Make]:
    """Say which row of the table a function is about."""

    def register(make: Make) -> Make:
        assert (mutation, of) not in ACTS
        ACTS[mutation, of] = make
        return make

    return register


def keyed(given: Input) -> Input:
    """Give a keyed input a key of its own, for a key belongs to one request."""
    return given | {"idempotencyKey": f"key-{next(_KEYS)}"} if "idempotencyKey" in given else given


def _about(name: str, theirs: str, others: Input) -> Act:
    return Act({name: theirs, **others}, {name: nobodys(theirs), **others})


def _by_id(name: str, theirs: str, **others: object) -> Act:
    return Act({name: theirs, **others}, {name: nobodys_id(theirs), **others})


# ---- one's own ----------------------------------------------------------------------------------------------------


@tries("setPassword", "one's own")
async def _(_stage: Stage) -> Act:
    own = {"newPassword": PASSWORD, "currentPassword": PASSWORD}
    return Act(own, own)


@tries("declareKinship", "a relative of one's own")
async def _(_stage: Stage) -> Act:
    known = BY_NO["P0009"]
    others = {"relation": "SIBLING", "commitmentAccepted": True}
    theirs = {"relativeName": known.name, "relativeIdNumber": known.id_number}
    nobody = {"relativeName": NOBODY["name"], "relativeIdNumber": NOBODY["idNumber"]}
    return Act(theirs | others, nobody | others)


@tries("revokeKinship", "the payer's side of a `Kinship`")
async def _(stage: Stage) -> Act:
    return _by_id("kinshipId", stage.ties["P0002"])


@tries("activateWallet", "one's own")
async def _(_stage: Stage) -> Act:
    return _about("useAreaCode", "420100", {"phone": "13800000008"})


@tries("changeUsePlace", "one's own")
async def _(stage: Stage) -> Act:
    stage.server.clock.advance(days=1)
    return _about("areaCode", AWAY, {})


# ---- transfers ----------------------------------------------------------------------------------------------------


def _application(payee: Input, relation: str) -> Input:
    asked = {"source": "PERSONAL_ACCOUNT", "relation": relation, "amount": "1.00", "idempotencyKey": ""}
    return asked | {"payee": payee}


@tries("applyTransfer", "out of one's own, to a relative")
async def _(_stage: Stage) -> Act:
    kin = BY_NO["P0003"]
    theirs = {"identity": {"name": kin.name, "idNumber": kin.id_number}}
    nobody = {"identity": NOBODY}
    return Act(_application(theirs, "CHILD"), _application(nobody, "CHILD"))


@tries("applyTransfer", "by the payer's side of a `Kinship`")
async def _(stage: Stage) -> Act:
    tie = stage.ties[PAYEE]
    theirs, nobody = (_application({"kinshipId": each}, "CHILD") for each in (tie, nobodys_id(tie)))
    return Act(theirs, nobody)


async def _applied(stage: Stage) -> str:
    """Apply for a transfer to the payee, on a day of its own."""
    stage.server.clock.advance(days=1)
    key = f"key-{next(_KEYS)}"
    applied = await stage.server.person(PAYER).apply(PAYEE, "CHILD", "1.00", idempotencyKey=key)
    return str(applied["transfer"]["id"])


async def _held(stage: Stage) -> str:
    """Send a transfer that waits for the payee."""
    transfer_id = await _applied(stage)
    assert (await stage.server.person(PAYER).verify(transfer_id))["errors"] == []
    return transfer_id


@tries("verifyTransfer", "the payer's `Transfer` to the payee")
async def _(stage: Stage) -> Act:
    return _by_id("transferId", await _applied(stage), verification=_PROOF)


@tries("cancelTransfer", "the payer's `Transfer` to the payee")
async def _(stage: Stage) -> Act:
    return _by_id("transferId", await _applied(stage))


@tries("acceptTransfer", "the payer's `Transfer` to the payee")
async def _(stage: Stage) -> Act:
    return _by_id("transferId", await _held(stage))


@tries("declineTransfer", "the payer's `Transfer` to the payee")
async def _(stage: Stage) -> Act:
    return _by_id("transferId", await _held(stage))


# ---- payments -----------------------------------------------------------------------------------------------------


@tries("payMedicalExpense", "out of one's own wallet")
async def _(stage: Stage) -> Act:
    await stage.server.person(PAYER).codes("changeUsePlace", "wallet { id }", areaCode=HOME)
    bill = {"number": "B2", "total": "100.00", "fundPaid": "70.00", "selfPaid": "30.00"}
    asked: Input = {"bill": bill, "amount": "1.00", "verification": _PROOF, "idempotencyKey": ""}
    return _about("institutionCode", HOSPITAL, asked)


@tries("payPremium", "out of one's own wallet")
async def _(stage: Stage) -> Act:
    await _published(stage)
    return _about("areaCode", AWAY, {"year": 2026, "verification": _PROOF, "idempotencyKey": ""})


@tries("refundPayment", "the payer's `Payment` at the institution")
async def _(stage: Stage) -> Act:
    return _by_id("paymentId", stage.medical["id"], amount="0.01", reason="退药", idempotencyKey="")


@tries("refundPayment", "the payer's `Payment` of a premium")
async def _(stage: Stage) -> Act:
    return _by_id("paymentId", stage.premium["id"], amount="0.01", reason="多缴", idempotencyKey="")


# ---- the agency's -------------------------------------------------------------------------------------------------

PREMIUM: Final = {"year": 2026, "amount": "20.00", "opensOn": "2025-01-01", "closesOn": "2026-12-31"}


async def _published(stage: Stage) -> None:
    codes = await stage.server.agency.codes("publishPremium", "premium { id }", areaCode=AWAY, **PREMIUM)
    assert codes == []


@tries("registerPerson", "anybody")
async def _(_stage: Stage) -> Act:
    enrolment = {"scheme": "EMPLOYEE", "areaCode": HOME, "since": "2024-01-01"}
    person = {"personNo": PAYER, "idNumber": BY_NO[PAYER].id_number, "name": "无名", "enrolments": [enrolment]}
    return Act(person, person | {"personNo": "P0100", "idNumber": "110101199003070011"}, lasting=False)


@tries("setEnrolment", "of a `Person`")
async def _(_stage: Stage) -> Act:
    enrolment = {"scheme": "RESIDENT", "areaCode": AWAY, "status": "ACTIVE", "since": "2024-01-01"}
    return _about("personNo", PAYER, enrolment)


@tries("creditPersonalAccount", "of a `Person`")
async def _(_stage: Stage) -> Act:
    return _about("personNo", PAYER, {"amount": "1.00", "period": "2025-06", "idempotencyKey": ""})


@tries("freezeWallet", "of a `Person`")
@tries("unfreezeWallet", "of a `Person`")
async def _(_stage: Stage) -> Act:
    return _about("personNo", PAYER, {"reason": "核查"})


@tries("openRegion", "a region")
@tries("closeRegion", "a region")
async def _(_stage: Stage) -> Act:
    return _about("code", "210100", {"on": "2025-06-01"})


@tries("setUsePlaceChange", "a province")
async def _(_stage: Stage) -> Act:
    return _about("provinceCode", "370000", {"supported": True, "on": "2025-06-01"})


@tries("registerInstitution", "an institution")
async def _(_stage: Stage) -> Act:
    pharmacy = {"code": PHARMACY, "name": "无名药房", "areaCode": HOME, "walletService": "NORMAL"}
    return Act(pharmacy, pharmacy | {"code": "P37010000009"}, lasting=False)


@tries("setWalletService", "an institution")
async def _(_stage: Stage) -> Act:
    return _about("code", PHARMACY, {"status": "NORMAL"})


@tries("publishPremium", "an area's premium")
async def _(_stage: Stage) -> Act:
    return _about("areaCode", AWAY, PREMIUM)
