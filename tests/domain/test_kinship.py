"""Near kin: eight relations, read from both ends, and the ties that persons declare (R8, R9, R14)."""

from dataclasses import replace
from datetime import date
from hashlib import sha256
from itertools import permutations, product
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import ErrorCode
from domain.kinship import (
    COMMITMENT,
    Commitment,
    Kinship,
    KinshipStatus,
    Relation,
    pair_key,
    require_commitment,
    require_no_active_tie,
    require_no_spouse,
    require_plausible,
    require_relation,
    require_tie,
    require_two_persons,
    revoke,
    side_key,
)
from tests.domain.cases import refusing, revoked
from tests.factories import NOW, after, make_kinship, make_person

EITHER_AGE: Final = (Relation.SPOUSE, Relation.SIBLING)
NOT_SPOUSES: Final = tuple(relation for relation in Relation if relation is not Relation.SPOUSE)
ELDERS: Final = (Relation.PARENT, Relation.PATERNAL_GRANDPARENT, Relation.MATERNAL_GRANDPARENT)
YOUNGER: Final = (Relation.CHILD, Relation.PATERNAL_GRANDCHILD, Relation.MATERNAL_GRANDCHILD)
INVERSES: Final = {
    "SPOUSE": "SPOUSE",
    "PARENT": "CHILD",
    "CHILD": "PARENT",
    "SIBLING": "SIBLING",
    "PATERNAL_GRANDPARENT": "PATERNAL_GRANDCHILD",
    "MATERNAL_GRANDPARENT": "MATERNAL_GRANDCHILD",
    "PATERNAL_GRANDCHILD": "PATERNAL_GRANDPARENT",
    "MATERNAL_GRANDCHILD": "MATERNAL_GRANDPARENT",
}


# ---- relations ----------------------------------------------------------------------------------------------------


def test_exactly_eight_relations_count() -> None:
    """R8."""
    assert {relation.value for relation in Relation} == set(INVERSES)


@pytest.mark.parametrize("relation", Relation)
def test_each_relation_is_read_from_the_other_end_as_its_inverse(relation: Relation) -> None:
    """R8."""
    assert relation.inverse.value == INVERSES[relation]


@given(st.sampled_from(Relation))
def test_the_inverse_of_the_inverse_is_the_relation(relation: Relation) -> None:
    """R8: the set is closed under inversion."""
    assert relation.inverse.inverse is relation


# ---- a tie --------------------------------------------------------------------------------------------------------


def test_a_declared_tie_is_active() -> None:
    """R9."""
    tie = make_kinship()
    assert tie.is_active()
    assert (tie.status, tie.declared_at, tie.revoked_at) == (KinshipStatus.ACTIVE, NOW, None)


def test_a_tie_keeps_which_commitment_was_accepted_and_when() -> None:
    """R9."""
    commitment = make_kinship(declared_at=after(minutes=1)).commitment
    assert (commitment.version, commitment.accepted_at) == (COMMITMENT.version, after(minutes=1))
    assert commitment.text_hash == sha256(COMMITMENT.text.encode()).hexdigest()


def test_another_text_has_another_hash() -> None:
    """R9."""
    assert Commitment(COMMITMENT.version, COMMITMENT.text + "。").text_hash != COMMITMENT.text_hash


@pytest.mark.parametrize("kin", ["配偶", "父母", "子女", "兄弟姐妹", "祖父母", "外祖父母", "孙子女", "外孙子女"])
def test_the_commitment_names_each_near_relative(kin: str) -> None:
    """R8, R9."""
    assert kin in COMMITMENT.text


def test_declaring_again_in_a_retry_gives_the_same_tie() -> None:
    """R20: work may be run again."""
    assert make_kinship() == make_kinship()


@given(st.sampled_from(Relation), st.sampled_from(Relation))
def test_a_pairs_tie_has_the_same_id_whoever_declares_it(one: Relation, other: Relation) -> None:
    """R9: so two who declare at once cannot both."""
    assert make_kinship("P0001", "P0002", one).id == make_kinship("P0002", "P0001", other).id


def test_a_tie_declared_after_a_revoked_one_is_another() -> None:
    """R9: history stays."""
    assert make_kinship(earlier_ties=0).id != make_kinship(earlier_ties=1).id


def test_ties_of_other_pairs_have_other_ids() -> None:
    """R9."""
    assert make_kinship("P0001", "P0002").id != make_kinship("P0001", "P0003").id


