"""Pages: a total and stable order, walked both ways, that a row which arrives never shifts."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from repositories.contract import Page, ReadTable, Storage, Where, Window
from repositories.tables import Position
from tests.factories import NOW, after, make_entry, make_region, make_transfer
from tests.repositories.storing import key_of, store, table_of

EVERYTHING: Where = {}
ENOUGH = 50


@dataclass(frozen=True)
class Listed:
    """Objects of one table in its order, ties included, and some that arrive later: first, in between and last."""

    there: Sequence[object]
    arriving: Sequence[object]


def _ascending() -> Listed:
    rows = [make_region(f"3701{n:02d}", position=n // 3) for n in range(12)]
    return Listed(there=rows[1:-1:2], arriving=[*rows[::2], rows[-1]])


def _descending() -> Listed:
    made = [make_transfer(f"key-{n}", created_at=after(milliseconds=n // 3)) for n in range(12)]
    rows = sorted(made, key=lambda transfer: (transfer.created_at, transfer.id), reverse=True)
    return Listed(there=rows[1:-1:2], arriving=[*rows[::2], rows[-1]])


def _partly_numbered() -> Listed:
    numbered = [make_entry(seq=n) for n in range(5, 0, -1)]
    rows = [*numbered, *(make_entry("fund:1", seq=0, journal_id=f"journal-{n}") for n in range(7, 0, -1))]
    return Listed(there=rows[1:-1:2], arriving=[*rows[::2], rows[-1]])


LISTS = {
    "ascending": _ascending(),
    "descending": _descending(),
    "partly numbered zero": _partly_numbered(),
}
every_list = pytest.mark.parametrize("listed", LISTS.values(), ids=LISTS.keys())


def rows_of(storage: Storage, listed: Listed) -> ReadTable[object]:
    table: ReadTable[object] = table_of(storage.read(), listed.there[0])
    return table


async def walk(
    table: ReadTable[object], limit: int, *, backwards: bool = False, where: Where = EVERYTHING
) -> list[tuple[object, ...]]:
    """Give all pages, one after the other."""
    pages: list[tuple[object, ...]] = []
    place: Position | None = None
    more = True
    while more and len(pages) < ENOUGH:
        window = Window(limit, backwards, before=place) if backwards else Window(limit, after=place)
        page = await table.page(where, window)
        pages.append(page.items)
        more = page.has_previous if backwards else page.has_next
        place = page.positions[0 if backwards else -1]
    return pages


@every_list
@pytest.mark.parametrize("limit", [1, 2, 5])
async def test_a_walk_forwards_gives_everything_once_in_order(storage: Storage, listed: Listed, limit: int) -> None:
    await store(storage, *listed.there[::-1])
    pages = await walk(rows_of(storage, listed), limit)
    assert [row for page in pages for row in page] == listed.there
    assert all(len(page) == limit for page in pages[:-1])


@every_list
@pytest.mark.parametrize("limit", [1, 2, 5])
async def test_a_walk_backwards_gives_everything_once_in_order(storage: Storage, listed: Listed, limit: int) -> None:
    await store(storage, *listed.there)
    pages = await walk(rows_of(storage, listed), limit, backwards=True)
    assert [row for page in reversed(pages) for row in page] == listed.there
    assert all(len(page) == limit for page in pages[:-1])


@every_list
@pytest.mark.parametrize("limit", [1, 2])
async def test_rows_that_arrive_make_no_page_repeat_or_skip_a_row(storage: Storage, listed: Listed, limit: int) -> None:
    await store(storage, *listed.there)
    table = rows_of(storage, listed)
    arriving = iter(listed.arriving)
    seen: list[object] = []
    page = await table.page({}, Window(limit))
    while page.has_next and len(seen) < ENOUGH:
        seen += page.items
        if (newcomer := next(arriving, None)) is not None:
            await store(storage, newcomer)
        page = await table.page({}, Window(limit, after=page.positions[-1]))
    seen += page.items
    assert [row for row in seen if row in listed.there] == listed.there
    assert len(seen) == len(set(map(key_of, seen)))


@every_list
async def test_a_page_after_a_place_is_the_same_whatever_arrives_before_it(storage: Storage, listed: Listed) -> None:
    await store(storage, *listed.there)
    table = rows_of(storage, listed)
    first = await table.page({}, Window(2))
    second = await table.page({}, Window(2, after=first.positions[-1]))
    await store(storage, listed.arriving[0], listed.arriving[1])
    assert (await table.page({}, Window(2, after=first.positions[-1]))).items == second.items


@every_list
async def test_each_row_has_its_own_place(storage: Storage, listed: Listed) -> None:
    await store(storage, *listed.there)
    page = await rows_of(storage, listed).page({}, Window(10))
    assert len(set(page.positions)) == len(page.items) == len(listed.there)


@every_list
async def test_a_window_between_two_places_gives_what_lies_between(storage: Storage, listed: Listed) -> None:
    await store(storage, *listed.there)
    table = rows_of(storage, listed)
    places = (await table.page({}, Window(10))).positions
    window = Window(10, after=places[0], before=places[3])
    assert (await table.page({}, window)).items == tuple(listed.there[1:3])


@every_list
async def test_backwards_takes_the_last_of_the_window_in_the_tables_order(storage: Storage, listed: Listed) -> None:
    await store(storage, *listed.there)
    table = rows_of(storage, listed)
    places = (await table.page({}, Window(10))).positions
    assert (await table.page({}, Window(2, backwards=True))).items == tuple(listed.there[-2:])
    assert (await table.page({}, Window(2, backwards=True, before=places[-1]))).items == tuple(listed.there[-3:-1])
    assert (await table.page({}, Window(2, backwards=True, after=places[0], before=places[2]))).items == (
        listed.there[1],
    )


def around(page: Page[object]) -> tuple[bool, bool]:
    return page.has_previous, page.has_next


@every_list
async def test_a_page_tells_whether_there_are_more_on_either_side(storage: Storage, listed: Listed) -> None:
    await store(storage, *listed.there)
    table = rows_of(storage, listed)
    places = (await table.page({}, Window(10))).positions
    assert len(places) == 5
    assert around(await table.page({}, Window(4))) == (False, True)
    assert around(await table.page({}, Window(5))) == (False, False)
    assert around(await table.page({}, Window(2, after=places[0]))) == (True, True)
    assert around(await table.page({}, Window(4, after=places[0]))) == (True, False)
    assert around(await table.page({}, Window(4, backwards=True))) == (True, False)
    assert around(await table.page({}, Window(5, backwards=True))) == (False, False)
    assert around(await table.page({}, Window(2, backwards=True, before=places[-1]))) == (True, True)
    assert around(await table.page({}, Window(4, backwards=True, before=places[-1]))) == (False, True)


async def test_a_page_of_nothing_is_empty(storage: Storage) -> None:
    assert await storage.read().regions.page({}, Window(5)) == Page((), (), has_next=False, has_previous=False)


async def test_a_place_need_not_be_taken_by_a_row(storage: Storage) -> None:
    regions = [make_region(f"37010{n}", position=n) for n in (1, 3)]
    await store(storage, *regions)
    after_a_gap = await storage.read().regions.page({}, Window(5, after=(2, "")))
    assert after_a_gap.items == (regions[1],)


async def test_a_page_holds_only_what_the_conditions_hold_for(storage: Storage) -> None:
    own = [make_transfer(f"own-{n}", created_at=after(seconds=-n)) for n in range(5)]
    others = [make_transfer(f"other-{n}", "P0003", "P0004", created_at=after(seconds=-n)) for n in range(5)]
    await store(storage, *own, *others)
    where = {"pending_of": "P0002"}
    pages = await walk(table_of(storage.read(), own[0]), 2, where=where)
    assert pages == [tuple(own[:2]), tuple(own[2:4]), tuple(own[4:])]
    back = await walk(table_of(storage.read(), own[0]), 2, backwards=True, where=where)
    assert back == [tuple(own[3:]), tuple(own[1:3]), tuple(own[:1])]


async def test_a_place_is_the_order_of_its_row(storage: Storage) -> None:
    transfer = make_transfer()
    await store(storage, transfer)
    assert (await storage.read().transfers.page({}, Window(1))).positions == ((NOW, transfer.id),)
