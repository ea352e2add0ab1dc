"""The tamper matrix: flipped, deleted, inserted, reordered, forked, rolled back, in each collection (R20, R26)."""

from __future__ import annotations

from uuid import uuid4

import pytest

from domain.ledger import entry_hash
from repositories.contract import Storage
from repositories.mongo.documents import Documents
from repositories.mongo.receipts import NO_RECEIPT, RECEIPTS
from repositories.mongo.storage import MongoStorage
from repositories.tables import ACCOUNTS, ENTRIES
from tests.clients import Server
from tests.reconciliation.conftest import differences
from tests.reconciliation.scene import move_on
from tests.reconciliation.tampering import APART, COLLECTIONS, ROLLED_BACK, Document, Tamperer, at, leaves


async def test_books_that_nobody_touched_agree(books: Storage, tamperer: Tamperer) -> None:
    assert await differences(books) == []
    for collection in COLLECTIONS:
        assert tamperer.documents(collection), f"nothing is kept in {collection}, so nothing is shown by its tests"


async def test_a_value_that_was_altered_is_found_in_its_document(books: Storage, tamperer: Tamperer) -> None:
    """Every value of every document, one of each document at a time; each is named."""
    kept = {name: tamperer.documents(name) for name in COLLECTIONS}
    ways = {(name, each["_id"]): list(leaves(each)) for name, documents in kept.items() for each in documents}
    for turn in range(max(map(len, ways.values()))):
        altered = {where: paths[turn] for where, paths in ways.items() if turn < len(paths)}
        with tamperer.undone(*{name for name, _ in altered}):
            for name, documents in kept.items():
                for document in documents:
                    if (name, document["_id"]) in altered:
                        tamperer.alter(name, document, altered[name, document["_id"]])
            named = {(found.table, found.key) for found in await differences(books)}
        assert not {where: path for where, path in altered.items() if where not in named}


@pytest.mark.parametrize("collection", COLLECTIONS)
async def test_a_document_that_was_deleted_is_missed(books: Storage, tamperer: Tamperer, collection: str) -> None:
    """Each is named by the receipt of what was stored, and each receipt by what it is for."""
    documents = tamperer.documents(collection)
    for deleted in (documents[::2], documents[1::2]):
        with tamperer.undone(collection):
            for document in deleted:
                tamperer.delete(collection, document)
            found = await differences(books)
        named = {each.key for each in found if each.table == collection}
        if collection == RECEIPTS:
            missed = {each.key for each in found if each.problem == NO_RECEIPT}
            named = {
                receipt["_id"] for receipt in deleted if missed & {key.partition("/")[2] for key in receipt["stored"]}
            }
        assert {document["_id"] for document in deleted} <= named


@pytest.mark.parametrize("collection", COLLECTIONS)
async def test_a_document_that_was_put_in_is_found(books: Storage, tamperer: Tamperer, collection: str) -> None:
    """Copies of all that are there under other ids, as good as they can be made without the key."""
    with tamperer.undone(collection):
        twins = [{**each, "_id": f"{each['_id']}-{uuid4()}"} for each in tamperer.documents(collection)]
        for twin in twins:
            tamperer.put(collection, twin)
        named = {found.key for found in await differences(books) if found.table == collection}
    assert {twin["_id"] for twin in twins} <= named


@pytest.mark.parametrize("collection", COLLECTIONS)
async def test_documents_that_changed_places_are_found(books: Storage, tamperer: Tamperer, collection: str) -> None:
    with tamperer.undone(collection):
        documents = tamperer.documents(collection)
        pairs = list(zip(documents[::2], documents[1::2], strict=False))
        for first, second in pairs:
            tamperer.put(collection, {**second, "_id": first["_id"]})
            tamperer.put(collection, {**first, "_id": second["_id"]})
        named = {found.key for found in await differences(books) if found.table == collection}
    assert {each["_id"] for pair in pairs for each in pair} <= named


def differ(one: Document, other: Document) -> bool:
    """Tell whether documents differ in more than how often they were claimed."""
    return any(one.get(name) != other.get(name) for name in one.keys() | other.keys() if name not in APART)


async def test_a_document_of_before_that_was_put_back_is_found(
    books: Storage, tamperer: Tamperer, server_of_books: Server
) -> None:
    """Rolled back to what this program wrote itself, so that nothing was altered: the ledger does not agree with it."""
    for collection in ROLLED_BACK:
        before = {each["_id"]: each for each in tamperer.documents(collection)}
        with tamperer.undone(*COLLECTIONS):
            await move_on(server_of_books)
            after = tamperer.documents(collection)
            changed = [each["_id"] for each in after if each["_id"] in before and differ(each, before[each["_id"]])]
            assert changed, collection
            for key in changed:
                now = next(each for each in after if each["_id"] == key)
                tamperer.put(collection, before[key])
                assert await differences(books), (collection, key)
                tamperer.put(collection, now)
            assert await differences(books) == []


async def test_a_history_that_was_written_anew_with_good_hashes_is_found(books: Storage, tamperer: Tamperer) -> None:
    """A fork: the hashes of entries can be computed by anybody, the keyed ones cannot."""
    assert isinstance(books, MongoStorage)
    documents: Documents = books._documents  # noqa: SLF001 - only to read what is sealed
    for account in tamperer.documents(ACCOUNTS.name):
        entries = sorted(
            (each for each in tamperer.documents(ENTRIES.name) if each["account_id"] == account["_id"]),
            key=lambda each: int(at(each, ("seq",))),
        )
        if not entries:
            continue
        with tamperer.undone(ENTRIES.name, ACCOUNTS.name):
            head = entries[0]["previous_hash"]
            for entry in entries:
                forged = {**entry, "amount": entry["amount"] + 1, "previous_hash": head, "hash": ""}
                forged["balance_after"] = entry["balance_after"] + entry["seq"]
                head = forged["hash"] = entry_hash(documents.decode(ENTRIES, {**forged}))
                tamperer.put(ENTRIES.name, forged)
            tamperer.put(ACCOUNTS.name, {**account, "balance": account["balance"] + len(entries), "head": head})
            named = {(found.table, found.key) for found in await differences(books)}
        assert {(ENTRIES.name, entry["_id"]) for entry in entries} | {(ACCOUNTS.name, account["_id"])} <= named
