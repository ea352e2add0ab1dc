"""What a client asks for, read strictly: what is no request of GraphQL over HTTP is refused, and not repeated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson
from cross_web import HTTPException
from strawberry.http import GraphQLRequestData

from api.documents import Documents

NO_JSON: Final = "请求体应为UTF-8编码的JSON。The body must be JSON in UTF-8."
NO_OBJECT: Final = (
    '请求体应为一个JSON对象。The body must be one JSON object, such as {"query": "{ policy { name } }"}; '
    "operations are sent one by one."
)
NO_NAME: Final = "operationName应为字符串。operationName must be a string, if there is one."
NO_MAP: Final = "应为JSON对象。This must be a JSON object, if there is one: "


def read_json(data: str | bytes) -> Any:  # noqa: ANN401 - what JSON holds
    """Read JSON."""
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        raise HTTPException(400, NO_JSON) from None


def read_body(body: bytes, documents: Documents) -> GraphQLRequestData:
    """Read the body of a POST."""
    sent = read_json(body)
    if not isinstance(sent, dict):
        raise HTTPException(400, NO_OBJECT)
    return _request(sent, documents)


def read_parameters(parameters: Mapping[str, Any], documents: Documents) -> GraphQLRequestData:
    """Read the parameters of a GET, where an empty one is none."""
    sent = {name: value for name, value in parameters.items() if value}
    for name in ("variables", "extensions"):
        if name in sent:
            sent[name] = read_json(sent[name])
    return _request(sent, documents)


def _request(sent: Mapping[str, Any], documents: Documents) -> GraphQLRequestData:
    query, name = documents.text_of(sent), sent.get("operationName")
    if not isinstance(name, str | None):
        raise HTTPException(400, NO_NAME)
    return GraphQLRequestData(query, _map(sent, "variables"), name, _map(sent, "extensions"))


def _map(sent: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    value = sent.get(name)
    if not isinstance(value, dict | None):
        raise HTTPException(400, NO_MAP + name)
    return value
