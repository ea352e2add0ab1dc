"""Who is insured where, and what hangs on an active enrolment (R6, R7)."""

from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import EnrolmentsMissing, ErrorCode, Language, Refused
from domain.persons import (
    ENROLMENTS_MAX,
    Enrolment,
    EnrolmentStatus,
    InsuranceScheme,
    Person,
    require_enrolled,
    require_enrolled_in,
    require_enrolments,
    require_not_future,
    require_one_active_per_scheme,
    require_payee_enrolled,
    require_registered,
    with_enrolment,
)
from tests.domain.cases import ended, lapsed, refusing
from tests.factories import HEFEI, JINAN, TODAY, make_enrolment, make_person

EMPLOYEE: Final = InsuranceScheme.EMPLOYEE
RESIDENT: Final = InsuranceScheme.RESIDENT
ACTIVE: Final = EnrolmentStatus.ACTIVE
SUSPENDED: Final = EnrolmentStatus.SUSPENDED
ENDED: Final = EnrolmentStatus.ENDED

ENROLMENTS = st.builds(
    make_enrolment, st.sampled_from([JINAN, HEFEI]), st.sampled_from(InsuranceScheme), st.sampled_from(EnrolmentStatus)
)


def person_with(*enrolments: Enrolment) -> Person:
    """Make a person with exactly these enrolments."""
    return make_person(enrolments=enrolments)


# ---- what a person shows ------------------------------------------------------------------------------------------


def test_a_persons_birth_date_is_that_of_the_id_number() -> None:
    """R6."""
    assert make_person(born=date(1966, 3, 15)).birth_date == date(1966, 3, 15)


def test_a_persons_id_number_is_shown_masked() -> None:
    """R28."""
    person = make_person()
    assert person.masked_id_number == f"370***********{person.id_number[-4:]}"


def test_a_persons_mobile_is_shown_masked() -> None:
    """R28."""
    assert make_person().masked_phone == "138****0001"


def test_a_person_need_not_have_a_mobile() -> None:
    """R6: the agency may not know it."""
    assert replace(make_person(), phone=None).masked_phone is None


# ---- enrolments ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "active"), [(ACTIVE, True), (SUSPENDED, False), (ENDED, False)])
def test_only_an_active_enrolment_is_in_force(status: EnrolmentStatus, *, active: bool) -> None:
    """R6."""
    assert make_enrolment(status=status).is_active() is active


def test_active_enrolments_leave_out_the_others() -> None:
    """R6."""
    active = make_enrolment(HEFEI, RESIDENT)
    assert person_with(ended(), active).active_enrolments() == (active,)


def test_an_employee_has_an_active_employment() -> None:
    """R7."""
    employment = make_enrolment(JINAN, EMPLOYEE)
    assert person_with(make_enrolment(HEFEI, RESIDENT), employment).active_employment() == employment


@pytest.mark.parametrize("enrolment", [make_enrolment(JINAN, RESIDENT), make_enrolment(JINAN, EMPLOYEE, SUSPENDED)])
def test_residents_and_suspended_employees_have_no_active_employment(enrolment: Enrolment) -> None:
    """R7."""
    assert person_with(enrolment).active_employment() is None


def test_the_personal_account_is_held_where_the_active_employment_is() -> None:
    """R7: whichever enrolment is the newest."""
    past = replace(make_enrolment(HEFEI, EMPLOYEE, ENDED), since=date(2024, 1, 1))
    person = person_with(make_enrolment(JINAN, EMPLOYEE), past, make_enrolment(HEFEI, RESIDENT))
    assert person.account_area_code() == JINAN


def test_the_personal_account_of_a_former_employee_is_held_where_the_last_employment_was() -> None:
    """R7."""
    last = replace(make_enrolment(HEFEI, EMPLOYEE, ENDED), since=date(2024, 1, 1))
    assert person_with(last, ended()).account_area_code() == HEFEI


def test_who_never_was_an_employee_has_no_area_of_a_personal_account() -> None:
    """R7."""
    assert person_with(make_enrolment(JINAN, RESIDENT)).account_area_code() is None


def test_an_enrolment_in_another_area_is_added() -> None:
    """R6."""
    person = with_enrolment(person_with(ended()), make_enrolment(HEFEI))
    assert person.enrolments == (ended(), make_enrolment(HEFEI))


def test_an_enrolment_in_the_same_area_and_scheme_takes_the_earlier_ones_place() -> None:
    """R6."""
    suspended = make_enrolment(JINAN, EMPLOYEE, SUSPENDED)
    assert with_enrolment(person_with(make_enrolment(JINAN, EMPLOYEE)), suspended).enrolments == (suspended,)


