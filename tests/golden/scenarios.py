"""Golden operations as they are kept: documents in `NN_noun.graphql`, and who sends what, with its answer, beside them.

An answer stands as it came, but for what nobody can know before. What a step keeps is written `{name}` from then on;
any other id, cursor, request's id or number of a transfer or payment is written `{id}`, `{cursor}` and so on, and
stands for any. Times are not among these: the server's clock moves on by a second with every step, or by its `later`.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from graphql import DocumentNode, parse
from graphql.utilities import separate_operations

FOLDER: Final = Path(__file__).parents[2] / "schema" / "operations"
POLICIES: Final = ("article", "national")
WIDTH: Final = 120
_KINDS: Final = {
    "id": "{id}",
    "cursor": "{cursor}",
    "startCursor": "{cursor}",
    "endCursor": "{cursor}",
    "requestId": "{requestId}",
}
_NUMBER: Final = re.compile(r"[A-Z]20\d{6}[A-Z2-7]{13}")
_PLACE: Final = re.compile(r"\{(\w+)\}")


@dataclass(slots=True)
class Step:
    """Somebody sends an operation and is answered; `by` is `anybody`, `agency`, or a person's or institution's number.

    A subscription hears `events` from its place to the end of its file, and its
    answer is the list of them.
    """

    what: str
    by: str
    operation: str
    variables: dict[str, Any] = field(default_factory=dict)
    later: dict[str, float] = field(default_factory=dict)
    keep: dict[str, str] = field(default_factory=dict)
    events: int = 0
    answer: Any = None


@dataclass(frozen=True)
class Scenario:
    """A document and the steps of its operations, in order."""

    path: Path
    policy: str
    steps: list[Step]

    @cached_property
    def operations(self) -> dict[str, DocumentNode]:
        """Give each operation by its name, with the fragments it needs."""
        document = parse(self.path.with_suffix(".graphql").read_text(encoding="utf-8"), no_location=True)
        return separate_operations(document)

    def written(self) -> str:
        """Give the text of the file."""
        shown = [{name: value for name, value in asdict(step).items() if value} for step in self.steps]
        return _layout({"policy": self.policy, "steps": shown}) + "\n"


def read_scenarios(folder: Path = FOLDER) -> list[Scenario]:
    """Read every scenario, in the order of the file names."""
    return [_read(path) for path in sorted(folder.glob("*.json"))]


def _read(path: Path) -> Scenario:
    written = json.loads(path.read_text(encoding="utf-8"))
    return Scenario(path, written["policy"], [Step(**step) for step in written["steps"]])


def _layout(value: Any, indent: int = 0, before: int = 0) -> str:  # noqa: ANN401 - what JSON holds
    """Write JSON, on one line wherever it fits beside the `before` characters that stand there already."""
    flat = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or (indent > 0 and indent + before + len(flat) < WIDTH):
        return flat
    inner = "\n" + " " * (indent + 2)
    if isinstance(value, list):
        parts, opening, closing = [_layout(each, indent + 2) for each in value], "[", "]"
    else:
        parts = [f'"{name}": {_layout(each, indent + 2, len(name) + 4)}' for name, each in value.items()]
        opening, closing = "{", "}"
    return f"{opening}{inner}{f',{inner}'.join(parts)}\n{' ' * indent}{closing}"


# ---- values that vary ---------------------------------------------------------------------------------------------


def told(value: Any, kept: dict[str, str], key: str = "") -> Any:  # noqa: ANN401 - what JSON holds
    """Give an answer with a name in the place of whatever nobody can know before."""
    if isinstance(value, list):
        return [told(each, kept, key) for each in value]
    if isinstance(value, dict):
        return {name: told(each, kept, name) for name, each in value.items()}
    if not isinstance(value, str):
        return value
    name = next((f"{{{name}}}" for name, each in kept.items() if each == value), None)
    return name or _KINDS.get(key) or ("{number}" if _NUMBER.fullmatch(value) else value)


def filled(value: Any, kept: dict[str, str]) -> Any:  # noqa: ANN401 - what JSON holds
    """Give variables with what was kept in the places of its names."""
    if isinstance(value, list):
        return [filled(each, kept) for each in value]
    if isinstance(value, dict):
        return {name: filled(each, kept) for name, each in value.items()}
    place = _PLACE.fullmatch(value) if isinstance(value, str) else None
    return kept[place[1]] if place else value


def found(answer: Any, path: str) -> str:  # noqa: ANN401 - what JSON holds
    """Find what stands at a path such as `applyTransfer.transfer.id`, `nodes.0.id`."""
    value = answer
    for part in path.split("."):
        value = value and value[int(part) if isinstance(value, list) else part]
    assert isinstance(value, str), f"nothing at {path} of {answer}"
    return value
