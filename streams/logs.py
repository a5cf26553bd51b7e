"""Log lines of long-running commands, for people or for programs; other libraries' lines come out in the same
form."""

import logging
import sys
from typing import Literal

import structlog

_QUIET = {
    **dict.fromkeys(("faust", "mode", "aiokafka", "kafka", "aiohttp", "asyncio"), logging.WARNING),
    # Faust's services log under the module of their class, also where the class is ours.
    "streams.shell.app": logging.WARNING,
    "streams.shell.consumer": logging.WARNING,
    "streams.shell.consumer_thread": logging.WARNING,
    "urllib3": logging.ERROR,
}
"""Libraries and the least level that says something to a user; the retries urllib3 warns of, our own lines
tell."""


def configure_logs(form: Literal["console", "json"], level: str) -> None:
    """Everything at ``level`` or above goes to standard error, one line each."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[structlog.typing.Processor] = (
        [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
        if form == "console"
        else [structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer()]
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
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name, least in _QUIET.items():
        logging.getLogger(name).setLevel(max(least, root.level))
