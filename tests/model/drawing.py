"""What may be asked next, mostly with sense: requests as Hypothesis draws them, out of what the oracle knows."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, TypeAlias

from hypothesis import strategies as st

from tests.model.books import EMPLOYEES, RELATIONS, WITH_WALLET, personal, wallet
from tests.model.oracle import Oracle
from tests.model.requests import (
    AGENCY,
    HOSPITAL,
    PEOPLE,
    WIFE,
    YEAR,
    Apply,
    Bill,
    Credit,
    Keyed,
    Name,
    PayMedical,
    PayPremium,
    Refund,
    Request,
    Respond,
    SetStatus,
    Verify,
)

Drawn: TypeAlias = st.SearchStrategy[Request]
DrawnKeyed: TypeAlias = st.SearchStrategy[Keyed]
RECENT: Final = 4

anybody = st.sampled_from(PEOPLE)
amounts = st.sampled_from([100, 2_500, 15_000, 50_000, 120_000, 200_000, 200_001]) | st.integers(1, 30_000)
small = st.sampled_from([1, 100, 800, 1_000, 3_000])
proofs = st.sampled_from(["password"] * 5 + ["wrong"] * 3) | st.integers(1, 9).map("face-{}".format)
bills = st.sampled_from(
    [Bill("B1", 10_000, 7_000, 3_000), Bill("B1", 10_000, 6_000, 4_000), Bill("B2", 1_800, 0, 1_800)]
)


def mostly(sensible: str) -> st.SearchStrategy[str]:
    """Give the one who may, and now and then anybody."""
    return st.sampled_from([sensible] * 7) | anybody if sensible in PEOPLE else st.just(sensible)


def credits_(key: str) -> DrawnKeyed:
    """Draw an allotment."""
    people = st.sampled_from([*EMPLOYEES * 3, WIFE])
    return st.builds(Credit, st.just(key), people, amounts, st.sampled_from([AGENCY] * 9 + ["agency:other"]))


def sums(oracle: Oracle, account: str) -> st.SearchStrategy[int]:
    """Draw an amount, now and then as much as an account has, or a fen more."""
    balance, held = oracle.balances[account], oracle.held[account]
    edges = [amount for amount in (balance - held, balance - held + 1, balance) if amount > 0]
    return st.one_of(amounts, amounts, st.sampled_from(edges)) if edges else amounts


def applications(oracle: Oracle, key: str) -> DrawnKeyed:
    """Draw an application: mostly to a relative who is one, out of an account that there is."""
    related = st.sampled_from(list(RELATIONS.items()))

    def between(tie: tuple[Name, str]) -> DrawnKeyed:
        (payer, payee), relation = tie
        accounts = {"WALLET": wallet(payer)} | ({"PERSONAL_ACCOUNT": personal(payer)} if payer in EMPLOYEES else {})
        return st.sampled_from(list(accounts)).flatmap(
            lambda source: st.builds(
                Apply,
                *map(st.just, (payer, key, payee, relation, source)),
                sums(oracle, accounts[source]),
            )
        )

    senseless = st.builds(
        Apply,
        anybody,
        st.just(key),
        anybody,
        st.sampled_from(["SPOUSE", "CHILD"]),
        st.sampled_from(["PERSONAL_ACCOUNT", "WALLET"]),
        amounts,
    ).filter(lambda it: it.caller != it.payee)
    sensible = related.flatmap(between)
    return st.one_of(sensible, sensible, sensible, sensible, senseless)


def _transfers(oracle: Oracle, status: str) -> st.SearchStrategy[Name]:
    """Draw one of the recent transfers, rather of that status."""
    names = list(oracle.transfers)[::-1]
    wanted = [name for name in names if oracle.transfers[name].status == status]
    return st.sampled_from([*wanted[:RECENT] * 4, *names[:RECENT]])


def verifications(oracle: Oracle) -> Drawn:
    """Draw a verification."""

    def of(name: Name) -> Drawn:
        return st.builds(Verify, mostly(oracle.transfers[name].payer), st.just(name), proofs)

    return _transfers(oracle, "PENDING_VERIFICATION").flatmap(of)


def responses(oracle: Oracle, verb: str) -> Drawn:
    """Draw an acceptance, a refusal to accept, or a cancellation."""

    def of(name: Name) -> Drawn:
        transfer = oracle.transfers[name]
        right = transfer.payer if verb == "cancel" else transfer.payee
        return st.builds(Respond, st.just(verb), mostly(right), st.just(name))

    return _transfers(oracle, "PENDING_VERIFICATION" if verb == "cancel" else "PENDING_ACCEPTANCE").flatmap(of)


def medical_payments(oracle: Oracle, key: str) -> DrawnKeyed:
    """Draw a payment at the hospital."""

    def by(payer: str) -> DrawnKeyed:
        paid = small | sums(oracle, wallet(payer))
        return st.builds(PayMedical, st.just(payer), st.just(key), bills, paid, proofs)

    return (st.sampled_from([WIFE] * 4) | anybody).flatmap(by)


def premium_payments(key: str) -> DrawnKeyed:
    """Draw a payment of a premium."""
    years = st.sampled_from([YEAR] * 7 + [YEAR + 1])
    return st.builds(PayPremium, st.sampled_from([WIFE] * 4) | anybody, st.just(key), years, proofs)


def refunds(oracle: Oracle, key: str) -> DrawnKeyed:
    """Draw a refund: of all that is left, or of some amount."""

    def of(name: Name) -> DrawnKeyed:
        payment = oracle.payments[name]
        left = max(payment.amount - payment.refunded, 1)
        callers = st.sampled_from([HOSPITAL, AGENCY])
        return st.builds(Refund, callers, st.just(key), st.just(name), st.just(left) | small)

    return st.sampled_from(list(oracle.payments)[::-1][:RECENT]).flatmap(of)


def waiting(oracle: Oracle) -> st.SearchStrategy[Name]:
    """Draw a transfer that waits for somebody."""
    return st.sampled_from([name for name, it in oracle.transfers.items() if it.status.startswith("PENDING")][::-1])


def status_changes() -> Drawn:
    """Draw a freeze or, more often, its end."""
    return st.builds(
        SetStatus, st.sampled_from([*WITH_WALLET] * 2 + [*PEOPLE]), st.sampled_from(["FROZEN", "ACTIVE", "ACTIVE"])
    )


def repetitions(oracle: Oracle) -> DrawnKeyed:
    """Draw a keyed request that was made before, be it with another proof."""

    def of(known: Keyed) -> DrawnKeyed:
        if isinstance(known, PayMedical | PayPremium):
            return proofs.map(lambda proof: replace(known, proof=proof))
        return st.just(known)

    return st.sampled_from([request for request, _ in oracle.outcomes.values()][::-1]).flatmap(of)


def others(known: Keyed) -> DrawnKeyed:
    """Draw another request of a key that is taken."""
    if isinstance(known, PayPremium):
        return st.just(replace(known, year=known.year + 1))
    changed = st.just(replace(known, amount=known.amount + 1))
    if isinstance(known, Apply | PayMedical):
        return changed | st.just(PayPremium(known.caller, known.key, YEAR, "password"))
    return changed


def nonsense(oracle: Oracle, key: str) -> DrawnKeyed:
    """Draw what is no request at all: of no money, or with no key."""
    drawn = st.one_of(keyed(oracle, key))
    without_money = st.tuples(drawn, st.sampled_from([0, -1, -3_000])).map(
        lambda it: it[0] if isinstance(it[0], PayPremium) else replace(it[0], amount=it[1])
    )
    without_key = st.tuples(drawn, st.sampled_from(["", "a b"])).map(lambda it: replace(it[0], key=it[1]))
    return without_money | without_key


def keyed(oracle: Oracle, key: str) -> list[DrawnKeyed]:
    """Give what can be drawn with a new key whatever there is."""
    return [credits_(key), applications(oracle, key), medical_payments(oracle, key), premium_payments(key)]


def anything(oracle: Oracle, key: str) -> Drawn:
    """Draw any request that can be made now."""
    drawn: list[Drawn] = [*keyed(oracle, key), status_changes()]
    if oracle.transfers:
        drawn += [verifications(oracle)] * 2 + [responses(oracle, verb) for verb in ("accept", "decline", "cancel")]
    if oracle.payments:
        drawn.append(refunds(oracle, key))
    return st.one_of(drawn)
