"""How much one request may ask for: judged in linear time, before anything is looked up.

A document is measured once, fragment by fragment, whatever number of spreads it would unfold into. Depth, aliases,
directives, root fields and mutations go by the document alone, so the verdict is kept with it; the cost goes by the
variables as well, for a page is as dear as it is long.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from graphql import ASTValidationRule, DocumentNode, GraphQLError, OperationType, ValidationContext

from domain.errors import ErrorCode
from schema.measuring import Measuring


@dataclass(frozen=True, slots=True)
class Limit:
    """How much of something there may be, and what it is called."""

    most: int
    zh: str
    en: str

    def fault(self) -> GraphQLError:
        """Make the fault of a request that asks for too much."""
        message = f"请求过大：{self.zh}最多{self.most}。The request asks for too much: at most {self.most} {self.en}."
        return GraphQLError(message, extensions={"code": ErrorCode.INVALID_INPUT.value})

    def require(self, number: int) -> None:
        """Refuse more than that."""
        if number > self.most:
            raise self.fault()


DEPTH: Final = Limit(15, "层数", "levels")
ALIASES: Final = Limit(100, "别名", "aliases")
DIRECTIVES: Final = Limit(50, "指令", "directives")
ROOT_FIELDS: Final = Limit(20, "根字段", "root fields")
MUTATIONS: Final = Limit(10, "变更", "mutations")
COST: Final = Limit(5_000, "成本", "points of cost")
CHARACTERS: Final = Limit(20_000, "字符", "characters")
NESTING: Final = Limit(60, "嵌套层数", "brackets within each other")
"""More than any honest depth needs, and less than a parser's stack."""
TOKENS_MAX: Final = 2_000
_BRACKETS: Final = re.compile(r"[{[(}\])]")


class LimitsRule(ASTValidationRule):
    """Refuses a document that asks for too much, whatever its variables are."""

    context: ValidationContext

    def enter_document(self, node: DocumentNode, *_args: Any) -> None:  # noqa: ANN401 - the visitor's
        """Measure every operation."""
        measuring = Measuring(self.context.schema, node)
        for operation in measuring.operations():
            measure = measuring.measure(operation)
            roots = MUTATIONS if operation.operation is OperationType.MUTATION else ROOT_FIELDS
            for limit, number in (
                (DEPTH, measure.depth),
                (ALIASES, measure.aliases),
                (DIRECTIVES, measure.directives),
                (roots, measure.fields),
            ):
                if number > limit.most:
                    self.context.report_error(limit.fault())


def require_text_within_limits(text: str) -> None:
    """Refuse a text that is too long, or nested deeper than a parser should follow."""
    CHARACTERS.require(len(text))
    nesting = deepest = 0
    for bracket in _BRACKETS.findall(text):
        nesting += 1 if bracket in "{[(" else -1
        deepest = max(deepest, nesting)
    NESTING.require(deepest)
