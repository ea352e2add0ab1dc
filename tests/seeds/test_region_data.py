"""The region data is the whole country on 2025-05-08, in the article's order."""

import json
from collections import Counter
from itertools import groupby
from pathlib import Path
from typing import Any

DATA = Path(__file__).parents[2] / "seeds" / "data"
ARTICLE = json.loads((DATA / "regions_listed.json").read_text(encoding="utf-8"))
TEXT = (DATA / "regions.json").read_text(encoding="utf-8")
REGIONS = json.loads(TEXT)

BY_CODE = {region["code"]: region for region in REGIONS}
PROVINCES = [region for region in REGIONS if region["level"] == "PROVINCE"]
AREAS = [region for region in REGIONS if region["level"] == "AREA"]
NAMED = ARTICLE["provinces"]
LISTED = [area for province in NAMED for area in province["areas"]]

ALETAI = "654300"  # the one area whose name is not as printed (R5)

KINDS = {
    "PROVINCE": 23,
    "MUNICIPALITY": 4,
    "AUTONOMOUS_REGION": 5,
    "SPECIAL_ADMINISTRATIVE_REGION": 2,
    "XPCC": 1,
    "PREFECTURE_CITY": 293,
    "AUTONOMOUS_PREFECTURE": 30,
    "PREFECTURE": 7,
    "LEAGUE": 3,
    "PROVINCE_MANAGED_CITY": 23,
    "DISTRICT": 74,
    "COUNTY": 12,
    "AUTONOMOUS_COUNTY": 10,
    "NEW_AREA": 1,
    "DEMONSTRATION_ZONE": 1,
    "FORESTRY_DISTRICT": 1,
    "SPECIAL_ZONE": 1,
    "PROVINCIAL_LEVEL": 11,
    "ENTERPRISE": 4,
    "XPCC_DIVISION": 14,
}

# Names with a character of several readings, a rare one, or ü.
READINGS = """
漯河市 luoheshi; 长庆油田 changqingyoutian; 锡林郭勒盟 xilinguolemeng;
克孜勒苏柯尔克孜自治州 kezilesukeerkezizizhizhou; 阿勒泰地区 aletaidiqu;
重庆市 chongqingshi; 成都铁路局重庆办事处 chengdutielujuchongqingbanshichu;
长寿区 changshouqu; 綦江区 qijiangqu; 涪陵区 fulingqu; 丰都县 fengduxian;
潼南区 tongnanqu; 六安市 luanshi; 六盘水市 liupanshuishi; 亳州市 bozhoushi;
蚌埠市 bengbushi; 宿州市 suzhoushi; 宿迁市 suqianshi; 台州市 taizhoushi;
丽水市 lishuishi; 长宁区 changningqu; 闵行区 minhangqu; 普陀区 putuoqu;
朝阳区 chaoyangqu; 大兴区 daxingqu; 宝坻区 baodiqu; 朝阳市 chaoyangshi;
长春市 changchunshi; 延边朝鲜族自治州 yanbianchaoxianzuzizhizhou;
大兴安岭地区 daxinganlingdiqu; 长治市 changzhishi; 吕梁市 lvliangshi;
巴彦淖尔市 bayannaoershi; 厦门市 xiamenshi; 长沙市 changshashi; 娄底市 loudishi;
深圳市 shenzhenshi; 佛山市 foshanshi; 东莞市 dongguanshi; 揭阳市 jieyangshi;
百色市 baiseshi; 儋州市 danzhoushi; 屯昌县 tunchangxian; 澄迈县 chengmaixian;
乐东黎族自治县 ledonglizuzizhixian; 陵水黎族自治县 lingshuilizuzizhixian;
成都市 chengdushi; 乐山市 leshanshi; 阿坝藏族羌族自治州 abazangzuqiangzuzizhizhou;
普洱市 puershi; 红河哈尼族彝族自治州 honghehanizuyizuzizhizhou;
黔东南苗族侗族自治州 qiandongnanmiaozudongzuzizhizhou; 西藏自治区 xizangzizhiqu;
昌都市 changdushi; 那曲市 naqushi; 海南藏族自治州 hainanzangzuzizhizhou;
海西蒙古族藏族自治州 haiximengguzuzangzuzizhizhou; 吐鲁番市 tulufanshi;
博尔塔拉蒙古自治州 boertalamengguzizhizhou;
巴音郭楞蒙古自治州 bayinguolengmengguzizhizhou; 喀什地区 kashidiqu;
五家渠市 wujiaqushi; 新疆生产建设兵团一师 xinjiangshengchanjianshebingtuanyishi;
香港特别行政区 xianggangtebiexingzhengqu
"""

INITIALS = """
济南市 jns; 漯河市 lhs; 锡林郭勒盟 xlglm; 长庆油田 cqyt; 长寿区 csq; 六安市 las;
吕梁市 lls; 鄂尔多斯市 eedss; 新疆生产建设兵团一师 xjscjsbtys
"""


