"""The examples talk to a running server, as the tests of the API do."""

from tests.api.conftest import server

__all__ = ["server"]
