"""Customers by pseudonym: a keyed hash of each reference, made where events enter, so that none leaves the edge.

A pseudonym reads ``<key id>:<32 hex digits><8 hex digits>``: HMAC-SHA256 of the reference under the key, cut to 128
bits, and a seal, which only the holder of the key can make. The same customer has the same pseudonym, and so the same
record key and partition; under another key nothing tells that the two are one.
"""

import hashlib
import hmac
import re
from typing import Final

import msgspec
from pydantic import SecretStr

from streams.settings import Settings

_NAME_BYTES: Final = 16
"""128 bits: two of 10^12 customers share a pseudonym with a probability below 10^-14."""
_SEAL_BYTES: Final = 4
"""A reference that only looks like a pseudonym passes for one once in 4 * 10^9 times, and is hashed like any other the
other times."""

_REFERENCE: Final = b"reference\x1f"
_SEAL: Final = b"seal\x1f"
"""What each hash is for: no reference can be chosen whose pseudonym would be the seal of another."""

_read: Final = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_write: Final = msgspec.json.Encoder().encode


class CustomerKey:
    """One key and its name. Another key needs another name."""

    def __init__(self, key_id: str, key: SecretStr) -> None:
        self._key_id = key_id
        self._key = key.get_secret_value().encode()
        self._pseudonym = re.compile(
            rf"{re.escape(key_id)}:([0-9a-f]{{{2 * _NAME_BYTES}}})([0-9a-f]{{{2 * _SEAL_BYTES}}})"
        )

    def __repr__(self) -> str:
        return f"CustomerKey({self._key_id!r})"

    def pseudonym(self, reference: str) -> str:
        """The pseudonym of a customer; one of this key is its own."""
        if self._is_ours(reference):
            return reference
        name = self._hash(_REFERENCE + reference.encode())[:_NAME_BYTES]
        return f"{self._key_id}:{name.hex()}{self._seal(name)}"

    def replaced(self, event: bytes, reference: str) -> tuple[str, bytes]:
        """The pseudonym of ``reference``, and the event with it as ``data.customer``; everything else stays as written.

        ``event`` is JSON whose ``data.customer`` is ``reference``. A name that stands twice in it is left once, as
        readers take it: the last.
        """
        pseudonym = self.pseudonym(reference)
        document = _read(event)
        data = _read(document["data"])
        data["customer"] = msgspec.Raw(_write(pseudonym))
        document["data"] = msgspec.Raw(_write(data))
        return pseudonym, _write(document)

    def _is_ours(self, reference: str) -> bool:
        found = self._pseudonym.fullmatch(reference)
        return found is not None and hmac.compare_digest(self._seal(bytes.fromhex(found[1])), found[2])

    def _seal(self, name: bytes) -> str:
        return self._hash(_SEAL + name)[:_SEAL_BYTES].hex()

    def _hash(self, message: bytes) -> bytes:
        return hmac.digest(self._key, message, hashlib.sha256)


def customer_key(settings: Settings) -> CustomerKey | None:
    """The key of the settings, if there is one."""
    return CustomerKey(settings.customer_key_id, settings.customer_key) if settings.customer_key else None
