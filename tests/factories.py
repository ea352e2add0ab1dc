"""Real domain objects with sensible defaults; what a test is not about stays out of it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

from domain.actors import Actor
from domain.audit import Attempt, AuditRecord
from domain.coverage import CoverageReport
from domain.credentials import Credential, VerificationMethod
from domain.errors import Refused
from domain.faces import UsedFaceAssertion
from domain.identity import IdNumber, Phone, parse_id_number
from domain.institutions import Institution, WalletServiceStatus
from domain.kinship import Kinship, Relation, declare
from domain.ledger import NO_ENTRY, Entry, EntryKind, entry_hash, entry_id
from domain.money import Fen
from domain.outcomes import NodeRef, Outcome, OutcomeStatus, fingerprint, outcome_id
from domain.payments import ChargedBill, MedicalBill, Payment, PaymentKind, Refund, charge, payment_number
from domain.persons import Enrolment, EnrolmentStatus, InsuranceScheme, Person
from domain.premiums import Premium
from domain.regions import OpeningFact, Region, RegionKind, RegionLevel, province_code_of
from domain.transfers import FundSource, Transfer, TransferStatus, transfer_number
from domain.wallets import PersonalAccount, Wallet, activate, open_personal_account, wallet_id

NOW: Final = datetime(2025, 5, 8, 2, 30, 15, 123_000, tzinfo=UTC)
TODAY: Final = date(2025, 5, 8)
JINAN: Final = "370100"
HEFEI: Final = "340100"
PHONE: Final = Phone("13800000001")
VERIFICATION: Final = timedelta(minutes=30)


def after(**time: float) -> datetime:
    """Give a moment after NOW: `after(minutes=1)`."""
    return NOW + timedelta(**time)


# ---- persons ------------------------------------------------------------------------------------------------------


def make_id_number(sequence: int, born: date = date(1966, 3, 15)) -> IdNumber:
    """Make the well-formed ID number of the person with that number (below 1000) among those born on a day."""
    for check_character in "0123456789X":
        try:
            return parse_id_number(f"370102{born:%Y%m%d}{sequence:03d}{check_character}")
        except Refused:
            continue
    raise AssertionError


def make_enrolment(
    area_code: str = JINAN,
    scheme: InsuranceScheme = InsuranceScheme.EMPLOYEE,
    status: EnrolmentStatus = EnrolmentStatus.ACTIVE,
) -> Enrolment:
    """Make an enrolment that began in 2020."""
    return Enrolment(scheme, area_code, status, since=date(2020, 1, 1))


def make_person(
    person_no: str = "P0001",
    name: str = "李建国",
    *,
    born: date = date(1966, 3, 15),
    enrolments: Iterable[Enrolment] = (make_enrolment(),),
) -> Person:
    """Make a person; the digits of the personal number make the ID number another one for each person."""
    sequence = int("".join(filter(str.isdigit, person_no)) or "0") % 1000
    return Person(person_no, name, make_id_number(sequence, born), PHONE, tuple(enrolments), registered_at=NOW)


def make_credential(person_no: str = "P0001", *, failures: int = 0, locked_until: datetime | None = None) -> Credential:
    """Make the credential of a person's first password."""
    return Credential(person_no, "$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA", 1, failures, locked_until)


def make_kinship(
    declarer_no: str = "P0001",
    relative_no: str = "P0002",
    relation: Relation = Relation.SPOUSE,
    *,
    declared_at: datetime = NOW,
    earlier_ties: int = 0,
) -> Kinship:
    """Make an active tie; `relation` is what the relative is to the declarer."""
    return declare(make_person(declarer_no), make_person(relative_no), relation, declared_at, earlier_ties)


# ---- regions ------------------------------------------------------------------------------------------------------


def make_region(
    code: str = JINAN,
    full_name: str = "济南市",
    *,
    position: int = 1,
    aliases: tuple[str, ...] = (),
    openings: tuple[OpeningFact, ...] = (),
) -> Region:
    """Make a pooling area, or a province if the code is one's."""
    is_province = code == province_code_of(code)
    return Region(
        code=code,
        name=full_name[:-1],
        full_name=full_name,
        pinyin=f"pinyin{code}",
        initials=f"py{code}",
        level=RegionLevel.PROVINCE if is_province else RegionLevel.AREA,
        kind=RegionKind.PROVINCE if is_province else RegionKind.PREFECTURE_CITY,
        province_code=None if is_province else province_code_of(code),
        position=position,
        aliases=aliases,
        openings=openings,
    )


def make_coverage_report(on: date = TODAY, areas_reported: int = 225) -> CoverageReport:
    """Make the report of a day."""
    return CoverageReport(on, areas_reported, "国家医保局")


# ---- money --------------------------------------------------------------------------------------------------------


def make_wallet(person_no: str = "P0001", balance: int = 0, *, held: int = 0, use_area_code: str = JINAN) -> Wallet:
    """Make an active wallet; amounts in fen."""
    return replace(activate(person_no, use_area_code, PHONE, NOW), balance=Fen(balance), held=Fen(held))


def make_personal_account(person_no: str = "P0001", balance: int = 0, *, held: int = 0) -> PersonalAccount:
    """Make a personal account; amounts in fen."""
    return replace(open_personal_account(person_no, NOW), balance=Fen(balance), held=Fen(held))


