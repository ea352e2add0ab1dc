"""Designated hospitals and pharmacies: what their codes say, and how they are found (R22, R24)."""

import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import ErrorCode
from domain.institutions import (
    InstitutionKind,
    WalletServiceStatus,
    parse_institution_code,
    parse_institution_name,
    require_accepts_wallet,
    require_designated,
    require_new,
    with_service,
)
from domain.regions import search_text
from tests.domain.cases import refusing
from tests.factories import HEFEI, make_institution

ACCEPTING = [WalletServiceStatus.NORMAL, WalletServiceStatus.OPEN_IDLE]

# ---- codes ----------------------------------------------------------------------------------------------------------


@given(st.from_regex(r"[HP][0-9]{11}", fullmatch=True))
def test_a_letter_and_eleven_digits_are_a_code(code: str) -> None:
    """R24."""
    assert parse_institution_code(code) == code


@pytest.mark.parametrize(
    "text",
    [
        "",
        "H",
        "37010000001",
        "H3701000000",
        "H370100000011",
        "h37010000001",
        "p37010000001",
        "A37010000001",
        "HP3701000001",
        "H3701000000X",
        "H37010000001\n",
        " H37010000001",
        "H37010000001 ",
        "H\uff13\uff1701000000\uff11",
        "\uff2837010000001",
        "H\u0663\u066701000000\u0661",
    ],
)
def test_other_text_is_no_code(text: str) -> None:
    """R24: nor are digits of another script."""
    with refusing(ErrorCode.INVALID_INPUT, "code"):
        parse_institution_code(text, "code")


@pytest.mark.parametrize(
    ("code", "kind"), [("H37010000001", InstitutionKind.HOSPITAL), ("P37010000001", InstitutionKind.PHARMACY)]
)
def test_the_letter_tells_a_hospital_from_a_pharmacy(code: str, kind: InstitutionKind) -> None:
    """R24."""
    assert make_institution(code).kind is kind


# ---- names ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["院", "济南市示范医院", "示范大药房（泺源店）", "No. 1 Hospital", "龘" * 100])
def test_a_name_is_taken_as_it_is(name: str) -> None:
    """R24."""
    assert parse_institution_name(name) == name


def test_blanks_around_a_name_do_not_matter() -> None:
    """R24."""
    assert parse_institution_name(" \u3000济南市示范医院\n") == "济南市示范医院"


def test_a_name_that_was_typed_in_two_ways_is_the_same_name() -> None:
    """R24."""
    name = unicodedata.normalize("NFD", "Ärztehaus")
    assert parse_institution_name(name) == unicodedata.normalize("NFC", "Ärztehaus")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "\u3000",
        "龘" * 101,
        "济南\n医院",
        "济南\x00医院",
        "济南\u200b医院",
        "\u202e医院",
        "\ud800",
    ],
)
def test_nothing_too_much_and_what_cannot_be_seen_is_no_name(text: str) -> None:
    """R24."""
    with refusing(ErrorCode.INVALID_INPUT, "name"):
        parse_institution_name(text, "name")


# ---- where, and whether one can pay ---------------------------------------------------------------------------------


def test_an_institution_lies_in_its_area_and_in_the_province_above() -> None:
    """R24."""
    assert make_institution(area_code=HEFEI).within == (HEFEI, "340000")


def test_an_institution_of_the_corps_does_not_lie_in_xinjiang() -> None:
    """R5, R24."""
    assert make_institution(area_code="660100").within == ("660100", "660000")


@pytest.mark.parametrize("status", ACCEPTING)
def test_an_institution_whose_service_is_open_accepts_the_wallet(status: WalletServiceStatus) -> None:
    """R24: used or idle."""
    institution = with_service(make_institution(), status)
    assert institution.accepts_wallet
    require_accepts_wallet(institution)


def test_an_institution_whose_service_is_not_open_does_not_accept_the_wallet() -> None:
    """R22, R24."""
    institution = with_service(make_institution(), WalletServiceStatus.NOT_OPEN)
    assert not institution.accepts_wallet
    with refusing(ErrorCode.WALLET_NOT_ACCEPTED, "institution_code"):
        require_accepts_wallet(institution)


def test_a_change_of_service_changes_nothing_else() -> None:
    """R24."""
    changed = with_service(make_institution(), WalletServiceStatus.NOT_OPEN)
    assert replace(changed, wallet_service=WalletServiceStatus.NORMAL) == make_institution()


def test_a_new_code_is_registered() -> None:
    """R24."""
    require_new(None)


def test_a_code_is_registered_once() -> None:
    """R24."""
    with refusing(ErrorCode.CONFLICT, "code"):
        require_new(make_institution())


def test_a_designated_institution_is_given_back() -> None:
    """R22."""
    assert require_designated(make_institution()) == make_institution()


def test_a_code_that_no_institution_has_is_not_designated() -> None:
    """R22."""
    with refusing(ErrorCode.INSTITUTION_NOT_DESIGNATED, "institution_code"):
        require_designated(None)


# ---- search ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    [
        "济南市示范医院",
        "济南",
        "示范",
        "医院",
        "jinan",
        "JiNan",
        "shifan",
        "yiyuan",
        "shi fan yi yuan",
        "jns",
        "sfyy",
        "yy",
        "H37010000001",
        "h3701",
    ],
)
def test_any_part_of_the_name_however_written_and_the_codes_beginning_find_it(typed: str) -> None:
    """R24."""
    assert any(key.startswith(search_text(typed)) for key in make_institution().search_keys)


@pytest.mark.parametrize("typed", ["青岛", "济市", "inan", "hifan", "jsf", "37010000001", "P3701"])
def test_no_other_text_finds_it(typed: str) -> None:
    """R24: a syllable is found by its beginning."""
    assert not any(key.startswith(search_text(typed)) for key in make_institution().search_keys)


@pytest.mark.parametrize("typed", ["No.1 hospital", "no.1HOSPITAL", "\uff28ospital"])
def test_a_latin_name_is_found_whatever_the_case_and_blanks(typed: str) -> None:
    """R24."""
    institution = replace(make_institution(name="No. 1 Hospital"), syllables=())
    assert any(key.startswith(search_text(typed)) for key in institution.search_keys)


def test_a_search_key_is_given_once() -> None:
    """R24."""
    keys = replace(make_institution(name="aa"), syllables=("a", "a")).search_keys
    assert keys == ("aa", "a", "h37010000001")
