"""What GraphQL's own library says of a request that does not fit the schema, in Chinese; it knows English only."""

from __future__ import annotations

import re
from typing import Final

_INVALID: Final = r"Variable ('[^']*') has invalid value(?: at ([\w.\[\]]+))?"
_TEXTS: Final = {
    r"Syntax Error: (.*?)\.?": r"语法错误：\1。",
    r"Cannot query field ('[^']*') on type ('[^']*')\.": r"类型\2没有字段\1。",
    r"Unknown argument ('[^']*') on (?:field|directive) ('[^']*')\.": r"\2没有参数\1。",
    r"Unknown type ('[^']*')\.": r"没有类型\1。",
    r"Unknown fragment ('[^']*')\.": r"没有片段\1。",
    r"Unknown directive ('[^']*')\.": r"没有指令\1。",
    r"Fragment ('[^']*') is never used\.": r"片段\1没有用到。",
    r"Variable ('[^']*') is not defined(?: by operation '[^']*')?\.": r"变量\1没有声明。",
    r"Variable ('[^']*') is never used(?: in operation '[^']*')?\.": r"变量\1没有用到。",
    r"Variable ('[^']*') of type ('[^']*') used in position expecting type ('[^']*')\.": r"变量\1的类型是\2，应为\3。",
    r"Variable ('[^']*') has invalid value: Expected a value of non-null type ('[^']*') to be provided\.?": (
        r"缺少变量\1，类型为\2。"
    ),
    _INVALID + r": Expected value of type ('[^']*') to include required field ('[^']*')\.?": (
        r"变量\1\2的值缺少字段\4，类型为\3。"
    ),
    _INVALID + r": .*": r"变量\1\2的值不符合其类型。",
    r"Field ('[^']*') of type ('[^']*') must have a selection of subfields\.": r"字段\1的类型为\2，须选择其子字段。",
    r"Field ('[^']*') must not have a selection since type ('[^']*') has no subfields\.": r"\1的类型\2没有子字段。",
    r"Argument ('[^']*') of type ('[^']*') is required(?:,[^.]*)?\.": r"缺少参数\1，类型为\2。",
    r"Value '[^']*' does not exist in ('[^']*') enum\.": r"枚举\1没有这个值。",
    r"There can be only one [\w ]+ named ('[^']*')\.": r"\1重复。",
    r"OneOf Input Object ('[^']*') must specify exactly one key\.": r"输入\1必须且只能提供其中一项。",
    r"Fields ('[^']*') conflict because .*": r"字段\1有冲突，请用别名区分。",
}
_PATTERNS: Final = [(re.compile(pattern, re.DOTALL), text) for pattern, text in _TEXTS.items()]
_SUGGESTION: Final = re.compile(r" Did you mean .*\?\s*$", re.DOTALL)


MESSAGE_MAX_CHARACTERS: Final = 300
"""The library's messages may repeat what was sent, which may be as long as a body."""


def in_chinese(message: str) -> str:
    """Say in Chinese what the library's message says, and then its own words, which developers look up."""
    bare = _SUGGESTION.sub("", message)
    found = ((pattern.fullmatch(bare), text) for pattern, text in _PATTERNS)
    said = next((match.expand(text) for match, text in found if match is not None), "请求与接口的模式不符。")
    return said + message