def make_entry(
    account_id: str = wallet_id("P0001"),
    seq: int = 1,
    amount: int = 100,
    *,
    journal_id: str = "journal-1",
) -> Entry:
    """Make an entry of a guarded account or, numbered 0, of one that has entries only; amounts in fen."""
    entry = Entry(
        id=entry_id(account_id, seq) if seq else f"{account_id}#{journal_id}",
        account_id=account_id,
        seq=seq,
        kind=EntryKind.TRANSFER_IN,
        amount=Fen(amount),
        balance_after=Fen(100) if seq else None,
        journal_id=journal_id,
        occurred_at=NOW,
        previous_hash=NO_ENTRY,
        hash="",
        transfer_id=journal_id,
    )
    return replace(entry, hash=entry_hash(entry))


def make_transfer(
    key: str = "key-1",
    payer_no: str = "P0001",
    payee_no: str = "P0002",
    *,
    amount: int = 100,
    created_at: datetime = NOW,
) -> Transfer:
    """Make a transfer between spouses that waits for verification, under that idempotency key; amount in fen."""
    transfer_id = outcome_id(f"person:{payer_no}", key)
    return Transfer(
        id=transfer_id,
        number=transfer_number(transfer_id, created_at),
        payer_no=payer_no,
        payee_no=payee_no,
        source=FundSource.PERSONAL_ACCOUNT,
        amount=Fen(amount),
        relation=Relation.SPOUSE,
        payer_area_code=JINAN,
        payee_area_code=HEFEI,
        status=TransferStatus.PENDING_VERIFICATION,
        created_at=created_at,
        expires_at=created_at + VERIFICATION,
    )


def make_outcome(key: str = "key-1", person_no: str = "P0001", operation: str = "applyForTransfer") -> Outcome:
    """Make the outcome of a request that was carried out."""
    caller = f"person:{person_no}"
    return Outcome(
        id=outcome_id(caller, key),
        caller=caller,
        operation=operation,
        fingerprint=fingerprint(key, operation, {"key": key}),
        status=OutcomeStatus.COMPLETED,
        at=NOW,
        node=NodeRef("Transfer", outcome_id(caller, key)),
    )


# ---- using the money ----------------------------------------------------------------------------------------------


def make_institution(code: str = "H37010000001", name: str = "济南市示范医院", area_code: str = JINAN) -> Institution:
    """Make an institution that accepts the wallet."""
    syllables = ("ji", "nan", "shi", "shi", "fan", "yi", "yuan")
    return Institution(code, name, area_code, WalletServiceStatus.NORMAL, syllables, registered_at=NOW)


def make_premium(area_code: str = JINAN, year: int = 2025, amount: int = 42_000) -> Premium:
    """Make a premium that can be paid all year; amount in fen."""
    return Premium(area_code, year, Fen(amount), date(year, 1, 1), date(year, 12, 31), published_at=NOW)


def make_bill(number: str = "B1", total: int = 10_000, fund_paid: int = 7_000) -> MedicalBill:
    """Make a bill; amounts in fen."""
    return MedicalBill(number, Fen(total), Fen(fund_paid), Fen(total - fund_paid))


def make_charged_bill(charged: int = 1_000, bill: MedicalBill | None = None) -> ChargedBill:
    """Make a bill that was partly charged; amounts in fen."""
    return charge(None, "H37010000001", bill or make_bill(), Fen(charged))


def make_payment(key: str = "key-1", payer_no: str = "P0001", *, amount: int = 1_000, refunded: int = 0) -> Payment:
    """Make a medical payment under that idempotency key; amounts in fen."""
    payment_id = outcome_id(f"person:{payer_no}", key)
    return Payment(
        id=payment_id,
        number=payment_number(payment_id, NOW),
        payer_no=payer_no,
        kind=PaymentKind.MEDICAL,
        amount=Fen(amount),
        refunded_amount=Fen(refunded),
        created_at=NOW,
        verified_by=VerificationMethod.PASSWORD,
        institution_code="H37010000001",
        bill=make_bill(),
    )


def make_premium_payment(key: str = "key-1", payer_no: str = "P0001", *, amount: int = 42_000) -> Payment:
    """Make a payment of a premium under that idempotency key; amount in fen."""
    payment = make_payment(key, payer_no, amount=amount)
    premium = make_premium().id
    return replace(payment, kind=PaymentKind.PREMIUM, institution_code=None, bill=None, premium_id=premium)


def make_refund(key: str = "refund-1", payment_id: str = "payment-1", *, amount: int = 100) -> Refund:
    """Make a refund; amount in fen."""
    refund_id = outcome_id("institution:H37010000001", key)
    return Refund(refund_id, payment_id, Fen(amount), "退货", "institution:H37010000001", at=NOW)


def make_used_face_assertion(purpose: str = "premium:370100:2025") -> UsedFaceAssertion:
    """Make a face assertion by which a premium was paid."""
    return UsedFaceAssertion("face-1", "P0001", purpose, used_at=NOW)


def make_audit_record(operation: str = "applyTransfer") -> AuditRecord:
    """Make the record of a transfer that was applied for."""
    payer = Actor(person_no="P0001", account="u-1")
    return Attempt("audit-1", payer, operation, "request-1").succeeded(NOW, NodeRef("Transfer", "t"), changed=True)
