"""How many programs are run, and which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.model.machine import WalletMachine
from tests.model.stages import Stage

POLICIES: Final = ("article", "national")


@dataclass(frozen=True)
class Extent:
    """How many programs of how many steps; the same ones every time unless they are to be new.

    Where a step is slow, a failing program is shown as it is, and not made as short as it can be.
    """

    examples: int
    steps: int
    new: bool = False
    shrink: bool = True


def run_machine(stage: Stage, policy: str, extent: Extent) -> None:
    """Run programs under a policy, and raise what the first failing one does."""

    class Machine(WalletMachine):
        """A machine on that stage."""

        def __init__(self) -> None:
            super().__init__(stage, policy)

    phases = (Phase.generate, Phase.shrink) if extent.shrink else (Phase.generate,)
    profile = settings(
        phases=phases,
        derandomize=not extent.new,
        database=None,
        deadline=None,
        max_examples=extent.examples,
        stateful_step_count=extent.steps,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )
    run_state_machine_as_test(Machine, settings=profile)
