"""What an operator can set, and what he or she is told when it cannot be."""

from pathlib import Path

import pytest

from api.keys import server_keys
from api.settings import Misconfigured, Mode, Settings, read_settings
from services.keys import new_keys

PROVIDER = ("JWKS_FILE", "JWKS_URL", "JWT_ISSUER", "JWT_AUDIENCE")


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MODE", "STORAGE_URL", "PORT", "WORKERS", "POLICY", "KEYS_FILE", *PROVIDER):
        monkeypatch.delenv(f"WALLET_{name}", raising=False)


def test_nothing_needs_to_be_set() -> None:
    settings = read_settings()
    assert (settings.mode, settings.in_memory, settings.policy) == (Mode.DEVELOPMENT, True, "article")
    assert settings.transfer_policy.name == "article"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("WALLET_PORT", "eighty", "WALLET_PORT"),
        ("WALLET_PORT", "70000", "WALLET_PORT"),
        ("WALLET_WORKERS", "0", "WALLET_WORKERS"),
        ("WALLET_WORKERS", "2", "mongodb://"),
        ("WALLET_MODE", "staging", "WALLET_MODE"),
        ("WALLET_MODE", "production", "WALLET_STORAGE_URL"),
        ("WALLET_POLICY", "none", "WALLET_POLICY"),
        ("WALLET_DOCUMENTS_ONLY", "true", "WALLET_DOCUMENTS_FILE"),
        ("WALLET_RATE_PER_ADDRESS", "often", "WALLET_RATE_PER_ADDRESS: needs a rate such as 600/minute"),
        ("WALLET_RATE_VERIFICATIONS", "0/minute", "WALLET_RATE_VERIFICATIONS: needs a rate such as 600/minute"),
        ("WALLET_RATE_ID_LOOKUPS", "9/minute;9/month", "WALLET_RATE_ID_LOOKUPS: needs .* several such as"),
        ("WALLET_CONNECTIONS_PER_ADDRESS", "0", "WALLET_CONNECTIONS_PER_ADDRESS"),
        ("WALLET_TRUSTED_PROXIES", "proxy.example", "WALLET_TRUSTED_PROXIES: needs addresses or networks"),
        ("WALLET_TRUSTED_PROXIES", "10.0.0.7,*", "WALLET_TRUSTED_PROXIES: needs .* not everybody's"),
        ("WALLET_TRUSTED_PROXIES", "0.0.0.0/0", "WALLET_TRUSTED_PROXIES: needs .* not everybody's"),
        ("WALLET_TRUSTED_PROXIES", "10.0.0.7/8", "WALLET_TRUSTED_PROXIES: needs addresses or networks"),
    ],
)
def test_a_wrong_setting_is_named_and_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(Misconfigured, match=said):
        read_settings()


def given(monkeypatch: pytest.MonkeyPatch, **settings: str) -> None:
    """Set the environment: `given(monkeypatch, mode="production")`."""
    for name, value in settings.items():
        monkeypatch.setenv(f"WALLET_{name.upper()}", value)


PRODUCTION = {"mode": "production", "storage_url": "mongodb://127.0.0.1/wallet?replicaSet=x"}
SIGN_IN = {"jwks_file": "keys.json", "jwt_issuer": "https://sign-in.example", "jwt_audience": "wallet"}


def test_production_does_not_start_without_an_identity_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    """R27."""
    given(monkeypatch, **PRODUCTION)
    with pytest.raises(Misconfigured, match=r"sign-in.*WALLET_JWKS_URL.*WALLET_JWT_ISSUER.*WALLET_JWT_AUDIENCE"):
        read_settings()


@pytest.mark.parametrize("missing", ["jwt_issuer", "jwt_audience"])
@pytest.mark.parametrize("mode", [{}, PRODUCTION], ids=["development", "production"])
def test_keys_need_an_issuer_and_an_audience(
    monkeypatch: pytest.MonkeyPatch, mode: dict[str, str], missing: str
) -> None:
    """R27."""
    given(monkeypatch, **mode, **{name: value for name, value in SIGN_IN.items() if name != missing})
    with pytest.raises(Misconfigured, match="WALLET_JWT_ISSUER and WALLET_JWT_AUDIENCE as well"):
        read_settings()


@pytest.mark.parametrize("alone", ["jwt_issuer", "jwt_audience"])
def test_an_issuer_or_an_audience_needs_keys(monkeypatch: pytest.MonkeyPatch, alone: str) -> None:
    """R27."""
    given(monkeypatch, **{alone: SIGN_IN[alone]})
    with pytest.raises(Misconfigured, match="need WALLET_JWKS_URL or WALLET_JWKS_FILE"):
        read_settings()


def test_keys_come_from_one_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """R27."""
    given(monkeypatch, **SIGN_IN, jwks_url="https://sign-in.example/keys")
    with pytest.raises(Misconfigured, match="not both"):
        read_settings()


@pytest.mark.parametrize(
    "url",
    [
        "http://sign-in.example/keys",
        "http://10.0.0.1/keys",
        "http://127.0.0.1.example/keys",
        "https://",
        "https://user:secret@sign-in.example/keys",
        "file:///etc/keys.json",
        "ftp://sign-in.example/keys",
        "https://[sign-in/keys",
        "https://sign-in.example:port/keys",
        "keys.json",
    ],
)
def test_keys_come_only_from_where_nobody_can_alter_them(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """R27."""
    given(monkeypatch, jwks_url=url, jwt_issuer="https://sign-in.example", jwt_audience="wallet")
    with pytest.raises(Misconfigured, match=r"^WALLET_JWKS_URL: ") as refused:
        read_settings()
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    ["https://sign-in.example/keys", "http://127.0.0.1:9000/keys", "http://localhost/keys", "http://[::1]:9000/keys"],
)
def test_keys_come_by_https_or_from_this_machine(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """R27."""
    given(monkeypatch, jwks_url=url, jwt_issuer="https://sign-in.example", jwt_audience="wallet")
    assert read_settings().jwks_url == url


def test_production_does_not_start_without_keys_for_what_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """R28."""
    given(monkeypatch, **PRODUCTION, **SIGN_IN)
    with pytest.raises(Misconfigured, match="WALLET_KEYS_FILE"):
        read_settings()


def test_production_starts_with_storage_sign_in_and_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, **PRODUCTION, **SIGN_IN, keys_file="/run/secrets/keys.json")
    assert read_settings().mode is Mode.PRODUCTION


@pytest.mark.parametrize(("mode", "said"), [(0o600, False), (0o640, False), (0o644, True)])
def test_a_keys_file_that_everybody_may_read_is_told_of(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    mode: int,
    said: bool,  # noqa: FBT001
) -> None:
    """R28."""
    file = tmp_path / "keys.json"
    file.write_bytes(new_keys())
    file.chmod(mode)
    server_keys(Settings(keys_file=file))
    assert ("others than its owner" in caplog.text) is said
