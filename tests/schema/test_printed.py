"""The printed schema: committed, described, and as the contract has it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    build_schema,
    parse,
    print_ast,
)

from domain.errors import ErrorCode
from schema.build import printed_schema

HERE: Final = Path(__file__).parent
COMMITTED: Final = HERE.parent.parent / "schema" / "schema.graphql"
SCHEMA: Final = build_schema(printed_schema())
CONTRACT: Final = (HERE / "contract.graphql").read_text(encoding="utf-8")

MUTATION: Final = re.compile(r"#   ([\w /]+)\(input: \{([^}]*(?:\{[^}]*\}[^}]*)*)\}\) +-> ([\w, ]+)")


def test_the_committed_schema_is_the_one_that_is_served() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == printed_schema(), "run `make schema` and commit the result"


def elements() -> Iterator[tuple[str, str | None]]:
    """Give every element of the schema with its description."""
    for name, kind in SCHEMA.type_map.items():
        if name.startswith("__") or name in ("String", "Int", "Float", "Boolean", "ID"):
            continue
        yield name, kind.description
        if isinstance(kind, GraphQLEnumType):
            yield from ((f"{name}.{value}", kind.values[value].description) for value in kind.values)
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            for field_name, field in kind.fields.items():
                yield f"{name}.{field_name}", field.description
                for argument_name, argument in getattr(field, "args", {}).items():
                    yield f"{name}.{field_name}({argument_name})", argument.description


@pytest.mark.parametrize(("element", "description"), list(elements()), ids=lambda value: str(value)[:60])
def test_every_element_is_described_in_chinese_then_english(element: str, description: str | None) -> None:
    assert description is not None, element
    chinese = re.search(r"[\u4e00-\u9fff]", description)
    english = re.search(r"[。?$].*[A-Za-z]{2,}", description, re.DOTALL)
    assert chinese is not None, element
    assert english is not None, element
    assert chinese.start() < english.end(), element


def definitions(sdl: str) -> dict[str, Any]:
    """Give the definitions of a document by name."""
    return {d.name.value: d for d in parse(sdl, no_location=True).definitions if hasattr(d, "name")}


def members(definition: Any) -> dict[str, Any]:  # noqa: ANN401 - one of many kinds of node
    """Give the fields or values of a definition by name."""
    nodes = getattr(definition, "fields", None) or getattr(definition, "values", None) or ()
    return {node.name.value: node for node in nodes}


def signature(node: Any) -> tuple[str, dict[str, str]]:  # noqa: ANN401 - one of many kinds of node
    """Give the type of a field and those of its arguments."""
    if not hasattr(node, "type"):
        return "", {}
    arguments = getattr(node, "arguments", None) or ()
    return print_ast(node.type), {a.name.value: print_ast(a.type) for a in arguments}


OURS: Final = definitions(printed_schema())
THEIRS: Final = definitions(CONTRACT)


@pytest.mark.parametrize("name", sorted(THEIRS))
def test_every_type_is_as_the_contract_has_it(name: str) -> None:
    ours, theirs = members(OURS[name]), members(THEIRS[name])
    assert theirs.keys() - ours.keys() == set()
    for field, node in theirs.items():
        if field not in ours:
            continue
        kind, arguments = signature(node)
        own_kind, own_arguments = signature(ours[field])
        assert own_kind == kind, field
        assert own_arguments | arguments == own_arguments, field


def mutations() -> dict[str, tuple[dict[str, str], list[str]]]:
    """Read the contract's comment lines about mutations: inputs, whether they are required, and payload objects."""
    found = {}
    text = re.sub(r"\n# {5,}", " ", CONTRACT)
    for names, inputs, payload in MUTATION.findall(text):
        for name in names.split(" / "):
            fields = {word.strip("!"): word for word in re.split(r",\s*", inputs.strip())}
            found[name.strip()] = (fields, [word.strip() for word in payload.split(",")])
    return found


MUTATIONS: Final = mutations()


def test_every_mutation_of_the_contract_is_there() -> None:
    assert len(MUTATIONS) == 24
    assert MUTATIONS.keys() == members(OURS["Mutation"]).keys()


@pytest.mark.parametrize("name", sorted(members(OURS["Mutation"])))
def test_every_mutation_is_as_the_contract_has_it(name: str) -> None:
    fields, payload = MUTATIONS[name]
    prefix = name[0].upper() + name[1:]
    assert signature(members(OURS["Mutation"])[name]) == (f"{prefix}Payload", {"input": f"{prefix}Input!"})
    inputs = {field: print_ast(node.type) for field, node in members(OURS[f"{prefix}Input"]).items()}
    assert {field for field in inputs if inputs[field].endswith("!")} == {
        field for field, written in fields.items() if written.endswith("!")
    }
    assert fields.keys() == inputs.keys()
    answered = {field: print_ast(node.type) for field, node in members(OURS[f"{prefix}Payload"]).items()}
    assert answered.pop("errors") == "[UserError!]!"
    assert sorted(answered) == sorted(payload)
    assert not any(kind.endswith("!") for kind in answered.values())


def test_every_code_of_the_contract_is_the_domains() -> None:
    assert [value.name.value for value in THEIRS["ErrorCode"].values] == [code.value for code in ErrorCode]


def test_optional_arguments_print_no_default() -> None:
    assert " = " not in re.sub(r'"""[\s\S]*?"""', "", printed_schema())
