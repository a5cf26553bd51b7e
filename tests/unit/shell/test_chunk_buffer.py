from streams.shell.buffer import ChunkBuffer
from tests.unit.shell.chunks import chunk


def test_there_is_room_until_the_capacity_is_reached() -> None:
    buffer = ChunkBuffer(10)
    buffer.add(chunk(0, [b"12345"]))
    assert buffer.has_room
    buffer.add(chunk(1, [b"123456"]))
    assert not buffer.has_room


def test_an_applied_chunk_makes_room_for_its_bytes() -> None:
    buffer = ChunkBuffer(10)
    big = chunk(0, [b"1234567890"])
    buffer.add(big)
    buffer.remove(big)
    assert buffer.has_room
    assert buffer.size == 0


def test_a_chunk_applied_after_a_rebalance_is_not_counted_twice() -> None:
    buffer = ChunkBuffer(10)
    revoked = chunk(0, [b"12345"])
    buffer.add(revoked)
    buffer.clear()
    buffer.remove(revoked)
    assert buffer.size == 0


def test_equal_chunks_are_different_chunks() -> None:
    buffer = ChunkBuffer(10)
    first, second = chunk(0, [b"123"]), chunk(0, [b"123"])
    buffer.add(first)
    buffer.add(second)
    buffer.remove(first)
    assert buffer.size == 3
