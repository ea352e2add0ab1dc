"""Commands beside the server: each prints what was asked for, or says in a sentence what is wrong."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from api.database_commands import add_database_commands, database_roles, prepare
from api.faces import TRANSFER, issue_assertion
from api.keys import FACE_KEY, development_key, printed_keys, server_keys
from api.settings import Misconfigured, Mode, read_settings
from api.storages import opened, require_kept
from api.tokens import issue_token, require_names
from api.verifying import verify
from domain.actors import Actor
from domain.errors import Language, Refused
from domain.faces import TO_RESET_PASSWORD, to_pay_bill, to_pay_premium
from domain.identity import parse_person_no
from domain.institutions import parse_institution_code
from domain.money import parse_yuan

OWNERS: Final = 0o600
"""The mode of a file that only its owner may read."""

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - argparse has no public name for it


def add_commands(commands: Commands) -> None:
    """Add the commands' own parsers."""
    token = commands.add_parser("token", help="print a token to sign in with, in development")
    whom = token.add_mutually_exclusive_group(required=True)
    whom.add_argument("--person", metavar="NUMBER", help="an insured person, such as P0001")
    whom.add_argument("--institution", metavar="CODE", help="a hospital or pharmacy, such as H37010000001")
    whom.add_argument("--agency", metavar="NAME", help="a medical-insurance agency")
    face = commands.add_parser("face", help="print a face assertion, as the face service gives it, in development")
    face.add_argument("--person", metavar="NUMBER", required=True, help="whose face was seen, such as P0001")
    purpose = face.add_mutually_exclusive_group(required=True)
    purpose.add_argument("--transfer", metavar="ID", help="to verify the transfer of that id")
    purpose.add_argument("--bill", metavar="INSTITUTION:NUMBER:AMOUNT", help="to pay that much towards a bill")
    purpose.add_argument("--premium", metavar="AREA:YEAR", help="to pay a premium")
    purpose.add_argument("--password", action="store_true", help="to reset the password")
    keys = commands.add_parser("new-keys", help="make a keys file with new keys (WALLET_KEYS_FILE)")
    keys.add_argument("--after", metavar="FILE", type=Path, help="with what that file holds as well, to rotate from it")
    keys.add_argument("--output", metavar="FILE", type=Path, help="where to put it; a file that is there is left alone")
    rotate = commands.add_parser("rotate-keys", help="protect personal data by the keys file's current master key")
    rotate.add_argument(
        "--data", action="store_true", help="make a new data key and seal everything anew; stop all servers before"
    )
    add_database_commands(commands)
    verifying = commands.add_parser(
        "verify", help="derive balances and all else from the entries anew; status 1 if anything differs"
    )
    verifying.add_argument("--json", action="store_true", help="print each difference, and the summary, as JSON")


def print_token(options: argparse.Namespace) -> str:
    """Give a token to sign in with."""
    settings = read_settings()
    if settings.mode is not Mode.DEVELOPMENT:
        message = "tokens are issued in development only; in production they come from your identity provider"
        raise Misconfigured(message)
    return issue_token(development_key(settings.data_dir), _named(options), datetime.now(UTC)) + "\n"


def _named(options: argparse.Namespace) -> Actor:
    """Name the caller; Misconfigured for a number or code that nobody can have."""
    actor = Actor(options.person, options.institution, options.agency)
    try:
        require_names(actor)
    except Refused as refused:
        raise Misconfigured(refused.refusal.message(Language.EN)) from None
    return actor


def print_face(options: argparse.Namespace) -> str:
    """Give a face assertion."""
    settings = read_settings()
    if settings.mode is not Mode.DEVELOPMENT:
        message = "face assertions are issued in development only; in production they come from the face service"
        raise Misconfigured(message)
    key = development_key(settings.data_dir, FACE_KEY)
    try:
        person_no = parse_person_no(options.person)
        return issue_assertion(key, person_no, _purpose(options), datetime.now(UTC)) + "\n"
    except Refused as refused:
        raise Misconfigured(refused.refusal.message(Language.EN)) from None


def _purpose(options: argparse.Namespace) -> str:
    if options.transfer is not None:
        return f"{TRANSFER}{options.transfer}"
    if options.bill is not None:
        return _bill(options.bill)
    return _premium(options.premium) if options.premium is not None else TO_RESET_PASSWORD


def _bill(text: str) -> str:
    institution, _, rest = text.partition(":")
    number, _, amount = rest.rpartition(":")
    fen = parse_yuan(amount)
    if not number or fen is None:
        message = "--bill is written INSTITUTION:NUMBER:AMOUNT, for example H37010000001:B-1:30.00"
        raise Misconfigured(message)
    return to_pay_bill(parse_institution_code(institution), number, fen)


def _premium(text: str) -> str:
    area, _, year = text.partition(":")
    if not (year.isascii() and year.isdigit()):
        message = "--premium is written AREA:YEAR, for example 540100:2026"
        raise Misconfigured(message)
    return to_pay_premium(area, int(year))


def make_keys(options: argparse.Namespace) -> str:
    """Give a keys file, or put it where it is wanted; needs no settings, since they need its file."""
    content = printed_keys(options.after)
    if options.output is None:
        return content
    try:
        options.output.touch(OWNERS, exist_ok=False)
        options.output.write_text(content)
    except OSError as error:
        message = f"{options.output} cannot be made ({error.strerror}); no file that was there was touched"
        raise Misconfigured(message) from None
    return f"{options.output} is made, readable by you only\n"


def rotate_keys(options: argparse.Namespace) -> str:
    """Rotate the keys that protect personal data at rest (R28)."""
    settings = read_settings()
    require_kept(settings, "keeps nothing to rotate keys of")
    keys = server_keys(settings).master

    async def rotate() -> int:
        async with opened(settings) as storage:
            return await storage.rotate_keys(data=options.data)

    sealed = asyncio.run(rotate())
    anew = f"sealed anew by a new data key: {sealed} persons, accounts and outcomes\n" if options.data else ""
    return f"{anew}the data keys are protected by {keys.current}; other master keys may leave the keys file\n"


def _printing(command: Callable[[argparse.Namespace], str]) -> Callable[[argparse.Namespace], int]:
    def run(options: argparse.Namespace) -> int:
        sys.stdout.write(command(options))
        return 0

    return run


COMMANDS: Final[Mapping[str, Callable[[argparse.Namespace], int]]] = MappingProxyType(
    {
        "token": _printing(print_token),
        "face": _printing(print_face),
        "new-keys": _printing(make_keys),
        "rotate-keys": _printing(rotate_keys),
        "prepare": _printing(prepare),
        "database-roles": _printing(database_roles),
        "verify": verify,
    }
)
"""What each command does; it gives the exit status."""
