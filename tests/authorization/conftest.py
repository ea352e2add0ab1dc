"""A stage for those who only look, and one for those who act, on memory and on MongoDB."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from repositories.contract import Storage
from repositories.factory import open_storage
from repositories.mongo.local import in_database
from tests.authorization.stage import Stage, staged
from tests.keys import KEYS


@pytest.fixture(scope="package", params=["memory", "mongodb"])
async def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """Give the stage that no test changes."""
    async with staged(_storage(request), _keys(tmp_path_factory)) as made:
        yield made


@pytest.fixture(scope="module", params=["memory", "mongodb"])
async def acting_stage(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Stage]:
    """Give a stage on which a module's tests act, one after another."""
    async with staged(_storage(request), _keys(tmp_path_factory)) as made:
        yield made


def _storage(request: pytest.FixtureRequest) -> Storage:
    if request.param == "memory":
        return open_storage("memory://")
    url = in_database(request.getfixturevalue("mongodb_url"), f"test_{uuid4().hex}")
    return open_storage(url, KEYS.master)


def _keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys")