def owner_of(region: dict[str, Any]) -> str:
    """Return the code of the province a region is in, or is."""
    return str(region["provinceCode"] or region["code"])


def areas_of(province_code: str) -> list[dict[str, Any]]:
    """Return the areas of a province in the order of the file."""
    return [area for area in AREAS if area["provinceCode"] == province_code]


def require_table(text: str, field: str) -> None:
    """Every region the table names has that value in that field."""
    value_of = {region["name"]: region[field] for region in REGIONS}
    for row in text.split(";"):
        name, value = row.split()
        assert value_of[name] == value, name


def kinds_of(province_code: str) -> Counter[str]:
    """Count the areas of a province by kind."""
    return Counter(area["kind"] for area in areas_of(province_code))


def test_file_has_one_region_per_line_and_the_same_fields_in_each() -> None:
    """A change of one region is a change of one line."""
    first, *lines, last = TEXT.splitlines()
    assert (first, last) == ("[", "]")
    assert [json.loads(line.removesuffix(",")) for line in lines] == REGIONS
    fields = "code name fullName pinyin initials level kind provinceCode"
    assert {" ".join(region) for region in REGIONS} == {fields}


def test_codes_are_six_digits_and_unique() -> None:
    """A code is the identity of a region."""
    assert len(BY_CODE) == len(REGIONS)
    assert all(len(code) == 6 and code.isascii() and code.isdigit() for code in BY_CODE)


def test_there_are_34_province_level_units_and_the_corps() -> None:
    """R1: the whole country; 兵团 (660000) is the 35th."""
    assert len(PROVINCES) == 35
    assert {p["code"] for p in PROVINCES if p["kind"] == "XPCC"} == {"660000"}
    assert all(p["code"].endswith("0000") for p in PROVINCES)


def test_article_names_22_bodies_and_lists_220_areas() -> None:
    """R2: 21 provinces and 兵团; the 227 claimed are not made up to."""
    assert len(NAMED) == 22
    assert len(LISTED) == 220
    assert ARTICLE["claimed"]["areas"] == 227


def test_every_named_body_is_in_the_tree_as_printed() -> None:
    """R2: the names of the 22 bodies."""
    for body in NAMED:
        region = BY_CODE[body["code"]]
        assert (region["name"], region["level"]) == (body["name"], "PROVINCE")


def test_every_listed_area_is_in_the_tree_as_printed() -> None:
    """R2, R5: name, kind, code and province of all 220, but for the name of 阿勒泰."""
    for body in NAMED:
        for area in body["areas"]:
            region = BY_CODE[area["code"]]
            assert region["provinceCode"] == body["code"]
            assert region["kind"] == area["kind"]
            assert region["name"] == area["name"] or region["code"] == ALETAI


def test_aletai_is_the_prefecture_and_is_there_once() -> None:
    """R5: 阿勒泰市 as printed means 654300, named 阿勒泰地区."""
    found = [region for region in REGIONS if region["name"].startswith("阿勒泰")]
    assert [(r["code"], r["name"], r["kind"]) for r in found] == [
        (ALETAI, "阿勒泰地区", "PREFECTURE"),
    ]


def test_jiyuan_is_there_once() -> None:
    """R5: 济源 is 411800 here, 419001 elsewhere."""
    found = [region["code"] for region in REGIONS if region["name"].startswith("济源")]
    assert found == ["411800"]


def test_areas_have_a_province_and_provinces_have_none() -> None:
    """Two levels, no third."""
    codes = {province["code"] for province in PROVINCES}
    assert all(area["provinceCode"] in codes for area in AREAS)
    assert all(province["provinceCode"] is None for province in PROVINCES)
    assert all(area["code"][:2] == area["provinceCode"][:2] for area in AREAS)


def test_provinces_follow_the_article_and_then_their_code() -> None:
    """R2: order is the article's."""
    codes = [province["code"] for province in PROVINCES]
    named = [body["code"] for body in NAMED]
    assert codes == named + sorted(set(codes) - set(named))


def test_each_province_is_followed_by_its_areas() -> None:
    """The file is the tree, read from the top."""
    assert [next(group) for _, group in groupby(REGIONS, owner_of)] == PROVINCES


def test_areas_follow_the_article_and_then_their_code() -> None:
    """R2: order is the article's; what it does not list comes after it."""
    listed = {body["code"]: [a["code"] for a in body["areas"]] for body in NAMED}
    for province in PROVINCES:
        codes = [area["code"] for area in areas_of(province["code"])]
        first = listed.get(province["code"], [])
        assert codes == first + sorted(set(codes) - set(first))


def test_there_are_as_many_regions_of_each_kind_as_are_known() -> None:
    """The kinds are those of the contract's RegionKind."""
    assert Counter(region["kind"] for region in REGIONS) == KINDS


