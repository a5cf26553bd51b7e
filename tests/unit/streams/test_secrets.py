"""Secrets come in by files and the environment, and never come out again."""

import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import structlog
from pydantic import ValidationError

from streams.connections import clickhouse_access, kafka_client
from streams.logs import configure_logs
from streams.setting_sources import SourceError
from streams.settings import Settings

PLANTED = {
    "CX_KAFKA_PASSWORD": "planted-kafka-password",
    "CX_KAFKA_KEY_PASSWORD": "planted-kafka-passphrase",
    "CX_CLICKHOUSE_PASSWORD": "planted-clickhouse-password",
    "CX_CLICKHOUSE_KEY_PASSWORD": "planted-clickhouse-passphrase",
    "CX_METRICS_KEY_PASSWORD": "planted-metrics-passphrase",
    "CX_CUSTOMER_KEY": "planted-customer-key",
}
OTHERS = {
    "CX_KAFKA_SECURITY": "sasl_tls",
    "CX_KAFKA_USER": "worker",
    "CX_KAFKA_CERT_FILE": "/certificates/own.pem",
    "CX_CLICKHOUSE_URL": "https://clickhouse:8443",
    "CX_CLICKHOUSE_CERT_FILE": "/certificates/own.pem",
    "CX_METRICS_CERT_FILE": "/certificates/own.pem",
}


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (PLANTED | OTHERS).items():
        monkeypatch.setenv(name, value)


def cxstream(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "streams", *arguments],
        env={**os.environ, **PLANTED, **OTHERS, **environment},
        input="",
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def assert_hidden(text: str) -> None:
    for secret in PLANTED.values():
        assert secret not in text
    assert text


def test_the_file_of_a_secret_goes_before_the_environment_and_its_line_end_is_no_part_of_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for end in ("", "\n", "\r\n"):
        (tmp_path / "secret").write_bytes(b" from the file " + end.encode())
        monkeypatch.setenv("CX_CLICKHOUSE_PASSWORD", "from the environment")
        monkeypatch.setenv("CX_CLICKHOUSE_PASSWORD_FILE", str(tmp_path / "secret"))
        assert Settings().clickhouse_password.get_secret_value() == " from the file "


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "cannot be read: No such file or directory"),
        (b"", "is empty"),
        (b"\n", "is empty"),
        (b"\xff\xfe\x00", "is no UTF-8 text"),
    ],
)
def test_a_file_that_gives_no_secret_is_named_in_one_line(tmp_path: Path, content: bytes | None, told: str) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)
    done = cxstream("settings", CX_KAFKA_PASSWORD_FILE=str(file))
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == f"error: CX_KAFKA_PASSWORD_FILE: {file} {told}\n"


def test_a_directory_is_no_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CX_CUSTOMER_KEY_FILE", str(tmp_path))
    with pytest.raises(SourceError, match=r"^CX_CUSTOMER_KEY_FILE: .* cannot be read: Is a directory$"):
        Settings()


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ("kafka_password: planted-kafka-password\n  x: [", "is no YAML (line 2)"),
        ("- planted-kafka-password", "holds no names and values"),
    ],
)
def test_a_settings_file_that_cannot_be_read_is_named_without_what_it_holds(
    tmp_path: Path, document: str, told: str
) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text(document)
    done = cxstream("settings", CX_SETTINGS_FILE=str(file))
    assert done.returncode == 3
    assert done.stderr == f"error: CX_SETTINGS_FILE: {file} {told}\n"


@pytest.mark.parametrize("arguments", [(), ("--json",), ("--table",)])
def test_the_listing_of_settings_masks_them(arguments: tuple[str, ...]) -> None:
    done = cxstream("settings", *arguments)
    assert done.returncode == 0
    assert_hidden(done.stdout + done.stderr)
    assert ("********" in done.stdout) == (arguments != ("--table",))


