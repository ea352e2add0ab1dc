"""`python -m tests.outside.scan` lets clairvoyance guess at the schema: of production it finds out nothing.

The same guesses are made at a server of development first, where they find something, or the scan would prove nothing.
Half of the words it guesses with are the schema's own, which no attacker could choose better.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from repositories.factory import open_storage
from tests.clients import running_server
from tests.outside.production import production
from tests.outside.serving import in_thread

ROOT: Final = Path(__file__).parents[2]
SCANNER: Final = ROOT / ".venv-scan" / "bin" / "clairvoyance"
SCAN_S: Final = 120
REAL: Final = {"coverage", "institutions", "kinshipCommitment", "node", "person", "policy", "regions", "viewer"}
UNREAL: Final = {"account", "admin", "me", "search", "user", "users"}
"""Together so few that they stay within the limit of root fields, and each is judged by itself."""
GAVE_UP: Final = "Field Suggestion is not fully enabled"


@dataclass(frozen=True)
class Scan:
    """What the scanner made of a server."""

    fields: set[str]
    said: str


def scan(url: str, folder: Path) -> Scan:
    """Let the scanner guess at a server, and give the fields of Query that it found."""
    words, found = folder / "words.txt", folder / "found.json"
    words.write_text("\n".join(sorted(REAL | UNREAL)))
    found.unlink(missing_ok=True)
    options = ["-w", str(words), "-o", str(found), "-c", "4", "-H", "Accept-Language: en"]  # it reads English only
    command = [str(SCANNER), *options, f"{url}/graphql"]
    done = subprocess.run(command, timeout=SCAN_S, check=False, capture_output=True, text=True)  # noqa: S603 - see Makefile
    types = json.loads(found.read_text())["data"]["__schema"]["types"] if found.exists() else []
    fields = {field["name"] for each in types if each["name"] == "Query" for field in each.get("fields") or ()}
    return Scan(fields, done.stdout + done.stderr)


def main() -> int:
    """Scan both, and say what was found."""
    with tempfile.TemporaryDirectory(prefix="wallet-scan-") as name:
        folder = Path(name)

        @asynccontextmanager
        async def development() -> AsyncIterator[str]:
            async with running_server(open_storage("memory://"), folder / "development") as server:
                yield server.url

        with in_thread(development) as url:
            of_development = scan(url, folder)
        with in_thread(lambda: production(folder)) as url:
            of_production = scan(url, folder)
    sys.stdout.write(f"clairvoyance, of development: {' '.join(sorted(of_development.fields))}\n")
    sys.stdout.write(f"clairvoyance, of production: {' '.join(sorted(of_production.fields)) or 'nothing'}\n")
    passed = [
        of_development.fields >= REAL and not UNREAL & of_development.fields,
        not of_production.fields and GAVE_UP in of_production.said,
    ]
    if not all(passed):
        sys.stdout.write(of_development.said + of_production.said)
    sys.stdout.write(f"scan: {sum(passed)} passed, {len(passed) - sum(passed)} failed\n")
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