def test_there_are_333_prefecture_level_units() -> None:
    """As officially counted: 293 cities, 30 自治州, 7 地区 and 3 盟."""
    kinds = ("PREFECTURE_CITY", "AUTONOMOUS_PREFECTURE", "PREFECTURE", "LEAGUE")
    assert sum(area["kind"] in kinds for area in AREAS) == 333


def test_the_municipalities_have_their_districts_and_counties() -> None:
    """16 in 北京, 天津 and 上海; 38 in 重庆, where a railway office is listed too."""
    for code in ("110000", "120000", "310000"):
        assert kinds_of(code) == {"DISTRICT": 16}
    assert kinds_of("500000") == {
        "DISTRICT": 26,
        "COUNTY": 8,
        "AUTONOMOUS_COUNTY": 4,
        "ENTERPRISE": 1,
    }


def test_chongqing_is_that_of_the_article_and_not_of_its_successors() -> None:
    """R2: 江北区 and 渝北区 became 两江新区 (500157) half a year later."""
    assert BY_CODE["500105"]["name"] == "江北区"
    assert BY_CODE["500112"]["name"] == "渝北区"
    assert "500157" not in BY_CODE


def test_county_level_units_directly_under_a_province_are_there() -> None:
    """仙桃, 潜江, 天门, 神农架; 15 in 海南; the 12 cities 6590xx of 新疆."""
    assert kinds_of("420000")["PROVINCE_MANAGED_CITY"] == 3
    assert BY_CODE["429021"]["kind"] == "FORESTRY_DISTRICT"
    assert kinds_of("460000") == {
        "PREFECTURE_CITY": 4,
        "PROVINCE_MANAGED_CITY": 5,
        "COUNTY": 4,
        "AUTONOMOUS_COUNTY": 6,
    }
    cities = [code for code in BY_CODE if code.startswith("6590")]
    assert sorted(cities) == [f"6590{n:02}" for n in range(1, 13)]
    assert {BY_CODE[code]["kind"] for code in cities} == {"PROVINCE_MANAGED_CITY"}


def test_hong_kong_macao_and_taiwan_have_no_areas() -> None:
    """No pooling areas are known there."""
    for code, name in (("710000", "台湾"), ("810000", "香港"), ("820000", "澳门")):
        assert BY_CODE[code]["name"].startswith(name)
        assert areas_of(code) == []


def test_no_heading_of_the_code_tables_is_a_region() -> None:
    """市辖区, 县 and 直辖县级行政区划 group codes; nobody is insured in them."""
    names = {region["name"] for region in REGIONS}
    assert not names & {"市辖区", "县", "市", "直辖县"}
    assert not [name for name in names if "直辖" in name or "行政区划" in name]


def test_full_name_is_province_and_name() -> None:
    """R5: 兵团 is in the names of its divisions already and is not repeated."""
    for region in REGIONS:
        province = BY_CODE.get(region["provinceCode"])
        corps = region["provinceCode"] == "660000"
        prefix = province["name"] if province and not corps else ""
        assert region["fullName"] == prefix + region["name"]
    assert BY_CODE["660100"]["fullName"] == "新疆生产建设兵团一师"


def test_full_names_are_unique_where_names_are_not() -> None:
    """R5: 省本级 and 区本级 are one per province."""
    assert len({region["fullName"] for region in REGIONS}) == len(REGIONS)
    names = Counter(region["name"] for region in REGIONS)
    assert {name: n for name, n in names.items() if n > 1} == {"省本级": 6, "区本级": 4}


def test_hard_readings_are_right() -> None:
    """R5: 漯河 is luohe, 长庆 changqing, 锡林郭勒 xilinguole."""
    require_table(READINGS, "pinyin")


def test_initials_are_those_of_each_character() -> None:
    """R5: a name can be found by the first letters of its reading."""
    require_table(INITIALS, "initials")


def test_readings_are_plain_small_letters_one_syllable_per_character() -> None:
    """R5: no tones, no spaces, ü as v."""
    for region in REGIONS:
        pinyin, initials = region["pinyin"], region["initials"]
        assert (pinyin + initials).isascii()
        assert (pinyin + initials).isalpha()
        assert (pinyin + initials).islower()
        assert len(initials) == len(region["name"])
        assert pinyin[0] == initials[0]


def test_a_character_begins_with_the_same_letter_in_every_name() -> None:
    """R5: all but 行, which is hang in 闵行 and xing in 特别行政区."""
    initial_of: dict[str, set[str]] = {}
    for region in REGIONS:
        for character, letter in zip(region["name"], region["initials"], strict=True):
            initial_of.setdefault(character, set()).add(letter)
    assert {c for c, letters in initial_of.items() if len(letters) > 1} == {"行"}
