"""What the program offers to a deployment: variables, endpoints, commands and the time it takes to end."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from streams.__main__ import COMMANDS
from streams.setting_sources import PREFIX
from streams.settings import Settings
from streams.shell.web import _application

ROOT: Final = Path(__file__).parents[2]

SECRETS: Final = frozenset(
    f"{PREFIX}{name.upper()}" for name, field in Settings.model_fields.items() if field.annotation is SecretStr
)

VARIABLES: Final = frozenset(
    {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    | {f"{secret}_FILE" for secret in SECRETS}
    | {f"{PREFIX}SETTINGS_FILE"}
)
"""Every environment variable that means something to the program."""

PATHS: Final = frozenset(
    resource.canonical
    for resource in _application(cast(Any, None), cast(Any, None), CollectorRegistry()).router.resources()
)
"""Paths that a worker serves."""

DEFAULTS: Final = Settings.model_construct()

CLOSING_SECONDS: Final = DEFAULTS.shutdown_seconds + 30
"""How long a platform has to wait after SIGTERM, as the README says under Operation."""


def settings(environment: Mapping[str, str]) -> Settings:
    """The settings that a process with these variables has, without those that name files, which are not here.

    Raises pydantic.ValidationError for a value that no setting takes.
    """
    values = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in environment.items()
        if name.startswith(PREFIX) and not name.endswith("_FILE")
    }
    secrets = {
        name.removeprefix(PREFIX).removesuffix("_FILE").lower(): "a password of the test"
        for name in environment
        if name.endswith("_FILE") and name.removesuffix("_FILE") in SECRETS
    }
    return Settings(**values, **secrets)  # type: ignore[arg-type]


def is_command(words: list[str]) -> bool:
    """Whether the program has the command that these arguments call."""
    return bool(words) and words[0] in COMMANDS
