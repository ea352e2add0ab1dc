"""Storage in a MongoDB replica set, through Motor."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from typing import Any, Final, TypeVar

from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.errors import PyMongoError
from pymongo.read_preferences import Primary
from pymongo.uri_parser import parse_uri

from repositories.contract import Event, Reader, UnitOfWork
from repositories.errors import Unsuitable
from repositories.master_keys import MasterKeys
from repositories.mongo.documents import CODEC_OPTIONS, Client, Database, Documents
from repositories.mongo.gathering import GatheringSource
from repositories.mongo.groups import TOGETHER_MAX, Groups
from repositories.mongo.joining import Joined
from repositories.mongo.migrations import is_up_to_date, locked, migrate
from repositories.mongo.observing import Commands, Connections, observed_transaction
from repositories.mongo.reading import MongoSnapshot, MongoSource, TransactionSource
from repositories.mongo.resealing import reseal
from repositories.mongo.rights import NOT_PREPARED, changing_the_database
from repositories.mongo.savepoints import Result, Savepoints, Work
from repositories.mongo.sealing import INTEGRITY, Sealing
from repositories.mongo.setup import are_prepared, prepare_tables, require_suitable
from repositories.mongo.transactions import abort, begin, require_committed
from repositories.mongo.translation import translated_errors
from repositories.mongo.watching import Watching
from repositories.mongo.writing import Writing
from repositories.staging import StoredReader, carry_through

T = TypeVar("T")

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
NOTHING_HERE: Final = (
    "there is nothing of this program in that database, which has no data keys: "
    "does WALLET_STORAGE_URL name the right one?"
)


class MongoStorage:
    """Works that arrive together share a transaction; its writes go out just before the commit."""

    def __init__(
        self, client: Client, name: str, keys: MasterKeys, *, together_max: int = TOGETHER_MAX, side_by_side: int = 1
    ) -> None:
        """Keep the tables in the database of that name, what is sealed of them by these keys.

        So many works share a transaction at most, and so many transactions are under way at once.
        """
        self._client = client
        self._database: Database = client.get_database(name, codec_options=CODEC_OPTIONS, read_preference=Primary())
        self._sealing = Sealing(client.delegate, name, keys)
        self._documents = Documents(self._sealing)
        self._reader = StoredReader(GatheringSource(MongoSource(self._database, self._documents)))
        self._writing = Writing(self._database, self._documents)
        self._groups = Groups(self._attempt, together_max, side_by_side)
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
        return self._reader

    async def transact(self, work: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        """Run a work in one transaction, to its end even if the caller goes away."""
        return await carry_through(self._run(work))

    async def _run(self, work: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        with observed_transaction(), translated_errors(None):
            return await self._groups.carry_out(work)

    async def _attempt(self, works: Sequence[Work[Any]], deadline: float) -> list[Result[Any]]:
        """Carry works out in one transaction, and commit what those wrote that raised nothing."""
        with self._client.delegate.start_session() as session:  # which is known to the server later
            source = TransactionSource(self._database, self._documents, session)
            joined = Joined(source)
            savepoints = Savepoints(joined)
            begin(session)
            try:
                results = await savepoints.carry_out(works)
                await joined.end()
                joined.require_whole()
                if all(result.error is not None for result in results):
                    await abort(session)
                    return results
                until = await self._writing.commit(savepoints.changes(), source.receipts, session, deadline)
            except BaseException:
                await joined.end()
                await abort(session)
                raise
            await require_committed(session, until)
            return results

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
            has_new_keys = INTEGRITY in self._sealing.made
            async with locked(self._database, self._documents, has_new_keys=has_new_keys) as holder:
                await prepare_tables(self._database, self._sealing.seal_id)
                await migrate(self._database, self._documents, holder)

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
