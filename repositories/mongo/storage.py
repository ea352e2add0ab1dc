"""Storage in a MongoDB replica set, through Motor."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from itertools import groupby
from typing import Any, Final, TypeVar

from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import ASCENDING, InsertOne, ReplaceOne, UpdateOne
from pymongo.errors import BulkWriteError, ConnectionFailure, PyMongoError
from pymongo.read_preferences import Primary
from pymongo.uri_parser import parse_uri

from repositories.contract import Event, Flaw, Reader, UnitOfWork, Where, Window
from repositories.errors import Duplicate, StorageError, Unavailable, Unstorable, Unsuitable
from repositories.master_keys import MasterKeys
from repositories.mongo.conditions import Filter, filter_of, sort_of
from repositories.mongo.documents import CODEC_OPTIONS, Client, Database, Documents, field_name
from repositories.mongo.macs import CLAIMS
from repositories.mongo.migrations import is_up_to_date, locked, migrate
from repositories.mongo.observing import Commands, Connections, observed_transaction
from repositories.mongo.receipts import RECEIPT, RECEIPTS, Examination, new_receipt, receipt_of
from repositories.mongo.resealing import reseal
from repositories.mongo.rights import NOT_PREPARED, changing_the_database
from repositories.mongo.sealing import INTEGRITY, Sealing
from repositories.mongo.setup import are_prepared, prepare_tables, require_suitable
from repositories.mongo.transactions import Conflict, Session, run_transaction
from repositories.mongo.watching import Watching
from repositories.records import Record
from repositories.staging import Change, StagedUnitOfWork, StoredReader, carry_through
from repositories.tables import Table

E = TypeVar("E")
T = TypeVar("T")
Write = InsertOne[Any] | ReplaceOne[Any] | UpdateOne

DATABASE_DEFAULT: Final = "medical_insurance_wallet"
DEFAULTS: Final = {
    "appname": "medical-insurance-wallet",
    "maxPoolSize": 100,
    "serverSelectionTimeoutMS": 5_000,
    "socketTimeoutMS": 20_000,
    "waitQueueTimeoutMS": 5_000,
    "connectTimeoutMS": 5_000,
    "heartbeatFrequencyMS": 2_000,
}
"""What holds unless the URL says otherwise; an operation that hangs ends, and its outcome is then unknown.

