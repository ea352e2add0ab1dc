"""Rules broken one at a time or several at once, to see which of them is reported (error precedence)."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from domain.errors import ErrorCode
from domain.transfer_cases import Side, TransferCase
from tests.domain.cases import frozen

Case = TypeVar("Case")


@dataclass(frozen=True)
class Broken(Generic[Case]):
    """One rule broken and no other: with what it is refused, at which argument; whether it needs a use place."""

    code: ErrorCode
    path: tuple[str, ...]
    by: Callable[[Case], Case]
    of_use_place: bool = False


def broken_case(case: Case, broken: Collection[Broken[Case]], table: Sequence[Broken[Case]]) -> Case:
    """Break these rules of a case that may be; last rule first, since the first ones take away what others break."""
    for each in sorted(broken, key=table.index, reverse=True):
        case = each.by(case)
    return case


def named(broken: Broken[Case]) -> str:
    """Name a broken rule in a test's id."""
    return "-".join((broken.code, *broken.path))


def of_payer(change: Callable[[Side], Side]) -> Callable[[TransferCase], TransferCase]:
    """Change the payer's side."""
    return lambda case: replace(case, payer=change(case.payer))


def of_payee(change: Callable[[Side], Side]) -> Callable[[TransferCase], TransferCase]:
    """Change the payee's side, where there is a payee."""
    return lambda case: replace(case, payee=change(case.payee) if case.payee is not None else None)


def frozen_side(side: Side) -> Side:
    """Freeze the side's wallet, where there is one."""
    return replace(side, wallet=frozen(side.wallet) if side.wallet is not None else None)
