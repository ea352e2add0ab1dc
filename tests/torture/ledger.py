"""The ledger as the database holds it, read past the server, in one snapshot."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from pymongo import MongoClient

Row = dict[str, Any]
Client = MongoClient[Row]
DATABASE: Final = "wallet"


@dataclass(frozen=True)
class Ledger:
    """Accounts, entries by journal and by account, and what is kept of every key."""

    accounts: dict[str, Row]
    entries: list[Row]
    outcomes: dict[str, Row]

    @property
    def journals(self) -> dict[str, list[Row]]:
        """Give the entries of each journal."""
        grouped: dict[str, list[Row]] = defaultdict(list)
        for entry in self.entries:
            grouped[entry["journal_id"]].append(entry)
        return grouped

    def balances(self) -> dict[str, int]:
        """Add up the entries of every account, in fen, those without a balance of their own as well."""
        sums: dict[str, int] = defaultdict(int)
        for entry in self.entries:
            sums[entry["account_id"]] += entry["amount"]
        return sums

    def negative(self) -> int:
        """Count the accounts and entries that tell of less than nothing."""
        told = [account["balance"] for account in self.accounts.values()]
        told += [entry["balance_after"] for entry in self.entries if entry["balance_after"] is not None]
        return sum(balance < 0 for balance in told)

    def problems(self) -> Iterator[str]:
        """Name everything that does not add up."""
        for journal, legs in self.journals.items():
            if sum(leg["amount"] for leg in legs) != 0:
                yield f"journal {journal} does not add up to zero"
        numbered: dict[str, list[Row]] = defaultdict(list)
        for entry in self.entries:
            if entry["account_id"] in self.accounts:
                numbered[entry["account_id"]].append(entry)
        for name, account in self.accounts.items():
            yield from _chain(name, account, sorted(numbered[name], key=lambda entry: int(entry["seq"])))


def _chain(name: str, account: Row, entries: list[Row]) -> Iterator[str]:
    balance = 0
    for number, entry in enumerate(entries, 1):
        balance += entry["amount"]
        if entry["seq"] != number:
            yield f"{name} has no entry {number}"
            return
        if entry["balance_after"] != balance:
            yield f"entry {number} of {name} says {entry['balance_after']} where {balance} is right"
    if (account["seq"], account["balance"]) != (len(entries), balance):
        said = f"{account['balance']} after {account['seq']} entries"
        yield f"{name} says {said}; they give {balance} after {len(entries)}"
    if account["held"] != 0:
        yield f"{name} holds {account['held']}"


def read_ledger(client: Client) -> Ledger:
    """Read all of it as of one moment."""
    database = client[DATABASE]
    with client.start_session(snapshot=True) as session:
        return Ledger(
            {row["_id"]: row for row in database.accounts.find({}, session=session)},
            list(database.entries.find({}, session=session)),
            {row["_id"]: row for row in database.outcomes.find({}, session=session)},
        )


def total_of_snapshot(client: Client) -> int:
    """Add up, as of one moment, all balances and what went to accounts without one; it is always nothing, in fen."""
    database = client[DATABASE]
    with client.start_session(snapshot=True) as session:
        balances = sum(row["balance"] for row in database.accounts.find({}, {"balance": 1}, session=session))
        elsewhere = sum(row["amount"] for row in database.entries.find({"seq": 0}, {"amount": 1}, session=session))
    return int(balances + elsewhere)
