"""Documents are parsed, judged and measured once, as long as they are remembered."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from graphql import (
    ASTValidationRule,
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    parse,
    specified_rules,
    validate,
)
from strawberry.schema.schema import validate_document
from strawberry.types import ExecutionContext
from strawberry.types.graphql import OperationType

from schema.limits import TOKENS_MAX, LimitsRule, require_text_within_limits
from schema.measuring import Costs

KEPT_MAX: Final = 256
KEPT_CHARACTERS_MAX: Final = 100_000
"""Of all texts together; a parsed document takes up to 300 bytes for each character of its text."""
SEVERAL: Final = "several"
NONE: Final = "none"


class Operation:
    """One operation of a document: its kind, what it is counted as, and what it costs."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, node: OperationDefinitionNode) -> None:
        """Name what it asks for by the schema's names, whatever stands in the document."""
        self.type = OperationType(node.operation.value)
        self.name = node.name.value if node.name is not None else None
        root = schema.get_root_type(node.operation)
        known = root.fields if root is not None else {}
        fields = {each.name.value for each in node.selection_set.selections if isinstance(each, FieldNode)}
        field = fields.pop() if len(fields) == 1 else SEVERAL
        self.field = field if field in known or field == SEVERAL else NONE
        self._in = schema, document, node

    @cached_property
    def costs(self) -> Costs:
        """Tell what it costs."""
        return Costs(*self._in)


class Parsed:
    """A document that could be parsed."""

    def __init__(self, schema: GraphQLSchema, node: DocumentNode) -> None:
        """Find its operations; if there are several, one has to be named."""
        self.node = node
        found = [
            Operation(schema, node, each) for each in node.definitions if isinstance(each, OperationDefinitionNode)
        ]
        self.has_several = len(found) > 1
        self._by_name: dict[str | None, Operation] = {}
        for each in found:
            self._by_name.setdefault(each.name, each)
        self._first = found[0] if found else None

    def asked(self, name: str | None) -> Operation | None:
        """Give the operation of that name; if none is named, the first, which is to be the only one."""
        return self._first if name is None else self._by_name.get(name)


class Documents:
    """The documents that were sent lately and can be carried out; the longest unused is forgotten first.

    What a document is goes by the whole of its text, and by this schema, so none is taken for another. One that is
    refused is judged anew each time it comes.
    """

    def __init__(self, schema: GraphQLSchema, rules: Sequence[type[ASTValidationRule]] = ()) -> None:
        """Judge by that schema, and by those rules beside GraphQL's own."""
        self._schema = schema
        self._rules = (*specified_rules, *rules)
        self._kept: OrderedDict[str, Parsed] = OrderedDict()
        self._characters = 0

    def __len__(self) -> int:
        """Tell how many are remembered."""
        return len(self._kept)

    def parsed(self, text: str) -> tuple[Parsed, Sequence[GraphQLError]]:
        """Give a document and what is wrong with it; GraphQLError if it cannot even be parsed."""
        known = self._kept.get(text)
        if known is not None:
            self._kept.move_to_end(text)
            return known, ()
        require_text_within_limits(text)
        parsed = Parsed(self._schema, parse(text, max_tokens=TOKENS_MAX))
        faults = self._faults_of(parsed.node)
        if not faults:
            self._keep(text, parsed)
        return parsed, faults

    def _faults_of(self, node: DocumentNode) -> Sequence[GraphQLError]:
        """Judge a document by the limits, and by all the rules only within them: some take long over such."""
        return validate(self._schema, node, [LimitsRule]) or validate_document(self._schema, node, self._rules)

    def _keep(self, text: str, parsed: Parsed) -> None:
        self._kept[text] = parsed
        self._characters += len(text)
        while len(self._kept) > KEPT_MAX or self._characters > KEPT_CHARACTERS_MAX:
            forgotten, _ = self._kept.popitem(last=False)
            self._characters -= len(forgotten)


@dataclass
class Execution(ExecutionContext):
    """One operation being carried out: what was asked for, once that is known, and what it costs."""

    asked: Operation | None = None
    cost: int | None = None