def test_revoking_a_tie_ends_it_and_keeps_who_did_and_when() -> None:
    """R9."""
    tie = revoke(make_kinship(), "person:P0002", after(hours=1))
    assert (tie.is_active(), tie.revoked_by, tie.revoked_at) == (False, "person:P0002", after(hours=1))


def test_revoking_changes_nothing_else() -> None:
    """R9: history stays."""
    tie = make_kinship()
    ended = revoke(tie, "person:P0002", after(hours=1))
    assert replace(ended, status=KinshipStatus.ACTIVE, revoked_at=None, revoked_by=None) == tie


def test_revoking_a_revoked_tie_leaves_it_as_it_is() -> None:
    """R9."""
    ended = revoke(make_kinship(), "person:P0002", NOW)
    assert revoke(ended, "agency:济南市", after(hours=1)) is ended


# ---- read from both ends ------------------------------------------------------------------------------------------


def test_a_tie_names_both_persons() -> None:
    """R8."""
    assert make_kinship("P0001", "P0002").members == ("P0001", "P0002")


@pytest.mark.parametrize("relation", Relation)
def test_a_tie_is_read_from_both_ends(relation: Relation) -> None:
    """R8."""
    tie = make_kinship("P0001", "P0002", relation)
    ends = [tie.seen_by("P0001"), tie.seen_by("P0002")]
    assert [(end.relative_no, end.relation) for end in ends] == [("P0002", relation), ("P0001", relation.inverse)]


def test_each_end_has_an_id_of_its_own() -> None:
    """R8: the id names tie and side."""
    tie = make_kinship()
    assert [tie.seen_by(member).id for member in tie.members] == [f"{tie.id}:P0001", f"{tie.id}:P0002"]


def test_an_end_has_the_ties_status_and_times() -> None:
    """R9."""
    end = revoke(make_kinship(), "person:P0001", after(hours=1)).seen_by("P0002")
    assert (end.status, end.declared_at, end.revoked_at) == (KinshipStatus.REVOKED, NOW, after(hours=1))


@pytest.mark.parametrize("relation", Relation)
def test_a_tie_is_listed_for_each_person_under_what_the_other_is(relation: Relation) -> None:
    """R8."""
    tie = make_kinship("P0001", "P0002", relation)
    assert tie.sides == (side_key("P0001", relation), side_key("P0002", relation.inverse))


def test_a_persons_ties_of_one_relation_have_a_name() -> None:
    """R8."""
    assert side_key("P0001", Relation.CHILD) == "P0001:CHILD"


# ---- what storage keeps unique ------------------------------------------------------------------------------------


@given(st.from_regex(r"[A-Z0-9-]{1,6}", fullmatch=True), st.from_regex(r"[A-Z0-9-]{1,6}", fullmatch=True))
def test_a_pair_is_the_same_in_either_order(one: str, other: str) -> None:
    """R9."""
    assert pair_key(one, other) == pair_key(other, one)


def test_an_active_tie_holds_its_pair() -> None:
    """R9: one active tie per pair."""
    assert make_kinship("P0002", "P0001").active_pair == make_kinship("P0001", "P0002").pair == "P0001|P0002"


def test_a_revoked_tie_sets_its_pair_free() -> None:
    """R9."""
    tie = revoked(make_kinship())
    assert (tie.pair, tie.active_pair) == ("P0001|P0002", None)


def test_spouses_hold_each_other() -> None:
    """R9: one active spouse per person."""
    assert make_kinship(relation=Relation.SPOUSE).active_spouses == ("P0001", "P0002")


@pytest.mark.parametrize("relation", NOT_SPOUSES)
def test_other_relatives_hold_no_spouse(relation: Relation) -> None:
    """R9."""
    assert make_kinship(relation=relation).active_spouses == ()


def test_former_spouses_hold_each_other_no_more() -> None:
    """R9."""
    assert revoked(make_kinship(relation=Relation.SPOUSE)).active_spouses == ()


# ---- the rules of declaring ---------------------------------------------------------------------------------------


def test_an_accepted_commitment_suffices() -> None:
    """R9."""
    require_commitment(accepted=True)


def test_a_tie_without_an_accepted_commitment_is_refused() -> None:
    """R9."""
    with refusing(ErrorCode.COMMITMENT_REQUIRED, "commitment_accepted"):
        require_commitment(accepted=False)


def test_two_persons_may_be_tied() -> None:
    """R8."""
    require_two_persons(make_person("P0001"), make_person("P0002"))


def test_nobody_is_a_near_relative_of_oneself() -> None:
    """R8."""
    with refusing(ErrorCode.NOT_NEAR_RELATIVE, "relative_id_number"):
        require_two_persons(make_person(), make_person())


