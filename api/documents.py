"""Documents that clients name instead of sending: trusted ones, from a manifest, and persisted ones, by their hash.

A trusted document is named by `documentId`, or by its hash; production can take these only. Any other is sent once with
its hash (`extensions.persistedQuery`, as Apollo's clients do by themselves), and named by it from then on, as long as
this process remembers it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import orjson
from cross_web import HTTPException
from graphql import GraphQLError, GraphQLFormattedError, parse, validate

from api.settings import Misconfigured, Settings
from domain.errors import ErrorCode
from schema.build import build_schema
from schema.limits import TOKENS_MAX, require_text_within_limits

HASH: Final = "sha256Hash"
NO_QUERY: Final = "缺少query。The request has no query, which must be a string."
NOT_KNOWN: Final = "PersistedQueryNotFound"
"""What clients of persisted queries understand: they send the text once more."""
NOT_KNOWN_CODE: Final = "PERSISTED_QUERY_NOT_FOUND"
WRONG_HASH: Final = "sha256Hash与query不符。The hash is not that of the query."
NO_HASH: Final = (
    "persistedQuery应有version 1和sha256Hash。"
    "extensions.persistedQuery has version 1 and sha256Hash, 64 hexadecimal digits."
)
NO_DOCUMENT: Final = "没有该documentId的文档。There is no document of that documentId."


class NotKnown(HTTPException):
    """The document is not known by that hash; its sender is to send it as a whole."""

    def __init__(self) -> None:
        """Say it in the words that clients wait for."""
        super().__init__(200, NOT_KNOWN)


def told(fault: HTTPException) -> GraphQLFormattedError:
    """Give an error as GraphQL writes it, of what is wrong about a request or its name for a document."""
    code = NOT_KNOWN_CODE if isinstance(fault, NotKnown) else ErrorCode.INVALID_INPUT.value
    return {"message": fault.reason, "extensions": {"code": code}}


class Documents:
    """The documents that can be named; of those sent with their hash, the longest unused is forgotten first."""

    def __init__(self, trusted: Mapping[str, str] = MappingProxyType({}), *, most: int, only: bool = False) -> None:
        """Know the trusted ones by their ids, and remember that many others, or take the trusted ones only."""
        self._only = only
        self._by_id = dict(trusted)
        self._by_hash = {hash_of(text): text for text in trusted.values()}
        self._sent: OrderedDict[str, str] = OrderedDict()
        self._most = most

    def takes(self, text: str) -> bool:
        """Tell whether a document is taken at all, however it came."""
        return not self._only or hash_of(text) in self._by_hash

    def text_of(self, sent: Mapping[str, Any]) -> str:
        """Give the text of what a request sends or names; HTTPException if there is none."""
        identity = sent.get("documentId")
        if identity is not None:
            text = self._by_id.get(identity) if isinstance(identity, str) else None
            if text is None:
                raise HTTPException(400, NO_DOCUMENT)
            return text
        extensions, query = sent.get("extensions"), sent.get("query")
        persisted = extensions.get("persistedQuery") if isinstance(extensions, dict) else None
        if persisted is not None:
            return self._persisted(persisted, query)
        if not isinstance(query, str) or not query:
            raise HTTPException(400, NO_QUERY)
        return query

    def _persisted(self, persisted: object, query: object) -> str:
        digest = persisted.get(HASH) if isinstance(persisted, dict) and persisted.get("version") == 1 else None
        if not isinstance(digest, str):
            raise HTTPException(400, NO_HASH)
        if not query:
            return self._known(digest.lower())
        if not isinstance(query, str) or hash_of(query) != digest.lower():
            raise HTTPException(400, WRONG_HASH)
        self._remember(digest.lower(), query)
        return query

    def _known(self, digest: str) -> str:
        text = self._by_hash.get(digest) or self._sent.get(digest)
        if text is None:
            raise NotKnown
        if digest in self._sent:
            self._sent.move_to_end(digest)
        return text

    def _remember(self, digest: str, query: str) -> None:
        """Remember what can be parsed; what is too much, or nothing, is refused where it is carried out."""
        try:
            require_text_within_limits(query)
            parse(query, max_tokens=TOKENS_MAX)
        except (GraphQLError, RecursionError):
            return
        self._sent[digest] = query
        while len(self._sent) > self._most:
            self._sent.popitem(last=False)


def hash_of(text: str) -> str:
    """Give the SHA-256 of a document, in hexadecimal."""
    return sha256(text.encode(errors="surrogatepass")).hexdigest()


def known_documents(settings: Settings) -> Documents:
    """Read the manifest of the settings, if there is one; Misconfigured says what is wrong with it."""
    trusted = read_manifest(settings.documents_file) if settings.documents_file is not None else {}
    most = 0 if settings.documents_only else settings.persisted_max
    return Documents(trusted, most=most, only=settings.documents_only)


def read_manifest(path: Path) -> dict[str, str]:
    """Read a manifest: a JSON object of texts by id (Relay), or Apollo's, whose operations have an id and a body."""
    try:
        content = orjson.loads(path.read_bytes())
        if isinstance(content, dict) and isinstance(content.get("operations"), list):
            operations = content["operations"]
            content = {operation["id"]: operation["body"] for operation in operations}
            if len(content) < len(operations):
                raise _unusable(path, "two documents have one id")
        if not isinstance(content, dict) or not content or not all(_is_named(*pair) for pair in content.items()):
            raise _unusable(path, "it is no JSON object of documents by their ids")
        for name, text in content.items():
            _require_fit(path, name, text)
    except OSError as error:
        raise _unusable(path, error.strerror or type(error).__name__) from None
    except (ValueError, KeyError, TypeError):
        raise _unusable(path, "it is no manifest of documents in JSON") from None
    except GraphQLError as error:
        raise _unusable(path, error.message) from None
    return content


def _is_named(name: object, text: object) -> bool:
    return isinstance(name, str) and name != "" and isinstance(text, str)


def _require_fit(path: Path, name: str, text: str) -> None:
    """Refuse a document that the schema would refuse: production would start, and refuse its own client."""
    faults = validate(build_schema()._schema, parse(text))  # noqa: SLF001 - its only way out
    if faults:
        raise _unusable(path, f"{name}: {faults[0].message}")


def _unusable(path: Path, why: str) -> Misconfigured:
    return Misconfigured(f"WALLET_DOCUMENTS_FILE: {path} cannot be used: {why}")
