"""What does not fit the schema is said in the caller's language, and the code is the same (R27)."""

import time

import pytest

from api.languages import preferred_language
from domain.errors import Language
from repositories.factory import open_storage
from schema.fault_texts import in_chinese
from tests.schema.test_limits import execute

SAID = {
    "{ x": "语法错误：Expected Name。",
    "{ policy { name } } }": "语法错误：Unexpected '}'。",
    "{ policy { name } } 李芳": "语法错误：",
    "{ regionz { name } }": "类型'Query'没有字段'regionz'。",
    '{ region(cod: "x", code: "1") { name } }': "'Query.region'没有参数'cod'。",
    "{ region { name } }": "缺少参数'Query.region(code:)'，类型为'String!'。",
    "{ policy }": "字段'policy'的类型为'TransferPolicy!'，须选择其子字段。",
    "{ policy { name { x } } }": "'name'的类型'String!'没有子字段。",
    "query($a: Int!) { policy { name } }": "变量'$a'没有用到。",
    "{ region(code: $a) { name } }": "变量'$a'没有声明。",
    "query($a: Foo) { region(code: $a) { name } }": "没有类型'Foo'。",
    "query($a: String!) { region(code: $a) { name } }": "缺少变量'$a'，类型为'String!'。",
    "query($a: Int!) { region(code: $a) { name } }": "变量'$a'的类型是'Int!'，应为'String!'。",
    "{ ...X }": "没有片段'X'。",
    "fragment F on Region { name } { policy { name } }": "片段'F'没有用到。",
    "{ regions(filter: {level: CITY}) { totalCount } }": "枚举'RegionLevel'没有这个值。",
    "{ policy @x { name } }": "没有指令'@x'。",
    '{ a: region(code: "1") { name } a: region(code: "2") { name } }': "字段'a'有冲突，请用别名区分。",
    "query A { policy { name } } query A { policy { name } }": "'A'重复。",
    "{ region(code: 1) { name } }": "请求与接口的模式不符。",
}


@pytest.mark.parametrize("query", SAID)
async def test_a_misfit_is_said_in_chinese(query: str) -> None:
    result = await execute(query, open_storage("memory://"))
    assert result.errors is not None
    assert result.errors[0].message.startswith(SAID[query])
    assert len(result.errors[0].message) > len(SAID[query])


APPLY = "mutation($i: ApplyTransferInput!) { applyTransfer(input: $i) { errors { code } } }"


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        (APPLY.replace("($i: ApplyTransferInput!)", "").replace("$i", "{amount: 13800000001}"), {}),
        (APPLY.replace("($i: ApplyTransferInput!)", "").replace("$i", "{amuont: 13800000001}"), {}),
        (APPLY, {"i": {"payee": {"identity": {"idNumber": 13800000001}}}}),
        (APPLY, {"i": {"amuont": 13800000001}}),
        (APPLY, {"i": 13800000001}),
    ],
)
async def test_what_was_sent_is_not_repeated(query: str, variables: dict[str, object]) -> None:
    """R28: neither as text, which is in quotes, nor as a bare number."""
    result = await execute(query, open_storage("memory://"), variables=variables)
    assert result.errors
    for error in result.errors:
        assert "13800000001" not in error.message
        assert " found" not in error.message.lower()


def test_a_missing_field_of_a_variable_is_named() -> None:
    where = "Variable '$i' has invalid value at .payee"
    message = f"{where}: Expected value of type 'IdentityInput' to include required field 'name'"
    assert in_chinese(message) == f"变量'$i'.payee的值缺少字段'name'，类型为'IdentityInput'。{message}"


def test_a_caller_who_does_not_say_is_answered_in_chinese() -> None:
    assert preferred_language("") is Language.ZH


def test_a_message_that_repeats_what_was_sent_is_read_in_no_time() -> None:
    """A pattern that went back and forth over a long message would hold up everybody."""
    hostile = "Variable '$i' has invalid value at .x: " + "' type '' to include " * 20_000
    began = time.perf_counter()
    in_chinese(hostile)
    assert time.perf_counter() - began < 0.5


async def test_what_is_repeated_of_a_request_is_cut() -> None:
    query = "mutation($i: RevokeKinshipInput!) { revokeKinship(input: $i) { errors { code } } }"
    result = await execute(
        query, open_storage("memory://"), variables={"i": {"kinshipId": "x", "' type '' " * 9_000: 1}}
    )
    assert result.errors is not None
    assert len(result.errors[0].message) < 1_000
