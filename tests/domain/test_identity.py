"""Names, numbers and mobiles: what is well formed, and what others see of it (R6, R28)."""

import unicodedata
from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.errors import ErrorCode, Refused
from domain.identity import (
    birth_date,
    mask_id_number,
    mask_name,
    mask_phone,
    parse_id_number,
    parse_name,
    parse_person_no,
    parse_phone,
)
from tests.domain.cases import refusing
from tests.factories import make_id_number

DEMO_FAMILY = {
    "370102196603151238": date(1966, 3, 15),
    "370102196808221543": date(1968, 8, 22),
    "370102199005103117": date(1990, 5, 10),
    "370102199309183320": date(1993, 9, 18),
    "130102194001074139": date(1940, 1, 7),
    "320508199102264343": date(1991, 2, 26),
    "340102201806015111": date(2018, 6, 1),
    "42010219850711537X": date(1985, 7, 11),
    "440104197209305628": date(1972, 9, 30),
    "210102197004125919": date(1970, 4, 12),
}

id_numbers = st.builds(
    make_id_number,
    st.integers(min_value=0, max_value=999),
    st.dates(min_value=date(1000, 1, 1), max_value=date(2025, 5, 8)),
)


def is_id_number(text: str) -> bool:
    """Tell whether the text is read as an ID number."""
    try:
        parse_id_number(text)
    except Refused:
        return False
    return True


# ---- ID numbers ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", DEMO_FAMILY)
def test_the_demo_familys_id_numbers_are_well_formed(number: str) -> None:
    """R6."""
    assert parse_id_number(number) == number


@pytest.mark.parametrize(("number", "born"), DEMO_FAMILY.items())
def test_the_birth_date_is_read_off_the_id_number(number: str, born: date) -> None:
    """R6."""
    assert birth_date(parse_id_number(number)) == born


@given(st.from_regex(r"[0-9]{6}", fullmatch=True), st.from_regex(r"[0-9]{3}", fullmatch=True))
def test_the_check_character_is_that_of_iso_7064_mod_11_2(area: str, sequence: str) -> None:
    """R6: reckoned here digit by digit, as the standard has it."""
    digits = f"{area}19660315{sequence}"
    rest = 0
    for digit in digits:
        rest = (rest + int(digit)) * 2 % 11
    assert is_id_number(digits + "0123456789X"[(12 - rest) % 11])


def test_a_small_x_is_the_same_check_character() -> None:
    """R6."""
    assert parse_id_number("42010219850711537x") == "42010219850711537X"


def test_blanks_around_an_id_number_do_not_matter() -> None:
    """R6."""
    assert parse_id_number(" 370102196603151238\n") == "370102196603151238"


@given(id_numbers, st.integers(min_value=0, max_value=17), st.sampled_from("0123456789X"))
def test_any_single_wrong_character_is_detected(number: str, place: int, character: str) -> None:
    """R6."""
    assume(number[place] != character)
    assert not is_id_number(f"{number[:place]}{character}{number[place + 1 :]}")


@given(id_numbers, st.integers(min_value=0, max_value=16))
def test_two_neighbours_that_changed_places_are_detected(number: str, place: int) -> None:
    """R6."""
    assume(number[place] != number[place + 1])
    assert not is_id_number(number[:place] + number[place + 1] + number[place] + number[place + 2 :])


@pytest.mark.parametrize("check_character", "012345679X")
def test_of_eleven_check_characters_one_is_right(check_character: str) -> None:
    """R6: 8 is."""
    with refusing(ErrorCode.INVALID_INPUT, "id_number"):
        parse_id_number(f"37010219660315123{check_character}", "id_number")


@pytest.mark.parametrize("year", [1996, 2000, 2024])
def test_the_29th_of_february_exists_in_leap_years(year: int) -> None:
    """R6."""
    assert birth_date(make_id_number(1, date(year, 2, 29))) == date(year, 2, 29)


@pytest.mark.parametrize("year", [1900, 2023, 2100])
def test_the_29th_of_february_exists_in_no_other_year(year: int) -> None:
    """R6: whatever the check character."""
    assert not any(is_id_number(f"110101{year}0229001{character}") for character in "0123456789X")


@pytest.mark.parametrize("day", ["19661315", "19660015", "19660332", "19660300", "19660431", "00000101"])
def test_a_birth_date_that_never_was_is_refused(day: str) -> None:
    """R6: whatever the check character."""
    assert not any(is_id_number(f"370102{day}123{character}") for character in "0123456789X")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "37010219660315123",
        "3701021966031512388",
        "370102660315123",
        "\uff1370102196603151238",
        "\u066370102196603151238",
        "X70102196603151238",
        "370102 196603151238",
        "370102-19660315-1238",
        "3701021966031512X8",
    ],
)
def test_other_text_is_no_id_number(text: str) -> None:
    """R6: 18 ASCII characters, the last of which may be X."""
    with refusing(ErrorCode.INVALID_INPUT, "id_number"):
        parse_id_number(text, "id_number")


