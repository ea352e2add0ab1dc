"""Clients' operations are checked by one command, offline, and told by file and line what does not fit or will go."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from schema.check import COMMITTED, INVALID, NOTHING_TO_CHECK, main

ROOT: Final = Path(__file__).parents[2]
SMALL: Final = str(Path(__file__).with_name("consumer") / "schema.graphql")


@pytest.fixture
def client(tmp_path: Path) -> Path:
    """Give a client's folder."""
    (tmp_path / "good.graphql").write_text("query Good {\n  wallet { balance }\n}\n", encoding="utf-8")
    return tmp_path


def run(folder: Path, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, list[str]]:
    """Check a folder against the small schema, and give the exit code and what was said."""
    code = main([str(folder), "--schema", SMALL, *options])
    return code, capsys.readouterr().out.replace(f"{folder}/", "").splitlines()


def test_operations_that_fit_pass(client: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(client, capsys) == (0, ["1 operations in 1 files: 0 errors, 0 uses of what is deprecated"])


def test_an_unknown_field_is_told_by_file_and_line(client: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (client / "bad.graphql").write_text("query Bad {\n  wallet {\n    balanse\n  }\n}\n", encoding="utf-8")
    code, said = run(client, capsys)
    assert code == INVALID
    assert said[0] == "bad.graphql:3: Cannot query field 'balanse' on type 'Wallet'. Did you mean 'balance'?"
    assert said[1].startswith("2 operations in 2 files: 1 errors")


def test_what_is_no_graphql_or_no_text_is_told_and_the_rest_checked(
    client: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (client / "broken.gql").write_text("query {\n", encoding="utf-8")
    (client / "bytes.graphql").write_bytes(b"\xff\xfe")
    code, said = run(client, capsys)
    assert code == INVALID
    assert said[0].startswith("broken.gql:2: Syntax Error")
    assert said[1:] == [
        "bytes.graphql:1: this is no UTF-8 text",
        "1 operations in 3 files: 2 errors, 0 uses of what is deprecated",
    ]


DEPRECATED: Final = """query Old($day: String) {
  wallet(currency: "CNY") {
    phone
    note
  }
  transfers(status: OVER, filter: { day: $day }) { amount }
}
"""
PHONE: Final = "The field Wallet.phone is deprecated. Use maskedPhone. Until 2027-06-30."


def test_what_is_deprecated_is_told_with_its_day_and_passes(client: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (client / "old.graphql").write_text(DEPRECATED, encoding="utf-8")
    code, said = run(client, capsys)
    assert code == 0
    assert [line.partition(": The")[0].partition(": Field")[0] for line in said[:-1]] == [
        "old.graphql:2: deprecated, goes after 2027-03-31",
        "old.graphql:3: deprecated, goes after 2027-06-30",
        "old.graphql:4: deprecated, goes, its day is not known",
        "old.graphql:6: deprecated, goes after 2027-06-30",
        "old.graphql:6: deprecated, goes after 2027-06-30",
    ]
    assert f"old.graphql:3: deprecated, goes after 2027-06-30: {PHONE}" in said
    assert said[-1] == "2 operations in 2 files: 0 errors, 5 uses of what is deprecated"


def test_what_is_deprecated_fails_on_request(client: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(client, capsys, "--fail-on-deprecated")[0] == 0
    (client / "old.graphql").write_text(DEPRECATED, encoding="utf-8")
    assert run(client, capsys, "--fail-on-deprecated")[0] == INVALID


def test_fragments_are_found_in_other_files_and_told_of_once(client: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (client / "parts").mkdir()
    outer, inner = "fragment Outer on Wallet { balance ...Inner }", "fragment Inner on Wallet {\n  phone\n}"
    (client / "parts" / "outer.graphql").write_text(outer, encoding="utf-8")
    (client / "parts" / "inner.graphql").write_text(inner, encoding="utf-8")
    for name in ("one", "two"):
        (client / f"{name}.graphql").write_text(f"query {name} {{ wallet {{ ...Outer }} }}", encoding="utf-8")
    code, said = run(client, capsys)
    assert (code, len(said)) == (0, 2)
    assert said[0] == f"parts/inner.graphql:2: deprecated, goes after 2027-06-30: {PHONE}"
    (client / "parts" / "inner.graphql").unlink()
    code, said = run(client, capsys)
    assert (code, said[0]) == (INVALID, "parts/outer.graphql:1: Unknown fragment 'Inner'.")


def test_a_folder_without_operations_is_no_success(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever misspells the folder should not believe that all is well."""
    assert run(tmp_path, capsys)[0] == NOTHING_TO_CHECK
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "theirs.graphql").write_text("{ nothing }", encoding="utf-8")
    assert run(tmp_path, capsys)[0] == NOTHING_TO_CHECK


@pytest.mark.parametrize("folder", ["schema/operations", "examples"])
def test_our_own_operations_are_checked_by_the_command_against_the_committed_schema(folder: str) -> None:
    done = subprocess.run(  # noqa: S603 - the project's own command
        [sys.executable, "-m", "schema.check", "--fail-on-deprecated", folder],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_command_can_be_taken_along(tmp_path: Path, client: Path) -> None:
    """It needs graphql-core, and the schema beside it."""
    for file in (COMMITTED.with_name("check.py"), COMMITTED):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (client / "good.graphql").write_text("{ policy { name } }", encoding="utf-8")
    command = [sys.executable, "check.py", "good.graphql"]
    done = subprocess.run(  # noqa: S603 - the project's own command
        command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout == "1 operations in 1 files: 0 errors, 0 uses of what is deprecated\n"


def test_a_fragment_that_two_files_have_is_refused_where_a_third_uses_it(tmp_path: Path) -> None:
    (tmp_path / "a.graphql").write_text("fragment F on Region { name } query A { policy { name } }")
    (tmp_path / "b.graphql").write_text('fragment F on Region { code } query B { region(code: "1") { ...F } }')
    assert main([str(tmp_path)]) == 0
    (tmp_path / "c.graphql").write_text('query C { region(code: "1") { ...F } }')
    assert main([str(tmp_path)]) == 1


def test_a_folder_with_nothing_in_it_is_said_to_have_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A misspelt folder must not pass beside one that is there."""
    (tmp_path / "a.graphql").write_text("query A { policy { name } }")
    assert main([str(tmp_path), str(tmp_path / "none")]) == 2
    assert "none: there are no" in capsys.readouterr().err
