"""The examples talk to a running server, as the tests of the API do."""

from tests.api.conftest import planted, planting, server

__all__ = ["planted", "planting", "server"]
