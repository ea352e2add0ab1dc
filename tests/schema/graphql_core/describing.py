"""Collects tests that are written in `describe_…` functions, and has them executed by our executor."""

from __future__ import annotations

import sys
from types import FrameType, FunctionType, ModuleType
from typing import Any, Final

import pytest
from graphql.execution import Executor

from schema.execution import PlannedExecutor

EXECUTE: Final = "graphql.execution.execute"
COUNTED: Final = "carried out by plan:"


class Counting(PlannedExecutor):
    """Our executor, with what resolvers are told as graphql-core tells it; it counts what it carries out by plan."""

    build_resolve_info = Executor.build_resolve_info
    operations = 0
    planned = 0

    def execute_operation(self, serially: bool | None = None) -> Any:  # noqa: ANN401, FBT001 - as the library has it
        """Count an operation."""
        Counting.operations += 1
        return super().execute_operation(serially)

    def carry_out(self, *arguments: Any) -> Any:  # noqa: ANN401 - whatever they are
        """Count an operation that is planned."""
        Counting.planned += 1
        return super().carry_out(*arguments)


class Described(pytest.Module):
    """What a `describe_…` function defines, each function in it a test."""

    _function: Any

    @classmethod
    def of(cls, parent: pytest.Collector, name: str, function: FunctionType) -> Described:
        """Collect from that function."""
        block: Described = cls.from_parent(parent, path=parent.path, nodeid=f"{parent.nodeid}::{name}")
        block.name, block._function = name, function
        return block

    def _getobj(self) -> ModuleType:
        module = ModuleType(self.name)
        module.__dict__.update(_defined_by(self._function))
        return module

    def funcnamefilter(self, name: str) -> bool:
        """Take every function that is not private for a test."""
        return not name.startswith("_")

    def classnamefilter(self, name: str) -> bool:  # noqa: ARG002 - the library's
        """Take no class for tests."""
        return False


def _defined_by(function: FunctionType) -> dict[str, Any]:
    """Run a function, and give what its names stood for at its end."""
    names: dict[str, Any] = {}

    def look(frame: FrameType, event: str, _argument: object) -> None:
        if event == "return" and frame.f_code is function.__code__:
            names.update(frame.f_locals)

    before = sys.getprofile()
    sys.setprofile(look)
    try:
        function()
    finally:
        sys.setprofile(before)
    return names


def pytest_configure() -> None:
    """Have everything executed by our executor."""
    vars(sys.modules[EXECUTE])["IncrementalExecutor"] = Counting


def pytest_pycollect_makeitem(collector: pytest.Collector, name: str, obj: object) -> Described | None:
    """Collect from functions that describe."""
    is_one = isinstance(obj, FunctionType) and name.startswith("describe_")
    return Described.of(collector, name, obj) if is_one and isinstance(obj, FunctionType) else None


def pytest_terminal_summary(terminalreporter: Any) -> None:  # noqa: ANN401 - it has no public type
    """Say how much was carried out by plan."""
    terminalreporter.write_line(f"{COUNTED} {Counting.planned} of {Counting.operations}")
