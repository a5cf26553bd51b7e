"""Mutations of bytes and of documents."""

from collections.abc import Callable
from random import Random
from typing import Any, Final

_TOKENS: Final = (
    b"",
    b"\0",
    b"\xff",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"\xef\xbb\xbf",
    b"\r\n",
    b'"',
    b"\\u0000",
    b"[",
    b"{",
)

_SCALARS: Final[tuple[Any, ...]] = (
    *(None, True, False, 0, -1, 1, 255, 2**31, -(2**31) - 1, 2**53 + 1, 2**63 - 1, 2**64 - 1, 0.5, -0.0, 1e308),
    *(
        "",
        " ",
        "\0",
        "x" * 600,
        "x" * 100_000,
        "💥" * 300,
        "__other__",
        "nps",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
    ),
    *("2026-02-30T00:00:00Z", "2026-03-01T09:30:00", "2026-03-01T09:30:60Z", "2026-03-01T09:30:00.9999999999+23:59"),
)


def mutated_bytes(choose: Random, data: bytes, times: int | None = None) -> bytes:
    """The bytes after a few changes."""
    changed = bytearray(data)
    for _ in range(times or choose.choice((1, 1, 1, 2, 4, 8))):
        at = choose.randrange(len(changed) + 1)
        match choose.randrange(7):
            case 0 if at < len(changed):
                changed[at] ^= 1 << choose.randrange(8)
            case 1 if at < len(changed):
                changed[at] = choose.randrange(256)
            case 2:
                changed[at:at] = choose.choice(_TOKENS)
            case 3:
                del changed[at : at + choose.choice((1, 1, 2, 4, 8, 64))]
            case 4:
                del changed[at:]
            case 5:
                changed[at:at] = changed[at : at + choose.choice((1, 4, 16, 256))] * choose.choice((1, 2, 50))
            case 6:
                changed[at : at + 4] = choose.choice((0, 1, 2**31 - 1, 2**31, 2**32 - 1)).to_bytes(
                    4, choose.choice(("big", "little"))
                )
    return bytes(changed)


def mutated_document(choose: Random, document: Any, scalars: tuple[Any, ...] = _SCALARS) -> Any:
    """A copy of a tree of dictionaries and lists in which one node is another value, is gone or stands twice."""
    change: Callable[[Any], Any] = choose.choice(
        (
            lambda _: choose.choice(scalars),
            lambda _: choose.choice(scalars),
            lambda node: [node] * choose.choice((0, 1, 2, 40)),
            lambda node: {"type": node, "": node},
            lambda node: _nested(node, choose.choice((3, 200))),
            lambda _: _GONE,
            lambda node: (
                node if isinstance(node, bool) or not isinstance(node, int) else node + choose.choice((-1, 1, 2**31))
            ),
            lambda node: node[::-1] if isinstance(node, str | list | bytes) else node,
        )
    )
    return _changed(choose, document, change)


_GONE: Final = object()


def _changed(choose: Random, node: Any, change: Callable[[Any], Any]) -> Any:
    children = list(node) if isinstance(node, dict) else list(range(len(node))) if isinstance(node, list) else []
    if not children or choose.random() < 0.1:
        new = change(node)
        return None if new is _GONE else new
    at = choose.choice(children)
    copy = node.copy()
    if choose.random() < 0.4:
        new = change(node[at])
        if new is _GONE:
            del copy[at]
            return copy
    else:
        new = _changed(choose, node[at], change)
    copy[at] = new
    return copy


def _nested(node: Any, depth: int) -> Any:
    for _ in range(depth):
        node = [node]
    return node