@pytest.mark.parametrize("ties", [[], [revoked(make_kinship())]])
def test_a_pair_without_an_active_tie_may_be_tied(ties: list[Kinship]) -> None:
    """R9."""
    require_no_active_tie(ties)


def test_a_second_active_tie_of_a_pair_is_refused() -> None:
    """R9: of whatever relation."""
    with refusing(ErrorCode.KINSHIP_EXISTS):
        require_no_active_tie([revoked(make_kinship()), make_kinship(relation=Relation.SIBLING, earlier_ties=1)])


def test_a_first_spouse_may_be_declared() -> None:
    """R9."""
    require_no_spouse(Relation.SPOUSE, [])


def test_a_second_active_spouse_is_refused() -> None:
    """R9."""
    with refusing(ErrorCode.CONFLICT, "relation"):
        require_no_spouse(Relation.SPOUSE, [make_kinship("P0002", "P0003")])


@pytest.mark.parametrize("relation", NOT_SPOUSES)
def test_a_spouse_does_not_stand_in_the_way_of_other_relatives(relation: Relation) -> None:
    """R9."""
    require_no_spouse(relation, [make_kinship("P0002", "P0003")])


BIRTHS = st.dates(min_value=date(1900, 1, 1), max_value=date(2025, 5, 8))


def judge_births(own: date, relatives: date, relation: Relation) -> None:
    """Judge a relation between persons born on these days."""
    require_plausible(make_person("P0001", born=own), make_person("P0002", born=relatives), relation)


@pytest.mark.parametrize("relation", ELDERS)
def test_an_elder_is_born_before(relation: Relation) -> None:
    """R9."""
    judge_births(date(1990, 5, 10), date(1990, 5, 9), relation)


@pytest.mark.parametrize("relation", YOUNGER)
def test_a_younger_one_is_born_after(relation: Relation) -> None:
    """R9."""
    judge_births(date(1990, 5, 10), date(1990, 5, 11), relation)


@pytest.mark.parametrize(
    ("relation", "relatives"),
    [
        *product(ELDERS, [date(1990, 5, 10), date(1990, 5, 11)]),
        *product(YOUNGER, [date(1990, 5, 10), date(1990, 5, 9)]),
    ],
)
def test_generations_born_on_one_day_or_the_other_way_round_are_refused(relation: Relation, relatives: date) -> None:
    """R9."""
    with refusing(ErrorCode.KINSHIP_IMPLAUSIBLE, "relation"):
        judge_births(date(1990, 5, 10), relatives, relation)


@given(BIRTHS, BIRTHS, st.sampled_from(EITHER_AGE))
def test_spouses_and_siblings_are_of_any_age(own: date, relatives: date, relation: Relation) -> None:
    """R9: twins too."""
    judge_births(own, relatives, relation)


# ---- the rules of a transfer --------------------------------------------------------------------------------------


def test_an_active_tie_makes_near_relatives() -> None:
    """R14."""
    assert require_tie(make_kinship()) == make_kinship()


@pytest.mark.parametrize("tie", [None, revoked(make_kinship())])
def test_persons_without_an_active_tie_are_no_near_relatives(tie: Kinship | None) -> None:
    """R14."""
    with refusing(ErrorCode.NOT_NEAR_RELATIVE, "payee"):
        require_tie(tie, "payee")


@pytest.mark.parametrize("relation", Relation)
def test_the_relation_stated_is_what_the_payee_is_to_the_payer(relation: Relation) -> None:
    """R14: whoever of them declared the tie."""
    tie = make_kinship("P0001", "P0002", relation)
    require_relation(tie, "P0001", relation)
    require_relation(tie, "P0002", relation.inverse)


@pytest.mark.parametrize("relation", ELDERS)
def test_what_the_payer_is_to_the_payee_is_not_the_relation_stated(relation: Relation) -> None:
    """R14."""
    with refusing(ErrorCode.RELATION_MISMATCH, "relation"):
        require_relation(make_kinship("P0001", "P0002", relation), "P0001", relation.inverse)


@pytest.mark.parametrize(("declared", "stated"), list(permutations(Relation, 2)))
def test_each_relation_but_the_ties_is_refused(declared: Relation, stated: Relation) -> None:
    """R14: grandparents of the other side, too."""
    with refusing(ErrorCode.RELATION_MISMATCH, "relation"):
        require_relation(make_kinship("P0001", "P0002", declared), "P0001", stated)
