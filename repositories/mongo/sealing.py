"""Personal data is encrypted before it leaves the process, so the server and its dumps never have it in clear (R28).

MongoDB's client-side field-level encryption, explicit mode. The data key stands in the database, wrapped by a master
key that does not. Data keys are fetched once and kept, so sealing and opening are computing only, a matter of tens of
microseconds (`python -m bench.sealing`), done on the event loop; a data key that was made after this process began is
fetched when it is first met. A value that a document goes on having stays sealed as it is, and is opened once: what was
used lately is remembered in the process, which holds the keys to all of it anyway.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property, partial
from hashlib import sha256
from typing import Any, Final, TypeGuard

from bson.binary import Binary
from bson.codec_options import CodecOptions
from pymongo import ASCENDING, MongoClient
from pymongo.encryption import ClientEncryption
from pymongo.errors import ConnectionFailure, DuplicateKeyError, EncryptionError, PyMongoError
from pymongocrypt.errors import MongoCryptError

from repositories.contract import AllOf, AnyOf, Condition, Where
from repositories.errors import StorageError, Unavailable, Unsuitable
from repositories.master_keys import MasterKeys
from repositories.mongo.recent import Recent
from repositories.mongo.rights import NO_ROLE, changing_the_database, is_unauthorized
from repositories.records import Record
from repositories.tables import Table

DATA_KEYS: Final = "data_keys"
"""The collection in which the data keys stand, wrapped."""
CURRENT: Final = "personal-data"
"""The name of the data key that seals from now on."""
INTEGRITY: Final = "integrity"
"""The name of the data key that guards the secret documents are authenticated by."""
SEALING_KEYS: Final[Mapping[str, Any]] = {"keyAltNames": {"$ne": INTEGRITY}}
SEALED: Final = 6
"""The subtype of BSON's binary values that says: encrypted by a client."""
SEALED_BY: Final = "sealed_by"
"""What a document says of its data key; the server's validator takes that of today only."""
FOREVER: Final = 0
ALWAYS_ALIKE: Final = "AEAD_AES_256_CBC_HMAC_SHA_512-Deterministic"
EVERY_TIME_ANEW: Final = "AEAD_AES_256_CBC_HMAC_SHA_512-Random"
_BEGINS: Final[Mapping[str, bytes]] = {ALWAYS_ALIKE: b"\1", EVERY_TIME_ANEW: b"\2"}
"""What a sealed value begins with; the id of the data key comes next."""
REMEMBERED_MAX: Final = 8_192
"""Values that are remembered, of the documents used last: some megabytes."""
NOT_SEALED: Final = (
    "{table} holds values that are in clear, as an earlier version left them, or are sealed by another data key. Stop "
    "all servers and run `python -m api rotate-keys --data`, or begin with an empty database."
)
BROKEN_OFF: Final = (
    "there is more than one data key: `python -m api rotate-keys --data` was broken off. Run it again to its end, with "
    "all servers stopped; until then people would not be found."
)


