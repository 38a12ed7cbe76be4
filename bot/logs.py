"""Structured logs: one JSON object a line on stderr, or readable lines on a terminal.

Every record carries `action`, a word to filter on. Addresses, bodies, codes and tokens are never logged;
`_without_personal_data` drops the fields by name should somebody try.
"""

from __future__ import annotations

import logging
import sys
import traceback
from pathlib import Path

import structlog
from structlog.typing import EventDict, WrappedLogger

FORBIDDEN = frozenset({"address", "body", "text", "sender", "recipient", "email", "number", "token", "code", "payload"})


def _without_personal_data(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    for name in FORBIDDEN.intersection(event):
        event[name] = "(not logged)"
    return event


def _error_without_words(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """An exception as its type and the places it passed: its message and the variables may hold a customer's words."""
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    elif isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        places = traceback.extract_tb(error.__traceback__)[-12:]
        event["error"] = type(error).__name__
        event["at"] = [f"{Path(place.filename).name}:{place.lineno} {place.name}" for place in places]
    return event


def configure(*, level: str = "info", readable: bool | None = None) -> None:
    """Set up logging once, from `cli`. `readable` defaults to whether stderr is a terminal."""
    readable = sys.stderr.isatty() if readable is None else readable
    last = structlog.dev.ConsoleRenderer() if readable else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _without_personal_data,
            _error_without_words,
            last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    for noisy in ("mail.log", "aiohttp.server", "aiohttp.access"):  # they log addresses and lines as they came in
        logging.getLogger(noisy).setLevel(logging.CRITICAL)
