"""A server of the model's own, which can be told to fail."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from repositories.mongo.local import in_database, local_replica_set

CAN_FAIL: Final = "--setParameter=enableTestCommands=1"


@pytest.fixture(scope="session")
def model_url(mongod: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the URL of a database on a server that can be told to fail."""
    del mongod  # there is one
    with local_replica_set(tmp_path_factory.mktemp("model"), options=[CAN_FAIL]) as url:
        yield in_database(url, "model")
