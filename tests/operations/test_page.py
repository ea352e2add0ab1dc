"""Docs/operations.md can be followed from top to bottom: the nodes of these tests are made by it."""

import re

import pytest

from tests.docs.pages import Snippet
from tests.docs.shell import asks, served
from tests.operations.cluster import Cluster
from tests.operations.page import SNIPPETS

FOLLOWED = (
    *("openssl rand", "replSetName", "replSetInitiate", '"createUser": "admin"', "setDefaultRWConcern"),
    *("database-roles --apply", '"createUser": "wallet_server"', "api prepare", "api serve"),
    *('"fsync": 1', "cp -a", "fsyncUnlock", "dropDatabase", "a node like any other"),
)
"""What each of the snippets has in it that is run here, in cluster.py or in test_backup.py."""


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda snippet: snippet.place)
def test_every_snippet_is_one_that_is_run(snippet: Snippet) -> None:
    assert any(part in snippet.text for part in FOLLOWED)


def test_production_is_served_as_the_user_of_servers(cluster: Cluster) -> None:
    with served(cluster.told("api serve"), cluster.here) as url:
        assert asks(url) == {"policy": {"name": "article"}}


def test_what_is_prepared_can_be_prepared_again(cluster: Cluster) -> None:
    said = cluster.sh(cluster.told("api prepare"))
    assert re.search(r"/wallet(\?replicaSet=\w+)? is ready for this version\n$", said)
    assert "PASSWORD" not in said
