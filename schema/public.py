"""Which documents ask for nothing but what everybody may see, whoever asks: their answers may be kept on the way."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    parse,
    visit,
)

JUDGED_MAX: Final = 1_000
PUBLIC: Final = frozenset({"Region", "Coverage", "Institution", "Premium", "TransferPolicy", "Commitment", "PageInfo"})
"""Types all of whose objects everybody sees alike (R27)."""
PERSONAL: Final = frozenset({("Institution", "payments")})
"""Fields of these that are somebody's all the same."""


@lru_cache(JUDGED_MAX)
def is_public(schema: GraphQLSchema, text: str) -> bool:
    """Tell whether a document asks for public things only."""
    info = TypeInfo(schema)
    looking = _Looking(info)
    try:
        visit(parse(text), TypeInfoVisitor(info, looking))
    except GraphQLError:
        return False
    return looking.is_public


class _Looking(Visitor):
    """Looks at every field, and remembers whether one was not public."""

    def __init__(self, info: TypeInfo) -> None:
        super().__init__()
        self._info = info
        self.is_public = True

    def enter_field(self, node: FieldNode, *_: Any) -> None:  # noqa: ANN401 - the library's
        parent, kind = self._info.get_parent_type(), self._info.get_type()
        if parent is None or kind is None:
            self.is_public = False
            return
        named = get_named_type(kind)
        leads_on = bool(node.selection_set)
        is_root = parent.name in ("Query", "Mutation", "Subscription")
        if (leads_on and not is_public_type(named.name)) or (is_root and not leads_on):
            self.is_public = False
        if (parent.name, node.name.value) in PERSONAL or (is_root and parent.name != "Query"):
            self.is_public = False


def is_public_type(name: str) -> bool:
    """Tell whether everybody sees all objects of that type; connections and edges are as what they list."""
    return name.removesuffix("Connection").removesuffix("Edge") in PUBLIC
