"""Garbage is collected rarely while the server serves, and as before once it does not."""

import gc
from collections.abc import Iterator

import pytest

from api.collecting import THRESHOLDS, collecting_rarely
from tests.repositories.storing import Boom

BEFORE = (1_234, 11, 12)


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Begin with thresholds of one's own, and leave everything as it was."""
    thresholds = gc.get_threshold()
    gc.unfreeze()
    gc.set_threshold(*BEFORE)
    yield
    gc.set_threshold(*thresholds)
    gc.unfreeze()


def test_what_is_there_is_left_alone_and_the_rest_looked_at_rarely() -> None:
    with collecting_rarely():
        assert gc.get_threshold() == THRESHOLDS
        assert gc.get_freeze_count() > 0
        assert gc.isenabled()
    assert gc.get_threshold() == BEFORE
    assert gc.get_freeze_count() == 0


def test_all_is_as_before_also_when_serving_ends_by_an_error() -> None:
    with pytest.raises(Boom), collecting_rarely():
        raise Boom
    assert gc.get_threshold() == BEFORE
    assert gc.get_freeze_count() == 0


def test_what_was_garbage_before_is_not_kept() -> None:
    class Knot:
        """Refers to itself."""

        def __init__(self) -> None:
            self.self = self

    Knot()
    with collecting_rarely():
        assert not [each for each in gc.get_objects() if isinstance(each, Knot)]
    gc.collect()


def test_what_comes_while_serving_is_still_collected() -> None:
    seen: list[str] = []

    class Knot:
        """Refers to itself, and tells when it goes."""

        def __init__(self) -> None:
            self.self = self

        def __del__(self) -> None:
            seen.append("gone")

    with collecting_rarely():
        Knot()
        gc.collect()
        assert seen == ["gone"]
