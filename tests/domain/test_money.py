"""Money is exact: yuan in text, fen inside, nothing in between (R19)."""

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import format_yuan, parse_yuan

PATTERN = re.compile(r"(0|[1-9]\d{0,12})(\.\d{1,2})?", re.ASCII)
FEN = st.integers(min_value=0, max_value=999_999_999_999_999)


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("0", 0),
        ("0.0", 0),
        ("0.00", 0),
        ("0.01", 1),
        ("0.1", 10),
        ("0.10", 10),
        ("1", 100),
        ("12.5", 1_250),
        ("12.50", 1_250),
        ("10", 1_000),
        ("9999999999999.99", 999_999_999_999_999),
    ],
)
def test_a_decimal_string_is_read_to_the_fen(text: str, fen: int) -> None:
    """R19."""
    assert parse_yuan(text) == fen


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        " 1",
        "1 ",
        "1\n",
        "1 000",
        "1_000",
        "1,000",
        "+1",
        "-1",
        "-0.01",
        "0.001",
        "1.000",
        "1.",
        ".5",
        ".",
        "1..2",
        "1.2.3",
        "007",
        "00",
        "00.1",
        "1E3",
        "1e3",
        "0x10",
        "NaN",
        "Infinity",
        "\uff11\uff12",  # full-width digits
        "1\uff0e5",
        "\u0663",  # an Arabic digit
        "\u00b9",
        "一",
        "\u00a51",
        "1元",
        "12345678901234",
        "12345678901234.00",
        "\x001",
    ],
)
def test_anything_else_is_not_money(text: str) -> None:
    """R19."""
    assert parse_yuan(text) is None


@given(st.one_of(st.text(alphabet="0123456789._-+eE ,\uff12", max_size=18), st.text(max_size=18)))
def test_exactly_what_matches_the_pattern_is_money(text: str) -> None:
    """R19."""
    assert (parse_yuan(text) is not None) == (PATTERN.fullmatch(text) is not None)


@given(FEN)
def test_what_is_written_is_read_back_to_the_fen(fen: int) -> None:
    """R19."""
    assert parse_yuan(format_yuan(fen)) == fen


@given(st.from_regex(PATTERN, fullmatch=True))
def test_what_is_read_has_the_value_of_the_decimal(text: str) -> None:
    """R19."""
    assert parse_yuan(text) == Decimal(text) * 100


@given(st.from_regex(PATTERN, fullmatch=True))
def test_equal_amounts_are_written_alike(text: str) -> None:
    """R19: the string outside is canonical."""
    fen = parse_yuan(text)
    assert fen is not None
    assert format_yuan(fen) == f"{Decimal(text):.2f}"


@pytest.mark.parametrize(
    ("fen", "text"), [(0, "0.00"), (1, "0.01"), (-1, "-0.01"), (-99, "-0.99"), (-1_250, "-12.50"), (100, "1.00")]
)
def test_two_decimals_are_always_written(fen: int, text: str) -> None:
    """R19."""
    assert format_yuan(fen) == text


@given(FEN.filter(bool))
def test_a_negative_amount_is_the_positive_one_with_a_sign(fen: int) -> None:
    """R26: an entry's amount is signed."""
    assert format_yuan(-fen) == f"-{format_yuan(fen)}"
