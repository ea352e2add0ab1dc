"""The keys file: the master keys that protect what is kept at rest, and the peppers of passwords (R18, R28).

It is JSON, and stands outside the database:

    {
      "master": "local:2026-11",
      "providers": {"local:2026-11": {"key": "96 bytes in base64"}},
      "peppers": ["32 bytes in base64"]
    }

The first pepper is mixed into passwords that are set from now on; the others are for those that were set before.

`providers` are those of MongoDB's client-side encryption, each with what it wants to know: local ones (`local:NAME`),
or `aws`, `azure`, `gcp`, `kmip`; for these `masterKey` says which of their keys, and `tls` how they are reached.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from repositories.master_keys import MasterKeys

LOCAL: Final = "local"
LOCAL_KEY_BYTES: Final = 96
PEPPER_BYTES: Final = 32
FINGERPRINT_CHARACTERS: Final = 8
FILE: Final = "development-keys.json"
PROVIDERS: Final = (LOCAL, "aws", "azure", "gcp", "kmip")


class KeysUnusable(Exception):
    """The keys file cannot be used; the text says why and what to do, and holds nothing of the keys."""


@dataclass(frozen=True, slots=True)
class Peppers:
    """Secrets that are mixed into passwords before they are hashed, the one for new passwords first.

    A hash says by a fingerprint which one it was made with, so no other is ever taken for it.
    """

    secrets: tuple[bytes, ...] = field(repr=False)

    @property
    def current(self) -> str:
        """Name the one for new passwords."""
        return fingerprint(self.secrets[0])

    def named(self, name: str) -> bytes | None:
        """Give the one of that name, if it is here."""
        return next((secret for secret in self.secrets if fingerprint(secret) == name), None)


def fingerprint(secret: bytes) -> str:
    """Name a secret by what it is, giving nothing of it away."""
    return sha256(secret).hexdigest()[:FINGERPRINT_CHARACTERS]


@dataclass(frozen=True, slots=True)
class ServerKeys:
    """What the keys file holds."""

    master: MasterKeys
    peppers: Peppers


def read_keys(path: Path) -> ServerKeys:
    """Read the keys file; KeysUnusable says what is wrong with it."""
    try:
        content = path.read_bytes()
    except OSError as error:
        message = f"the keys file {path} cannot be read ({error.strerror}); `python -m api new-keys` makes one"
        raise KeysUnusable(message) from None
    return parse_keys(content, str(path))


def parse_keys(content: bytes, named: str) -> ServerKeys:
    """Read what a keys file holds; KeysUnusable names the file and says what is wrong with it."""
    try:
        file = _File.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        problem = first["msg"].removeprefix("Value error, ")
        message = f"{named}: {where + ': ' if where else ''}{problem}; README.md says what stands in a keys file"
        raise KeysUnusable(message) from None
    providers = {name: _opened(name, options) for name, options in file.providers.items()}
    return ServerKeys(
        MasterKeys(providers, file.master, file.master_key, file.tls), Peppers(tuple(map(_bytes, file.peppers)))
    )


def own_keys(folder: Path) -> ServerKeys:
    """Give this machine's own keys, for development; made on first use, readable by their owner only."""
    path = folder / FILE
    return parse_keys(kept_file(path, new_keys), str(path))


def keys_of(file: Path | None, folder: Path) -> ServerKeys:
    """Give the keys of that file, or of this machine where none is set."""
    return read_keys(file) if file is not None else own_keys(folder)


def new_keys() -> bytes:
    """Make a keys file with a new local master key and a new pepper."""
    return _printed({"providers": {}, "peppers": []})


def keys_after(path: Path) -> bytes:
    """Give that keys file with a new local master key and a new pepper, which hold from now on; the others stay."""
    read_keys(path)
    content: dict[str, Any] = json.loads(path.read_bytes())
    content.pop("masterKey", None)
    return _printed(content)


def _printed(content: dict[str, Any]) -> bytes:
    names = (f"{LOCAL}:{number}" for number in count(1))
    name = next(name for name in names if name not in content["providers"])
    content["master"] = name
    content["providers"][name] = {"key": _random(LOCAL_KEY_BYTES)}
    content["peppers"].insert(0, _random(PEPPER_BYTES))
    return (json.dumps(content, indent=2) + "\n").encode()


def kept_file(path: Path, make: Callable[[], bytes]) -> bytes:
    """Give what a secret file of this machine holds; made on first use, readable by its owner only."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _put(path, make())
        return path.read_bytes()
    except OSError as error:
        message = f"WALLET_DATA_DIR: {path} can be neither read nor made ({error.strerror})"
        raise KeysUnusable(message) from None


def _put(path: Path, content: bytes) -> None:
    """Put a file there whole, or leave the one that another process was faster to put there."""
    with NamedTemporaryFile(dir=path.parent, prefix=path.name) as draft:  # readable by its owner only
        draft.write(content)
        draft.flush()
        os.fsync(draft.fileno())
        with suppress(FileExistsError):
            os.link(draft.name, path)


def _random(size: int) -> str:
    return base64.b64encode(secrets.token_bytes(size)).decode()


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    master: str
    master_key: Annotated[dict[str, Any] | None, Field(alias="masterKey")] = None
    providers: dict[str, dict[str, Any]]
    tls: dict[str, dict[str, Any]] | None = None
    peppers: list[str]

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.master not in self.providers:
            message = "master names none of the providers"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _providers_are_known(self) -> Self:
        for name, options in self.providers.items():
            kind = name.partition(":")[0]
            if kind not in PROVIDERS:
                message = f"providers: {name} is none of {', '.join(PROVIDERS)}, with or without :NAME"
                raise ValueError(message)
            if kind == LOCAL and len(_bytes(options.get("key"))) != LOCAL_KEY_BYTES:
                message = f"providers: {name} needs a key of {LOCAL_KEY_BYTES} bytes in base64"
                raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _peppers_are_long(self) -> Self:
        if not self.peppers or any(len(_bytes(pepper)) < PEPPER_BYTES for pepper in self.peppers):
            message = f"peppers: needs one or more, each of at least {PEPPER_BYTES} bytes in base64"
            raise ValueError(message)
        return self


def _bytes(text: object) -> bytes:
    try:
        return base64.b64decode(text, validate=True) if isinstance(text, str) else b""
    except ValueError:
        return b""


def _opened(name: str, options: dict[str, Any]) -> dict[str, Any]:
    return {**options, "key": _bytes(options["key"])} if name.partition(":")[0] == LOCAL else options
