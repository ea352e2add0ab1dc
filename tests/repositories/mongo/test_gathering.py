"""Questions of one kind: whoever is alone is answered at once, the others with the next command, nobody never."""

import asyncio
from collections.abc import Sequence
from contextvars import ContextVar
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repositories.errors import Unavailable
from repositories.mongo.gathering import TOGETHER_MAX, Gathering
from tests.repositories.storing import PATIENCE_S, Boom

who: ContextVar[str] = ContextVar("who", default="nobody")


class Desk:
    """Answers numbers by ten times as much, each command when it is let; some numbers are too much for it."""

    def __init__(self, *, too_much: int = 1_000, passes: int | None = None) -> None:
        """Let each command go after so many passes of the event loop, or when it is told to."""
        self.too_much = too_much
        self.is_away = False
        self.commands: list[tuple[int, ...]] = []
        self.arrived: asyncio.Queue[tuple[int, ...]] = asyncio.Queue()
        self.contexts: list[str] = []
        self.moment = 0
        self._passes = passes
        self._held: list[asyncio.Event] = []

    async def answer(self, questions: Sequence[int]) -> Sequence[tuple[int, int]]:
        """Give ten times each, and the moment at which the command was sent."""
        self.commands.append(tuple(questions))
        self.arrived.put_nowait(tuple(questions))
        self.contexts.append(who.get())
        sent = self.moment
        if self._passes is None:
            held = asyncio.Event()
            self._held.append(held)
            await held.wait()
        else:
            await passing(self._passes)
        if self.is_away:
            raise Unavailable
        if any(question >= self.too_much for question in questions):
            raise Boom
        return [(question * 10, sent) for question in questions]

    async def let_go(self, which: int = 0) -> None:
        """Let the command under way, the first of them, be answered, and those who wait for it go on."""
        self._held.pop(which).set()
        await passing(10)


async def passing(passes: int) -> None:
    """Let the event loop pass so often."""
    for _ in range(passes):
        await asyncio.sleep(0)


def gathering(desk: Desk) -> Gathering[int, tuple[int, int]]:
    """Ask there; each question is as heavy as its number."""
    return Gathering(desk.answer, lambda question: question)


async def asked(asking: Gathering[int, tuple[int, int]], *questions: int) -> list[asyncio.Task[tuple[int, int]]]:
    """Ask all these questions, and give what is waiting for the answers."""
    tasks = [asyncio.create_task(asking.ask(question)) for question in questions]
    await passing(3)
    return tasks


async def test_whoever_is_alone_is_answered_without_waiting_for_anything() -> None:
    asking = gathering(Desk(passes=0)).ask(4)
    with pytest.raises(StopIteration) as given_at_once:  # without a pass of the event loop
        asking.send(None)
    assert given_at_once.value.value == (40, 0)


async def test_what_is_asked_while_a_command_is_under_way_is_the_next_command() -> None:
    desk = Desk()
    tasks = await asked(gathering(desk), 1, 2, 3)
    tasks += await asked(gathering(Desk(passes=0)), 9)  # another kind waits for nothing
    assert desk.commands == [(1,)]
    await desk.let_go()
    assert desk.commands == [(1,), (2, 3)]
    assert [task.done() for task in tasks] == [True, False, False, True]
    await desk.let_go()
    assert [task.result()[0] for task in tasks] == [10, 20, 30, 90]


async def test_a_command_that_takes_long_keeps_nobody_waiting() -> None:
    desk = Desk()
    asking = gathering(desk)
    tasks = await asked(asking, 1, 2, 3)
    arrived = [await asyncio.wait_for(desk.arrived.get(), PATIENCE_S) for _ in range(2)]
    assert arrived == desk.commands == [(1,), (2, 3)]
    tasks += await asked(asking, 4)
    await desk.let_go(1)  # the second is answered first, and the next goes
    assert [task.done() for task in tasks] == [False, True, True, False]
    assert desk.commands == [(1,), (2, 3), (4,)]
    await desk.let_go()
    await desk.let_go()
    assert [task.result()[0] for task in tasks] == [10, 20, 30, 40]
    assert await asyncio.wait_for((await asked(gathering(Desk(passes=0)), 5))[0], PATIENCE_S) == (50, 0)


async def test_nobody_is_answered_by_a_command_that_was_sent_before() -> None:
    desk = Desk()
    asking = gathering(desk)
    tasks = await asked(asking, 1)
    desk.moment = 1
    tasks += await asked(asking, 1)
    await desk.let_go()
    desk.moment = 2
    tasks += await asked(asking, 1)
    await desk.let_go()
    await desk.let_go()
    assert [task.result() for task in tasks] == [(10, 0), (10, 1), (10, 2)]


@pytest.mark.parametrize("leaving", [0, 1, 3])
async def test_whoever_gives_up_takes_nothing_from_others(leaving: int) -> None:
    """Whether the command is that one's own, or one that is shared, or has yet to be sent."""
    desk = Desk()
    asking = gathering(desk)
    tasks = await asked(asking, 1, 2, 3)
    if leaving != 0:
        await desk.let_go()
    tasks += await asked(asking, 4)
    tasks[leaving].cancel()
    await passing(10)
    for _ in range(5):
        if not all(task.done() for task in tasks):
            await desk.let_go()
    told = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(told.pop(leaving), asyncio.CancelledError)
    expected = [10, 20, 30, 40]
    del expected[leaving]
    assert [answer[0] for answer in told if not isinstance(answer, BaseException)] == expected


