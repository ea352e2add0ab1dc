"""What is installed is what was locked: one version of each package, and files that nobody has changed since."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any, Final

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT: Final = Path(__file__).parents[1]
RUN: Final = "requirements.lock"
DEVELOP: Final = "requirements-dev.lock"
SCAN: Final = "tests/outside/scanner.lock"
PINNED: Final = re.compile(r"([a-z0-9][a-z0-9-]*)==([^\s;]+)( ; [^#]+?)?(?: --hash=sha256:[0-9a-f]{64})+")
REGISTRY: Final = "https://registry.npmjs.org/"


def entries(lock: str) -> list[str]:
    """Give what a lock installs, each on one line, without comments."""
    text = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", " ")
    lines = (re.sub(r"(^|\s)#.*", "", line).strip() for line in text.splitlines())
    return [" ".join(line.split()) for line in lines if line]


def pins(lock: str) -> set[tuple[str, str, str]]:
    """Give the name and version of each package that a lock installs, and where."""
    found = [PINNED.fullmatch(entry) for entry in entries(lock)]
    return {(match[1], match[2], (match[3] or "").removeprefix(" ; ")) for match in found if match is not None}


def wanted(*, by_tests: bool) -> list[Requirement]:
    """Give what pyproject.toml asks for."""
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked: list[str] = [*project["project"]["dependencies"], *(project["dependency-groups"]["dev"] if by_tests else ())]
    return [Requirement(each) for each in asked]


@pytest.mark.parametrize("lock", [RUN, DEVELOP, SCAN])
def test_every_package_is_pinned_by_version_and_hash(lock: str) -> None:
    """No address of another index, no file from elsewhere, no range."""
    assert entries(lock)
    assert [entry for entry in entries(lock) if not PINNED.fullmatch(entry)] == []


@pytest.mark.parametrize("lock", [RUN, DEVELOP, SCAN])
def test_of_each_package_one_version_is_installed(lock: str) -> None:
    here = [name for name, _, where in pins(lock) if not where or Marker(where).evaluate()]
    assert sorted(here) == sorted(set(here))


@pytest.mark.parametrize(("lock", "by_tests"), [(RUN, False), (DEVELOP, True)])
def test_a_lock_holds_whatever_the_project_asks_for(lock: str, by_tests: bool) -> None:  # noqa: FBT001 - from the list
    for asked in wanted(by_tests=by_tests):
        locked = [version for name, version, _ in pins(lock) if name == canonicalize_name(asked.name)]
        assert locked, asked
        assert all(asked.specifier.contains(version, prereleases=True) for version in locked), asked


def test_tests_run_on_the_versions_that_production_runs_on() -> None:
    assert {pin[:2] for pin in pins(RUN)} <= {pin[:2] for pin in pins(DEVELOP)}


def test_every_lock_there_is_is_looked_at() -> None:
    found = {str(path.relative_to(ROOT)) for path in ROOT.glob("**/*.lock") if is_ours(path)}
    assert found == {RUN, DEVELOP, SCAN}


def is_ours(path: Path) -> bool:
    """Tell whether a file belongs to the project, and was not installed."""
    return not {"node_modules", ".venv", ".venv-scan", ".data"} & set(path.relative_to(ROOT).parts)


NPM: Final = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("**/package.json") if is_ours(path))


@pytest.mark.parametrize("manifest", NPM)
def test_every_npm_package_is_pinned_by_version_and_hash_and_comes_from_the_registry(manifest: str) -> None:
    asked = json.loads((ROOT / manifest).read_text(encoding="utf-8"))
    lock = json.loads((ROOT / manifest).with_name("package-lock.json").read_text(encoding="utf-8"))
    own, installed = lock["packages"][""], {name: each for name, each in lock["packages"].items() if name}
    for kind in ("dependencies", "devDependencies", "optionalDependencies"):
        assert own.get(kind, {}) == asked.get(kind, {})
        assert {f"node_modules/{name}" for name in asked.get(kind, {})} <= set(installed)
    for name, each in installed.items():
        assert re.fullmatch(r"\d+\.\d+\.\d+(-[\w.]+)?", each["version"]), name
        assert re.match(r"sha512-[\w+/]{86}==", each["integrity"]), name
        assert each.get("resolved", REGISTRY).startswith(REGISTRY), name


def test_what_is_installed_is_held_to_the_locks() -> None:
    """The commands that install them ask for the hashes, and resolve nothing anew."""
    recipes = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    by_pip = [line for line in recipes if "pip install" in line and "install --quiet uv" not in line]
    assert by_pip
    assert all("--require-hashes --no-deps -r " in line for line in by_pip)
    assert all("npm ci --ignore-scripts" in line for line in recipes if "npm " in line and line.startswith("\t"))
