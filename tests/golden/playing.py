"""Golden operations sent to a running server, one after another, each by whom it is written for."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

from graphql import OperationDefinitionNode, OperationType, print_ast

from domain.actors import ANONYMOUS, Actor
from tests.api.subscribing import by_sse, listening, next_of
from tests.clients import Server
from tests.golden.scenarios import Scenario, Step, filled, found, told

APART: Final = timedelta(minutes=15)
"""From the beginning of a scenario to that of the next, so that a step more in one moves no time in another."""


@dataclass
class Player:
    """A server, and what was kept of its answers so far."""

    server: Server
    kept: dict[str, str] = field(default_factory=dict)

    async def play(self, scenarios: Iterable[Scenario]) -> list[Scenario]:
        """Send everything, in order, and give the scenarios with the answers that came."""
        began = self.server.clock.now
        played: list[Scenario] = []
        for number, scenario in enumerate(scenarios):
            self.server.clock.now = max(self.server.clock.now, began + number * APART)
            played.append(await self._play(scenario))
        return played

    async def _play(self, scenario: Scenario) -> Scenario:
        following: dict[int, Any] = {}
        steps: list[Step] = []
        async with AsyncExitStack() as streams:
            for number, step in enumerate(scenario.steps):
                self.server.clock.advance(**({"seconds": 1} | step.later))
                if _is_subscription(scenario, step):
                    following[number] = await self._listen(streams, scenario, step)
                    steps.append(step)
                else:
                    steps.append(replace(step, answer=await self._send(scenario, step)))
            for number, (first, events) in following.items():
                heard = [await first, *[await next_of(events) for _ in range(steps[number].events - 1)]]
                steps[number] = replace(steps[number], answer=told(heard, self.kept))
        return replace(scenario, steps=steps)

    async def _listen(self, streams: AsyncExitStack, scenario: Scenario, step: Step) -> tuple[Any, Any]:
        caller = self.server.caller(actor_of(step.by))
        text = print_ast(scenario.operations[step.operation])
        others = self.server.feeds.listening[step.by]
        events = await streams.enter_async_context(
            by_sse(self.server, caller, text, **filled(step.variables, self.kept))
        )
        return await listening(self.server, step.by, events, others=others), events

    async def _send(self, scenario: Scenario, step: Step) -> Any:  # noqa: ANN401 - what JSON holds
        text = print_ast(scenario.operations[step.operation])
        caller = self.server.caller(actor_of(step.by))
        answer = (await caller.post(text, **filled(step.variables, self.kept))).json()
        assert "errors" not in answer, (scenario.path.name, step.what, answer)
        self.kept |= {name: found(answer["data"], path) for name, path in step.keep.items()}
        return told(answer["data"], self.kept)


def actor_of(by: str) -> Actor:
    """Sign in as whoever sends it."""
    if by in ("anybody", "agency"):
        return ANONYMOUS if by == "anybody" else Actor(agency="test")
    return Actor(institution_code=by) if len(by) > len("P0001") else Actor(person_no=by)


def _is_subscription(scenario: Scenario, step: Step) -> bool:
    (operation,) = [
        node for node in scenario.operations[step.operation].definitions if isinstance(node, OperationDefinitionNode)
    ]
    return operation.operation == OperationType.SUBSCRIPTION
