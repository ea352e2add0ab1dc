"""The keys file: the master keys that protect what is kept at rest, and the peppers of passwords (R18, R28).

It is JSON, and stands outside the database:

    {
      "master": "local:2026-11",
      "providers": {"local:2026-11": {"key": "96 bytes in base64"}},
      "pepper": "2026-11",
      "peppers": {"2026-11": "32 bytes in base64"}
    }

`providers` are those of MongoDB's client-side encryption, each with what it wants to know: local ones (`local:NAME`),
or `aws`, `azure`, `gcp`, `kmip`; for these `masterKey` says which of their keys, and `tls` how they are reached.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Annotated, Any, Final, Self

from pydantic import Base64Bytes, BaseModel, ConfigDict, Field, ValidationError, model_validator

from repositories.master_keys import MasterKeys

LOCAL: Final = "local"
LOCAL_KEY_BYTES: Final = 96
PEPPER_BYTES: Final = 32
FILE: Final = "development-keys.json"
PROVIDERS: Final = (LOCAL, "aws", "azure", "gcp", "kmip")


class KeysUnusable(Exception):
    """The keys file cannot be used; the text says why and what to do, and holds nothing of the keys."""


@dataclass(frozen=True, slots=True)
class Peppers:
    """Secrets that are mixed into passwords before they are hashed; a hash says which one it was made with."""

    current: str
    secrets: Mapping[str, bytes] = field(repr=False)


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
        message = f"WALLET_KEYS_FILE: {path} cannot be read ({error.strerror})"
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
        message = f"{named}: {where + ': ' if where else ''}{problem}; `python -m api new-keys` prints a keys file"
        raise KeysUnusable(message) from None
    providers = {name: _opened(name, options) for name, options in file.providers.items()}
    return ServerKeys(MasterKeys(providers, file.master, file.master_key, file.tls), Peppers(file.pepper, file.peppers))


def own_keys(folder: Path) -> ServerKeys:
    """Give this machine's own keys, for development; made on first use, readable by their owner only."""
    path = folder / FILE
    return parse_keys(kept_file(path, new_keys), str(path))


def keys_of(file: Path | None, folder: Path) -> ServerKeys:
    """Give the keys of that file, or of this machine where none is set."""
    return read_keys(file) if file is not None else own_keys(folder)


def new_keys() -> bytes:
    """Make a keys file with a new local master key and a new pepper."""
    return _printed({"providers": {}, "peppers": {}})


def keys_after(path: Path) -> bytes:
    """Give that keys file with a new local master key and a new pepper, which hold from now on; the others stay."""
    read_keys(path)
    content: dict[str, Any] = json.loads(path.read_bytes())
    content.pop("masterKey", None)
    return _printed(content)


def _printed(content: dict[str, Any]) -> bytes:
    names = (str(number) for number in count(1))
    name = next(name for name in names if not {f"{LOCAL}:{name}", name} & {*content["providers"], *content["peppers"]})
    content["master"], content["pepper"] = f"{LOCAL}:{name}", name
    content["providers"][f"{LOCAL}:{name}"] = {"key": _random(LOCAL_KEY_BYTES)}
    content["peppers"][name] = _random(PEPPER_BYTES)
    return (json.dumps(content, indent=2) + "\n").encode()


def kept_file(path: Path, make: Callable[[], bytes]) -> bytes:
    """Give what a secret file of this machine holds; made on first use, readable by its owner only."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"WALLET_DATA_DIR: {path.parent} cannot be made a folder ({error.strerror})"
        raise KeysUnusable(message) from None
    if not path.exists():
        draft = path.with_suffix(f".{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_bytes(make())
        try:
            os.link(draft, path)  # whoever is first wins; everybody reads that one below
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_bytes()


def _random(size: int) -> str:
    return base64.b64encode(secrets.token_bytes(size)).decode()


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    master: str
    master_key: Annotated[dict[str, Any] | None, Field(alias="masterKey")] = None
    providers: dict[str, dict[str, Any]]
    tls: dict[str, dict[str, Any]] | None = None
    pepper: str
    peppers: dict[str, Base64Bytes]

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.master not in self.providers:
            message = "master names none of the providers"
            raise ValueError(message)
        if self.pepper not in self.peppers:
            message = "pepper names none of the peppers"
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
    def _peppers_are_long_and_named(self) -> Self:
        for name, secret in self.peppers.items():
            if not name.isascii() or not name.replace("-", "").isalnum():
                message = f"peppers: the name {name!r} has more than letters, digits and hyphens"
                raise ValueError(message)
            if len(secret) < PEPPER_BYTES:
                message = f"peppers: {name} has fewer than {PEPPER_BYTES} bytes"
                raise ValueError(message)
        return self


def _bytes(text: object) -> bytes:
    try:
        return base64.b64decode(text, validate=True) if isinstance(text, str) else b""
    except ValueError:
        return b""


def _opened(name: str, options: dict[str, Any]) -> dict[str, Any]:
    return {**options, "key": _bytes(options["key"])} if name.partition(":")[0] == LOCAL else options
