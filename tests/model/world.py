"""The few real people, places and things that the model's requests are about, as they are planted."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Final

from domain.kinship import Relation
from domain.persons import InsuranceScheme, Person
from domain.regions import Opening, OpeningFact
from tests.factories import (
    HEFEI,
    JINAN,
    TODAY,
    make_credential,
    make_enrolment,
    make_institution,
    make_kinship,
    make_person,
    make_personal_account,
    make_premium,
    make_region,
    make_wallet,
)
from tests.model.requests import PREMIUM, YEAR

OPEN: Final = (OpeningFact(TODAY, Opening.OPEN),)
RESIDENT: Final = make_enrolment(JINAN, InsuranceScheme.RESIDENT)
BY_CALLER: Final[dict[str, Person]] = {
    f"person:{person.person_no}": person
    for person in (
        make_person("P0001", "李建国"),
        make_person("P0002", "王秀英", enrolments=(RESIDENT,)),
        make_person("P0003", "李明", born=date(1990, 5, 10), enrolments=(make_enrolment(HEFEI),)),
        make_person("P0004", "李建军", enrolments=(RESIDENT,)),
    )
}
WORLD: Final[tuple[object, ...]] = (
    make_region("370000", "山东省", openings=OPEN),
    make_region(JINAN, "济南市", openings=OPEN),
    make_region("340000", "安徽省", openings=OPEN),
    make_region(HEFEI, "合肥市", openings=OPEN),
    *BY_CALLER.values(),
    *(make_credential(person.person_no) for person in BY_CALLER.values()),
    make_kinship("P0001", "P0002", Relation.SPOUSE),
    make_kinship("P0001", "P0003", Relation.CHILD),
    make_kinship("P0002", "P0003", Relation.CHILD),
    make_kinship("P0001", "P0004", Relation.SIBLING),
    make_wallet("P0001"),
    make_wallet("P0002"),
    replace(make_wallet("P0003"), use_area_code=HEFEI),
    make_personal_account("P0001"),
    make_personal_account("P0003"),
    make_institution(),
    make_premium(JINAN, YEAR, PREMIUM),
)
"""A couple with a son in another province, and a brother who has no wallet; a hospital and a premium in the area."""
