"""One JSON line an event on stderr: constant names, ids and counts; never the text of an article.

Nobody logs a secret on purpose. One that is part of a library's message or of an exception is masked.
"""

import io
import logging
import os
import re
import sys
from collections.abc import Mapping
from typing import Any, TextIO

import structlog

MASK = "[redacted]"
_SECRET_NAMES = frozenset(
    {"api_key", "authorization", "body", "code", "cookie", "note", "password", "secret", "set-cookie", "text", "token"}
)
_SECRET_VALUES = re.compile(
    r"whsec_[\w+/=-]+|obk_[\w-]+|otpauth://\S+"
    r"|(?<=://)[^\s/@:]*:[^\s/@]+(?=@)"  # user and password of a URL
    r"|(?<=obelus_session=)[^\s;,\"']+"
    r"|(?<=[?&]key=)[^\s&\"']+"  # Perspective's way
    r"|(?i:\b(?:bearer|basic)\s+)[\w.~+/=-]+"
)
_OF_OTHERS = ("gunicorn.error", "gunicorn.access")  # they come with handlers of their own


def set_up_logs(level: str = "INFO") -> None:
    """Route structlog and the standard library's loggers through one JSON writer."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        # Frames and lines, no local variables: they would hold article text.
        structlog.processors.format_exc_info,
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            redact,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )
    handler = _LineHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _OF_OTHERS:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
    )


class _LineHandler(logging.StreamHandler[TextIO]):
    """Writes a line in one go, without a lock: a hundred threads that wait for one another's lines would answer none of
    their requests meanwhile. The kernel keeps lines of 4 kB apart, also in a pipe."""

    def handle(self, record: logging.LogRecord) -> bool:
        if is_wanted := bool(self.filter(record)):
            self.emit(record)
        return is_wanted

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = f"{self.format(record)}\n".encode("utf-8", "backslashreplace")
            while line:
                line = line[os.write(self.stream.fileno(), line) :]
        except io.UnsupportedOperation:  # no file, as where a program has put something else in the place of stderr
            super().emit(record)
        except Exception:
            self.handleError(record)


def redact(_logger: Any, _name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Mask what has the name or the form of a secret, at any depth. The last step before a line is written."""
    return {name: _redacted(name, value) for name, value in event.items()}


def _redacted(name: str, value: Any) -> Any:
    if name.lower() in _SECRET_NAMES and value is not None:
        return MASK
    if isinstance(value, str):
        return _SECRET_VALUES.sub(MASK, value)
    if isinstance(value, Mapping):
        return {str(key): _redacted(str(key), item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [_redacted("", item) for item in value]
    return value if value is None or isinstance(value, bool | int | float) else _SECRET_VALUES.sub(MASK, str(value))
