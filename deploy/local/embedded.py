"""The embedded ClickHouse engine: one data directory, and one statement at a time per session of it.

chdb runs the real engine inside this process. It owns its data directory alone; within the process any number of
sessions run in parallel, readers and writers. A session costs under 1 ms, so each statement gets a fresh one: settings
and current database cannot leak from one request into the next.
"""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, Final, NamedTuple

# Before chdb is loaded: it takes the server time zone from the process and drops the zone from DateTime columns on the
# wire, so that with any other zone clients would shift every pane.
os.environ["TZ"] = "UTC"

_chdb: Any = import_module("chdb._chdb")
"""The binding under chdb's own `Connection`, which adds nothing here but progress bars. It has no types."""

_INSERT_WITH_DATA: Final = re.compile(
    rb"""(?P<insert>\s*INSERT\s+INTO\s+(?:TABLE\s+)?
    (?:`[^`]*`|"[^"]*"|[^\s(`"])+                  # table
    \s*(?:\((?:`[^`]*`|"[^"]*"|[^)`"])*\))?        # columns
    (?:\s*SETTINGS\s[^;]*?)?)
    \s*\bFORMAT\s+(?P<format>\w+)[ \t]*(?:\r?\n)?  # the data begin on the next line, or right here""",
    re.IGNORECASE | re.VERBOSE,
)
_CODE: Final = re.compile(r"Code: (\d+)\.")
_TRAILING_FORMAT: Final = re.compile(r"\bFORMAT\s+(\w+)[\s;]*\Z", re.IGNORECASE)
_IDENTIFIER: Final = re.compile(r"[A-Za-z_]\w*\Z")

_BAD_ARGUMENTS: Final = 36
_UNKNOWN_EXCEPTION: Final = 1002


class EngineError(Exception):
    """The engine refused a statement; `code` is ClickHouse's error number."""

    def __init__(self, text: str, code: int) -> None:
        super().__init__(text)
        self.code = code


class DataDirectoryError(Exception):
    """The data directory cannot be opened; the message says what to do."""


class Answer(NamedTuple):
    """What a statement returned."""

    body: bytes
    format: str | None
    """Output format of a statement that returns rows, even none; None for one that only acts."""
    read_rows: int
    written_rows: int
    seconds: float


class Engine:
    """The engine on one data directory, open until `close`."""

    def __init__(self, directory: Path) -> None:
        """Opens the directory, creating it where needed.

        Raises:
            DataDirectoryError: another process has it open, or it is no directory of this engine.
        """
        self._path = str(directory.resolve())
        try:
            directory.mkdir(parents=True, exist_ok=True)
            # Keeps the engine up between requests: it shuts down with its last session.
            self._keeper = _chdb.connect(self._path)
        except (OSError, RuntimeError) as error:
            raise DataDirectoryError(
                f"cannot open {directory} as ClickHouse data: {error}. If another engine or a chdb:// reader uses it, "
                "stop that one first (the lines above name the reason); else choose another directory."
            ) from error

    def close(self) -> None:
        """Shuts the engine down cleanly; call when no statement runs."""
        self._keeper.close()

    def run(
        self,
        statement: bytes,
        *,
        database: str | None = None,
        settings: Mapping[str, str] | None = None,
        parameters: Mapping[str, str] | None = None,
        default_format: str,
    ) -> Answer:
        """Runs one statement in a session of its own; an INSERT ... FORMAT takes its data behind the statement.

        Raises:
            EngineError: as a ClickHouse server would refuse it.
        """
        with self._session() as session, _engine_errors():
            if database:
                session.query(f"USE {_identifier(database)}", "Null")
            if settings:
                session.query(
                    "SET " + ", ".join(f"{_identifier(k)} = {_literal(v)}" for k, v in settings.items()), "Null"
                )
            if insert := _INSERT_WITH_DATA.match(statement):
                return _insert(session, statement, insert)
            return _query(session, _text(statement), default_format, parameters or {})

    @contextmanager
    def _session(self) -> Iterator[Any]:
        session = _chdb.connect(self._path)
        try:
            yield session
        finally:
            session.close()


def _insert(session: Any, statement: bytes, insert: re.Match[bytes]) -> Answer:
    # A refused insert leaves its stream open; the end of the session cancels it, and nothing of it is stored.
    stream = session.send_insert(_text(insert["insert"]), _text(insert["format"]))
    if data := statement[insert.end() :]:
        session.insert_append(stream, data)
    result = session.insert_done(stream)
    return Answer(b"", None, 0, result.rows_written(), result.elapsed())


def _query(session: Any, statement: str, default_format: str, parameters: Mapping[str, str]) -> Answer:
    result = session.query(statement, default_format, params=dict(parameters))
    body = bytes(result.bytes())
    named = _TRAILING_FORMAT.search(statement)
    returns_rows = bool(body) or _reads(session, statement)
    return Answer(
        body,
        (named[1] if named else default_format) if returns_rows else None,
        result.storage_rows_read(),
        result.rows_written(),
        result.elapsed(),
    )


def _reads(session: Any, statement: str) -> bool:
    return bool(session.classify_query(statement)["query_class"] == _chdb.query_class.READ_ONLY)


@contextmanager
def _engine_errors() -> Iterator[None]:
    try:
        yield
    except (RuntimeError, UnicodeDecodeError) as error:
        # A refusal that quotes bytes which are no UTF-8 comes as the error of decoding it.
        text = error.object.decode(errors="replace") if isinstance(error, UnicodeDecodeError) else str(error)
        code = _CODE.search(text)
        raise EngineError(text, int(code[1]) if code else _UNKNOWN_EXCEPTION) from error


def _text(statement: bytes) -> str:
    try:
        return statement.decode()
    except UnicodeDecodeError as error:
        raise EngineError(
            f"Code: {_BAD_ARGUMENTS}. DB::Exception: the statement is no UTF-8: {error}. (BAD_ARGUMENTS)",
            _BAD_ARGUMENTS,
        ) from error


def _identifier(name: str) -> str:
    if not _IDENTIFIER.match(name):
        raise EngineError(
            f"Code: {_BAD_ARGUMENTS}. DB::Exception: {name!r} is no name. (BAD_ARGUMENTS)", _BAD_ARGUMENTS
        )
    return f"`{name}`"


def _literal(value: str) -> str:
    # Quoted whatever its type: the engine converts text to the setting's type.
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
