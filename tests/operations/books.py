"""Whether the ledger of a database agrees with itself, asked of MongoDB alone, past the program."""

from __future__ import annotations

from typing import Any

from pymongo.database import Database


def differences_of(database: Database[dict[str, Any]]) -> list[str]:
    """Name every journal that does not add up to zero, and every account that its entries do not make."""
    journals = database.entries.aggregate(
        [{"$group": {"_id": "$journal_id", "sum": {"$sum": "$amount"}}}, {"$match": {"sum": {"$ne": 0}}}]
    )
    sums = {
        row["_id"]: row
        for row in database.entries.aggregate(
            [{"$group": {"_id": "$account_id", "sum": {"$sum": "$amount"}, "entries": {"$sum": 1}}}]
        )
    }
    nothing = {"sum": 0, "entries": 0}
    accounts = [
        account["_id"]
        for account in database.accounts.find()
        if (account["balance"], account["seq"])
        != tuple(sums.get(account["_id"], nothing)[name] for name in ("sum", "entries"))
    ]
    return [*(journal["_id"] for journal in journals), *accounts]