class Sealing:
    """Seals and opens the values of the tables' sealed attributes."""

    def __init__(self, client: MongoClient[dict[str, Any]], database: str, keys: MasterKeys) -> None:
        """Keep the data keys in that database, wrapped by these master keys."""
        self.made: set[str] = set()
        """The names of the data keys that were made here, for there were none."""
        self._known: Recent[tuple[str, str, str], tuple[str, Binary]] = Recent(REMEMBERED_MAX)
        """Of a document's attribute its value, in clear and sealed."""
        self._keys = keys
        self._vault = client[database][DATA_KEYS]
        with about_keys():
            self._encryption: ClientEncryption[dict[str, Any]] = ClientEncryption(
                keys.providers,
                f"{database}.{DATA_KEYS}",
                client,
                CodecOptions(),
                kms_tls_options=keys.tls,
                key_expiration_ms=FOREVER,
            )

    # ---- values ---------------------------------------------------------------------------------------------------

    def seal(self, table: Table[Any], attribute: str, value: str) -> Binary:
        """Encrypt a value: always alike where the table looks things up by it, else every time anew."""
        key = self.data_key
        with about_values():
            return self._encryption.encrypt(value, _algorithm(table, attribute), key_id=key)

    def open(self, table: Table[Any], value: object) -> str:
        """Decrypt a value; Unsuitable if it was never encrypted."""
        if not is_sealed(value):
            raise Unsuitable(NOT_SEALED.format(table=table.name))
        with about_values():
            text: str = self._encryption.decrypt(value)
            return text

    def seal_record(self, table: Table[Any], record: Record) -> None:
        """Encrypt what is sealed of a record, which then says by which data key."""
        if table.sealed:
            record[SEALED_BY] = self.seal_id
        for attribute in table.sealed:
            if record.get(attribute) is not None:
                record[attribute] = self._resealed(table, record["_id"], attribute, record[attribute])

    def _resealed(self, table: Table[Any], key: str, attribute: str, value: str) -> Binary:
        """Seal a value, or leave it sealed as that document has it, if it is the same and the data key as well."""
        if table.append_only:
            return self.seal(table, attribute, value)
        place = table.name, key, attribute
        known = self._known.get(place)
        if known is not None and known[0] == value:
            begins = _BEGINS[_algorithm(table, attribute)] + self.data_key
            if known[1][: len(begins)] == begins:
                return known[1]
        sealed = self.seal(table, attribute, value)
        self._known.put(place, (value, sealed))
        return sealed

    def open_record(self, table: Table[Any], record: Record) -> None:
        """Decrypt what is sealed of a record."""
        for attribute in table.sealed:
            if record.get(attribute) is not None:
                record[attribute] = self._opened(table, str(record.get("_id")), attribute, record[attribute])

    def _opened(self, table: Table[Any], key: str, attribute: str, sealed: object) -> str:
        """Decrypt a value, or tell what that document's was, if it is sealed as then."""
        place = table.name, key, attribute
        known = self._known.get(place)
        if known is not None and known[1] == sealed:
            return known[0]
        value = self.open(table, sealed)
        if is_sealed(sealed) and not table.append_only:
            self._known.put(place, (value, sealed))
        return value

    def seal_where(self, table: Table[Any], where: Where) -> Mapping[str, Any]:
        """Ask for the encrypted values instead of those in clear."""
        return {
            name: _each(condition, partial(self.seal, table, name)) if name in table.sealed else condition
            for name, condition in where.items()
        }

    def is_there(self) -> bool:
        """Tell whether the data keys are there, making none."""
        with about_keys():
            return all(self._encryption.get_key_by_alt_name(name) is not None for name in (CURRENT, INTEGRITY))

    # ---- keys -----------------------------------------------------------------------------------------------------

    @cached_property
    def data_key(self) -> Binary:
        """Give the id of the data key that seals; made on first use, by whichever process is first."""
        return self._key_named(CURRENT)

    @cached_property
    def mac_key(self) -> bytes:
        """Give the secret that documents are authenticated by; a data key of its own guards it, which never changes.

        It is what that data key makes of a known text: the driver does not give a key itself away. Nobody can compute
        it without the master key.
        """
        key = self._key_named(INTEGRITY)
        with about_keys():
            return sha256(self._encryption.encrypt(INTEGRITY, ALWAYS_ALIKE, key_id=key)).digest()

    def _key_named(self, name: str) -> Binary:
        with about_keys():
            known = self._encryption.get_key_by_alt_name(name)
            if known is None:
                with changing_the_database():
                    self._make_key(name)
                known = self._encryption.get_key_by_alt_name(name)
            if known is None:
                message = "the data key that was just made is gone"
                raise StorageError(message)
            return Binary(bytes(known["_id"]), known["_id"].subtype)

    def _make_key(self, name: str) -> None:
        self._vault.create_index(
            [("keyAltNames", ASCENDING)],
            unique=True,
            partialFilterExpression={"keyAltNames": {"$exists": True}},
        )
        try:
            self._encryption.create_data_key(self._keys.current, self._keys.current_key, key_alt_names=[name])
            self.made.add(name)
        except EncryptionError as error:  # another process, starting as well, was faster
            if not isinstance(error.cause, DuplicateKeyError):
                raise

    @property
    def seal_id(self) -> str:
        """Name the data key that seals now; every document of a table that seals says by which it is sealed."""
        return bytes(self.data_key).hex()

    def prepare(self) -> None:
        """Fetch the data key, the master key proved thereby; Unsuitable if it does not fit, or there are several."""
        current = self.data_key
        with about_keys():
            if self._vault.count_documents(SEALING_KEYS) > 1:
                raise Unsuitable(BROKEN_OFF)
            self._encryption.encrypt("", EVERY_TIME_ANEW, key_id=current)
        assert self.mac_key  # noqa: S101 - fetched now, not at the first write

    def rewrap(self) -> None:
        """Wrap the data key by the current master key instead."""
        with about_keys():
            self._encryption.rewrap_many_data_key({}, self._keys.current, self._keys.current_key)

    def renew(self) -> None:
        """Let a new data key seal from now on, or that of a rotation that was broken off; those before still open."""
        with about_keys():
            if self._vault.count_documents(SEALING_KEYS) == 1:
                self._encryption.remove_key_alt_name(self.data_key, CURRENT)
        self.__dict__.pop("data_key", None)

    def forget_others(self) -> None:
        """Delete every data key that sealed but the one that does now."""
        with about_keys():
            self._vault.delete_many({**SEALING_KEYS, "_id": {"$ne": self.data_key}})

    def close(self) -> None:
        """Let the keys go."""
        self._encryption.close()


