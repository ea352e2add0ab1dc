"""What comes with a body is bounded: the server's parser would keep whatever is sent."""

import asyncio
from contextlib import suppress

import pytest

from tests.clients import Server

BODY = b'{"query": "{ policy { name } }"}'
BEGUN = b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\n"
CHUNKED = BEGUN + b"Transfer-Encoding: chunked\r\n\r\n"
READ_MAX_BYTES = 262_144
"""What may come in one read."""


async def answered(server: Server, *sent: bytes) -> bytes:
    """Send that piece by piece, as long as it is taken, and give the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(server.url.rpartition(":")[2]))
    with suppress(ConnectionError):
        for piece in sent:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)
    answer = b""
    with suppress(ConnectionError):
        async with asyncio.timeout(20):
            answer = await reader.read()
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()
    return answer


async def sent_without_end(server: Server, begun: bytes, piece: bytes) -> int:
    """Send a beginning and then the same again and again, and tell how much was taken before the server left."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(server.url.rpartition(":")[2]))
    taken = 0
    writer.write(begun)
    with suppress(ConnectionError):
        while taken < 100 * READ_MAX_BYTES and not reader.at_eof():
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.001)
            taken += len(piece)
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()
    return taken


@pytest.mark.parametrize(
    ("begun", "piece"),
    [
        (BEGUN + b"X-Filling: ", b"x" * 16_384),
        (BEGUN, b"X-Filling: x\r\n" * 1_000),
        (b"GET /graphql?query=", b"x" * 16_384),
        (CHUNKED + b"1\r\n{\r\n0\r\nX-Filling: ", b"x" * 16_384),
        (CHUNKED + b"1\r\n{\r\n0\r\n", b"X-Filling: x\r\n" * 1_000),
    ],
    ids=["one header", "many headers", "an address", "one trailer", "many trailers"],
)
async def test_who_sends_a_head_without_end_is_left(shared_server: Server, begun: bytes, piece: bytes) -> None:
    assert await sent_without_end(shared_server, begun, piece) < 100 * READ_MAX_BYTES
    assert (await shared_server.http.get("/health/live")).status_code == 200


@pytest.mark.parametrize("size", [1, 100, 40_000])
async def test_a_body_in_chunks_is_read_as_ever(shared_server: Server, size: int) -> None:
    body = BODY + b" " * 1_000
    chunks = [body[start : start + size] for start in range(0, len(body), size)]
    framed = [b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks]
    assert b'{"data":' in await answered(shared_server, CHUNKED, *framed, b"0\r\n\r\n")


async def test_a_body_as_large_as_may_be_needs_no_smaller_head(shared_server: Server) -> None:
    body = BODY + b" " * 200_000
    head = BEGUN + b"Content-Length: %d\r\nX-Filling: " % len(body) + b"x" * 60_000 + b"\r\n\r\n"
    assert b'{"data":' in await answered(shared_server, head, body)


async def test_each_request_of_a_connection_has_a_head_of_its_own(shared_server: Server) -> None:
    filling = {"X-Filling": "x" * 40_000}
    for _ in range(5):
        answer = await shared_server.http.post(
            "/graphql", content=BODY, headers={"Content-Type": "application/json"} | filling
        )
        assert answer.status_code == 200
