"""What comes with a body (line, headers, trailers) is bounded: who sends more is left, with a 400 that may get lost."""

from __future__ import annotations

from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_MAX_BYTES: Final = 65_536
"""Of one request, and what comes in one read more."""
TOO_LARGE: Final = "The head of the request is too large."


class BoundedHeads(HttpToolsProtocol):
    """The server's protocol with a bound that its parser lacks, which keeps whatever comes."""

    def __init__(self, *described: Any, **named: Any) -> None:  # noqa: ANN401 - the library's
        """Begin with nothing received."""
        super().__init__(*described, **named)
        self._beside_body = 0

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._beside_body = 0
        super().on_message_begin()

    def on_body(self, body: bytes) -> None:
        """Leave the body to who reads it, who has a limit."""
        self._beside_body -= len(body)
        super().on_body(body)

    def data_received(self, data: bytes) -> None:
        """Take what has come, and leave who sends too much."""
        self._beside_body += len(data)
        super().data_received(data)
        if self._beside_body > HEAD_MAX_BYTES and not self.transport.is_closing():
            self.logger.warning(TOO_LARGE)
            self.send_400_response(TOO_LARGE)