async def test_what_nobody_waits_for_any_more_is_not_asked() -> None:
    desk = Desk()
    tasks = await asked(gathering(desk), 1, 2, 3)
    tasks[1].cancel()
    await desk.let_go()
    assert desk.commands == [(1,), (3,)]
    await desk.let_go()
    assert tasks[2].result()[0] == 30


async def test_when_all_have_given_up_nothing_is_sent() -> None:
    desk = Desk()
    asking = gathering(desk)
    for task in await asked(asking, 1, 2, 3):
        task.cancel()
    await passing(10)
    assert desk.commands == [(1,)]
    (task,) = await asked(asking, 4)
    assert desk.commands == [(1,), (4,)]
    task.cancel()


async def test_a_question_that_fails_spoils_no_other() -> None:
    desk = Desk(too_much=7, passes=2)
    tasks = await asked(gathering(desk), 1, 2, 7, 3)
    told = await asyncio.gather(*tasks, return_exceptions=True)
    assert desk.commands == [(1,), (2, 7, 3), (2,), (7, 3), (7,), (3,)]  # in halves
    assert [type(answer) if isinstance(answer, BaseException) else answer[0] for answer in told] == [10, 20, Boom, 30]


async def test_a_question_that_fails_alone_fails_and_the_next_is_answered() -> None:
    desk = Desk(too_much=7, passes=2)
    asking = gathering(desk)
    tasks = await asked(asking, 7, 1)
    told = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(told[0], Boom)
    assert told[1] == (10, 0)
    assert await asking.ask(2) == (20, 0)


async def test_that_there_is_no_answer_is_told_to_all_and_the_next_question_is_asked() -> None:
    desk = Desk(passes=2)
    asking = gathering(desk)
    desk.is_away = True
    told = await asyncio.gather(*await asked(asking, 1, 2, 3), return_exceptions=True)
    assert [type(answer) for answer in told] == [Unavailable] * 3
    assert desk.commands == [(1,), (2, 3)]  # none of them again
    desk.is_away = False
    assert await asking.ask(4) == (40, 0)


async def test_no_more_is_asked_in_one_command_than_so_many_values() -> None:
    desk = Desk(too_much=10_000, passes=1)
    third = TOGETHER_MAX // 3 + 1
    questions = [1, *[third] * 5, TOGETHER_MAX, 5_000, *[1] * (TOGETHER_MAX + 1)]
    tasks = await asked(gathering(desk), *questions)
    assert [answer[0] for answer in await asyncio.gather(*tasks)] == [question * 10 for question in questions]
    assert [len(command) for command in desk.commands] == [1, 2, 2, 1, 1, 1, TOGETHER_MAX, 1]
    assert all(sum(command) <= TOGETHER_MAX or len(command) == 1 for command in desk.commands)


async def test_a_command_is_sent_for_one_who_waits_for_it() -> None:
    """Its spans, and what is logged about it, are not those of an operation that ended before."""
    desk = Desk()
    asking = gathering(desk)

    async def as_(name: str, question: int) -> None:
        who.set(name)
        await asking.ask(question)

    names = ["first", "second", "third"]
    tasks = []
    for number, name in enumerate(names):
        tasks.append(asyncio.create_task(as_(name, number)))
        await passing(2)
    await desk.let_go()
    tasks.append(asyncio.create_task(as_("fourth", 4)))
    await passing(2)
    await desk.let_go()
    await desk.let_go()
    await asyncio.gather(*tasks)
    assert desk.contexts == ["first", "second", "fourth"]


async def test_that_a_command_is_given_up_is_told_to_all_who_wait_for_it() -> None:
    """As when the program ends."""
    begun = asyncio.Event()

    async def answer(questions: Sequence[int]) -> Sequence[int]:
        if len(questions) == 1:
            await begun.wait()
            return questions
        raise asyncio.CancelledError

    asking = Gathering(answer, lambda _question: 1)
    tasks = [asyncio.create_task(asking.ask(question)) for question in range(3)]
    await passing(3)
    begun.set()
    async with asyncio.timeout(PATIENCE_S):
        told = await asyncio.gather(*tasks, return_exceptions=True)
        assert await asking.ask(4) == 4
    assert [type(each) for each in told[1:]] == [asyncio.CancelledError] * 2


@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(1, 300), st.booleans()), max_size=25),
    st.integers(0, 4),
    st.sets(st.integers(0, 30), max_size=4),
)
@settings(max_examples=200, deadline=None)
def test_whatever_comes_everybody_is_answered_by_a_command_sent_after_the_question(
    comings: list[tuple[int, int, bool]], passes: int, leaving: set[int]
) -> None:
    """Some questions fail, some who ask give up."""

    async def together() -> None:
        desk = Desk(passes=passes, too_much=290)
        asking = gathering(desk)
        tasks: list[asyncio.Task[None]] = []
        for number, (pause, question, changes) in enumerate(comings):
            await passing(pause)
            desk.moment += changes
            tasks.append(asyncio.create_task(_checked(asking, question, desk)))
            if number in leaving:
                await passing(pause)
                tasks[number // 2].cancel()
        async with asyncio.timeout(PATIENCE_S):
            told = await asyncio.gather(*tasks, return_exceptions=True)
            assert {type(each) for each in told} <= {type(None), asyncio.CancelledError}
            assert await asking.ask(1) == (10, desk.moment)
        assert desk.commands[-1] == (1,)

    asyncio.run(together())


async def _checked(asking: Gathering[int, tuple[int, int]], question: int, desk: Desk) -> None:
    asked_at = desk.moment
    ask = partial(asking.ask, question)
    if question >= desk.too_much:
        with pytest.raises(Boom):
            await ask()
        return
    answer, sent = await ask()
    assert answer == question * 10
    assert sent >= asked_at
