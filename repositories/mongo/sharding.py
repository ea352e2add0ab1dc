"""The plan for more than one shard: what is spread by which key, what stays together, and what is in the way.

Nothing here is used by a server: it is what docs/operations.md shows, and what the tests hold every hot query to. Keys
are what objects are looked up and written by already: `_id`, which is made of the person, the caller's key or the bill,
so that equal requests meet at one shard; and the account, so that a statement is read at one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from repositories.mongo.migrations import STATE
from repositories.mongo.receipts import RECEIPTS
from repositories.mongo.sealing import DATA_KEYS

Key = tuple[tuple[str, Literal["hashed", 1]], ...]
BY_ID: Final[Key] = (("_id", "hashed"),)

SHARDED: Final[Mapping[str, Key]] = MappingProxyType(
    {
        "persons": BY_ID,
        "credentials": BY_ID,
        "kinships": BY_ID,
        "accounts": BY_ID,
        "entries": (("account_id", "hashed"), ("_id", 1)),
        "transfers": BY_ID,
        "bills": BY_ID,
        "payments": BY_ID,
        "refunds": (("payment_id", "hashed"), ("_id", 1)),
        "face_assertions": BY_ID,
        "outcomes": BY_ID,
        "audit_records": BY_ID,
        RECEIPTS: BY_ID,
    }
)
"""The shard keys, as `sh.shardCollection` takes them.

An account's entries share a hash, so they are together. Where everybody's money comes from or goes to, that is more
than a shard's part: such entries are divided by `_id`, which is made of the account, so it stays unique everywhere.
"""

UNSHARDED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "regions": "a few thousand, read often and written when an area opens",
        "coverage_reports": "a few a year",
        "institutions": "some hundred thousand, searched by anybody and written by agencies",
        "premiums": "one for each area and year",
        DATA_KEYS: "two",
        STATE: "one",
    }
)
"""What stays on the database's primary shard, and why it can."""

CLAIM: Final = "a claim of its own"
UNIQUE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "persons.id_number": CLAIM,
        "kinships.active_pair": CLAIM,
        "kinships.active_spouses": CLAIM,
        "transfers.number": CLAIM,
        "transfers.awaiting": CLAIM,
        "payments.number": CLAIM,
        "payments.premium_claim": CLAIM,
    }
)
"""Unique attributes that MongoDB cannot hold over shards, where a unique index has to begin with the shard key.

A claim is a document of a collection `claims`, added and given up in the transaction that writes its object: its `_id`
is table, attribute and value, its shard key that `_id` hashed, and it names the object. Looking up by such a value
becomes two look-ups by `_id`, each at one shard.
"""


@dataclass(frozen=True, slots=True)
class Everywhere:
    """A hot query that would go to all shards: what it asks by, and what would have to be done about it first."""

    collection: str
    attribute: str
    remedy: str


LISTINGS: Final = "a collection of listings, a document for each party of a transfer, sharded by the party"
BY_CLAIM: Final = "looked up by its claim"
EVERYWHERE: Final = (
    Everywhere("persons", "id_number", BY_CLAIM),
    Everywhere("kinships", "active_pair", BY_CLAIM),
    Everywhere("kinships", "members", "the same kind of listing, of a tie's two sides"),
    Everywhere("transfers", "pending_of", LISTINGS),
    Everywhere("transfers", "listings", LISTINGS),
    Everywhere("transfers", "verified_day", LISTINGS),
    Everywhere("transfers", "awaiting", BY_CLAIM),
    Everywhere("transfers", "due_at", "none: the job that settles asks every shard, every few seconds, along an index"),
    Everywhere("payments", "payer_no", "read off the wallet's entries, which are together and name their payments"),
    Everywhere("payments", "premium_claim", BY_CLAIM),
)
"""The only hot queries without a shard key; the tests know no others, and that each of these is really sent."""
