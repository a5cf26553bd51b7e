"""What a soak has measured, as its report and its JSON show it. Times are seconds unless a name says otherwise."""

import msgspec


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """How and where it ran."""

    command: str
    date: str
    machine: str
    versions: dict[str, str]
    settings: dict[str, str]
    """Of the workers, as far as they are not the defaults."""
    minutes: float
    seed: int
    rate: float


class Events(msgspec.Struct, frozen=True, kw_only=True):
    """What went in, and what became of it; by the workers' counts at the end."""

    sent: int
    acknowledged: int
    in_logs: int
    accepted: int
    duplicates: int
    late: int
    """Part of ``accepted``."""
    rejected: dict[str, int]
    lost: int
    """Records that Kafka had deleted before they were read."""

    @property
    def balanced(self) -> bool:
        """Every record sent is in a log, and each was counted as one thing and once."""
        counted = self.accepted + self.duplicates + sum(self.rejected.values())
        return self.sent == self.acknowledged == self.in_logs == counted and self.lost == 0


class Rows(msgspec.Struct, frozen=True, kw_only=True):
    """What came out, against what one undisturbed worker made of the same logs."""

    rows: int
    cells: int
    """Logical ones: partitions and parts merged."""
    digest: str
    undisturbed_digest: str
    counts_equal: bool
    """Whether accepted, duplicate, late and rejected records are as many there, too."""

    @property
    def equal(self) -> bool:
        return self.digest == self.undisturbed_digest and self.counts_equal


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One fault."""

    name: str
    at: float
    lasted: float
    recovered: float | None
    """From its end until all workers shared all partitions again and all that had been published was stored; None when
    they did not."""
    worst_lag: int
    """Records published and not applied, at worst, until it was over."""
    failure: str = ""


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """One worker process; MiB of resident memory."""

    pid: int
    began: float
    ended: float
    first: float
    """At the first look after its own warm-up; 0 when it did not live that long."""
    median: float
    most: float
    judged: float
    """For how long it was watched after the warm-up."""
    slope: float | None
    """MiB per minute; None when it was watched too briefly to tell."""


class Contrast(msgspec.Struct, frozen=True, kw_only=True):
    """The longest of something while nothing was wrong, and while something was."""

    calm: float
    disturbed: float


class Age(msgspec.Struct, frozen=True, kw_only=True):
    """How old events were when they were seen; None of none."""

    n: int
    p50: float | None
    p99: float | None
    longest: float | None


class Freshness(msgspec.Struct, frozen=True, kw_only=True):
    """From an event's Kafka timestamp until it was seen, while nothing was wrong and over all."""

    calm: Age
    all: Age


class Checkpoints(msgspec.Struct, frozen=True, kw_only=True):
    """As the workers count them."""

    written: int
    mean_kib: float
    """Only blocks that have changed are written."""
    mean_seconds: float
    """Waiting for Kafka included."""
    largest_kib: float
    """The largest mean of two looks half a second apart."""
    longest_seconds: float
    """Likewise."""


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that has to be so."""

    name: str
    wanted: str
    seen: str
    met: bool | None
    """None: this soak was too short to tell."""


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """Everything."""

    setup: Setup
    bars: tuple[Bar, ...]
    events: Events
    rows: Rows
    row_freshness: Freshness
    gauge_freshness: Freshness
    standstill: Contrast
    """Of any partition: records waited, and none was applied."""
    silence: Contrast
    """Of a worker's main loop: it let those wait who asked for its status."""
    worst_lag: Contrast
    """Records published and not applied, over all partitions."""
    memory: tuple[Memory, ...]
    checkpoints: Checkpoints
    load: float
    """Processes of the machine that wanted to run, mean over the soak: above the number of cores, times are long."""
    restarts: int
    """Workers started again after a fault had ended them."""
    deaths: tuple[str, ...]
    """Last words of workers that ended without a fault's doing."""
    faults: tuple[Fault, ...]

    @property
    def passed(self) -> bool:
        return all(bar.met is not False for bar in self.bars)
