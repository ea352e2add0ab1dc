"""One replica set, made as the page says, for all tests of operations."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.operations.cluster import Cluster, cluster_of


@pytest.fixture(scope="session")
def cluster(mongod: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Give the set, its database prepared and empty."""
    with cluster_of(tmp_path_factory.mktemp("cluster"), mongod) as made:
        yield made