def test_both_schemes_may_be_active_at_once() -> None:
    """R6: at most one per scheme."""
    person = with_enrolment(person_with(make_enrolment(JINAN, EMPLOYEE)), make_enrolment(JINAN, RESIDENT))
    assert len(person.active_enrolments()) == 2


def test_a_second_active_enrolment_of_a_scheme_is_refused() -> None:
    """R6."""
    with refusing(ErrorCode.ENROLMENT_EXISTS, "scheme"):
        with_enrolment(person_with(make_enrolment(JINAN)), make_enrolment(HEFEI), "scheme")


def test_an_enrolment_that_has_ended_may_stand_beside_an_active_one() -> None:
    """R6."""
    require_one_active_per_scheme((make_enrolment(HEFEI), ended()))


@given(st.lists(ENROLMENTS, max_size=8))
def test_no_order_of_enrolments_leaves_two_active_of_one_scheme(enrolments: list[Enrolment]) -> None:
    """R6."""
    person = person_with()
    for enrolment in enrolments:
        with suppress(Refused):
            person = with_enrolment(person, enrolment)
    schemes = [enrolment.scheme for enrolment in person.active_enrolments()]
    assert len(schemes) == len(set(schemes))


@pytest.mark.parametrize("number", [1, ENROLMENTS_MAX])
def test_a_person_has_one_enrolment_or_more(number: int) -> None:
    """R6."""
    require_enrolments((ended(),) * number)


@pytest.mark.parametrize("number", [0, ENROLMENTS_MAX + 1])
def test_no_enrolment_and_an_absurd_number_of_them_are_refused(number: int) -> None:
    """R6."""
    with refusing(ErrorCode.INVALID_INPUT, "enrolments"):
        require_enrolments((ended(),) * number, "enrolments")


@pytest.mark.parametrize("language", Language)
def test_the_refusal_says_how_many_enrolments_are_too_many(language: Language) -> None:
    """R6."""
    assert str(ENROLMENTS_MAX) in EnrolmentsMissing().message(language)


def test_an_enrolment_may_begin_today() -> None:
    """R6."""
    require_not_future(TODAY, TODAY)


def test_an_enrolment_cannot_begin_tomorrow() -> None:
    """R6."""
    with refusing(ErrorCode.INVALID_INPUT, "since"):
        require_not_future(TODAY + timedelta(days=1), TODAY, "since")


# ---- the rules ----------------------------------------------------------------------------------------------------


def test_a_registered_person_is_given_back() -> None:
    """R6."""
    assert require_registered(make_person()) == make_person()


def test_a_caller_whom_nobody_registered_is_not_enrolled() -> None:
    """R6."""
    with refusing(ErrorCode.NOT_ENROLLED):
        require_registered(None)


@pytest.mark.parametrize("scheme", InsuranceScheme)
def test_an_active_enrolment_of_either_scheme_suffices(scheme: InsuranceScheme) -> None:
    """R10, R15."""
    person = person_with(make_enrolment(JINAN, scheme))
    require_enrolled(person)
    require_payee_enrolled(person)


@pytest.mark.parametrize("status", [SUSPENDED, ENDED])
def test_a_caller_without_an_active_enrolment_is_refused(status: EnrolmentStatus) -> None:
    """R10, R13."""
    with refusing(ErrorCode.NOT_ENROLLED):
        require_enrolled(person_with(make_enrolment(status=status)))


def test_a_payee_without_an_active_enrolment_is_refused_as_the_payee() -> None:
    """R15."""
    with refusing(ErrorCode.NOT_ENROLLED, "payee"):
        require_payee_enrolled(lapsed())


def test_any_area_of_the_active_enrolments_will_do() -> None:
    """R10, R11."""
    person = person_with(make_enrolment(JINAN, EMPLOYEE), make_enrolment(HEFEI, RESIDENT))
    require_enrolled_in(person, JINAN)
    require_enrolled_in(person, HEFEI)


@pytest.mark.parametrize("enrolment", [make_enrolment(HEFEI), ended()])
def test_an_area_without_an_active_enrolment_is_refused(enrolment: Enrolment) -> None:
    """R10, R11."""
    with refusing(ErrorCode.NOT_ENROLLED_IN_AREA, "use_area_code"):
        require_enrolled_in(person_with(enrolment), JINAN, "use_area_code")
