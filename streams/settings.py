"""Every setting of cxstream: a file per secret (``CX_<NAME>_FILE``), environment ``CX_<NAME>``, or a settings file.

`cxstream settings` shows the values in force with secrets masked; the README's table is generated from this class.
"""

import re
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from schemas.dimensions import DIMENSIONS
from schemas.metrics import duration_ms, load_registry
from sinks.clickhouse.address import parse_address
from streams.core.configuration import Configuration
from streams.core.erasures import ErasedContributions
from streams.setting_sources import PREFIX, SecretFiles, settings_file

KafkaSecurity = Literal["plaintext", "tls", "sasl_tls", "sasl_plaintext"]
"""How brokers are spoken to."""

_SERVER: Final = re.compile(r"(\[[\da-fA-F:.]+\]|[^\s:/\[\]]+)(:\d{1,5})?")
"""A name or address, IPv6 in brackets, and a port; without one it is Kafka's own, 9092."""

_SHORTEST_KEY: Final = 16
"""Characters of a customer key. Who can guess it can try out every customer."""

File = Annotated[Path | None, BeforeValidator(lambda value: value or None)]
"""A file, or none; an empty variable names none, as deployment templates write it."""

OnLostRecords = Literal["stop", "continue"]
"""What a worker does when the broker has deleted records before they were read."""

Words = Annotated[tuple[str, ...], NoDecode]
"""A list of words, written with commas in the environment."""


