"""Log lines of long-running commands, for people or for programs; other libraries' lines come out in the same
form."""

import logging
import sys
from time import monotonic
from typing import Literal

import structlog
from structlog.tracebacks import ExceptionDictTransformer

_QUIET = {
    **dict.fromkeys(("faust", "mode", "aiokafka", "aiohttp", "asyncio"), logging.WARNING),
    "kafka": logging.CRITICAL,
    # Faust's services log under the module of their class, also where the class is ours.
    "streams.shell.app": logging.WARNING,
    "streams.shell.consumer": logging.WARNING,
    "streams.shell.consumer_thread": logging.WARNING,
    "urllib3": logging.ERROR,
}
"""Libraries and the least level that says something to a user; the retries that urllib3 and kafka-python tell of, our
own lines tell."""


_REPEAT_SECONDS = 60.0
"""A trouble that lasts is told again this often: enough for whoever looks in later."""

_MOST_REMEMBERED = 1_000

# Without local variables, which structlog shows by default: passwords and customers' words are among them.
_TRACEBACKS = structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False))
_plain_traceback = structlog.dev.plain_traceback


class NotAgain(logging.Filter):
    """Keeps back a warning or error that was told in the last minute in the same words.

    The clients of Kafka try again several times a second, and each time they say so.
    """

    def __init__(self) -> None:
        super().__init__()
        self._told: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.WARNING:
            return True
        event = record.msg  # of our own lines: names and values
        words = {**event, "timestamp": None} if isinstance(event, dict) else record.getMessage()
        what, now = (record.name, str(words)), monotonic()
        if now - self._told.get(what, -_REPEAT_SECONDS) < _REPEAT_SECONDS:
            return False
        if len(self._told) >= _MOST_REMEMBERED:
            self._told.clear()
        self._told[what] = now
        return True


def configure_logs(form: Literal["console", "json"], level: str) -> None:
    """Everything at ``level`` or above goes to standard error, one line each; a lasting trouble once a minute."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[structlog.typing.Processor] = (
        [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=_plain_traceback)]
        if form == "console"
        else [_TRACEBACKS, structlog.processors.JSONRenderer()]
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    handler.addFilter(NotAgain())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name, least in _QUIET.items():
        logging.getLogger(name).setLevel(max(least, root.level))
