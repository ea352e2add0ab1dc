"""What an operator can set, and what he or she is told when it cannot be."""

import pytest

from api.settings import Misconfigured, Mode, read_settings


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MODE", "STORAGE_URL", "PORT", "WORKERS", "POLICY"):
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
    ],
)
def test_a_wrong_setting_is_named_and_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(Misconfigured, match=said):
        read_settings()


def test_production_does_not_start_without_real_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WALLET_MODE", "production")
    monkeypatch.setenv("WALLET_STORAGE_URL", "mongodb://127.0.0.1/wallet?replicaSet=x")
    with pytest.raises(Misconfigured, match="sign-in"):
        read_settings()
