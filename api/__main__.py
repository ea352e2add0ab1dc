"""`python -m api [serve]` starts the server; other commands make tokens and keys, rotate keys, and verify the books."""

from __future__ import annotations

import argparse
import asyncio
import socket
import sys
from datetime import UTC, datetime

import uvicorn

from api.addresses import believing, read_proxies
from api.commands import COMMANDS, add_commands
from api.explorer import BUILT, NEEDS, is_built
from api.heads import BoundedHeads
from api.jwks import require_keys
from api.keys import development_key
from api.metrics import sharing
from api.settings import Misconfigured, Mode, Settings, read_settings
from api.storages import opened
from api.tokens import issue_token
from domain.actors import Actor
from repositories.errors import StorageError
from seeds.plant import require_plantable

MESSAGE_MAX_BYTES = 1_048_576
"""The longest message a WebSocket may send."""
SHUTDOWN_S = 10
"""How long requests under way may take once the server is told to stop; longer than any transaction."""


def main(arguments: list[str]) -> int:
    """Run a command; what is wrong is said in a sentence, on standard error."""
    parser = argparse.ArgumentParser(prog="python -m api", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="start the server (the default)")
    add_commands(commands)
    options = parser.parse_args(arguments or ["serve"])
    try:
        if options.command == "serve":
            return _serve(read_settings())
        return COMMANDS[options.command](options)
    except (Misconfigured, StorageError) as error:
        sys.stderr.write(f"{error}\n")
        return 2


def _serve(settings: Settings) -> int:
    _require_free(settings)
    asyncio.run(_check(settings))
    asyncio.run(require_keys(settings))
    address = f"http://{settings.host}:{settings.port}/graphql"
    sys.stdout.write(_greeting(settings, address))
    sys.stdout.flush()
    with sharing(settings.workers):
        uvicorn.run(
            "api.app:create_app",
            factory=True,
            host=settings.host,
            port=settings.port,
            workers=settings.workers,
            access_log=False,
            server_header=False,
            log_level="warning",
            log_config=None,
            http=BoundedHeads,
            ws="websockets-sansio",
            ws_max_size=MESSAGE_MAX_BYTES,
            timeout_graceful_shutdown=SHUTDOWN_S,
            **believing(read_proxies(settings.trusted_proxies)),
        )
    return 0


def _require_free(settings: Settings) -> None:
    """Say in a sentence that the address is taken, before anything is printed or planted."""
    try:
        socket.create_server((settings.host, settings.port)).close()
    except OSError as error:
        message = f"cannot listen on {settings.host}:{settings.port} ({error.strerror}); set WALLET_HOST or WALLET_PORT"
        raise Misconfigured(message) from None


async def _check(settings: Settings) -> None:
    """Open the storage once before any worker does, so that what is wrong with it is said in a sentence."""
    async with opened(settings) as storage:
        await storage.prepare()
        if settings.mode is Mode.DEVELOPMENT:
            await require_plantable(storage)


def _greeting(settings: Settings, address: str) -> str:
    kept = "memory: gone when this stops" if settings.in_memory else f"MongoDB: kept in {settings.storage_place}"
    lines = [_explorer_line(settings, address), f"storage   {kept}", f"policy    {settings.policy}"]
    if settings.mode is Mode.DEVELOPMENT:
        token = issue_token(development_key(settings.data_dir), Actor(person_no="P0001"), datetime.now(UTC))
        lines += [
            "sign in   as P0001 李建国: paste this into the explorer's Headers tab",
            f'{{"Authorization": "Bearer {token}"}}',
        ]
    return "\n".join(lines) + "\n\n"


def _explorer_line(settings: Settings, address: str) -> str:
    if not settings.shows_explorer:
        return f"graphql   {address}"
    return f"explorer  {address}" + ("" if is_built(BUILT) else f" · not built: {NEEDS}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
