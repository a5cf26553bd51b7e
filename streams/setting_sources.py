"""Where settings come from besides the environment: a file per secret, and one YAML file.

Errors name the variable and the file, and never what the file holds.
"""

import os
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import SecretStr
from pydantic_settings import BaseSettings, InitSettingsSource, PydanticBaseSettingsSource

PREFIX: Final = "CX_"


class SourceError(Exception):
    """A file of settings or of a secret cannot be used; the message is one line."""


class SecretFiles(PydanticBaseSettingsSource):
    """Reads a secret from the file that ``CX_<NAME>_FILE`` names, as container platforms mount them.

    Line ends after the secret do not belong to it. Raises SourceError.
    """

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:
        variable = f"{PREFIX}{field_name.upper()}_FILE"
        file = os.environ.get(variable) if field.annotation is SecretStr else None
        return (_secret(variable, file) if file else None), field_name, False

    def __call__(self) -> dict[str, Any]:
        values = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in values.items() if value is not None}


def settings_file(settings: type[BaseSettings]) -> list[PydanticBaseSettingsSource]:
    """The source that ``CX_SETTINGS_FILE`` names, if it names one. Raises SourceError."""
    variable = PREFIX + "SETTINGS_FILE"
    file = os.environ.get(variable)
    if not file:
        return []
    try:
        # Here and not in the library, whose error would show the line, secrets and all.
        document = yaml.safe_load(_text(variable, file))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1})" if mark else ""
        raise SourceError(f"{variable}: {file} is no YAML{where}") from None
    if not isinstance(document, dict | None):
        raise SourceError(f"{variable}: {file} holds no names and values")
    return [InitSettingsSource(settings, init_kwargs=document or {})]


def _secret(variable: str, file: str) -> str:
    secret = _text(variable, file).rstrip("\r\n")
    if not secret:
        raise SourceError(f"{variable}: {file} is empty")
    return secret


def _text(variable: str, file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8")
    except OSError as error:
        raise SourceError(f"{variable}: {file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SourceError(f"{variable}: {file} is no UTF-8 text") from None
