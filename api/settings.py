"""Settings from the environment (`WALLET_…`); the README's table documents each of them."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from domain.policies import POLICIES, TransferPolicy
from services.passwords import MEMORY_KIB, PARALLELISM, TIME_COST

PREFIX: Final = "WALLET_"


class Mode(StrEnum):
    """Development is convenient, production is strict."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class Misconfigured(Exception):
    """A setting is wrong; the text says which, and what to do."""


class Settings(BaseSettings):
    """What an operator can set."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore", env_ignore_empty=True)

    mode: Mode = Mode.DEVELOPMENT
    storage_url: str = "memory://"
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65_535)
    workers: int = Field(default=1, ge=1, le=64)
    policy: Literal["article", "national"] = "article"
    data_dir: Path = Path(".data")
    argon2_time_cost: int = Field(default=TIME_COST, ge=1, le=10)
    argon2_memory_kib: int = Field(default=MEMORY_KIB, ge=8, le=1_048_576)
    argon2_parallelism: int = Field(default=PARALLELISM, ge=1, le=16)
    introspection: bool | None = None
    explorer: bool | None = None
    settle_every_s: float = Field(default=5, ge=0.01, le=3_600)
    connections_max: int = Field(default=1_000, ge=1, le=100_000)
    connection_longest_s: float = Field(default=3_600, ge=0.1, le=86_400)
    connection_idle_s: float = Field(default=300, ge=0.1, le=86_400)
    subscriptions_max: int = Field(default=1_000, ge=1, le=100_000)
    subscriptions_each_max: int = Field(default=20, ge=1, le=1_000)

    @property
    def in_memory(self) -> bool:
        """Tell whether everything is gone when the server stops."""
        return self.storage_url.startswith("memory")

    @property
    def storage_place(self) -> str:
        """Name the storage without the credentials its URL may hold."""
        parts = urlsplit(self.storage_url)
        return f"{parts.netloc.rpartition('@')[2]}{parts.path}"

    @property
    def shows_schema(self) -> bool:
        """Tell whether clients may ask what there is; in development unless set otherwise."""
        return self.introspection if self.introspection is not None else self.mode is Mode.DEVELOPMENT

    @property
    def shows_explorer(self) -> bool:
        """Tell whether browsers get the explorer; in development unless set otherwise."""
        return self.explorer if self.explorer is not None else self.mode is Mode.DEVELOPMENT

    @property
    def transfer_policy(self) -> TransferPolicy:
        """Give the policy in force."""
        return POLICIES[self.policy]

    @model_validator(mode="after")
    def _workers_share_storage(self) -> Self:
        if self.workers > 1 and self.in_memory:
            message = "several workers cannot share memory: set WALLET_STORAGE_URL to a mongodb:// URL, or one worker"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _production_is_strict(self) -> Self:
        if self.mode is Mode.PRODUCTION and self.in_memory:
            message = "production needs storage that lasts: set WALLET_STORAGE_URL to a mongodb:// URL"
            raise ValueError(message)
        if self.mode is Mode.PRODUCTION:
            message = (
                "production needs sign-in by an identity provider, which this version does not have yet; "
                "unset WALLET_MODE to run in development"
            )
            raise ValueError(message)
        return self


def read_settings() -> Settings:
    """Read the environment; Misconfigured with one line for each wrong setting."""
    try:
        return Settings()
    except ValidationError as error:
        lines = [_line(problem["loc"], problem["msg"]) for problem in error.errors()]
        raise Misconfigured("\n".join(lines)) from None


def _line(location: tuple[int | str, ...], message: str) -> str:
    text = message.removeprefix("Value error, ")
    return f"{PREFIX}{'_'.join(str(part) for part in location).upper()}: {text}" if location else text
