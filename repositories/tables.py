"""The tables: how each kind of object is kept, what is unique in it, and how its lists are filtered and ordered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, TypeAlias, TypeVar, get_type_hints

from domain.audit import AuditRecord
from domain.coverage import CoverageReport
from domain.credentials import Credential
from domain.faces import UsedFaceAssertion
from domain.institutions import Institution
from domain.kinship import Kinship
from domain.ledger import Account, Entry
from domain.outcomes import Outcome
from domain.payments import ChargedBill, Payment, Refund
from domain.persons import Person
from domain.premiums import Premium
from domain.regions import Region
from domain.transfers import Transfer

E = TypeVar("E")

CursorValue: TypeAlias = str | int | datetime
Position: TypeAlias = tuple[Any, ...]
"""A place in a table's order: its values are CursorValues, each of one kind at its index, so places compare."""


@dataclass(frozen=True, slots=True, eq=False)
class Table(Generic[E]):
    """How one kind of object is kept; each is there once, and equal to itself only.

    `key` is the attribute that identifies an object; `order` the attributes lists are sorted by: never None, and the
    last one total.
    `unique` values belong to one object at most; None claims none, a tuple claims each of its elements. One work may
    release a value and claim it for another object, but not swap two.
    `indexes` are the attributes lists are filtered by; a tuple attribute matches by any element, and one index has one
    of these at most. Properties may stand in all of these. What is `whole` is listed unfiltered as well.
    `at_least_zero` integers are never negative; `guarded` ones must still be as read when saved.
    `sealed` texts are in clear inside the process only; those in `unique` or `indexes` are found, by equality.
    """

    name: str
    entity: type[E]
    key: str
    order: tuple[str, ...]
    descending: bool = False
    unique: tuple[str, ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()
    whole: bool = False
    at_least_zero: tuple[str, ...] = ()
    at_most: tuple[tuple[str, str], ...] = ()
    guarded: tuple[str, ...] = ()
    append_only: bool = False
    watched: bool = False
    sealed: tuple[str, ...] = ()

    def key_of(self, entity: E) -> str:
        """Give the object's key."""
        key: str = getattr(entity, self.key)
        return key

    @property
    def looked_up_by(self) -> frozenset[str]:
        """Give the attributes that objects are found by."""
        return frozenset((*self.unique, *(attribute for index in self.indexes for attribute in index)))

    @property
    def cursor_kinds(self) -> tuple[str, ...]:
        """Give the kinds of value a place in the order has: text, number or time."""
        hints = get_type_hints(self.entity)
        return tuple(_cursor_kind(hints.get(attribute, str)) for attribute in self.order)

    def position(self, entity: E) -> Position:
        """Give the object's place in the table's order."""
        return tuple(getattr(entity, attribute) for attribute in self.order)


def _cursor_kind(hint: object) -> str:
    if hint is datetime:
        return "time"
    return "number" if hint is int else "text"


REGIONS: Final = Table(
    "regions",
    Region,
    key="code",
    order=("position", "code"),
    indexes=(("province_code",), ("level",), ("province_code", "level"), ("search_keys",)),
    whole=True,
)
COVERAGE_REPORTS: Final = Table("coverage_reports", CoverageReport, key="id", order=("id",))
PERSONS: Final = Table(
    "persons",
    Person,
    key="person_no",
    order=("person_no",),
    unique=("id_number",),
    sealed=("id_number", "phone"),
)
CREDENTIALS: Final = Table("credentials", Credential, key="person_no", order=("person_no",))
KINSHIPS: Final = Table(
    "kinships",
    Kinship,
    key="id",
    order=("declared_at", "id"),
    descending=True,
    unique=("active_pair", "active_spouses"),
    indexes=(("members",), ("sides",), ("pair",)),
)
ACCOUNTS: Final = Table(
    "accounts",
    Account,
    key="id",
    order=("id",),
    at_least_zero=("balance", "held", "seq"),
    at_most=(("held", "balance"),),
    guarded=("balance", "held", "seq"),
    sealed=("phone",),
)
ENTRIES: Final = Table(
    "entries",
    Entry,
    key="id",
    order=("seq", "id"),
    descending=True,
    indexes=(("account_id",), ("journal_id",)),
    append_only=True,
    watched=True,
)
TRANSFERS: Final = Table(
    "transfers",
    Transfer,
    key="id",
    order=("created_at", "id"),
    descending=True,
    unique=("number", "awaiting"),
    indexes=(("listings",), ("pending_of",), ("due_at",), ("verified_day",)),
    watched=True,
)
INSTITUTIONS: Final = Table(
    "institutions",
    Institution,
    key="code",
    order=("code",),
    indexes=(
        ("within",),
        ("kind",),
        ("accepts_wallet",),
        ("within", "kind"),
        ("within", "accepts_wallet"),
        ("kind", "accepts_wallet"),
        ("within", "kind", "accepts_wallet"),
        ("search_keys",),
    ),
)
PREMIUMS: Final = Table("premiums", Premium, key="id", order=("id",))
BILLS: Final = Table(
    "bills",
    ChargedBill,
    key="id",
    order=("id",),
    at_least_zero=("charged",),
    at_most=(("charged", "self_paid"),),
    guarded=("charged",),
)
PAYMENTS: Final = Table(
    "payments",
    Payment,
    key="id",
    order=("created_at", "id"),
    descending=True,
    unique=("number", "premium_claim"),
    indexes=(("payer_no",), ("institution_code",), ("bill_id",)),
    at_least_zero=("refunded_amount",),
    at_most=(("refunded_amount", "amount"),),
    guarded=("refunded_amount",),
)
REFUNDS: Final = Table(
    "refunds",
    Refund,
    key="id",
    order=("at", "id"),
    descending=True,
    indexes=(("payment_id",),),
    append_only=True,
)
FACE_ASSERTIONS: Final = Table("face_assertions", UsedFaceAssertion, key="id", order=("id",), append_only=True)
OUTCOMES: Final = Table("outcomes", Outcome, key="id", order=("id",), append_only=True, sealed=("fingerprint",))
AUDIT_RECORDS: Final = Table(
    "audit_records",
    AuditRecord,
    key="id",
    order=("at", "id"),
    descending=True,
    indexes=(("actors",), ("account",), ("operation",), ("status",), ("subject_key",), ("day",), ("request_id",)),
    whole=True,
    append_only=True,
)

TABLES: Final[tuple[Table[Any], ...]] = (
    REGIONS,
    COVERAGE_REPORTS,
    PERSONS,
    CREDENTIALS,
    KINSHIPS,
    ACCOUNTS,
    ENTRIES,
    TRANSFERS,
    INSTITUTIONS,
    PREMIUMS,
    BILLS,
    PAYMENTS,
    REFUNDS,
    FACE_ASSERTIONS,
    OUTCOMES,
    AUDIT_RECORDS,
)
