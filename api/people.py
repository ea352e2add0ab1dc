"""In development whoever is at this machine may be any of the demo people; the explorer gets their tokens here."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.headers import NOT_KEPT
from api.keys import development_key
from api.tokens import issue_token
from domain.actors import Actor
from seeds.demo import AGENCY, FAMILY, INSTITUTIONS
from seeds.regions import load_regions

_HERE: Final = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:[0-9]+)?", re.IGNORECASE)


def is_here(host: str) -> bool:
    """Tell whether a browser asks this machine for itself, by a name that no page from elsewhere can have."""
    return _HERE.fullmatch(host) is not None


def is_its_own(request: Request) -> bool:
    """Tell whether the explorer's own page asks, on this machine: no page from elsewhere, and through no proxy."""
    passed_on = any(name in request.headers for name in ("forwarded", "via", "x-forwarded-for", "x-forwarded-host"))
    return not passed_on and request.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")


def demo_people() -> list[tuple[Actor, str]]:
    """Give the demo people, the first institution and the agency, each with what the explorer calls them."""
    places = {region.code: region.name for region in load_regions()}
    hospital = INSTITUTIONS[0]
    return [
        *((one.actor, f"{one.name} {one.person_no} · {places[one.enrolments[0][1]]}") for one in FAMILY),
        (Actor(institution_code=hospital.code), f"{hospital.name} {hospital.code}"),
        (AGENCY, "经办机构 · agency"),
    ]


def lend_people(keys: Path) -> Callable[[Request], Awaitable[Response]]:
    """Answer with a token for each.

    Only who has asked for this machine gets them: a page from elsewhere whose name was made to point here is told that
    there is nothing.
    """

    async def lend(request: Request) -> Response:
        if not is_here(request.headers.get("host", "")) or not is_its_own(request):
            raise HTTPException(HTTPStatus.NOT_FOUND)
        key, now = development_key(keys), datetime.now(UTC)
        people = [
            {"name": actor.names()[0], "label": label, "token": issue_token(key, actor, now)}
            for actor, label in demo_people()
        ]
        return JSONResponse(
            people, headers={"Cache-Control": NOT_KEPT.decode(), "Cross-Origin-Resource-Policy": "same-origin"}
        )

    return lend
