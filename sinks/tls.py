"""TLS of every connection, ours to others and others to ours: contexts from files, and what a failed handshake means.

Peers are always verified, their host names included; nothing turns that off.
"""

import ssl
from pathlib import Path
from typing import Final, NamedTuple

from pydantic import SecretStr

_EXPIRED: Final = 10
_NOT_YET_VALID: Final = 9
_OTHER_NAME: Final = (62, 64)
_UNKNOWN_ISSUER: Final = (18, 19, 20, 21)
"""Numbers that OpenSSL gives to a failed verification."""


class TlsError(ValueError):
    """A file of TLS cannot be used; the message names it and says what to change."""


class KeyPair(NamedTuple):
    """A certificate with its chain and its private key, both PEM."""

    certificate: Path
    key: Path | None = None
    """None: in the file of the certificate."""
    passphrase: SecretStr = SecretStr("")
    """Of an encrypted key."""


def client_context(ca_file: Path | None, own: KeyPair | None) -> ssl.SSLContext:
    """Trusts servers certified by ``ca_file``, without one those that the system trusts; shows ``own`` where asked.

    Raises TlsError.
    """
    context = ssl.create_default_context()
    if ca_file is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        _trust(context, ca_file)
    if own is not None:
        _show(context, own)
    return context


def server_context(own: KeyPair, client_ca_file: Path | None) -> ssl.SSLContext:
    """Shows ``own``. A client may show a certificate of ``client_ca_file``; a wrong one fails the handshake.

    Whoever serves decides what clients without a certificate may do. Raises TlsError.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _show(context, own)
    if client_ca_file is not None:
        _trust(context, client_ca_file)
        context.verify_mode = ssl.CERT_OPTIONAL
    return context


def failed_handshake(error: BaseException) -> ssl.SSLError | None:
    """The error of TLS behind one that a library has wrapped; None when there is none."""
    for each in _behind(error):
        if isinstance(each, ssl.SSLError):
            return each
    return None


def is_refusal(error: ssl.SSLError) -> bool:
    """Whether one side does not accept the other's certificate, which no retry mends."""
    return isinstance(error, ssl.SSLCertVerificationError) or "ALERT" in (error.reason or "")


def meaning(error: ssl.SSLError, settings: str) -> str:
    """What a failed handshake means and what to do, for a sentence that begins with the name of the server.

    ``settings``: how the names of the settings begin that say what is trusted and shown.
    """
    if isinstance(error, ssl.SSLCertVerificationError):
        if error.verify_code == _EXPIRED:
            return "its certificate has expired: renew it there"
        if error.verify_code == _NOT_YET_VALID:
            return "its certificate is not valid yet: look at the clocks of both machines"
        if error.verify_code in _OTHER_NAME:
            return f"its certificate is for another host: use the name it is made for ({error.verify_message})"
        if error.verify_code in _UNKNOWN_ISSUER:
            return f"its certificate is from an authority that is not trusted here: see {settings}CA_FILE"
        return f"its certificate is not accepted: {error.verify_message}"
    if "ALERT" in (error.reason or ""):
        words = str(error.reason).partition("ALERT_")[2].replace("_", " ").lower()
        return f"it wants another certificate than we show ({words}): see {settings}CERT_FILE"
    return "it speaks no TLS, or breaks off: look at the port, and at whether it expects TLS"


def _trust(context: ssl.SSLContext, ca_file: Path) -> None:
    _readable(ca_file)
    try:
        context.load_verify_locations(ca_file)
    except ssl.SSLError:
        raise TlsError(f"{ca_file} holds no certificates in PEM form") from None


def _show(context: ssl.SSLContext, own: KeyPair) -> None:
    for file in (own.certificate, own.key):
        if file is not None:
            _readable(file)
    passphrase = own.passphrase.get_secret_value()
    try:
        # A passphrase is always given: without one OpenSSL would ask for it on the terminal, and wait.
        context.load_cert_chain(own.certificate, own.key, passphrase)
    except ssl.SSLError as error:
        where = own.key or own.certificate
        if error.reason == "KEY_VALUES_MISMATCH":
            problem = f"the key in {where} does not belong to the certificate in {own.certificate}"
        else:
            advice = (
                "is the passphrase of the key right?" if passphrase else "is the key encrypted, and has no passphrase?"
            )
            problem = f"no certificate and key in PEM form can be read from {own.certificate} and {where}: {advice}"
        raise TlsError(problem) from None


def _readable(file: Path) -> None:
    try:
        file.open("rb").close()
    except OSError as error:
        raise TlsError(f"{file} cannot be read: {error.strerror}") from None


def _behind(error: BaseException) -> list[BaseException]:
    """The error, its causes, and what libraries keep of them in ``reason`` and ``args``."""
    found: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        each = waiting.pop(0)
        if isinstance(each, BaseException) and each not in found:
            found.append(each)
            waiting += [each.__cause__, each.__context__, getattr(each, "reason", None), *each.args]
    return found
