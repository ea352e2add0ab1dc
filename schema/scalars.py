"""Money, Date and DateTime as they are written in JSON (R19)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Final

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

from domain.dates import SHANGHAI
from domain.errors import AmountMalformed, ErrorCode, Language
from domain.money import Fen, format_yuan, parse_yuan

_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _parse_money(value: object) -> Fen:
    amount = parse_yuan(value) if isinstance(value, str) else None
    if amount is None:
        refusal = AmountMalformed()
        message = f"{refusal.message(Language.ZH)} {refusal.message(Language.EN)}"
        raise GraphQLError(message, extensions={"code": refusal.code.value})
    return amount


def _parse_date(value: object) -> date:
    try:
        if isinstance(value, str) and _DATE.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    message = '日期应为真实存在的日期，写作"2025-05-08"。A date is a day that exists, written as "2025-05-08".'
    raise GraphQLError(message, extensions={"code": ErrorCode.INVALID_INPUT.value})


def _format_datetime(moment: datetime) -> str:
    return moment.astimezone(SHANGHAI).isoformat(timespec="milliseconds")


SCALARS: Final[Mapping[object, ScalarDefinition]] = MappingProxyType(
    {
        Fen: strawberry.scalar(
            name="Money",
            description='人民币元，两位小数的十进制字符串，例如"12.00"，不是浮点数。输入须匹配'
            "^(0|[1-9]\\d{0,12})(\\.\\d{1,2})?$。CNY yuan as a canonical decimal string with two fraction digits, "
            'such as "12.00"; never a float.',
            serialize=format_yuan,
            parse_value=_parse_money,
        ),
        date: strawberry.scalar(
            name="Date",
            description='日期（北京时间），例如"2025-05-08"。ISO 8601 calendar date, Asia/Shanghai.',
            serialize=date.isoformat,
            parse_value=_parse_date,
        ),
        datetime: strawberry.scalar(
            name="DateTime",
            description='带时区的时间，例如"2025-05-08T10:00:00.000+08:00"。ISO 8601 time with offset.',
            serialize=_format_datetime,
        ),
    },
)