@pytest.mark.parametrize(
    "url",
    [
        "http://default:planted-url-password@127.0.0.1:8123",
        "default:planted-url-password@127.0.0.1:8123",
        "https://:planted-url-password@clickhouse",
        "http://127.0.0.1:8123/?user=default&password=planted-url-password",
        "http://127.0.0.1:planted-url-password",
        "planted-url-password",
    ],
)
@pytest.mark.parametrize("command", ["settings", "migrate"])
def test_a_password_in_the_address_of_clickhouse_is_refused_and_not_repeated(command: str, url: str) -> None:
    done = cxstream(command, CX_CLICKHOUSE_URL=url, CX_CLICKHOUSE_CERT_FILE="", CX_CLICKHOUSE_KEY_PASSWORD="")
    assert done.returncode == 3
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: setting CX_CLICKHOUSE_URL: ")
    assert "planted" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"kafka_security": "sasl_tls"}, "CX_KAFKA_SECURITY=sasl_tls needs CX_KAFKA_USER and CX_KAFKA_PASSWORD"),
        ({"kafka_security": "sasl_plaintext"}, "for development CX_ALLOW_SASL_WITHOUT_TLS=true"),
        ({"kafka_user": "worker"}, "CX_KAFKA_USER is set and needs CX_KAFKA_SECURITY=sasl_tls"),
        ({"kafka_password": "planted-x"}, "CX_KAFKA_PASSWORD is set and needs CX_KAFKA_SECURITY=sasl_tls"),
        ({"kafka_ca_file": "ca.pem"}, "CX_KAFKA_CA_FILE is set and needs CX_KAFKA_SECURITY=tls or sasl_tls"),
        ({"kafka_key_password": "planted-x"}, "CX_KAFKA_KEY_PASSWORD is set and needs CX_KAFKA_CERT_FILE"),
        ({"clickhouse_ca_file": "ca.pem"}, "CX_CLICKHOUSE_CA_FILE is set and needs CX_CLICKHOUSE_URL=https://..."),
        ({"metrics_client_ca_file": "ca.pem"}, "CX_METRICS_CLIENT_CA_FILE is set and needs CX_METRICS_CERT_FILE"),
        ({"customer_key": "planted-short"}, "too short, at least 16 characters"),
        ({"customer_key_id": "k:1"}, "String should match pattern"),
    ],
)
def test_settings_that_would_leave_a_door_open_or_a_secret_unused_are_refused(
    settings: dict[str, Any], told: str
) -> None:
    with pytest.raises(ValidationError) as error:
        Settings(**settings)
    assert told in str(error.value)
    assert "planted" not in str(error.value)


def test_an_empty_variable_names_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CX_KAFKA_CA_FILE", "")
    assert Settings().kafka_ca_file is None


@pytest.mark.usefixtures("planted")
def test_nothing_that_holds_them_shows_them() -> None:
    settings = Settings()
    plain = settings.model_copy(update={"kafka_security": "sasl_plaintext", "clickhouse_url": "http://127.0.0.1:8123"})
    client, access = kafka_client(plain), clickhouse_access(plain)
    assert client["sasl_plain_password"] == PLANTED["CX_KAFKA_PASSWORD"]
    assert access["password"] == PLANTED["CX_CLICKHOUSE_PASSWORD"]
    assert_hidden(f"{settings!r} {settings} {settings.model_dump()} {client!r} {access!r}")


@pytest.mark.parametrize("form", ["json", "console"])
def test_tracebacks_do_not_show_local_variables(form: Any, capfd: pytest.CaptureFixture[str]) -> None:
    configure_logs(form, "debug")

    def inner(password: str) -> None:
        raise RuntimeError("it broke")

    for log in (structlog.get_logger("ours").error, logging.getLogger("theirs").error):
        try:
            inner(PLANTED["CX_KAFKA_PASSWORD"])
        except RuntimeError:
            log("failed", exc_info=True)
    text = capfd.readouterr().err
    assert text.count("it broke") >= 2
    assert "inner" in text
    assert_hidden(text)


@pytest.mark.parametrize("form", ["json", "console"])
@pytest.mark.parametrize("command", [("worker",), ("publish", "-"), ("migrate",), ("report", "--digest")])
def test_a_command_that_fails_does_not_show_them(command: tuple[str, ...], form: str) -> None:
    # No such port, and no such certificate: a failure that is expected, and one that is not.
    for wrong in ({"CX_BROKERS": "127.0.0.1:none", "CX_CLICKHOUSE_URL": "https://127.0.0.1:1"}, {}):
        plain = {"CX_KAFKA_CERT_FILE": "", "CX_KAFKA_KEY_PASSWORD": ""} if wrong else {}
        own = {"CX_CLICKHOUSE_CERT_FILE": "", "CX_CLICKHOUSE_KEY_PASSWORD": ""} if wrong else {}
        done = cxstream(*command, CX_LOG_FORMAT=form, CX_LOG_LEVEL="debug", **wrong, **plain, **own)
        assert done.returncode in (1, 3, 4)
        assert_hidden(done.stdout + done.stderr)
