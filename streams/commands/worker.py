"""``cxstream worker``: read events, keep the aggregates, store rows, show live windows."""

import asyncio
import os
import signal
import sys
from typing import NoReturn

import structlog
from aiokafka.errors import KafkaConnectionError

from schemas.metrics import RegistryError
from sinks.tls import TlsError
from streams.commands.exits import Exit, fail, settings_in_force
from streams.kafka_access import KafkaRefused, KafkaUnreachable
from streams.logs import configure_logs
from streams.shell.admin import TopicError
from streams.shell.process import run


def worker() -> None:
    """Run one worker in the foreground; workers of one group share the partitions.

    SIGTERM stores and checkpoints what it has and ends it. Everything it can be told is a setting, see
    `cxstream settings`. Exit codes: 0 ended by SIGTERM, 1 it could not go on (the log says why), 3 wrong
    settings, a missing topic or permission, 4 Kafka cannot be reached, 130 interrupted.
    """
    settings = settings_in_force()
    configure_logs(settings.log_format, settings.log_level)
    try:
        ended = asyncio.run(run(settings))
    except (KafkaUnreachable, KafkaConnectionError) as error:
        fail(Exit.UNREACHABLE, str(error))
    except (KafkaRefused, TlsError, TopicError, RegistryError, OSError) as error:
        fail(Exit.WRONG_USE, str(error))
    except Exception as error:
        structlog.get_logger().error("the worker cannot start", exc_info=error)
        _leave(Exit.UNEXPECTED)
    _leave(_code(ended))


def _code(ended: signal.Signals | BaseException) -> Exit:
    if isinstance(ended, signal.Signals):
        return Exit.DONE if ended is signal.SIGTERM else Exit.INTERRUPTED
    return Exit.WRONG_USE if isinstance(ended, KafkaRefused) else Exit.UNEXPECTED


def _leave(code: Exit) -> NoReturn:
    """Ends the process even when Faust's consumer thread hangs: by now everything durable is durable."""
    structlog.get_logger().info("ended", exit_code=int(code))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
