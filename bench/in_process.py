"""Operations in the process itself: parsed, validated, carried out and written as JSON, without HTTP.

They are counted by the processor's time: nothing is waited for here, and what else the machine does is not counted.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

import orjson
from strawberry import Schema

from api.settings import Settings
from bench.figures import Results
from bench.load import Failed
from bench.operations import APPLY, AREAS, FAMILY, REGION, TIES, VERIFY, WALLET, Read, kinships
from bench.requests import Signing, apply_body, verify_body
from bench.rounds import Round, Scale, compared, in_turn
from bench.stock import stock_schema, wiring_of
from bench.transfers import Plan
from bench.world import MEMORY, World, in_memory
from domain.actors import ANONYMOUS, Actor
from schema.build import build_schema
from schema.context import Context, Wiring

LEVEL: Final = "schema"
HISTORY: Final = 30
"""How many transfers everybody got before: more than a page of them."""
TIMED_BY: Final = 5
"""How many operations are carried out between two looks at the clock."""


@dataclass(frozen=True, slots=True)
class Contender:
    """A schema, and how its answers become bytes."""

    schema: Schema
    to_bytes: Callable[[dict[str, Any]], bytes]

    async def answer(self, wiring: Wiring, actor: Actor, text: str, variables: dict[str, Any]) -> bytes:
        """Carry out an operation; Failed if something is wrong with it."""
        context = Context(wiring, actor)
        result = await self.schema.execute(text, variables, context_value=context)
        if result.errors:
            raise Failed(str(result.errors[0]))
        answer: dict[str, Any] = {"data": getattr(result, "data", None)}
        if result.extensions:
            answer["extensions"] = result.extensions
        return self.to_bytes(answer)


def contenders() -> dict[str, Contender]:
    """Give ours and stock."""
    return {
        "ours": Contender(build_schema(discoverable=False), orjson.dumps),
        "stock": Contender(stock_schema(), lambda answer: json.dumps(answer).encode()),
    }


def actor_of(read: Read) -> Actor:
    """Give who asks."""
    return Actor(person_no=read.person_no) if read.person_no is not None else ANONYMOUS


def settings_of(world: World, url: str = MEMORY) -> Settings:
    """Give the settings of a server there."""
    return Settings(data_dir=world.folder, storage_url=url)


async def reads(wiring: Wiring) -> dict[str, Read]:
    """Give the queries of (a) to (d)."""
    found = await contenders()["ours"].answer(wiring, Actor(person_no=FAMILY), TIES, {})
    nodes = orjson.loads(found)["data"]["viewer"]["person"]["kinships"]["nodes"]
    ties = [(node["id"], node["relation"]) for node in nodes]
    return {read.scenario: read for read in (AREAS, REGION, WALLET, kinships(ties))}


def measure(world: World, scenarios: str, scale: Scale) -> Results:
    """Measure those of (a) to (e) that are asked for, on memory."""
    pairs = 64
    storage = asyncio.run(in_memory(world.keys, pairs, HISTORY))
    wiring = wiring_of(settings_of(world), storage)
    results = Results()
    loop = asyncio.new_event_loop()
    try:
        for letter, read in loop.run_until_complete(reads(wiring)).items():
            if letter in scenarios:
                runs = {name: _reading(loop, each, wiring, read, scale) for name, each in contenders().items()}
                _require_alike(loop, wiring, read)
                results.add(compared(in_turn(letter, LEVEL, "/s", scale, runs)))
        if "e" in scenarios:
            plan = Plan(pairs)
            each = {
                name: _transferring(loop, one, wiring, plan, Signing(world.folder), scale)
                for name, one in contenders().items()
            }
            results.add(compared(in_turn("e", LEVEL, "transfers/s", scale, each)))
    finally:
        loop.close()
    return results


def _reading(loop: asyncio.AbstractEventLoop, contender: Contender, wiring: Wiring, read: Read, scale: Scale) -> Round:
    async def some() -> int:
        for _ in range(TIMED_BY):
            await contender.answer(wiring, actor_of(read), read.text, read.variables)
        return TIMED_BY

    return lambda: loop.run_until_complete(_rate(some, scale.seconds / 2))


def _transferring(
    loop: asyncio.AbstractEventLoop, contender: Contender, wiring: Wiring, plan: Plan, signing: Signing, scale: Scale
) -> Round:
    async def round_of() -> float:
        made = []
        for planned in plan.take(50 if scale.short else 200):
            bodies = apply_body(planned), verify_body(planned, {"faceAssertion": signing.face(planned)})
            made.append((planned.actor, [orjson.loads(body)["variables"] for body in bodies]))
        begun = time.process_time()
        for actor, (apply, verify) in made:
            for text, variables in ((APPLY, apply), (VERIFY, verify)):
                answer = await contender.answer(wiring, actor, text, variables)
                if b'"message"' in answer:
                    raise Failed(answer.decode())
        return len(made) / (time.process_time() - begun)

    return lambda: loop.run_until_complete(round_of())


async def _rate(some: Callable[[], Awaitable[int]], seconds: float) -> float:
    begun = now = time.process_time()
    number = 0
    while now < begun + seconds:
        number += await some()
        now = time.process_time()
    return number / (now - begun)


def _require_alike(loop: asyncio.AbstractEventLoop, wiring: Wiring, read: Read) -> None:
    """Fail unless all contenders answer alike: what answers something else is no contender."""
    answers = [
        orjson.loads(loop.run_until_complete(each.answer(wiring, actor_of(read), read.text, read.variables)))["data"]
        for each in contenders().values()
    ]
    if any(answer != answers[0] for answer in answers):
        message = f"({read.scenario}) is not answered alike"
        raise Failed(message)
