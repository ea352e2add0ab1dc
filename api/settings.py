"""Settings from the environment (`WALLET_…`); the README's table documents each of them."""

from __future__ import annotations

import logging
import os
from difflib import get_close_matches
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Final, Literal, Self, TypeAlias
from urllib.parse import parse_qs, urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from api.addresses import read_proxies
from api.rates import read_rates
from domain.policies import POLICIES, TransferPolicy
from services.passwords import MEMORY_KIB, PARALLELISM, TIME_COST

logger = logging.getLogger(__name__)

PREFIX: Final = "WALLET_"
PROVIDER_NEEDED: Final = (
    "production needs sign-in by an identity provider: set WALLET_JWKS_URL or WALLET_JWKS_FILE to its keys, "
    "WALLET_JWT_ISSUER to its name and WALLET_JWT_AUDIENCE to this service's name there"
)
KEYS_NEEDED: Final = (
    "production encrypts ID numbers and mobiles and peppers passwords by keys of yours: set WALLET_KEYS_FILE to the "
    "file that holds them; `python -m api new-keys` makes one"
)


def _rates(text: str) -> str:
    read_rates(text)
    return text


RateText: TypeAlias = Annotated[str, AfterValidator(_rates)]
"""Rates, in the notation of `limits`."""


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
    keys_file: Path | None = None
    jwks_file: Path | None = None
    jwks_url: str | None = None
    face_jwks_file: Path | None = None
    jwt_issuer: str | None = None
    jwt_audience: str | None = None
    argon2_time_cost: int = Field(default=TIME_COST, ge=1, le=10)
    argon2_memory_kib: int = Field(default=MEMORY_KIB, ge=8, le=1_048_576)
    argon2_parallelism: int = Field(default=PARALLELISM, ge=1, le=16)
    documents_file: Path | None = None
    documents_only: bool = False
    persisted_max: int = Field(default=1_000, ge=0, le=100_000)
    introspection: bool | None = None
    explorer: bool | None = None
    settle_every_s: float = Field(default=5, ge=0.01, le=3_600)
    log_format: Literal["text", "json"] | None = None
    log_requests: bool | None = None
    metrics_token: SecretStr | None = Field(default=None, min_length=16, max_length=1_024)
    traces_url: str | None = None
    traces_share: float = Field(default=1, ge=0, le=1)
    requests_max: int = Field(default=200, ge=1, le=100_000)
    body_max_bytes: int = Field(default=262_144, ge=1_024, le=16_777_216)
    connections_max: int = Field(default=1_000, ge=1, le=100_000)
    connection_longest_s: float = Field(default=3_600, ge=0.1, le=86_400)
    connection_idle_s: float = Field(default=300, ge=0.1, le=86_400)
    subscriptions_max: int = Field(default=1_000, ge=1, le=100_000)
    subscriptions_each_max: int = Field(default=20, ge=1, le=1_000)
    connections_per_address: int = Field(default=200, ge=1, le=100_000)
    trusted_proxies: str = ""
    rate_per_address: RateText = "3000/minute"
    rate_per_caller: RateText = "600/minute"
    rate_per_institution: RateText = "6000/minute"
    rate_anonymous: RateText = "600/minute"
    rate_failed_sign_ins: RateText = "60/minute"
    rate_id_lookups: RateText = "30/minute;200/day"
    rate_id_lookups_per_address: RateText = "300/minute"
    rate_verifications: RateText = "20/minute;100/day"
    rate_verifications_per_address: RateText = "300/minute"

    @property
    def in_memory(self) -> bool:
        """Tell whether everything is gone when the server stops."""
        return self.storage_url.startswith("memory")

    @property
    def storage_place(self) -> str:
        """Name the storage without the credentials its URL may hold, by as much of it as finds it again."""
        parts = urlsplit(self.storage_url)
        replica_set = "".join(f"?replicaSet={name}" for name in parse_qs(parts.query).get("replicaSet", [])[:1])
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}{replica_set}"

    @property
    def has_provider(self) -> bool:
        """Tell whether callers sign in at an identity provider; in production they do."""
        return self.jwks_file is not None or self.jwks_url is not None

    @property
    def shows_schema(self) -> bool:
        """Tell whether clients may ask what there is; in development unless set otherwise."""
        return self.introspection if self.introspection is not None else self.mode is Mode.DEVELOPMENT

    @property
    def shows_explorer(self) -> bool:
        """Tell whether browsers get the explorer; in development unless set otherwise."""
        return self.explorer if self.explorer is not None else self.mode is Mode.DEVELOPMENT

    @property
    def lends_people(self) -> bool:
        """Tell whether the explorer's visitor may be any of the demo people: in development, on this machine only."""
        return self.mode is Mode.DEVELOPMENT and self.shows_explorer and _is_loopback(self.host)

    @property
    def logs_json(self) -> bool:
        """Tell whether the log is one JSON object a line; in production unless set otherwise."""
        return self.log_format == "json" if self.log_format is not None else self.mode is Mode.PRODUCTION

    @property
    def logs_requests(self) -> bool:
        """Tell whether each request is a line in the log; in production unless set otherwise."""
        return self.log_requests if self.log_requests is not None else self.mode is Mode.PRODUCTION

    @property
    def shows_metrics(self) -> bool:
        """Tell whether figures can be asked for: in development, and in production by who has their token."""
        return self.mode is Mode.DEVELOPMENT or self.metrics_token is not None

    @property
    def transfer_policy(self) -> TransferPolicy:
        """Give the policy in force."""
        return POLICIES[self.policy]

    @field_validator("trusted_proxies")
    @classmethod
    def _proxies_are_addresses(cls, text: str) -> str:
        read_proxies(text)
        return text

    @model_validator(mode="after")
    def _workers_share_storage(self) -> Self:
        if self.workers > 1 and self.in_memory:
            message = "several workers cannot share memory: set WALLET_STORAGE_URL to a mongodb:// URL, or one worker"
            raise ValueError(message)
        return self

    @field_validator("traces_url")
    @classmethod
    def _traces_have_an_address(cls, url: str | None) -> str | None:
        parts = urlsplit(url or "http://none")
        if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
            message = "needs the address of a collector (OTLP over HTTP), such as http://127.0.0.1:4318/v1/traces"
            raise ValueError(message)
        return url

    @field_validator("jwks_url")
    @classmethod
    def _keys_come_unaltered(cls, url: str | None) -> str | None:
        if url is not None and not _is_safe(url):
            message = "needs an https:// address without a password in it (http:// only on this machine)"
            raise ValueError(message)
        return url

    @model_validator(mode="after")
    def _provider_is_complete(self) -> Self:
        if self.jwks_file is not None and self.jwks_url is not None:
            message = "set one of WALLET_JWKS_URL and WALLET_JWKS_FILE, not both"
            raise ValueError(message)
        if self.has_provider and not (self.jwt_issuer and self.jwt_audience):
            message = (
                "with WALLET_JWKS_URL or WALLET_JWKS_FILE set WALLET_JWT_ISSUER and WALLET_JWT_AUDIENCE as well: whose "
                "tokens are accepted, and made for whom"
            )
            raise ValueError(message)
        if not self.has_provider and (self.jwt_issuer or self.jwt_audience):
            message = "WALLET_JWT_ISSUER and WALLET_JWT_AUDIENCE need WALLET_JWKS_URL or WALLET_JWKS_FILE as well"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _only_what_there_is(self) -> Self:
        if self.documents_only and self.documents_file is None:
            message = "WALLET_DOCUMENTS_ONLY needs WALLET_DOCUMENTS_FILE: the manifest of what is taken"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _production_is_strict(self) -> Self:
        if self.mode is Mode.PRODUCTION and self.in_memory:
            message = "production needs storage that lasts: set WALLET_STORAGE_URL to a mongodb:// URL"
            raise ValueError(message)
        if self.mode is Mode.PRODUCTION and not self.has_provider:
            raise ValueError(PROVIDER_NEEDED)
        if self.mode is Mode.PRODUCTION and self.keys_file is None:
            raise ValueError(KEYS_NEEDED)
        return self


def _is_safe(url: str) -> bool:
    """Tell whether what comes from there is what was sent: by https, or from this machine."""
    parts = urlsplit(url)
    host = parts.hostname
    if not host or "@" in parts.netloc or parts.port == 0:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def read_settings() -> Settings:
    """Read the environment; Misconfigured with one line for each wrong setting, a warning for each unknown one."""
    known = [f"{PREFIX}{name.upper()}" for name in Settings.model_fields]
    for name in os.environ:
        meant = get_close_matches(name, known, n=1) if name.startswith(PREFIX) and name not in known else []
        if meant:
            logger.warning("%s is no setting; is %s meant?", name, meant[0])
    try:
        return Settings()
    except ValidationError as error:
        lines = [_line(problem["loc"], problem["msg"]) for problem in error.errors()]
        raise Misconfigured("\n".join(lines)) from None


def _line(location: tuple[int | str, ...], message: str) -> str:
    text = message.removeprefix("Value error, ")
    return f"{PREFIX}{'_'.join(str(part) for part in location).upper()}: {text}" if location else text
