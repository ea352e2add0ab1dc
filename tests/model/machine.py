"""Random programs of money operations: after every step the storage holds what the oracle says, and is sound."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta
from itertools import count, permutations
from typing import Final

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.factories import NOW
from tests.model import drawing
from tests.model.driver import Driver
from tests.model.faults import Fault, perform
from tests.model.oracle import Oracle
from tests.model.picture import expected, look, picture_of, require_sound
from tests.model.requests import (
    HUSBAND,
    SON,
    WIFE,
    Answer,
    Apply,
    Credit,
    Request,
    Respond,
    SetStatus,
    Settle,
    Verify,
)
from tests.model.stages import Stage

faults = st.sampled_from([*[Fault.NONE] * 12, *[fault for fault in Fault if fault is not Fault.READ_LOST] * 2, *Fault])
MILLISECOND: Final = timedelta(milliseconds=1)
MINUTES: Final = [1, 5, 14, 15, 29, 30, 31, 7 * 60, 12 * 60]


def there_are(things: str) -> Callable[[WalletMachine], bool]:
    """Say that a rule needs one of these things of the oracle's."""
    return lambda machine: bool(getattr(machine.oracle, things))


class WalletMachine(RuleBasedStateMachine):
    """The system and the oracle, asked the same."""

    def __init__(self, stage: Stage, policy: str) -> None:
        """Begin with the same world."""
        super().__init__()
        self.stage = stage
        self.oracle = Oracle(policy, NOW)
        self.driver = Driver(stage.begin(), policy)
        self._numbers = count(1)

    def carry_out(self, request: Request, fault: Fault = Fault.NONE) -> None:
        """Have a request carried out while that goes wrong, and demand the oracle's answer."""
        if fault is Fault.UNKNOWN:
            self.carry_out(Settle())  # or it might be the settling of which nothing is heard
        answer = self.stage.run(perform(self.driver, request, fault, self.stage.fail))
        self.count(fault.name)
        if fault is Fault.CRASH:
            self.oracle.settle(request.caller)  # that much was committed before
            return
        if fault is Fault.UNKNOWN:
            self.oracle.perform(request)
        right = self.oracle.perform(request)
        note(f"-> {right}")
        self.count(f"{right[0]} {right[1]}" if right[0] == "refused" else right[0], request)
        assert answer in (right, None), (answer, right)

    def count(self, what: str, request: Request | None = None) -> None:
        """Count what happens, so that the run can tell what it has tried."""
        self.stage.tally[f"{type(request).__name__}: {what}" if request is not None else what] += 1

    @property
    def new_key(self) -> str:
        """Make a key."""
        return f"key-{next(self._numbers)}"

    # ---- requests -------------------------------------------------------------------------------------------------

    @initialize()
    def the_first_money(self) -> None:
        """Give the people something to move."""
        self.carry_out(Credit("first", HUSBAND, 400_000))
        self.carry_out(Credit("second", SON, 60_000))
        self.carry_out(Apply(HUSBAND, "third", WIFE, "SPOUSE", "PERSONAL_ACCOUNT", 100_000))
        self.carry_out(Verify(HUSBAND, (HUSBAND, "third"), "password"))
        self.carry_out(Respond("accept", WIFE, (HUSBAND, "third")))

    @rule(data=st.data(), fault=faults)
    def credit(self, data: st.DataObject, fault: Fault) -> None:
        """Credit a personal account."""
        self.carry_out(data.draw(drawing.credits_(self.new_key)), fault)

    @rule(data=st.data(), fault=faults)
    def apply(self, data: st.DataObject, fault: Fault) -> None:
        """Apply for a transfer."""
        self.carry_out(data.draw(drawing.applications(self.oracle, self.new_key)), fault)

    @precondition(there_are("transfers"))
    @rule(data=st.data(), fault=faults)
    def verify(self, data: st.DataObject, fault: Fault) -> None:
        """Verify a transfer."""
        self.carry_out(data.draw(drawing.verifications(self.oracle)), fault)

    @rule(data=st.data(), proof=drawing.proofs, fault=faults)
    def apply_and_verify(self, data: st.DataObject, proof: str, fault: Fault) -> None:
        """Apply for a transfer and verify it at once, as people do."""
        asked = data.draw(drawing.applications(self.oracle, self.new_key))
        self.carry_out(asked)
        self.carry_out(Verify(asked.caller, (asked.caller, asked.key), proof), fault)

    @precondition(there_are("transfers"))
    @rule(data=st.data(), fault=faults, verb=st.sampled_from(["accept", "decline", "cancel"]))
    def respond(self, data: st.DataObject, fault: Fault, verb: str) -> None:
        """Accept, decline or cancel a transfer."""
        self.carry_out(data.draw(drawing.responses(self.oracle, verb)), fault)

    @rule(data=st.data(), fault=faults)
    def pay_medical(self, data: st.DataObject, fault: Fault) -> None:
        """Pay at the hospital."""
        self.carry_out(data.draw(drawing.medical_payments(self.oracle, self.new_key)), fault)

    @rule(data=st.data(), fault=faults)
    def pay_premium(self, data: st.DataObject, fault: Fault) -> None:
        """Pay a premium."""
        self.carry_out(data.draw(drawing.premium_payments(self.new_key)), fault)

    @precondition(there_are("payments"))
    @rule(data=st.data(), fault=faults)
    def refund(self, data: st.DataObject, fault: Fault) -> None:
        """Refund a payment."""
        self.carry_out(data.draw(drawing.refunds(self.oracle, self.new_key)), fault)

    @rule(data=st.data(), fault=faults)
    def freeze_or_unfreeze(self, data: st.DataObject, fault: Fault) -> None:
        """Freeze a wallet, or let it go again."""
        self.carry_out(data.draw(drawing.status_changes()), fault)

    @precondition(there_are("waiting"))
    @rule(data=st.data(), of_payer=st.booleans(), fault=faults)
    def freeze_a_party_of_what_waits(self, data: st.DataObject, of_payer: bool, fault: Fault) -> None:  # noqa: FBT001
        """Freeze a wallet between two steps of a transfer, then take the second."""
        name = data.draw(drawing.waiting(self.oracle))
        transfer = self.oracle.transfers[name]
        self.carry_out(SetStatus(transfer.payer if of_payer else transfer.payee, "FROZEN"))
        if transfer.status == "PENDING_ACCEPTANCE":
            self.carry_out(Respond("accept", transfer.payee, name), fault)
        else:
            self.carry_out(Verify(transfer.payer, name, "password"), fault)

    # ---- keys -----------------------------------------------------------------------------------------------------

    @rule(data=st.data(), fault=faults)
    def ask_again(self, data: st.DataObject, fault: Fault) -> None:
        """Ask what was asked before, by the same key."""
        self.count("asked again")
        self.carry_out(data.draw(drawing.repetitions(self.oracle)), fault)

    @rule(data=st.data(), fault=faults)
    def ask_something_else_by_the_same_key(self, data: st.DataObject, fault: Fault) -> None:
        """Ask something else by a key that is taken."""
        known = data.draw(drawing.repetitions(self.oracle))
        self.carry_out(data.draw(drawing.others(known)), fault)

    @rule(data=st.data(), fault=faults)
    def ask_nonsense(self, data: st.DataObject, fault: Fault) -> None:
        """Ask for what is no request at all."""
        self.carry_out(data.draw(drawing.nonsense(self.oracle, self.new_key)), fault)

    # ---- time -----------------------------------------------------------------------------------------------------

    def wait_until(self, moment: timedelta) -> None:
        """Let time pass for both."""
        self.oracle.now += moment
        self.driver.now += moment

    @rule(minutes=st.sampled_from(MINUTES))
    def wait(self, minutes: int) -> None:
        """Let some minutes or hours pass."""
        self.wait_until(timedelta(minutes=minutes))

    @precondition(lambda machine: machine.oracle.ends())
    @rule(data=st.data(), early=st.sampled_from([MILLISECOND, timedelta(0)]))
    def wait_for_an_end(self, data: st.DataObject, early: timedelta) -> None:
        """Go to the very moment at which something ends, or the last one before it."""
        end = data.draw(st.sampled_from(self.oracle.ends()))
        self.wait_until(max(end - early - self.oracle.now, timedelta(0)))

    @rule(data=st.data(), hour=st.sampled_from([6, 22]), early=st.sampled_from([MILLISECOND, timedelta(0)]))
    def apply_when_the_night_begins_or_ends(self, data: st.DataObject, hour: int, early: timedelta) -> None:
        """Go to the very moment at which transfers close or open, or the last one before it, and apply."""
        self.wait_until(self.oracle.next_time(hour) - early - self.oracle.now)
        self.carry_out(data.draw(drawing.applications(self.oracle, self.new_key)))

    @rule()
    def settle(self) -> None:
        """Let the job do what time has done."""
        self.carry_out(Settle())

    # ---- at once --------------------------------------------------------------------------------------------------

    @rule(data=st.data(), how_many=st.integers(2, 3), twice=st.booleans())
    def ask_at_once(self, data: st.DataObject, how_many: int, twice: bool) -> None:  # noqa: FBT001 - Hypothesis calls
        """Ask several things at the same time, one of them twice perhaps: as if one after another, in some order."""
        self.carry_out(Settle())
        asked = [data.draw(drawing.anything(self.oracle, self.new_key)) for _ in range(how_many)]
        asked += asked[:1] if twice else []
        answers = self.stage.run(self._at_once(asked))
        found = picture_of(self.stage.run(look(self.driver.storage.read())))
        for order in permutations(range(len(asked))):
            oracle = deepcopy(self.oracle)
            right: dict[int, Answer] = {index: oracle.perform(asked[index]) for index in order}
            if all(answers[index] == right[index] for index in order) and expected(oracle) == found:
                self.oracle = oracle
                self.count("at once")
                return
        raise AssertionError(asked, answers, found)

    async def _at_once(self, asked: list[Request]) -> list[Answer]:
        return await asyncio.gather(*(self.driver.perform(request) for request in asked))

    # ---- what must be true ----------------------------------------------------------------------------------------

    @invariant()
    def what_is_stored_is_sound_and_as_expected(self) -> None:
        """Demand that nothing is lost, and that all is as the oracle has it."""
        stored = self.stage.run(look(self.driver.storage.read()))
        require_sound(stored)
        found, right = picture_of(stored), expected(self.oracle)
        assert found == right, (found, right)
