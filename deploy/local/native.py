"""Native blocks for clients that name a newer protocol revision, as the Go client under Grafana's plugin does.

chdb writes Native as of revision 0 and cannot be told otherwise. From revision 54454 on a block begins with a block
info, and a byte for the kind of serialization follows the type of each column; the data stay the same. To find where a
column ends, each is read once with clickhouse-connect's types.
"""

from collections.abc import Iterator
from typing import Final

from clickhouse_connect.datatypes.registry import get_from_name
from clickhouse_connect.driver.ctypes import RespBuffCls
from clickhouse_connect.driver.query import QueryContext

FIRST_REVISION: Final = 54454
"""Below it (clickhouse-connect asks for 54405 and takes 0) blocks stay as they are."""

_BLOCK_INFO: Final = b"\x01\x00\x02\xff\xff\xff\xff\x00"
"""Field 1: no overflow row; field 2: no bucket (-1, four bytes); 0: end of fields."""

_ORDINARY: Final = b"\x00"
"""Not a custom serialization, such as a sparse one."""


class _ByteByByte:
    """Hands out a body one byte at a time, so that it knows how much was read: 4 MB/s, enough for a panel."""

    def __init__(self, body: bytes) -> None:
        self.position = 0
        self.gen = self._bytes(body)

    def _bytes(self, body: bytes) -> Iterator[bytes]:
        for self.position in range(1, len(body) + 1):
            yield body[self.position - 1 : self.position]

    def close(self) -> None:
        """The reader gives back its source."""


def framed(body: bytes) -> bytes:
    """The blocks of `body`, Native of revision 0, as revision 54454 writes them."""
    source = _ByteByByte(body)
    reader = RespBuffCls(source)
    context = QueryContext()
    result = bytearray()
    while (begin := source.position) < len(body):
        result += _BLOCK_INFO
        columns, rows = reader.read_leb128(), reader.read_leb128()
        for _ in range(columns):
            context.start_column(reader.read_leb128_str())
            type_ = get_from_name(reader.read_leb128_str())
            result += body[begin : source.position] + _ORDINARY
            begin = source.position
            if rows:
                type_.read_column(reader, rows, context)
        result += body[begin : source.position]
    return bytes(result)
