"""May this transfer be made? All rules together: previewed, demanded, and turned into an application (R15, R18)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from domain.errors import ErrorCode, Language, Refusal, Refused
from domain.places import CannotJudge
from domain.transfer_cases import TransferCase, scope
from domain.transfer_rules import RULES, Rule
from domain.transfers import Transfer, TransferScope, TransferStatus, transfer_number


@dataclass(frozen=True, slots=True)
class RuleCheck:
    """How one rule turned out for a case."""

    rule: Rule
    refusal: Refusal | None

    @property
    def code(self) -> ErrorCode:
        """Give the code the rule refused with, or would refuse with."""
        return self.refusal.code if self.refusal is not None else self.rule.code

    @property
    def passed(self) -> bool:
        """Tell whether the rule holds."""
        return self.refusal is None

    def message(self, language: Language = Language.ZH) -> str:
        """Say what holds, or what does not and what to do."""
        if self.refusal is not None:
            return self.refusal.message(language)
        return self.rule.zh if language is Language.ZH else self.rule.en


@dataclass(frozen=True, slots=True)
class TransferPreview:
    """Every rule that can be judged, pass or fail; nothing is changed by looking."""

    scope: TransferScope | None
    checks: tuple[RuleCheck, ...]

    @property
    def eligible(self) -> bool:
        """Tell whether the application would be accepted."""
        return all(check.passed for check in self.checks)


def judge(case: TransferCase, rules: Sequence[Rule] = RULES) -> Iterator[RuleCheck]:
    """Run every rule that can be judged, in order, and say how each turned out."""
    for rule in rules:
        try:
            rule.require(case)
        except CannotJudge:
            continue
        except Refused as refused:
            yield RuleCheck(rule, refused.refusal)
        else:
            yield RuleCheck(rule, None)


def preview(case: TransferCase) -> TransferPreview:
    """Judge a case without making anything of it."""
    return TransferPreview(scope(case), tuple(judge(case)))


def require_eligible(case: TransferCase, rules: Sequence[Rule] = RULES) -> None:
    """Refuse with the first rule that does not hold."""
    for check in judge(case, rules):
        if check.refusal is not None:
            raise Refused(check.refusal)


def apply(case: TransferCase, transfer_id: str) -> Transfer:
    """Make an application out of a case, once every rule holds; it holds no money (R18)."""
    require_eligible(case)
    return Transfer(
        id=transfer_id,
        number=transfer_number(transfer_id, case.now),
        payer_no=case.payer.person.person_no,
        payee_no=case.kin().person.person_no,
        source=case.source,
        amount=case.amount,
        relation=case.relation,
        payer_area_code=case.payer_area_code(),
        payee_area_code=case.payee_area_code(),
        status=TransferStatus.PENDING_VERIFICATION,
        created_at=case.now,
        expires_at=case.policy.application_ends(case.now),
    )