# ---- mobiles and personal numbers ---------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["13000000000", "13800000001", "19999999999", "15612345678"])
def test_eleven_digits_from_13_to_19_are_a_mobile(text: str) -> None:
    """R6."""
    assert parse_phone(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "12800000001",
        "10000000000",
        "23800000001",
        "1380000000",
        "138000000012",
        "+8613800000001",
        "138 0000 0001",
        "13800000001\n",
        "\uff113800000001",
        "1380000000a",
    ],
)
def test_other_text_is_no_mobile(text: str) -> None:
    """R6."""
    with refusing(ErrorCode.INVALID_INPUT, "phone"):
        parse_phone(text, "phone")


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True))
def test_every_mobile_of_the_pattern_is_accepted(text: str) -> None:
    """R6."""
    assert parse_phone(text) == text


@pytest.mark.parametrize("text", ["P0001", "3701-0001", "a", "9" * 32])
def test_letters_digits_and_hyphens_are_a_personal_number(text: str) -> None:
    """R6."""
    assert parse_person_no(text) == text


@pytest.mark.parametrize("text", ["", "9" * 33, "P 1", "P:1", "P|1", "P#1", "P0001\n", "号1", "P\uff11"])
def test_what_would_break_a_key_is_no_personal_number(text: str) -> None:
    """R6."""
    with refusing(ErrorCode.INVALID_INPUT, "person_no"):
        parse_person_no(text, "person_no")


# ---- names --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["李建国", "王", "买买提\u00b7吐尔逊", "Anna Müller", "𠮷田", "龘" * 50])
def test_a_name_is_taken_as_it_is(name: str) -> None:
    """R6."""
    assert parse_name(name) == name


@pytest.mark.parametrize("dot", ["\u00b7", "\u2022", "\u30fb", "\u2027", "\u2219", "\u22c5"])
def test_a_name_has_one_kind_of_middle_dot(dot: str) -> None:
    """R15: the same name matches however its dot was typed."""
    assert parse_name(f"买买提{dot}吐尔逊") == "买买提\u00b7吐尔逊"


def test_blanks_around_a_name_do_not_matter() -> None:
    """R15."""
    assert parse_name(" \u3000李建国 ") == "李建国"


def test_a_name_that_was_typed_in_two_ways_is_the_same_name() -> None:
    """R15."""
    assert parse_name(unicodedata.normalize("NFD", "Müller")) == unicodedata.normalize("NFC", "Müller")


@pytest.mark.parametrize("text", ["", "   ", "\u3000", "龘" * 51, "李\u200b建国", "李\n建国", "李\x00", "\u202e李"])
def test_nothing_too_much_and_what_cannot_be_seen_is_no_name(text: str) -> None:
    """R6."""
    with refusing(ErrorCode.INVALID_INPUT, "name"):
        parse_name(text, "name")


@given(st.text(min_size=1, max_size=60))
def test_a_name_once_read_is_read_the_same_again(text: str) -> None:
    """R15."""
    try:
        name = parse_name(text)
    except Refused:
        assume(condition=False)
    else:
        assert parse_name(name) == name


# ---- masking ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["李", "李明", "李建国", "李建国同志"])
def test_a_masked_name_is_the_first_character_and_one_star(name: str) -> None:
    """R28: whatever the length."""
    assert mask_name(name) == "李*"


def test_a_masked_name_keeps_a_character_outside_the_bmp_whole() -> None:
    """R28."""
    assert mask_name("𠮷田") == "𠮷*"


def test_a_masked_id_number_shows_three_and_four_characters() -> None:
    """R28."""
    assert mask_id_number("370102196603151234") == "370***********1234"


@given(id_numbers)
def test_a_masked_id_number_hides_the_birth_date(number: str) -> None:
    """R28."""
    masked = mask_id_number(number)
    assert (len(masked), masked[3:14]) == (18, "*" * 11)
    assert (masked[:3], masked[14:]) == (number[:3], number[14:])


def test_a_masked_mobile_shows_three_and_four_digits() -> None:
    """R28."""
    assert mask_phone("13812341234") == "138****1234"


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True))
def test_a_masked_mobile_hides_four_digits(phone: str) -> None:
    """R28."""
    masked = mask_phone(phone)
    assert (masked[:3], masked[3:7], masked[7:]) == (phone[:3], "****", phone[7:])
