"""What stands around the steps of an operation: it is observed as a whole, and carried out within cost and time."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any, Final

from strawberry.extensions.context import ExecutingContextManager
from strawberry.extensions.runner import SchemaExtensionsRunner
from strawberry.types import ExecutionContext
from strawberry.types.graphql import OperationType

from repositories.errors import OutcomeUnknown, StorageError, Unavailable
from schema.limits import COST
from schema.observing import Observed
from schema.parsing import Execution

DEADLINE_S: Final = 30.0


class Steps(SchemaExtensionsRunner):
    """Does without the library's generators around each step, which cost more than what they would do."""

    def __init__(self, execution: Execution) -> None:
        """Stand around that operation."""
        super().__init__(execution)
        self._execution = execution

    def operation(self) -> Observed:
        """Observe it."""
        return Observed(self._execution)

    def executing(self) -> Bounds:
        """Hold it to its limits."""
        return Bounds(self._execution)

    async def get_extensions_results(self, ctx: ExecutionContext) -> dict[str, Any]:
        """Report the cost."""
        del ctx
        cost = self._execution.cost
        return {} if cost is None else {"cost": {"requested": cost, "limit": COST.most}}


class Bounds(ExecutingContextManager):
    """Holds the execution of an operation to its cost and its time."""

    def __init__(self, execution: Execution) -> None:
        """Judge that operation."""
        self._execution = execution
        self._timeout = asyncio.timeout(DEADLINE_S)

    async def __aenter__(self) -> None:
        """Judge the cost, and give the operation its time."""
        execution = self._execution
        assert execution.asked is not None  # noqa: S101 - it is validated by now
        execution.cost = execution.asked.costs.of(execution.variables or {})
        COST.require(execution.cost)
        await self._timeout.__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Say so if it took too long."""
        try:
            await self._timeout.__aexit__(kind, error, trace)
        except TimeoutError:
            raise self._too_late() from None
        if isinstance(error, TimeoutError):
            raise self._too_late() from None

    def _too_late(self) -> StorageError:
        """Say that it took too long: a query can be sent again, what became of a mutation must be asked for."""
        if self._execution.operation_type is OperationType.MUTATION:
            return OutcomeUnknown("the operation took longer than it may")
        return Unavailable("the operation took longer than it may")
