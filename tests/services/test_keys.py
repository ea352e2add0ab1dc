"""The keys file: made, read, rotated, and refused in a sentence that shows nothing of it (R28)."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from services.keys import KeysUnusable, keys_after, keys_of, new_keys, parse_keys, read_keys

SECRET = base64.b64encode(b"s" * 32).decode()


def file_with(**changes: object) -> bytes:
    """Give a keys file with these changes."""
    content: dict[str, Any] = json.loads(new_keys()) | changes
    return json.dumps({name: value for name, value in content.items() if value is not ...}).encode()


def test_new_keys_are_other_keys_every_time() -> None:
    assert new_keys() != new_keys()


def test_a_new_keys_file_can_be_used_at_once() -> None:
    keys = parse_keys(new_keys(), "keys.json")
    assert len(keys.master.providers[keys.master.current]["key"]) == 96
    assert [len(secret) for secret in keys.peppers.secrets] == [32]


def test_keys_that_follow_others_hold_from_now_on_and_the_others_stay(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    file.write_bytes(new_keys())
    before, after = read_keys(file), parse_keys(keys_after(file), "after")
    assert after.master.current not in before.master.providers
    assert before.master.providers.items() <= after.master.providers.items()
    assert after.peppers.secrets[1:] == before.peppers.secrets
    assert after.peppers.current != before.peppers.current


def test_a_local_master_key_can_follow_a_key_service(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    file.write_bytes(file_with(master="aws", masterKey={"region": "x", "key": "arn"}, providers={"aws": {}}))
    assert read_keys(file).master.current_key == {"region": "x", "key": "arn"}
    assert parse_keys(keys_after(file), "after").master.current_key is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "JSON"),
        (b"[]", "object"),
        (file_with(master="local:none"), "master names none of the providers"),
        (file_with(peppers=...), "peppers"),
        (file_with(pepers={}), "pepers"),
        (file_with(peppers=[]), "peppers: needs one or more"),
        (file_with(peppers=[SECRET, SECRET[:20]]), "at least 32 bytes"),
        (file_with(peppers=[f"{SECRET}%"]), "in base64"),
        (file_with(master="local:1", providers={"local:1": {"key": SECRET}}), "local:1 needs a key of 96 bytes"),
        (file_with(master="local:1", providers={"local:1": {}}), "local:1 needs a key of 96 bytes"),
        (file_with(master="local:1", providers={"local:1": {"key": "%"}}), "local:1 needs a key of 96 bytes"),
        (file_with(master="vault", providers={"vault": {}}), "vault is none of local, aws"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_a_sentence(content: bytes, said: str) -> None:
    with pytest.raises(KeysUnusable, match=r"keys\.json") as refused:
        parse_keys(content, "keys.json")
    assert said in str(refused.value)
    assert SECRET[:20] not in str(refused.value)


def test_a_file_that_is_not_there_is_said_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(KeysUnusable, match="new-keys"):
        keys_of(tmp_path / "none.json", tmp_path)


def test_this_machines_own_keys_are_made_once_and_are_their_owners_alone(tmp_path: Path) -> None:
    assert keys_of(None, tmp_path) == keys_of(None, tmp_path)
    assert [path.stat().st_mode & 0o777 for path in tmp_path.iterdir()] == [0o600]


def test_keys_do_not_show_when_printed() -> None:
    keys = parse_keys(new_keys(), "keys.json")
    shown = repr((keys, keys.master, keys.peppers))
    assert "b'" not in shown
    assert "providers" not in shown