def _algorithm(table: Table[Any], attribute: str) -> str:
    return ALWAYS_ALIKE if attribute in table.looked_up_by else EVERY_TIME_ANEW


def is_sealed(value: object) -> TypeGuard[Binary]:
    """Tell whether a value of a document is encrypted."""
    return isinstance(value, Binary) and value.subtype == SEALED


def _each(condition: Condition, seal: Callable[[str], Binary]) -> object:
    """Seal the values of a condition; others than equality never come here (`require_searchable`)."""
    if isinstance(condition, AnyOf | AllOf):
        return type(condition)(tuple(seal(value) for value in condition.values))  # type: ignore[misc]  # opaque now
    return seal(str(condition))


@contextmanager
def about_keys() -> Iterator[None]:
    """Say in a sentence what is wrong with the keys."""
    try:
        yield
    except (PyMongoError, MongoCryptError, ValueError, TypeError) as error:
        cause = getattr(error, "cause", error)
        if isinstance(error, PyMongoError) and is_unauthorized(error):
            raise Unsuitable(NO_ROLE) from None
        if isinstance(cause, ConnectionFailure) or "network error" in str(error):
            message = f"the database, or the service that guards the master key, does not answer ({_said(error)})"
            raise Unavailable(message) from None
        message = (
            "the keys of the keys file (WALLET_KEYS_FILE) do not fit the data keys of this database: "
            f"{_said(error)}. Put back the master key that wrapped them, or mend what the file says of its provider."
        )
        raise Unsuitable(message) from None


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).rstrip('.')}"


@contextmanager
def about_values() -> Iterator[None]:
    """Say that a value cannot be encrypted or decrypted, and nothing of it: it is personal."""
    try:
        yield
    except (PyMongoError, MongoCryptError, ValueError, TypeError) as error:
        cause = type(getattr(error, "cause", error)).__name__
        message = f"a value cannot be encrypted or decrypted ({cause}); does the keys file hold the right master key?"
        raise StorageError(message) from None