class Settings(BaseSettings):
    """All settings with their defaults. Order of precedence: secret files, environment, settings file, default."""

    # Errors do not repeat what they complain of: it may be a secret.
    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True, hide_input_in_errors=True)

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
    dead_letters_in_a_row: int = Field(
        10_000,
        ge=0,
        description="Rejected records without a good one between them after which a partition is not read on; 0 never",
    )
    dead_letter_share: float = Field(
        1.0,
        gt=0,
        le=1,
        description="Share of a partition's newest 10,000 records rejected above which it is not read on; 1 never",
    )
    fetch_buffer_bytes: int = Field(
        64 * 2**20, gt=0, description="Fetched and not yet applied bytes at which a worker stops fetching"
    )

    kafka_security: KafkaSecurity = Field(
        "plaintext",
        description="How brokers are spoken to: plaintext, tls, sasl_tls (user and password over TLS), sasl_plaintext",
    )
    kafka_user: str | None = Field(None, description="SASL user")
    kafka_password: SecretStr = Field(SecretStr(""), description="Password of that user")
    kafka_mechanism: Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"] = Field(
        "SCRAM-SHA-512", description="SASL mechanism; PLAIN shows the broker the password"
    )
    kafka_ca_file: File = Field(
        None, description="PEM of the CA that certifies the brokers; none trusts what the system trusts"
    )
    kafka_cert_file: File = Field(None, description="PEM of our certificate, for brokers that ask for one")
    kafka_key_file: File = Field(None, description="PEM of its key, unless it is in the same file")
    kafka_key_password: SecretStr = Field(SecretStr(""), description="Passphrase of that key")
    allow_sasl_without_tls: bool = Field(
        False, description="Development only: accept `CX_KAFKA_SECURITY=sasl_plaintext`, which anybody can listen to"
    )

    # What rows a log gives; recorded in the checkpoint, so a change takes effect at the end of the log
    dimensions: Words = Field(
        ("channel", "region", "team", "product", "priority"),
        description="Kept dimensions: columns that rows and live metrics are split by; any of " + ", ".join(DIMENSIONS),
    )
    dimension_cap: int = Field(1_000, gt=0, description="Distinct values kept per dimension and partition")
    segment_cap: int = Field(10_000, gt=0, description="Distinct combinations of values kept per partition")
    lateness: str = Field("1h", description="How far event time may step back before a fact goes to a late part")
    late_part_shift: int = Field(
        16,
        ge=0,
        le=24,
        description="A late part collects the facts of 2 to this power of records: more saves rows, less saves memory; "
        "it may only be lowered",
    )
    case_horizon: str = Field(
        "30d", description="Event time after which a silent case, response, wait, promise or follow-up may be forgotten"
    )
    case_horizon_events: int = Field(200_000, gt=0, description="Further events that must also have come by then")
    subject_cap: int = Field(
        1_000_000,
        gt=0,
        description="Cases, as many responses and as many others that a partition remembers; of more the oldest go",
    )
    duplicate_memory: int = Field(200_000, gt=0, description="Accepted events whose identity a partition remembers")
    erasure_memory: int = Field(
        100_000, gt=0, description="Erased customers that a partition remembers, so that nothing of theirs comes back"
    )
    erased_contributions: ErasedContributions = Field(
        "keep",
        description="What rows have of customers from before their erasure: keep, or withdraw with the next replay",
    )
    max_event_bytes: int = Field(1_048_576, gt=0, description="A larger record is a dead letter")
    registry_file: File = Field(None, description="YAML that adds metrics to the registry or replaces them")
    kpis_file: File = Field(None, description="YAML that adds KPIs and their targets or replaces them")
    indices_file: File = Field(None, description="YAML that adds indices and their weights or replaces them")
    journeys_file: File = Field(
        None, description="YAML that adds journeys and the order of their stages or replaces them"
    )

    # ClickHouse
    clickhouse_url: str = Field(
        "http://127.0.0.1:8123", description="ClickHouse's HTTP endpoint, without user or password"
    )
    clickhouse_user: str = Field("default", description="ClickHouse user")
    clickhouse_password: SecretStr = Field(SecretStr(""), description="Password of that user")
    clickhouse_ca_file: File = Field(
        None, description="PEM of the CA that certifies ClickHouse; none trusts what the system trusts"
    )
    clickhouse_cert_file: File = Field(
        None, description="PEM of our certificate, for a ClickHouse that asks for one besides the password"
    )
    clickhouse_key_file: File = Field(None, description="PEM of its key, unless it is in the same file")
    clickhouse_key_password: SecretStr = Field(SecretStr(""), description="Passphrase of that key")
    clickhouse_database: str = Field(
        "cx", pattern="^[A-Za-z_][A-Za-z0-9_]*$", description="Database of tables and views"
    )
    clickhouse_cluster: str | None = Field(None, description="Cluster for replicated tables; none for a single server")
    clickhouse_timeout_seconds: float = Field(30, gt=0, description="An insert or query that takes longer has failed")

    # Rhythm of a worker
    flush_seconds: float = Field(2, gt=0, description="Changed rows go to ClickHouse this often")
    checkpoint_seconds: float = Field(15, gt=0, description="Each partition writes a checkpoint this often")
    live_seconds: float = Field(
        2, gt=0, description="Live windows are computed anew this often; under load down to every 15 s"
    )
    max_cells: int = Field(
        2_000_000, gt=0, description="Cells in memory at which a worker pauses until rows are stored"
    )
    shutdown_seconds: float = Field(30, gt=0, description="Time for the last flush and checkpoint after SIGTERM")
    stall_seconds: float = Field(
        60, gt=0, description="/livez fails when something that has to move stands still for this long"
    )

    # Customers
    customer_key: SecretStr = Field(
        SecretStr(""),
        description="Key under which `publish` and `import` replace customer references by pseudonyms; none keeps them",
    )
    customer_key_id: str = Field(
        "k1", pattern="^[a-z0-9]{1,16}$", description="Name of that key, with which its pseudonyms begin"
    )

    # What a worker shows
    metrics_host: str = Field("127.0.0.1", description="Address of /metrics, /livez, /readyz, /status, /live, /waiting")
    metrics_port: int = Field(
        9464, ge=0, le=65535, description="Port of the same; if it is busy another one is taken, as with 0"
    )
    metrics_cert_file: File = Field(None, description="PEM of the endpoints' certificate: they speak https")
    metrics_key_file: File = Field(None, description="PEM of its key, unless it is in the same file")
    metrics_key_password: SecretStr = Field(SecretStr(""), description="Passphrase of that key")
    metrics_client_ca_file: File = Field(
        None, description="PEM of the CA whose clients may read more than /livez and /readyz; none lets everybody"
    )
    endpoints_file: File = Field(None, description="JSON file that tells the port actually taken")
    live_clock: Literal["wall", "event"] = Field(
        "wall", description="What live windows end at: the wall clock, or the newest event time (demos, history)"
    )
    live_segments: int = Field(
        200,
        gt=0,
        description="Segments per worker shown in live metrics, some 400 series each, and for each five measured "
        "durations, 80 series each; the rest are folded",
    )
    log_format: Literal["console", "json"] = Field("json", description="Log lines for people or for programs")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least severe line written")

    @field_validator("brokers", "dimensions", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return tuple(word.strip() for word in value.split(",") if word.strip()) if isinstance(value, str) else value

    @field_validator("brokers")
    @classmethod
    def _servers(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [server for server in value if not _SERVER.fullmatch(server)]
        if wrong or not value:
            raise ValueError(f"no host:port: {', '.join(wrong) or 'nothing at all'}")
        return value

    @field_validator("dimensions")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [name for name in value if name not in DIMENSIONS]
        if unknown:
            raise ValueError(f"unknown dimension {', '.join(unknown)}; known are {', '.join(DIMENSIONS)}")
        return value

    @field_validator("clickhouse_url")
    @classmethod
    def _address(cls, value: str) -> str:
        parse_address(value)
        return value

    @field_validator("customer_key")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        if 0 < len(value) < _SHORTEST_KEY:
            raise ValueError(f"too short, at least {_SHORTEST_KEY} characters: `openssl rand -hex 32` makes a good one")
        return value

    @model_validator(mode="after")
    def _consistent_security(self) -> "Settings":
        """What is set is also used: nobody may believe in a password or certificate that nothing looks at."""
        sasl, tls = self.kafka_security.startswith("sasl"), self.kafka_security.endswith("tls")
        if self.kafka_security == "sasl_plaintext" and not self.allow_sasl_without_tls:
            raise ValueError(
                f"{PREFIX}KAFKA_SECURITY=sasl_plaintext lets anybody listen: use sasl_tls, or for development "
                f"{PREFIX}ALLOW_SASL_WITHOUT_TLS=true"
            )
        if sasl and not (self.kafka_user and self.kafka_password):
            raise ValueError(
                f"{PREFIX}KAFKA_SECURITY={self.kafka_security} needs {PREFIX}KAFKA_USER and {PREFIX}KAFKA_PASSWORD"
            )
        for needed, given, names in (
            (f"{PREFIX}KAFKA_SECURITY=sasl_tls", sasl, ("kafka_user", "kafka_password")),
            (f"{PREFIX}KAFKA_SECURITY=tls or sasl_tls", tls, ("kafka_ca_file", "kafka_cert_file")),
            (f"{PREFIX}KAFKA_CERT_FILE", self.kafka_cert_file, ("kafka_key_file", "kafka_key_password")),
            (
                f"{PREFIX}CLICKHOUSE_URL=https://...",
                self.clickhouse_url.startswith("https:"),
                ("clickhouse_ca_file", "clickhouse_cert_file"),
            ),
            (
                f"{PREFIX}CLICKHOUSE_CERT_FILE",
                self.clickhouse_cert_file,
                ("clickhouse_key_file", "clickhouse_key_password"),
            ),
            (
                f"{PREFIX}METRICS_CERT_FILE",
                self.metrics_cert_file,
                ("metrics_key_file", "metrics_key_password", "metrics_client_ca_file"),
            ),
        ):
            for name in names:
                if getattr(self, name) and not given:
                    raise ValueError(f"{PREFIX}{name.upper()} is set and needs {needed}")
        return self

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
        return (init_settings, SecretFiles(settings_cls), env_settings, *settings_file(settings_cls))

    def configuration(self) -> Configuration:
        """The semantic settings with the registry. Raises RegistryError or OSError if its file cannot be used."""
        return Configuration(
            registry=load_registry(self.registry_file),
            dimensions=self.dimensions,
            dimension_cap=self.dimension_cap,
            segment_cap=self.segment_cap,
            lateness_ms=duration_ms(self.lateness),
            late_part_shift=self.late_part_shift,
            subject_horizon_ms=duration_ms(self.case_horizon),
            subject_horizon_events=self.case_horizon_events,
            subject_cap=self.subject_cap,
            duplicate_memory=self.duplicate_memory,
            erasure_memory=self.erasure_memory,
            max_event_bytes=self.max_event_bytes,
        )