A member that says nothing for the sum of the last two is given up with all that waits for it: before the others have
elected a new primary, which takes them ten seconds.
"""
SCANNED_AT_ONCE: Final = 1_000
NOTHING_HERE: Final = (
    "there is nothing of this program in that database, which has no data keys: "
    "does WALLET_STORAGE_URL name the right one?"
)
DUPLICATE_KEY: Final = 11000
VALIDATION_FAILED: Final = 121
NOT_NOW: Final = {6, 7, 89, 134, 239, 246, 262, 9001}
"""What a server says that cannot serve just now and that the driver does not count as a lost connection: it cannot
reach another one, was elected so lately that no majority has anything yet, or has not kept a snapshot for so long."""

logger = logging.getLogger(__name__)


class MongoSource:
    """Looks up committed data or, with a session, what its transaction sees."""

    def __init__(self, database: Database, documents: Documents, session: Session | None = None) -> None:
        """Look into that database."""
        self._database = database
        self._documents = documents
        self._session = session
        self.receipts: dict[tuple[str, str], str] = {}
        """What the documents that were read say of the transactions that stored them."""

    async def fetch(self, table: Table[E], keys: Sequence[str]) -> dict[str, E]:
        """Give the objects of these keys that exist, by key."""
        found = await self._find(table, {"_id": {"$in": list(keys)}})
        return {table.key_of(entity): entity for entity in found}

    async def select(self, table: Table[E], where: Where, window: Window) -> list[E]:
        """Give at most `window.limit` objects, from the end if the window is backwards."""
        if window.limit == 0:  # which means no limit to the server
            return []
        query = filter_of(table, self._documents.sealed(table, where), window)
        return await self._find(table, query, sort_of(table, backwards=window.backwards), window.limit)

    async def _find(
        self, table: Table[E], query: Filter, sort: list[tuple[str, int]] | None = None, limit: int = 0
    ) -> list[E]:
        with translated_errors(table):
            cursor = self._database[table.name].find(query, session=self._session, sort=sort, limit=limit)
            documents = await cursor.to_list(None)
        self.receipts |= {(table.name, each["_id"]): each[RECEIPT] for each in documents if RECEIPT in each}
        return [self._documents.decode(table, document) for document in documents]

    async def count(self, table: Table[E], where: Where) -> int:
        """Count the objects for which all conditions hold."""
        with translated_errors(table):
            found: int = await self._database[table.name].count_documents(
                filter_of(table, self._documents.sealed(table, where)), session=self._session
            )
        return found


class MongoSnapshot:
    """What a majority had at one moment; the server keeps it for minSnapshotHistoryWindowInSeconds."""

    def __init__(self, database: Database, documents: Documents, session: Session) -> None:
        """Look into that database as the session sees it."""
        self._source = MongoSource(database, documents, session)
        self._database = database
        self._documents = documents
        self._session = session

    async def flaws(self) -> AsyncIterator[Flaw]:
        """Give what was altered, put in or taken away by other than this program."""
        with translated_errors(None):
            async for flaw in Examination(self._database, self._documents, self._session).flaws():
                yield flaw

    async def scan(self, table: Table[E], by: str | None = None) -> AsyncIterator[E]:
        """Give all objects of a table one after another, along an index where there is one."""
        sort = [("_id", ASCENDING)] if by is None else [(field_name(table, by), ASCENDING), *sort_of(table)]
        query = {} if by is None else {field_name(table, by): {"$type": "string"}}
        with translated_errors(table):
            cursor = self._database[table.name].find(
                query, session=self._session, sort=sort, batch_size=SCANNED_AT_ONCE, allow_disk_use=True
            )
            async for document in cursor:
                entity = self._readable(table, document)
                if entity is not None:
                    yield entity

    def _readable(self, table: Table[E], document: Record) -> E | None:
        with suppress(Exception):  # whatever is wrong with it is among the flaws
            return self._documents.decode(table, document)
        return None

    async def fetch(self, table: Table[E], keys: Sequence[str]) -> dict[str, E]:
        """Give the objects of these keys that exist and can be read, by key."""
        with translated_errors(table):
            found = self._database[table.name].find({"_id": {"$in": list(keys)}}, session=self._session)
            entities = [self._readable(table, document) async for document in found]
        return {table.key_of(entity): entity for entity in entities if entity is not None}

    async def count(self, table: Table[Any]) -> int:
        """Count the objects of a table."""
        return await self._source.count(table, {})


class MongoStorage:
    """Every work is one transaction; its writes go out as one bulk command per collection, just before the commit."""

    def __init__(self, client: Client, name: str, keys: MasterKeys) -> None:
        """Keep the tables in the database of that name, what is sealed of them by these keys."""
        self._client = client
        self._database: Database = client.get_database(name, codec_options=CODEC_OPTIONS, read_preference=Primary())
        self._sealing = Sealing(client.delegate, name, keys)
        self._documents = Documents(self._sealing)
        self._queue = asyncio.Lock()
        self._watching = Watching(self._database, self._documents)

    @classmethod
    def at(cls, url: str, keys: MasterKeys | None) -> MongoStorage:
        """Open the replica set of that URL; its path names the database."""
        if keys is None:
            message = "MongoDB holds ID numbers and mobiles encrypted only: set WALLET_KEYS_FILE to the keys file"
            raise Unsuitable(message)
        with understood_urls():
            asked = parse_uri(url)
            options: dict[str, Any] = {name: value for name, value in DEFAULTS.items() if name not in asked["options"]}
            client: Client = AsyncIOMotorClient(
                url, w="majority", readConcernLevel="majority", event_listeners=[Commands(), Connections()], **options
            )
        return cls(client, database_of(url), keys)

    def read(self) -> Reader:
        """Read what a majority has."""
        return StoredReader(MongoSource(self._database, self._documents))

    async def transact(self, work: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        """Run a work in one transaction, to its end even if the caller goes away."""
        return await carry_through(self._run(work))

    async def _run(self, work: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        async def attempt(session: Session) -> T:
            source = MongoSource(self._database, self._documents, session)
            uow = StagedUnitOfWork(source)
            result = await work(uow)
            await self._flush(uow.changes(), source.receipts, session)
            return result

        with observed_transaction(), translated_errors(None):
            return await run_transaction(self._client, self._queue, attempt)

    async def _flush(self, changes: list[Change[Any]], receipts: dict[tuple[str, str], str], session: Session) -> None:
        name = new_receipt()
        receipt = receipt_of(name, changes, self._documents.mac_key)
        if receipt is not None:
            await self._database[RECEIPTS].insert_one(receipt, session=session)
        for table, group in groupby(changes, key=lambda change: change.table):
            writes = [self._write(change, receipts.get((table.name, change.key)), name) for change in group]
            with translated_errors(table):
                done = await self._database[table.name].bulk_write(writes, session=session)
            if done.inserted_count + done.matched_count != len(writes):
                message = f"{table.name}: not as read"
                raise Conflict(message)

    def _write(self, change: Change[Any], receipt: str | None, new: str) -> Write:
        """Write a change; what is replaced goes on naming the receipt of its first version."""
        table = change.table
        if change.before is None:
            return InsertOne(self._documents.encode(table, change.after, {RECEIPT: new}))
        guard = {field_name(table, name): getattr(change.before, name) for name in table.guarded}
        query = {"_id": change.key, **guard}
        if change.before == change.after:
            return UpdateOne(query, {"$inc": {CLAIMS: 1}})
        named = {RECEIPT: receipt} if receipt is not None else {}
        return ReplaceOne(query, self._documents.encode(table, change.after, named))

    def watch(
        self, wanted: Callable[[Event], bool] = lambda _event: True
    ) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        """Give what is wanted of what is committed from entering on."""
        return self._watching.watch(wanted)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[MongoSnapshot]:
        """Give everything that a majority has by now."""
        if not await asyncio.to_thread(self._sealing.is_there):
            raise Unsuitable(NOTHING_HERE)
        await asyncio.to_thread(self._sealing.prepare)
        with translated_errors(None):
            if not await is_up_to_date(self._database, self._documents):
                raise Unsuitable(NOT_PREPARED)
            async with await self._client.start_session(snapshot=True) as session:
                yield MongoSnapshot(self._database, self._documents, session)

    async def prepare(self) -> None:
        """Check the server and the keys, then create and bring up to date what is not as it should be.

        Where all is, nothing is written: whoever may read can do it.
        """
        await require_suitable(self._client)
        await asyncio.to_thread(self._sealing.prepare)
        with translated_errors(None), changing_the_database():
            if await self._is_ready():
                return
            async with locked(self._database, self._documents, has_new_keys=INTEGRITY in self._sealing.made):
                await prepare_tables(self._database, self._sealing.seal_id)
                await migrate(self._database, self._documents)

    async def _is_ready(self) -> bool:
        return await is_up_to_date(self._database, self._documents) and await are_prepared(
            self._database, self._sealing.seal_id
        )

    async def rotate_keys(self, *, data: bool) -> int:
        """Wrap the data keys anew; with `data`, seal everything anew before, by a data key that is new as well."""
        await require_suitable(self._client)
        resealed = 0
        with translated_errors(None):
            if data:
                authenticated = await is_up_to_date(self._database, self._documents)
                resealed = await reseal(self._database, self._sealing, authenticated=authenticated)
            await asyncio.to_thread(self._sealing.rewrap)
        await self.prepare()
        return resealed

    async def ping(self) -> None:
        """Raise Unavailable unless the primary answers."""
        with translated_errors(None):
            await self._client.admin.command("ping")

    async def close(self) -> None:
        """Close all connections."""
        await self._watching.close()
        self._sealing.close()
        self._client.close()


def database_of(url: str) -> str:
    """Name the database of that URL."""
    with understood_urls():
        return parse_uri(url)["database"] or DATABASE_DEFAULT


@contextmanager
def understood_urls() -> Iterator[None]:
    """Say how a URL is written, where one is not; Unsuitable then."""
    try:
        yield
    except (PyMongoError, ValueError):
        message = "the storage URL is not one of MongoDB's; write mongodb://HOST:PORT/DATABASE?replicaSet=NAME"
        raise Unsuitable(message) from None


@contextmanager
def translated_errors(table: Table[Any] | None) -> Iterator[None]:
    """Turn the driver's errors into the contract's; those that a transaction retries pass unchanged inside it.

    The driver's own text may hold whole documents, so nothing of it is chained.
    """
    name = table.name if table is not None else "storage"
    try:
        yield
    except BulkWriteError as error:
        raise _bulk_error(name, table, error) from None
    except PyMongoError as error:
        if table is not None and error.has_error_label("TransientTransactionError"):
            raise
        code = getattr(error, "code", None)
        if isinstance(error, ConnectionFailure) or code in NOT_NOW:
            message = "the database does not answer"
            raise Unavailable(message) from None
        message = f"{name}: {type(error).__name__} {code}"
        logger.error("%s", message)  # noqa: TRY400 - the driver's own text may be personal
        raise StorageError(message) from None


def _bulk_error(name: str, table: Table[Any] | None, error: BulkWriteError) -> Exception:
    if error.has_error_label("TransientTransactionError"):
        return error
    problem: dict[str, Any] = next(iter(error.details.get("writeErrors", [])), {})
    if problem.get("code") == DUPLICATE_KEY:
        field = next(iter(problem.get("keyPattern", {"_id": 1})))
        return Duplicate(name, table.key if table is not None and field == "_id" else field)
    if problem.get("code") == VALIDATION_FAILED:
        return Unstorable(f"{name}: the server's validator refused the document")
    return StorageError(f"{name}: write error {problem.get('code')}")
