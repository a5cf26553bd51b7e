"""Every setting of cxstream: environment ``CX_<NAME>``, a file per secret (``CX_<NAME>_FILE``), or a settings file.

`cxstream settings` shows the values in force with secrets masked; the README's table is generated from this class.
"""

import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    YamlConfigSettingsSource,
)

from schemas.dimensions import DIMENSIONS
from schemas.metrics import duration_ms, load_registry
from streams.core.configuration import Configuration

PREFIX = "CX_"

OnLostRecords = Literal["stop", "continue"]
"""What a worker does when the broker has deleted records before they were read."""

Words = Annotated[tuple[str, ...], NoDecode]
"""A list of words, written with commas in the environment."""


class Settings(BaseSettings):
    """All settings with their defaults. Order of precedence: environment, secret files, settings file, default."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    # Kafka
    brokers: Words = Field(("127.0.0.1:9092",), description="Kafka bootstrap servers, host:port, comma-separated")
    group: str = Field(
        "cxstream", min_length=1, description="Consumer group; workers of one group share the partitions"
    )
    touchpoints_topic: str = Field("cx.touchpoints", description="Topic of case, wait and touchpoint events")
    surveys_topic: str = Field("cx.surveys", description="Topic of survey events")
    dead_letters_topic: str = Field("cx.dead-letters", description="Topic for records that are no acceptable events")
    checkpoints_topic: str = Field("cx.checkpoints", description="Compacted topic of checkpoints")
    session_timeout_seconds: float = Field(
        10, gt=0, description="A worker silent for this long loses its partitions to the others"
    )
    on_lost_records: OnLostRecords = Field(
        "stop",
        description="When the broker deleted records before they were read: stop reading that partition, or continue "
        "without them",
    )
    fetch_buffer_bytes: int = Field(
        64 * 2**20, gt=0, description="Fetched and not yet applied bytes at which a worker stops fetching"
    )

    # What rows a log gives; recorded in the checkpoint, so a change takes effect at the end of the log
    dimensions: Words = Field(
        ("channel", "region", "team", "product", "priority"),
        description="Kept dimensions: columns that rows and live metrics are split by; any of " + ", ".join(DIMENSIONS),
    )
    dimension_cap: int = Field(1_000, gt=0, description="Distinct values kept per dimension and partition")
    segment_cap: int = Field(10_000, gt=0, description="Distinct combinations of values kept per partition")
    lateness: str = Field("1h", description="How far event time may step back before a fact goes to a late part")
    case_horizon: str = Field("30d", description="Event time after which a silent case or response may be forgotten")
    case_horizon_events: int = Field(200_000, gt=0, description="Further events that must also have come by then")
    duplicate_memory: int = Field(200_000, gt=0, description="Accepted events whose identity a partition remembers")
    max_event_bytes: int = Field(1_048_576, gt=0, description="A larger record is a dead letter")
    registry_file: Path | None = Field(None, description="YAML that adds metrics to the registry or replaces them")

    # ClickHouse
    clickhouse_url: str = Field(
        "http://127.0.0.1:8123", description="ClickHouse's HTTP endpoint, without user or password"
    )
    clickhouse_user: str = Field("default", description="ClickHouse user")
    clickhouse_password: SecretStr = Field(SecretStr(""), description="Password of that user")
    clickhouse_database: str = Field(
        "cx", pattern="^[A-Za-z_][A-Za-z0-9_]*$", description="Database of tables and views"
    )
    clickhouse_cluster: str | None = Field(None, description="Cluster for replicated tables; none for a single server")
    clickhouse_timeout_seconds: float = Field(30, gt=0, description="An insert or query that takes longer has failed")

    # Rhythm of a worker
    flush_seconds: float = Field(2, gt=0, description="Changed rows go to ClickHouse this often")
    checkpoint_seconds: float = Field(15, gt=0, description="Each partition writes a checkpoint this often")
    live_seconds: float = Field(2, gt=0, description="Live windows are computed anew this often")
    max_cells: int = Field(
        2_000_000, gt=0, description="Cells in memory at which a worker pauses until rows are stored"
    )
    shutdown_seconds: float = Field(30, gt=0, description="Time for the last flush and checkpoint after SIGTERM")
    stall_seconds: float = Field(
        60, gt=0, description="/livez fails when something that has to move stands still for this long"
    )

    # What a worker shows
    metrics_host: str = Field("127.0.0.1", description="Address of /metrics, /livez, /readyz, /status and /live")
    metrics_port: int = Field(
        9464, ge=0, le=65535, description="Port of the same; if it is busy another one is taken, as with 0"
    )
    endpoints_file: Path | None = Field(None, description="JSON file that tells the port actually taken")
    live_clock: Literal["wall", "event"] = Field(
        "wall", description="What live windows end at: the wall clock, or the newest event time (demos, history)"
    )
    live_segments: int = Field(
        200, gt=0, description="Segments per worker shown in live metrics, some 400 series each; the rest are folded"
    )
    log_format: Literal["console", "json"] = Field("json", description="Log lines for people or for programs")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least severe line written")

    @field_validator("brokers", "dimensions", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return tuple(word.strip() for word in value.split(",") if word.strip()) if isinstance(value, str) else value

    @field_validator("dimensions")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [name for name in value if name not in DIMENSIONS]
        if unknown:
            raise ValueError(f"unknown dimension {', '.join(unknown)}; known are {', '.join(DIMENSIONS)}")
        return value

    @field_validator("lateness", "case_horizon")
    @classmethod
    def _duration(cls, value: str) -> str:
        duration_ms(value)
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        file = os.environ.get(PREFIX + "SETTINGS_FILE")
        files = [YamlConfigSettingsSource(settings_cls, yaml_file=file)] if file else []
        return (init_settings, SecretFiles(settings_cls), env_settings, *files)

    def configuration(self) -> Configuration:
        """The semantic settings with the registry. Raises RegistryError or OSError if its file cannot be used."""
        return Configuration(
            registry=load_registry(self.registry_file),
            dimensions=self.dimensions,
            dimension_cap=self.dimension_cap,
            segment_cap=self.segment_cap,
            lateness_ms=duration_ms(self.lateness),
            subject_horizon_ms=duration_ms(self.case_horizon),
            subject_horizon_events=self.case_horizon_events,
            duplicate_memory=self.duplicate_memory,
            max_event_bytes=self.max_event_bytes,
        )


class SecretFiles(PydanticBaseSettingsSource):
    """Reads a secret from the file that ``CX_<NAME>_FILE`` names, as container platforms mount them."""

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:
        path = os.environ.get(f"{PREFIX}{field_name.upper()}_FILE") if field.annotation is SecretStr else None
        return (Path(path).read_text().rstrip("\n") if path else None), field_name, False

    def __call__(self) -> dict[str, Any]:
        values = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in values.items() if value is not None}
