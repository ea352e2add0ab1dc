"""Every storage: what is sealed is found by equality and by nothing else, and rotating its keys changes nothing."""

from dataclasses import replace

import pytest

from repositories.contract import AnyOf, Prefix, Storage, Where
from repositories.errors import Unsearchable
from tests.factories import make_id_number, make_person, make_wallet
from tests.repositories.storing import ONE_OF_EACH, store, stored, typed

FIRST, SECOND = make_person("P0001"), make_person("P0002")


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (FIRST.id_number, [FIRST]),
        (AnyOf((FIRST.id_number, SECOND.id_number)), [FIRST, SECOND]),
        (make_id_number(3), []),
        ("", []),
    ],
)
async def test_persons_are_found_by_id_number(storage: Storage, condition: str | AnyOf, found: list[object]) -> None:
    """R28."""
    await store(storage, FIRST, SECOND)
    where: Where = {"id_number": condition}
    assert await storage.read().persons.find(where, 9) == found
    assert await storage.read().persons.count(where) == len(found)
    assert await storage.transact(lambda uow: uow.persons.find(where, 9)) == found


@pytest.mark.parametrize("where", [{"id_number": Prefix("3701")}, {"phone": FIRST.phone}])
async def test_what_is_sealed_is_found_by_nothing_else(storage: Storage, where: Where) -> None:
    """R28: a backend that kept it in clear could; none may."""
    with pytest.raises(Unsearchable, match="sealed"):
        await storage.read().persons.find(where, 1)
    with pytest.raises(Unsearchable, match="sealed"):
        await storage.transact(lambda uow: uow.persons.find(where, 1))


@pytest.mark.parametrize("data", [False, True], ids=["wrapping", "data"])
async def test_rotating_keys_changes_nothing_of_what_is_kept(storage: Storage, data: bool) -> None:  # noqa: FBT001
    """R28."""
    await store(storage, *ONE_OF_EACH)
    await storage.rotate_keys(data=data)
    for entity in ONE_OF_EACH:
        assert typed(await stored(storage, entity)) == typed(entity)
    person = make_person()
    assert await storage.read().persons.find({"id_number": person.id_number}, 9) == [person]


async def test_a_person_without_a_mobile_has_none(storage: Storage) -> None:
    """R6, R28."""
    nobody_calls = replace(FIRST, phone=None)
    await store(storage, nobody_calls, make_wallet())
    assert await stored(storage, nobody_calls) == nobody_calls
