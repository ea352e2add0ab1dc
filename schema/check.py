"""Checks a client's operations against the schema: `python -m schema.check FOLDER`. It asks no server.

This file needs graphql-core and nothing else of the project, so that it and `schema.graphql` beside it can be taken
along into a client's repository. What a client may rely on is in `docs/contract-tests.md`.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    NoDeprecatedCustomRule,
    NoUnusedFragmentsRule,
    OperationDefinitionNode,
    Source,
    Visitor,
    build_schema,
    parse,
    specified_rules,
    validate,
    visit,
)

COMMITTED: Final = Path(__file__).with_name("schema.graphql")
ENDINGS: Final = (".graphql", ".gql")
RULES: Final = [rule for rule in specified_rules if rule is not NoUnusedFragmentsRule]
"""A fragment may be there for another file."""
ERRORS_MAX: Final = 1_000
INVALID: Final = 1
NOTHING_TO_CHECK: Final = 2
_UNTIL: Final = re.compile(r" Until (\d{4}-\d{2}-\d{2})\.$")


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Something that is wrong, or will go; `until` is its last day, where the reason names one."""

    path: str
    line: int
    message: str
    is_deprecation: bool = False

    @property
    def until(self) -> str | None:
        """Read the day from the reason."""
        day = _UNTIL.search(self.message)
        return day[1] if day else None

    def __str__(self) -> str:
        """Say it in a line that editors and CI jump to."""
        if not self.is_deprecation:
            return f"{self.path}:{self.line}: {self.message}"
        goes = f"goes after {self.until}" if self.until else "goes, its day is not known"
        return f"{self.path}:{self.line}: deprecated, {goes}: {self.message}"


@dataclass(frozen=True, slots=True)
class Report:
    """What was found in so many operations."""

    files: int
    operations: int
    invalid: list[Finding]
    deprecated: list[Finding]


def check(paths: Iterable[Path], schema: GraphQLSchema) -> Report:
    """Check all documents; fragments of one may be used in another."""
    documents: list[DocumentNode] = []
    invalid: set[Finding] = set()
    deprecated: set[Finding] = set()
    paths = list(paths)
    for path in paths:
        try:
            documents.append(parse(Source(path.read_text(encoding="utf-8-sig"), str(path))))
        except (GraphQLSyntaxError, UnicodeDecodeError) as error:
            invalid |= set(_findings([error], path))
    fragments = {node.name.value: node for document in documents for node in _fragments(document)}
    invalid |= set(_findings(_unclear(documents)))
    for document in documents:
        whole = _with_fragments(document, fragments)
        invalid |= set(_findings(validate(schema, whole, RULES, ERRORS_MAX)))
        old = validate(schema, whole, [NoDeprecatedCustomRule], ERRORS_MAX)
        deprecated |= set(_findings(old, is_deprecation=True))
    operations = sum(isinstance(node, OperationDefinitionNode) for each in documents for node in each.definitions)
    return Report(len(paths), operations, sorted(invalid), sorted(deprecated))


def documents_in(folder: Path) -> list[Path]:
    """Give the documents of a folder and those below it, but what was installed there; or the one file that it is."""
    if folder.is_file():
        return [folder]
    found = (path for path in folder.rglob("*") if path.suffix in ENDINGS and path.is_file())
    return sorted(path for path in found if "node_modules" not in path.parts)


def _unclear(documents: list[DocumentNode]) -> Iterator[GraphQLError]:
    """Find spreads of a fragment that two other documents have under one name: nobody can tell which is meant."""
    homes = Counter(name for each in documents for name in {node.name.value for node in _fragments(each)})
    for document in documents:
        own = {node.name.value for node in _fragments(document)}
        spreads = _Spreads()
        visit(document, spreads)
        for node in spreads.nodes:
            if node.name.value not in own and homes[node.name.value] > 1:
                yield GraphQLError(f"There are several fragments named '{node.name.value}'.", node)


def _fragments(document: DocumentNode) -> Iterator[FragmentDefinitionNode]:
    return (node for node in document.definitions if isinstance(node, FragmentDefinitionNode))


def _with_fragments(document: DocumentNode, fragments: dict[str, FragmentDefinitionNode]) -> DocumentNode:
    """Add the fragments of other documents that this one uses, and those that they use."""
    definitions = list(document.definitions)
    known = {node.name.value for node in _fragments(document)}
    for node in definitions:  # it grows meanwhile
        spreads = _Spreads()
        visit(node, spreads)
        for name in spreads.names:
            if name not in known and name in fragments:
                known.add(name)
                definitions.append(fragments[name])
    return DocumentNode(definitions=tuple(definitions))


class _Spreads(Visitor):
    """Collects where fragments are used."""

    def __init__(self) -> None:
        super().__init__()
        self.nodes: list[FragmentSpreadNode] = []

    @property
    def names(self) -> list[str]:
        """Give the names alone."""
        return [node.name.value for node in self.nodes]

    def enter_fragment_spread(self, node: FragmentSpreadNode, *_: object) -> None:
        self.nodes.append(node)


def _findings(
    errors: Iterable[GraphQLError | UnicodeDecodeError], path: Path | None = None, *, is_deprecation: bool = False
) -> Iterator[Finding]:
    for error in errors:
        if isinstance(error, UnicodeDecodeError):
            yield Finding(str(path), 1, "this is no UTF-8 text")
            continue
        place = error.nodes[0].loc if error.nodes else None
        source = place.source if place else error.source
        line = place.start_token.line if place else (error.locations or [])[0].line
        yield Finding(source.name if source else str(path), line, error.message, is_deprecation)


def main(arguments: list[str] | None = None) -> int:
    """Check a folder and say what was found."""
    parser = argparse.ArgumentParser(prog="schema.check", description="Checks operations against the wallet's schema.")
    parser.add_argument("folder", type=Path, nargs="+", help="where the .graphql and .gql files are")
    parser.add_argument("--schema", type=Path, default=COMMITTED, help="another SDL than the committed one")
    parser.add_argument("--fail-on-deprecated", action="store_true", help="exit with 1 on deprecated use as well")
    asked = parser.parse_args(arguments)
    found = {folder: documents_in(folder) for folder in asked.folder}
    empty = [folder for folder, paths in found.items() if not paths]
    if empty:
        sys.stderr.writelines(f"{folder}: there are no .graphql or .gql files\n" for folder in empty)
        return NOTHING_TO_CHECK
    paths = [path for each in found.values() for path in each]
    report = check(paths, build_schema(asked.schema.read_text(encoding="utf-8")))
    sys.stdout.writelines(f"{finding}\n" for finding in [*report.invalid, *report.deprecated])
    sys.stdout.write(
        f"{report.operations} operations in {report.files} files: "
        f"{len(report.invalid)} errors, {len(report.deprecated)} uses of what is deprecated\n"
    )
    if not report.operations and not report.invalid:
        return NOTHING_TO_CHECK
    return INVALID if report.invalid or (asked.fail_on_deprecated and report.deprecated) else 0


if __name__ == "__main__":
    sys.exit(main())
