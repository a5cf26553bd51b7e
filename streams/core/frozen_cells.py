"""Cells as they were at one moment, for checkpoints: copied quickly, encoded later and elsewhere."""

import msgspec

from streams.core.cells import Tally

PackedCell = tuple[int, int, Tally]
"""Cell key, version, tally."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[int, int, list[PackedCell]]).decode


class FrozenCells:
    """The cells of one part or roll-up; nothing in it changes.

    Copying is what the event loop has to wait for, so the bytes are made when they are first asked for, by the thread
    that writes the checkpoint. From then on there are only the bytes.
    """

    __slots__ = ("_cells", "_encoded", "minute", "number")

    def __init__(self, minute: int, number: int, cells: list[PackedCell], encoded: bytes = b"") -> None:
        self.minute = minute
        """First minute of the pane, since 1970 UTC."""
        self.number = number
        """Of the part; 0 for a roll-up."""
        self._cells = cells
        self._encoded = encoded

    @classmethod
    def decode(cls, encoded: bytes) -> "FrozenCells":
        """The cells of `encoded`. Raises msgspec.DecodeError."""
        return cls(*_decode(encoded), encoded)

    def thaw(self) -> list[PackedCell]:
        """All of them, for whoever goes on with them; only their bytes stay here."""
        cells = self._cells or _decode(self._encoded)[2]
        self.encoded()
        return cells

    def encoded(self) -> bytes:
        """Them as a checkpoint holds them."""
        if not self._encoded:
            self._encoded = _encode((self.minute, self.number, self._cells))
        self._cells = []
        return self._encoded
