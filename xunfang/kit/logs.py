"""Logs without people: what names somebody never reaches a log line, not even by way of an error's text.

Our own messages are in English and hold numbers of rows. So what is written in Chinese, and every run of eleven
digits or more, is somebody's data: it is replaced by its length. Of an exception the line keeps its class, where it
was raised and, from PostgreSQL, which constraint refused; never its text, which quotes the row."""

import json
import logging
import re
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

# 18 or 15 digits of an id, mobile numbers; anything longer than ten digits is not a count.
LONG_DIGITS = re.compile(r"\d{11,}[\dXx]?")
HAN = re.compile(r"[\u3007\u3400-\u9fff\U00020000-\U0003ffff]+")
FRAMES = 12

# The number of the request that is being answered: in every line, on the page that says something went wrong.
request_number: ContextVar[str] = ContextVar("request_number", default="")

Raised = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def scrub(text: str) -> str:
    """The text with every run of eleven digits or more, and every run of Chinese, replaced by its length."""
    text = LONG_DIGITS.sub(lambda match: f"[{len(match.group())} digits]", text)
    return HAN.sub(lambda match: f"[{len(match.group())} chars]", text)


class NoPersonalData(logging.Filter):
    """Formats the record early, drops its arguments and the request, and scrubs it."""

    def filter(self, record: logging.LogRecord) -> bool:
        # Celery's words quote the exception, and its arguments are the task's.
        said = (
            "a task failed" if record.name == "celery.app.trace" and record.exc_info else record.getMessage()
        )
        record.msg = scrub(said)
        record.args = ()
        record.exc_text = None
        if hasattr(record, "request"):
            del record.request
        return True


def what_was_raised(raised: Raised) -> dict[str, Any]:
    """An exception as facts: class, PostgreSQL's code and constraint, the innermost places, oldest first, and the
    class of what lay behind it."""
    kind, error, where = raised
    if kind is None or error is None:
        return {}
    found: dict[str, Any] = {"error": f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.")}
    said = getattr(error, "diag", None) or getattr(error.__cause__, "diag", None)
    if said is not None:
        names = ("sqlstate", "table_name", "constraint_name", "column_name")
        found |= {name: value for name in names if (value := getattr(said, name, None))}
    frames = traceback.extract_tb(where)[-FRAMES:]
    found["where"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    behind = error.__cause__ or error.__context__
    if behind is not None:
        found["behind"] = type(behind).__qualname__
    return found


class Plain(logging.Formatter):
    """A line for a person's eyes; an exception follows as facts."""

    def formatException(self, ei: Any) -> str:
        facts = what_was_raised(ei)
        where = "\n  ".join(facts.pop("where", []))
        return f"{' '.join(f'{name}={value}' for name, value in facts.items())}\n  {where}"


class Line(logging.Formatter):
    """One JSON object a line, for whatever collects logs. Times in UTC, durations in milliseconds."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
            "say": record.getMessage(),
        }
        if number := request_number.get():
            line["request"] = number
        line |= getattr(record, "facts", {})
        if record.exc_info:
            line |= what_was_raised(record.exc_info)
        return json.dumps(line, ensure_ascii=True, separators=(",", ":"))
