"""The keys that protect what is sealed at rest: a backend that keeps things outside the process needs them (R28)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Options: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class MasterKeys:
    """Master keys, which wrap the data keys kept in the database, and never stand in it themselves.

    `providers` hold or guard master keys, under the names MongoDB's client-side encryption has for them (`local:NAME`,
    `aws`, `azure`, `gcp`, `kmip`) and with what it wants to know of each. The master key that wraps from now on is
    `current_key` of provider `current`; a local provider has only one. `tls` is for providers reached over TLS.
    """

    providers: Mapping[str, Options] = field(repr=False)
    current: str
    current_key: Options | None = None
    tls: Options | None = field(default=None, repr=False)
