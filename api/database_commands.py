"""Commands for who runs the database: it is prepared, and its roles are printed or made."""

from __future__ import annotations

import argparse
import asyncio
import json
from typing import TYPE_CHECKING

from api.settings import read_settings
from api.storages import opened, require_kept
from repositories.factory import access_roles, set_access_roles

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - argparse has no public name for it


def add_database_commands(commands: Commands) -> None:
    """Add the commands' own parsers."""
    commands.add_parser(
        "prepare", help="make the database ready for this version: collections, validators, indexes, data key"
    )
    roles = commands.add_parser(
        "database-roles", help="print the commands that make MongoDB's roles of least privilege"
    )
    roles.add_argument(
        "--apply", action="store_true", help="make the roles instead, or bring them up to date, as the user of the URL"
    )


def prepare(_options: argparse.Namespace) -> str:
    """Make the database ready; what is ready is left alone, so it may be run again at any time."""
    settings = read_settings()
    require_kept(settings, "needs no preparing")

    async def run() -> None:
        async with opened(settings) as storage:
            await storage.prepare()

    asyncio.run(run())
    return f"{settings.storage_place} is ready for this version\n"


def database_roles(options: argparse.Namespace) -> str:
    """Print the roles, or make them."""
    url = read_settings().storage_url
    if options.apply:
        return "".join(f"role {name} is as this version needs it\n" for name in set_access_roles(url))
    return json.dumps(access_roles(url), indent=2) + "\n"
