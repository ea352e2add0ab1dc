"""The commands of the docs do what the docs say: they are run as they are written, in a shell of their own.

What stands in them for something of the reader's (an address, a folder) is put in the place of it; nothing else is
changed. Snippets of curl are in test_snippets.py.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Final
from uuid import uuid4

import httpx
import pytest

from repositories.mongo.local import in_database
from tests.docs.pages import PAGES, ROOT, Snippet, snippets_of
from tests.docs.shell import asks, served, sh, workplace

OPERATIONS: Final = "docs/operations.md"
"""Its commands are run in tests/operations, on nodes that they make."""
COMMANDS: Final = [
    snippet
    for page in PAGES
    for snippet in snippets_of(page)
    if snippet.kind in ("sh", "yaml")
    and "curl" not in snippet.text
    and snippet.page != OPERATIONS
    and snippet.not_run is None
]
SERVES, TESTS = "make run", "make test"
KNOWN: Final = (
    SERVES,
    "new-keys --after",
    "api face",
    "api verify",
    "WALLET_MODE=production",
    "schema.check FOLDER",
    "check.py src",
)
"""What each of the snippets has in it that a test below runs."""


def snippet_with(part: str) -> str:
    """Give the first snippet that has this in it."""
    return next(snippet.text for snippet in COMMANDS if part in snippet.text)


@pytest.mark.parametrize("snippet", COMMANDS, ids=lambda snippet: snippet.place)
def test_every_snippet_of_commands_is_one_that_is_run_here(snippet: Snippet) -> None:
    assert any(part in snippet.text for part in KNOWN)


def test_the_server_is_served_as_the_docs_say(tmp_path: Path) -> None:
    """`make test` is what runs this."""
    text = snippet_with(SERVES).replace(TESTS, "true")
    with served(text, workplace(tmp_path)) as url:
        assert asks(url) == {"policy": {"name": "article"}}


def test_books_are_verified_as_the_docs_say(mongodb_url: str, tmp_path: Path) -> None:
    url, here = in_database(mongodb_url, f"test_{uuid4().hex}"), workplace(tmp_path, ".data")
    sh(".venv/bin/python -m api prepare", here, WALLET_STORAGE_URL=url)
    assert sh(snippet_with("api verify"), here, WALLET_STORAGE_URL=url).startswith("everything agrees")


def test_the_server_is_served_on_a_mongodb_of_ones_own(mongodb_url: str, tmp_path: Path) -> None:
    text = next(
        snippet.text for snippet in COMMANDS if re.search(r"STORAGE_URL='mongodb://127.*make run", snippet.text)
    )
    url_of_docs = "mongodb://127.0.0.1:27017/wallet?replicaSet=rs0"
    assert url_of_docs in text
    text = text.replace(url_of_docs, in_database(mongodb_url, f"test_{uuid4().hex}"))
    with served(text, workplace(tmp_path)) as url:
        assert asks(url) == {"policy": {"name": "article"}}


def test_production_is_installed_and_served(mongodb_url: str, tmp_path: Path) -> None:
    """Out of the locked packages alone, with a provider that is away for now."""
    places = {
        "/etc/wallet": str(tmp_path),
        "mongodb://db1,db2,db3/wallet?replicaSet=rs0&tls=true": in_database(mongodb_url, f"test_{uuid4().hex}"),
        "https://sign-in.example/jwks": "http://127.0.0.1:9/jwks",
        "python3 -m venv": f"{sys.executable} -m venv",
    }
    text = snippet_with("WALLET_MODE=production")
    for named, meant in places.items():
        assert named in text
        text = text.replace(named, meant)
    install, rest = text.split("\n", 1)
    here = workplace(tmp_path, ".venv")
    sh(install, here)
    with served(rest, here) as url:
        assert asks(url) == {"policy": {"name": "article"}}
        assert httpx.get(f"{url}/schema.graphql").status_code == 404


def test_keys_are_made_and_rotated(mongodb_url: str, tmp_path: Path) -> None:
    """R28: the demo family is planted by the first keys, and everything is read by the last."""
    here, url = workplace(tmp_path), in_database(mongodb_url, f"test_{uuid4().hex}")
    makes, then = snippet_with("new-keys --after").split("\n", 1)
    sh(makes, here)
    plants = ".venv/bin/python -m seeds --demo"
    sh(plants, here, WALLET_STORAGE_URL=url, WALLET_KEYS_FILE="keys.json")
    assert "sealed anew" in sh(then, here, WALLET_STORAGE_URL=url)
    sh(plants, here, WALLET_STORAGE_URL=url, WALLET_KEYS_FILE="next.json")


def test_the_face_service_of_development_answers(tmp_path: Path) -> None:
    """R18: each of the ways of the comment as well."""
    here, text = workplace(tmp_path), snippet_with("api face")
    command, ways = text.split("#", 1)
    base = command.replace(" --transfer ID", "").strip()
    for way in ("--transfer ID", *re.findall(r"--\w+(?: [\w:.]+)?", ways)):
        assert sh(f"{base} {way}", here).count(".") == 2


def test_a_clients_folder_is_checked(tmp_path: Path) -> None:
    here = workplace(tmp_path)
    source = here / "src"
    source.mkdir()
    (source / "a.graphql").write_text("query A { policy { name } }")
    assert "0 errors" in sh(snippet_with("schema.check FOLDER").replace("FOLDER", "src"), here)


SDL: Final = """
type Query { wallet: Wallet }
type Wallet {
  balance: String
  maskedPhone: String
  phone: String @deprecated(reason: "Use maskedPhone. Until 2027-06-30.")
}
"""
"""A schema of which something goes, as nothing of ours does yet."""


def test_a_report_reads_as_shown(tmp_path: Path) -> None:
    """By a folder of which it is true: 14 operations in 6 files, with a fault in line 7 and what goes in line 9."""
    source, page = tmp_path / "src", ROOT / "docs" / "contract-tests.md"
    source.mkdir()
    (tmp_path / "schema.graphql").write_text(SDL)
    plain = "".join(f"query Q{number} {{ wallet {{ balance }} }}\n" for number in range(13))
    for number, line in enumerate(plain.splitlines()):
        with (source / f"{min(number, 4)}.graphql").open("a") as file:
            file.write(f"{line}\n")
    (source / "wallet.graphql").write_text("\n" * 4 + "query Wallet {\n  wallet {\n    balanse\n\n    phone\n  }\n}\n")
    command = [sys.executable, str(ROOT / "schema" / "check.py"), "--schema", "schema.graphql", "src"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    assert done.stdout in [snippet.text for snippet in snippets_of(page) if snippet.kind == "text"]
    assert done.returncode == 1


def test_a_step_of_a_golden_operation_is_shown_as_it_is_written() -> None:
    page = ROOT / "docs" / "contract-tests.md"
    (shown,) = [json.loads(snippet.text) for snippet in snippets_of(page) if snippet.kind == "json"]
    scenarios = (json.loads(file.read_text()) for file in (ROOT / "schema" / "operations").glob("*.json"))
    steps = [step for scenario in scenarios for step in scenario["steps"]]
    assert any(shown["operation"] == step["operation"] and set(shown) <= set(step) for step in steps)


def test_the_steps_of_a_clients_ci_pass(tmp_path: Path) -> None:
    (tmp_path / "wallet").symlink_to(ROOT)
    source = tmp_path / "src"
    source.mkdir()
    (source / "a.graphql").write_text("query A { policy { name } }")
    steps = re.findall(r"- run: (.+)", snippet_with("check.py src"))
    assert len(steps) == 3
    for step in steps:
        sh(f'PATH="{ROOT}/.venv/bin:$PATH"; {step.replace("pip install", "python -m pip install --quiet")}', tmp_path)
