"""``cxstream worker``: read events, keep the aggregates, store rows, show live windows."""

import asyncio
import os
import signal
import sys

import structlog
from aiokafka.errors import KafkaConnectionError

from schemas.metrics import RegistryError
from streams.commands.exits import Exit, fail, settings_in_force
from streams.logs import configure_logs
from streams.shell.admin import KafkaUnreachable, TopicError
from streams.shell.process import run


def worker() -> None:
    """Run one worker in the foreground; workers of one group share the partitions.

    SIGTERM stores and checkpoints what it has and ends it. Everything it can be told is a setting, see
    `cxstream settings`. Exit codes: 0 ended by SIGTERM, 1 it could not go on (the log says why), 3 wrong
    settings or
    a missing topic, 4 Kafka cannot be reached, 130 interrupted.
    """
    settings = settings_in_force()
    configure_logs(settings.log_format, settings.log_level)
    try:
        received = asyncio.run(run(settings))
    except (KafkaUnreachable, KafkaConnectionError) as error:
        fail(Exit.UNREACHABLE, str(error))
    except (TopicError, RegistryError, OSError) as error:
        fail(Exit.WRONG_USE, str(error))
    except Exception as error:
        structlog.get_logger().error("the worker cannot start", exc_info=error)
        received = None
    _leave(_CODES[received] if received else Exit.UNEXPECTED)


_CODES = {signal.SIGTERM: Exit.DONE, signal.SIGINT: Exit.INTERRUPTED}


def _leave(code: Exit) -> None:
    """Ends the process even when Faust's consumer thread hangs: by now everything durable is durable."""
    structlog.get_logger().info("ended", exit_code=int(code))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
