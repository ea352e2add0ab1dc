"""Where the wallet is open, asked by anyone (R1 to R5)."""

import base64
from typing import Any

import pytest

from tests.clients import Server

COVERAGE = (
    "query($on: Date) { coverage(on: $on) { on asOf provincesOpen areasListed areasReported fullyOpen { name } "
    "partlyOpen { name } unpublished { name } usePlaceChange { name } } }"
)
REGION = "query($c: String!, $on: Date) { region(code: $c) { name fullName walletOpen(on: $on) coverage(on: $on) } }"
SEARCH = "query($f: RegionFilter, $n: Int) { regions(filter: $f, first: $n) { totalCount nodes { code name } } }"


async def found(server: Server, **filters: object) -> list[str]:
    """Search, and give the names."""
    return [node["name"] for node in (await server.anonymous.ask(SEARCH, f=filters))["regions"]["nodes"]]


async def test_coverage_states_what_is_listed_and_what_is_claimed(shared_server: Server) -> None:
    """R2."""
    coverage = (await shared_server.anonymous.ask(COVERAGE, on="2025-05-08"))["coverage"]
    assert (coverage["asOf"], coverage["provincesOpen"]) == ("2025-05-08", 22)
    assert (coverage["areasListed"], coverage["areasReported"]) == (220, 227)
    assert [len(coverage[name]) for name in ("fullyOpen", "partlyOpen", "unpublished", "usePlaceChange")] == [
        11,
        4,
        7,
        6,
    ]
    assert [region["name"] for region in coverage["usePlaceChange"]] == [
        "河北省",
        "安徽省",
        "广西壮族自治区",
        "西藏自治区",
        "甘肃省",
        "黑龙江省",
    ]


async def test_before_the_first_fact_nothing_is_known_to_be_open(shared_server: Server) -> None:
    """R4."""
    coverage = (await shared_server.anonymous.ask(COVERAGE, on="2025-05-07"))["coverage"]
    assert (coverage["asOf"], coverage["provincesOpen"], coverage["areasReported"]) == (None, 0, None)


@pytest.mark.parametrize(
    ("code", "name", "is_open", "coverage"),
    [
        ("370100", "济南市", True, None),
        ("440100", "广州市", False, None),
        ("210100", "沈阳市", None, None),
        ("320100", "南京市", False, None),
        ("320500", "苏州市", True, None),
        ("370000", "山东省", True, "FULL"),
        ("320000", "江苏省", True, "PARTIAL"),
        ("210000", "辽宁省", None, "UNPUBLISHED"),
        ("440000", "广东省", False, "NONE"),
        ("654300", "阿勒泰地区", True, None),
        ("411800", "济源产城融合示范区", True, None),
    ],
)
async def test_anyone_can_ask_whether_the_wallet_is_open_somewhere(
    shared_server: Server, code: str, name: str, *, is_open: bool | None, coverage: str | None
) -> None:
    """R1, R3, R5."""
    region = (await shared_server.anonymous.ask(REGION, c=code, on="2025-05-08"))["region"]
    assert (region["name"], region["walletOpen"], region["coverage"]) == (name, is_open, coverage)


async def test_an_area_of_a_fully_open_province_that_is_not_listed_is_open(shared_server: Server) -> None:
    """R4."""
    query = '{ regions(filter: {provinceCode: "650000", walletOpen: true}, first: 100) { nodes { code } } }'
    nodes = (await shared_server.anonymous.ask(query))["regions"]["nodes"]
    assert "659001" in [node["code"] for node in nodes]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("济南", "济南市"),
        ("山东省济南市", "济南市"),
        ("370100", "济南市"),
        ("jinan", "济南市"),
        ("JiNan", "济南市"),
        ("jn", "济南市"),
        ("ji nan", "济南市"),
        ("luohe", "漯河市"),
        ("changqing", "长庆油田"),
        ("xilinguole", "锡林郭勒盟"),
        ("kezilesu", "克孜勒苏柯尔克孜自治州"),
        ("aletai", "阿勒泰地区"),
        ("阿勒泰市", "阿勒泰地区"),
        ("胜利油田", "胜利油田"),
        ("兵团一师", "新疆生产建设兵团一师"),
        ("沙坪坝", "沙坪坝区"),
    ],
)
async def test_regions_are_found_by_name_code_pinyin_and_initials(shared_server: Server, text: str, name: str) -> None:
    """R5."""
    assert name in await found(shared_server, search=text)


@pytest.mark.parametrize("text", ["inan", "n", "济北", "3701000", "%", ".*", "^"])
async def test_a_search_matches_beginnings_of_pinyin_only_and_no_patterns(shared_server: Server, text: str) -> None:
    """R5."""
    assert "济南市" not in await found(shared_server, search=text)


async def test_regions_come_in_the_articles_order(shared_server: Server) -> None:
    """R2."""
    names = await found(shared_server, level="PROVINCE")
    assert names[:5] == ["河北省", "内蒙古自治区", "辽宁省", "吉林省", "黑龙江省"]
    areas = (await shared_server.anonymous.ask('{ region(code: "370000") { areas(first: 3) { nodes { name } } } }'))[
        "region"
    ]["areas"]["nodes"]
    assert [area["name"] for area in areas] == ["济南市", "青岛市", "淄博市"]


