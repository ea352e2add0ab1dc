"""Faults of a request: what the caller did wrong is said with a code, what we did wrong is logged and not shown."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from types import TracebackType
from typing import Final

from graphql import FieldNode, GraphQLError, GraphQLSyntaxError

from domain.errors import ErrorCode, Language, Refusal, Refused
from domain.identity import holds_a_number
from repositories.errors import Contention, OutcomeUnknown, StorageError, Unavailable
from schema.fault_texts import MESSAGE_MAX_CHARACTERS, in_chinese
from services.feeds import TooManyListeners
from services.rates import TooOften

logger = logging.getLogger(__name__)

_BUSY = {
    Language.ZH: "系统繁忙，未做任何更改，请用同一幂等键重试。",
    Language.EN: "The system is busy; nothing was changed. Try again with the same idempotency key.",
}
_UNKNOWN = {
    Language.ZH: "结果未知：可能已完成。请用outcome按幂等键查询，或用同一幂等键重试。",
    Language.EN: "The outcome is unknown: it may have been carried out. Ask outcome by your idempotency key, "
    "or send the same request with the same key again.",
}
_CROWDED = {
    Language.ZH: "订阅数已达上限，请先结束不用的订阅，或稍后再试。",
    Language.EN: "There are as many subscriptions as there may be; end one, or try again later.",
}
TOO_OFTEN = {
    Language.ZH: "请求过于频繁，未做任何更改，请稍后再试。",
    Language.EN: "Too many requests; nothing was changed. Try again later.",
}
_INTERNAL = {
    Language.ZH: "服务器内部错误，已记录。",
    Language.EN: "Internal error; it has been recorded.",
}
_MISFIT = {
    Language.ZH: "请求与接口的模式不符。",
    Language.EN: "The request does not fit the schema.",
}
_ECHO: Final = re.compile(r"((?:[,;]|(?<=[?])) [Ff]ound|( cannot represent [^:]+:)):? .*", re.DOTALL)
"""What the library says was found, at the end of a message: it may be a password or an ID number."""
_QUOTED: Final = re.compile(r"'[^']*'|\"[^\"]*\"")
_SCHEMA_LIKE: Final = re.compile(
    r"[$@]?[\[]*[_A-Za-z][\w.]*[]!]*(\(\w+:\)| \{ \.\.\. \})?|[!$&():=@{|}\[\]]|\.\.\.", re.ASCII
)
"""What may stand in quotes: names of the schema, or what could be a misspelt one."""


def published(
    errors: Sequence[GraphQLError], language: Language, *, hints: bool = True, mutates: bool = False
) -> list[GraphQLError]:
    """Give what the caller may see of the errors of an operation; bugs are logged here.

    Without `hints`, of what does not fit the schema only the first place is told: any more would tell what does fit.
    Below a field that `mutates`, what was asked for has been carried out, whatever its answer lacks.
    """
    shown = [
        _published(error, language, hints=hints, carried_out=mutates and len(error.path or ()) > 1) for error in errors
    ]
    if hints:
        return shown
    first = next((error for error in shown if error.message == _MISFIT[language]), None)
    return [error for error in shown if error.message != _MISFIT[language] or error is first]


def _published(error: GraphQLError, language: Language, *, hints: bool, carried_out: bool) -> GraphQLError:
    original = error.original_error
    while isinstance(original, GraphQLError) and original.original_error is not None:
        original = original.original_error
    if isinstance(original, Refused):
        return _refused(error, original.refusal, language)
    if original is None or isinstance(original, GraphQLError):
        is_ours = error.path is not None and "code" not in (error.extensions or {})
        return _bug(error, original or error, language) if is_ours else _with_code(error, language, hints=hints)
    if isinstance(original, StorageError):
        logger.warning("%s at %s", type(original).__name__, _place(error))
    if isinstance(original, OutcomeUnknown) or (carried_out and isinstance(original, Contention | Unavailable)):
        return _system_fault(error, _UNKNOWN[language], {"outcome": "UNKNOWN"})
    if isinstance(original, TooManyListeners | TooOften | Contention | Unavailable):
        return _not_now(error, original, language)
    return _bug(error, original, language)


def _place(error: GraphQLError) -> str:
    """Name the field by the schema's own name: a path has aliases, in which anything may stand."""
    fields = [node.name.value for node in error.nodes or () if isinstance(node, FieldNode)]
    return fields[0] if fields else "the request"


def _not_now(
    error: GraphQLError, original: TooManyListeners | TooOften | Contention | Unavailable, language: Language
) -> GraphQLError:
    if isinstance(original, TooOften):
        return _system_fault(error, TOO_OFTEN[language], come_again(original))
    message = _CROWDED if isinstance(original, TooManyListeners) else _BUSY
    return _system_fault(error, message[language], {"retryable": True})


def come_again(often: TooOften) -> dict[str, object]:
    """Say that nothing was carried out, and when it may be asked for again."""
    return {"retryable": True, "retryAfterSeconds": often.retry_after_s}


def too_often(often: TooOften, language: Language) -> GraphQLError:
    """Make the fault of a whole operation that was one too many."""
    return GraphQLError(TOO_OFTEN[language], extensions=come_again(often))


def _bug(error: GraphQLError, original: BaseException, language: Language) -> GraphQLError:
    logger.error("%s at %s", type(original).__name__, _place(error), exc_info=_without_text(original))
    return _system_fault(error, _INTERNAL[language], {})


def _without_text(error: BaseException) -> tuple[type[BaseException], BaseException, TracebackType | None]:
    """Give the traceback for the log without the error's own text, which may hold personal data."""
    return RuntimeError, RuntimeError(type(error).__name__), error.__traceback__


def _refused(error: GraphQLError, refusal: Refusal, language: Language) -> GraphQLError:
    return GraphQLError(
        refusal.message(language),
        nodes=error.nodes,
        path=error.path,
        extensions={"code": refusal.code.value},
    )


def _with_code(error: GraphQLError, language: Language, *, hints: bool) -> GraphQLError:
    is_ours = bool(error.extensions)
    extensions = {"code": ErrorCode.INVALID_INPUT.value, **(error.extensions or {})}
    if is_ours:
        said = error.message
    elif hints or isinstance(error, GraphQLSyntaxError):
        said = _in(language, _without_echo(_cut(error.message)))
    else:
        said = _MISFIT[language]
    return GraphQLError(
        said,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions=extensions,
    )


def _cut(message: str) -> str:
    """Give a message in a length that can be looked through; the library repeats what was sent, however long."""
    return message if len(message) <= MESSAGE_MAX_CHARACTERS else f"{message[:MESSAGE_MAX_CHARACTERS]}…"


def _in(language: Language, message: str) -> str:
    return in_chinese(message) if language is Language.ZH else message


def _without_echo(message: str) -> str:
    """Give the library's message without what it repeats of values."""
    return _QUOTED.sub(_known_name, _ECHO.sub(_kept, message))


def _kept(echo: re.Match[str]) -> str:
    return (echo[2] or "").removesuffix(":")


def _known_name(quoted: re.Match[str]) -> str:
    name = quoted[0][1:-1]
    return quoted[0] if _SCHEMA_LIKE.fullmatch(name) and not holds_a_number(name) else "'…'"


def _system_fault(error: GraphQLError, message: str, extensions: dict[str, object]) -> GraphQLError:
    return GraphQLError(message, nodes=error.nodes, path=error.path, extensions=extensions)
