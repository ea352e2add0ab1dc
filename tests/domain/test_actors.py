"""What a caller may do and see by who he or she is, and nothing more (R27)."""

from typing import Final

import pytest

from domain.actors import (
    ANONYMOUS,
    Actor,
    Role,
    require_agency,
    require_institution_or_agency,
    require_insured,
    require_insured_or_agency,
)
from domain.errors import ErrorCode
from tests.domain.cases import refusing

INSURED: Final = Actor(person_no="P0001")
INSTITUTION: Final = Actor(institution_code="H37010000001")
AGENCY: Final = Actor(agency="济南市")


@pytest.mark.parametrize(
    ("actor", "roles"),
    [
        (ANONYMOUS, ()),
        (INSURED, (Role.INSURED,)),
        (INSTITUTION, (Role.INSTITUTION,)),
        (AGENCY, (Role.AGENCY,)),
        (Actor("P0001", "H37010000001", "济南市"), (Role.INSURED, Role.INSTITUTION, Role.AGENCY)),
    ],
)
def test_a_caller_has_each_role_that_the_sign_in_names(actor: Actor, roles: tuple[Role, ...]) -> None:
    """R27."""
    assert actor.roles == roles


def test_only_an_agency_is_one() -> None:
    """R27."""
    assert AGENCY.is_agency()
    assert not any(actor.is_agency() for actor in (ANONYMOUS, INSURED, INSTITUTION))


@pytest.mark.parametrize("actor", [INSURED, AGENCY])
def test_a_record_is_seen_by_its_persons_and_by_the_agency(actor: Actor) -> None:
    """R27."""
    assert actor.may_see_person("P0002", "P0001")


@pytest.mark.parametrize("actor", [ANONYMOUS, INSTITUTION, Actor(person_no="P0003")])
def test_a_record_is_seen_by_nobody_else(actor: Actor) -> None:
    """R27."""
    assert not actor.may_see_person("P0002", "P0001")


def test_a_record_of_nobody_is_seen_by_no_person() -> None:
    """R27."""
    assert not INSURED.may_see_person()


def test_callers_of_every_kind_have_names_of_their_own() -> None:
    """R20: a key of one is not a key of another."""
    names = [actor.names() for actor in (Actor(person_no="1"), Actor(institution_code="1"), Actor(agency="1"))]
    assert names == [("person:1",), ("institution:1",), ("agency:1",)]


def test_an_insured_caller_is_named() -> None:
    """R27."""
    assert require_insured(INSURED) == "P0001"


def test_an_agency_is_named() -> None:
    """R27."""
    assert require_agency(AGENCY) == "济南市"


def test_an_anonymous_caller_is_told_to_sign_in() -> None:
    """R27."""
    with refusing(ErrorCode.UNAUTHENTICATED):
        require_insured(ANONYMOUS)
    with refusing(ErrorCode.UNAUTHENTICATED):
        require_agency(ANONYMOUS)


@pytest.mark.parametrize("actor", [INSTITUTION, AGENCY])
def test_only_the_insured_do_what_the_insured_do(actor: Actor) -> None:
    """R27."""
    with refusing(ErrorCode.FORBIDDEN):
        require_insured(actor)


@pytest.mark.parametrize("actor", [INSURED, INSTITUTION])
def test_only_an_agency_does_what_agencies_do(actor: Actor) -> None:
    """R27."""
    with refusing(ErrorCode.FORBIDDEN):
        require_agency(actor)


# ---- institutions ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("actor", [INSTITUTION, AGENCY])
def test_what_an_institution_received_is_seen_by_itself_and_by_the_agency(actor: Actor) -> None:
    """R27."""
    assert actor.may_see_institution("H37010000001")


@pytest.mark.parametrize("actor", [ANONYMOUS, INSURED, Actor(institution_code="H37010000002")])
def test_what_an_institution_received_is_seen_by_nobody_else(actor: Actor) -> None:
    """R27."""
    assert not actor.may_see_institution("H37010000001")


@pytest.mark.parametrize("actor", [ANONYMOUS, INSURED, INSTITUTION])
def test_what_belongs_to_no_institution_is_seen_by_none(actor: Actor) -> None:
    """R23, R27: such as the payment of a premium, which only the agency refunds."""
    assert not actor.may_see_institution(None)
    assert AGENCY.may_see_institution(None)


@pytest.mark.parametrize(
    ("actor", "name"),
    [
        (INSTITUTION, "institution:H37010000001"),
        (AGENCY, "agency:济南市"),
        (Actor(institution_code="H37010000001", agency="济南市"), "agency:济南市"),
        (Actor(person_no="P0001", institution_code="H37010000001"), "institution:H37010000001"),
    ],
)
def test_an_institution_or_an_agency_is_named_as_the_caller(actor: Actor, name: str) -> None:
    """R25, R27: whoever is both acts as the agency."""
    assert require_institution_or_agency(actor) == name


def test_the_insured_do_not_do_what_institutions_and_agencies_do() -> None:
    """R25, R27."""
    with refusing(ErrorCode.FORBIDDEN):
        require_institution_or_agency(INSURED)


def test_an_anonymous_caller_is_told_to_sign_in_as_an_institution_or_an_agency() -> None:
    """R27."""
    with refusing(ErrorCode.UNAUTHENTICATED):
        require_institution_or_agency(ANONYMOUS)


@pytest.mark.parametrize(
    ("actor", "name"), [(INSURED, "person:P0001"), (AGENCY, "agency:济南市"), (Actor("P0001", None, "x"), "agency:x")]
)
def test_an_insured_person_or_an_agency_is_named_as_the_caller(actor: Actor, name: str) -> None:
    """R9, R27."""
    assert require_insured_or_agency(actor) == name


def test_an_institution_does_not_do_what_persons_and_agencies_do() -> None:
    """R9, R27."""
    with refusing(ErrorCode.FORBIDDEN):
        require_insured_or_agency(INSTITUTION)
