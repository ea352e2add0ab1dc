"""Whatever is asked, in whatever order and with whatever going wrong, no fen is lost (R19, R20).

Every run tries the same programs, so that it fails for a reason; `make model` tries new ones, and many more.
"""

from typing import Final

import pytest

from tests.model.faults import Fault
from tests.model.running import POLICIES, Extent, run_machine
from tests.model.stages import memory_stage, mongo_stage

FAULTS: Final = {fault.name for fault in Fault}
EVERYTHING: Final = FAULTS | {
    "Credit: account",
    "Apply: transfer",
    "Apply: refused INSUFFICIENT_BALANCE",
    "Apply: refused IDEMPOTENCY_KEY_REUSED",
    "Verify: transfer",
    "Verify: refused VERIFICATION_FAILED",
    "Respond: transfer",
    "PayMedical: payment",
    "PayPremium: payment",
    "Refund: payment",
    "SetStatus: wallet",
    "Settle: settled",
    "asked again",
    "at once",
}
"""What a run has tried, or it has not tried enough."""


@pytest.mark.parametrize("policy", POLICIES)
def test_memory_holds_what_the_oracle_says(policy: str) -> None:
    with memory_stage("memory://") as stage:
        run_machine(stage, policy, Extent(examples=120, steps=30))
        assert stage.tally.keys() >= EVERYTHING


@pytest.mark.parametrize("policy", POLICIES)
def test_memory_holds_what_the_oracle_says_though_every_work_is_run_twice(policy: str) -> None:
    with memory_stage("memory+rehearsing://") as stage:
        run_machine(stage, policy, Extent(examples=60, steps=30))
        assert stage.tally.keys() >= FAULTS


@pytest.mark.parametrize("policy", POLICIES)
def test_mongodb_holds_what_the_oracle_says(model_url: str, policy: str) -> None:
    with mongo_stage(model_url) as stage:
        run_machine(stage, policy, Extent(examples=25, steps=30, shrink=False))
        assert stage.tally.keys() >= FAULTS
