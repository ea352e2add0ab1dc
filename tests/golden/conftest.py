"""The servers that golden operations are sent to."""

from tests.api.conftest import national, planted, planting, server

__all__ = ["national", "planted", "planting", "server"]