async def walk(server: Server, size: int, *, backwards: bool) -> list[str]:
    """Walk through all areas of Shandong, page by page."""
    names: list[str] = []
    cursor, more = None, True
    arguments = "last: $n, before: $c" if backwards else "first: $n, after: $c"
    query = (
        f'query($n: Int, $c: String) {{ region(code: "370000") {{ areas({arguments}) {{ nodes {{ name }} '
        "pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }"
    )
    while more:
        page: dict[str, Any] = (await server.anonymous.ask(query, n=size, c=cursor))["region"]["areas"]
        here = [node["name"] for node in page["nodes"]]
        names = [*here, *names] if backwards else [*names, *here]
        info = page["pageInfo"]
        more = info["hasPreviousPage"] if backwards else info["hasNextPage"]
        cursor = info["startCursor"] if backwards else info["endCursor"]
    return names


@pytest.mark.parametrize("backwards", [False, True])
async def test_a_walk_in_pages_gives_every_area_once(shared_server: Server, *, backwards: bool) -> None:
    """R5."""
    whole = await walk(shared_server, 100, backwards=False)
    assert len(whole) == len(set(whole)) == 18
    assert await walk(shared_server, 5, backwards=backwards) == whole


@pytest.mark.parametrize(
    "arguments", ["first: 0", "first: 101", "last: -1", "first: 1, last: 1", 'after: "x"', 'after: "WyJhIl0"']
)
async def test_a_page_that_makes_no_sense_is_a_fault_that_says_so(shared_server: Server, arguments: str) -> None:
    fault = await shared_server.anonymous.fault(f"{{ regions({arguments}) {{ totalCount }} }}")
    assert fault["extensions"]["code"] == "INVALID_INPUT"


async def test_openness_filters_leave_out_what_is_unknown(shared_server: Server) -> None:
    """R3."""
    for is_open in (True, False):
        assert "沈阳市" not in await found(shared_server, walletOpen=is_open, provinceCode="210000")


async def test_opening_a_province_makes_it_full(server: Server) -> None:
    """R3, R4."""
    opened = await server.agency.do(
        "openRegion",
        "region { coverage areas { nodes { walletOpen walletOpenSince } } }",
        code="210000",
        on="2025-06-01",
    )
    assert opened["region"]["coverage"] == "FULL"
    assert {(a["walletOpen"], a["walletOpenSince"]) for a in opened["region"]["areas"]["nodes"]} == {
        (True, "2025-06-01")
    }
    coverage = (await server.anonymous.ask(COVERAGE, on=None))["coverage"]
    assert (coverage["asOf"], coverage["areasReported"], len(coverage["fullyOpen"])) == ("2025-06-01", None, 12)


async def test_closing_an_area_makes_its_province_partial_from_that_day_on(server: Server) -> None:
    """R4."""
    closed = await server.agency.do(
        "closeRegion",
        'region { walletOpen was: walletOpen(on: "2025-05-31") walletOpenSince province { coverage } }',
        code="370100",
        on="2025-06-01",
    )
    assert closed["region"] == {
        "walletOpen": False,
        "was": True,
        "walletOpenSince": None,
        "province": {"coverage": "PARTIAL"},
    }


async def test_only_the_agency_opens_and_closes_regions(shared_server: Server) -> None:
    """R27."""
    arguments = {"code": "370100", "on": "2025-06-01"}
    for mutation in ("openRegion", "closeRegion"):
        assert await shared_server.anonymous.codes(mutation, "region { code }", **arguments) == ["UNAUTHENTICATED"]
        assert await shared_server.person("P0001").codes(mutation, "region { code }", **arguments) == ["FORBIDDEN"]
        unknown = await shared_server.agency.codes(mutation, "region { code }", code="999999", on="2025-06-01")
        assert unknown == ["NOT_FOUND"]


async def test_use_place_changes_are_supported_by_province(shared_server: Server) -> None:
    """R2, R11."""
    query = "query($c: String!) { region(code: $c) { usePlaceChangeSupported } }"
    for code, supported in (("340000", True), ("340100", True), ("370100", False)):
        answer = await shared_server.anonymous.ask(query, c=code)
        assert answer["region"] == {"usePlaceChangeSupported": supported}


async def test_what_the_agency_says_last_of_an_area_holds(server: Server) -> None:
    """R3, R4."""

    async def say(mutation: str, code: str, on: str) -> bool | None:
        server.clock.advance(seconds=1)
        region = (await server.agency.do(mutation, "region { walletOpen }", code=code, on=on))["region"]
        is_open: bool | None = region["walletOpen"]
        return is_open

    assert await say("closeRegion", "370000", "2025-05-20") is False
    assert await say("openRegion", "370100", "2025-05-21") is True
    assert await say("closeRegion", "340100", "2025-05-20") is False
    assert await say("openRegion", "340000", "2025-05-21") is True
    assert await say("closeRegion", "340100", "2025-05-22") is False
    assert await say("openRegion", "340000", "2025-05-22") is True
    areas = (await server.anonymous.ask('{ region(code: "340000") { coverage } }'))["region"]
    assert areas == {"coverage": "FULL"}


async def test_a_search_longer_than_any_name_is_a_fault(shared_server: Server) -> None:
    """R5."""
    fault = await shared_server.anonymous.fault(SEARCH, f={"search": "泉" * 101})
    assert fault["extensions"]["code"] == "INVALID_INPUT"


@pytest.mark.parametrize(
    "values", ["[1" + "0" * 30 + ',"a"]', "[" * 300, '[true,"a"]', '[{"ms":1e300},"a"]', "7", "null"]
)
async def test_a_made_up_cursor_is_a_fault(shared_server: Server, values: str) -> None:
    cursor = base64.urlsafe_b64encode(values.encode()).decode().rstrip("=")
    fault = await shared_server.anonymous.fault("query($c: String) { regions(after: $c) { totalCount } }", c=cursor)
    assert fault["extensions"]["code"] == "INVALID_INPUT"
