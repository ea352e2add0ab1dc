"""A few operations on the same money, begun at the same time and carried on step by step in an order drawn by lot."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable
from typing import Final

from tests.factories import NOW
from tests.model.driver import Driver
from tests.model.optimistic import OptimisticStorage, Scheduler
from tests.model.oracle import Oracle
from tests.model.picture import look, picture_of, require_sound
from tests.model.requests import (
    AGENCY,
    HOSPITAL,
    HUSBAND,
    SON,
    WIFE,
    YEAR,
    Apply,
    Bill,
    Credit,
    PayMedical,
    PayPremium,
    Refund,
    Request,
    Respond,
    SetStatus,
    Settle,
    Verify,
)
from tests.model.serial import explain
from tests.model.stages import LONGEST_S
from tests.model.world import WORLD
from tests.repositories.storing import store

BILL: Final = Bill("B1", 10_000, 7_000, 3_000)
TO_WIFE, TO_SON, TO_HUSBAND = (HUSBAND, "to-wife"), (WIFE, "to-son"), (WIFE, "to-husband")
ANOTHER, HELD, BACK, SECOND, PAID = (
    (HUSBAND, "another"),
    (HUSBAND, "held"),
    (WIFE, "back"),
    (HUSBAND, "2"),
    (WIFE, "paid"),
)
BEFORE: Final[list[Request]] = [
    Credit("allotment", HUSBAND, 150_000),
    Apply(HUSBAND, "held", WIFE, "SPOUSE", "PERSONAL_ACCOUNT", 80_000),
    Verify(HUSBAND, HELD, "password"),
    Respond("accept", WIFE, HELD),
    Apply(WIFE, "back", HUSBAND, "SPOUSE", "WALLET", 20_000),
    Verify(WIFE, BACK, "password"),
    Respond("accept", HUSBAND, BACK),
    Apply(HUSBAND, "2", SON, "CHILD", "WALLET", 5_000),
    Verify(HUSBAND, SECOND, "password"),
    Respond("accept", SON, SECOND),
    PayMedical(WIFE, "paid", BILL, 2_000, "password"),
    Apply(HUSBAND, "to-wife", WIFE, "SPOUSE", "PERSONAL_ACCOUNT", 50_000),
    Apply(HUSBAND, "another", SON, "CHILD", "WALLET", 10_000),
    Apply(WIFE, "to-son", SON, "CHILD", "WALLET", 30_000),
    Apply(WIFE, "to-husband", HUSBAND, "SPOUSE", "WALLET", 40_000),
]
"""Under policy `national` the husband has one transfer left for the day; the wife has not enough for all she may do."""
VERIFIED: Final[list[Request]] = [Verify(HUSBAND, TO_WIFE, "password"), Verify(WIFE, TO_SON, "face-0")]
TRANSFERS: Final[list[Request]] = [
    Verify(HUSBAND, TO_WIFE, "password"),
    Verify(HUSBAND, TO_WIFE, "face-2"),
    Verify(HUSBAND, ANOTHER, "face-3"),
    Verify(WIFE, TO_SON, "face-1"),
    Verify(WIFE, TO_HUSBAND, "password"),
    Apply(WIFE, "more", HUSBAND, "SPOUSE", "WALLET", 20_000),
    SetStatus(HUSBAND, "FROZEN"),
    SetStatus(WIFE, "FROZEN"),
    SetStatus(SON, "FROZEN"),
]
TIME: Final[list[Request]] = [
    Settle(),
    Settle(),
    Verify(HUSBAND, TO_WIFE, "password"),
    Respond("accept", WIFE, TO_WIFE),
    Respond("decline", WIFE, TO_WIFE),
    Respond("accept", SON, TO_SON),
    Respond("decline", SON, TO_SON),
    Respond("cancel", HUSBAND, TO_WIFE),
    Respond("cancel", WIFE, TO_SON),
]
PAYMENTS: Final[list[Request]] = [
    PayMedical(WIFE, "new", BILL, 1_000, "password"),
    PayMedical(WIFE, "new", BILL, 900, "face-1"),
    PayMedical(HUSBAND, "new", BILL, 1_000, "face-2"),
    PayMedical(WIFE, "paid", BILL, 2_000, "wrong"),
    PayPremium(WIFE, "premium", YEAR, "face-3"),
    PayPremium(WIFE, "another", YEAR, "password"),
    Refund(HOSPITAL, "back", PAID, 1_500),
    Refund(AGENCY, "back", PAID, 1_500),
    Verify(WIFE, TO_HUSBAND, "face-1"),
    Credit("again", HUSBAND, 1_000),
]
TRIES: Final[list[Request]] = [
    Verify(HUSBAND, TO_WIFE, "password"),
    Verify(HUSBAND, TO_WIFE, "wrong"),
    Verify(HUSBAND, ANOTHER, "password"),
    Verify(HUSBAND, ANOTHER, "wrong"),
    PayMedical(HUSBAND, "new", BILL, 1_000, "wrong"),
]
TOPICS: Final = (TRANSFERS, TIME, PAYMENTS, TRIES, TRANSFERS + TIME + PAYMENTS + TRIES)


async def interleave(seed: int, policy: str) -> int:
    """Run a few of these at the same time, and demand that it is as if one after another; give the reruns."""
    scheduler = Scheduler(seed)
    lot = scheduler.lot
    storage = OptimisticStorage(scheduler)
    await store(storage, *WORLD)
    driver, oracle = Driver(storage, policy), Oracle(policy, NOW)
    for request in BEFORE + VERIFIED * lot.randrange(2):
        assert await driver.perform(request) == oracle.perform(request)
    if lot.random() < 0.5:  # at the very moment at which something is due
        oracle.now = driver.now = lot.choice(oracle.ends())
    asked = lot.sample(lot.choice(TOPICS), lot.randint(2, 4))
    asked += asked[: lot.randrange(2)]
    cancelled = lot.choice([None, None, 0])
    answers = await scheduler.run([driver.perform(request) for request in asked], cancelled)
    stored = await look(storage.read())
    require_sound(stored)
    found = picture_of(stored)
    assert explain(oracle, asked, answers, found) is not None, (seed, policy, asked, answers, found)
    return storage.reruns


def interleave_all(seeds: Iterable[int], policy: str) -> int:
    """Run what each of these seeds says; give the reruns."""
    state = random.getstate()
    loop = asyncio.new_event_loop()
    reruns = 0
    try:
        for seed in seeds:
            random.seed(seed)  # the job goes through what is due in an order of its own
            reruns += loop.run_until_complete(asyncio.wait_for(interleave(seed, policy), LONGEST_S))
    finally:
        loop.close()
        random.setstate(state)
    return reruns
