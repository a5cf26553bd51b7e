"""``cxstream local``: everything on this machine, with made-up traffic or event files."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
import typer
from rich.console import Console

from streams.commands.exits import Exit, fail, require_files, settings_in_force

if TYPE_CHECKING:
    from deploy.local.reconciliation import Reconciliation

_SIMULATED_RATE = 80.0


def local(
    broker: Annotated[
        Literal["tansu", "kafka"],
        typer.Option(
            help="tansu: from its wheel, in memory; kafka: Apache Kafka, needs Java 17 and Maven, keeps its log"
        ),
    ] = "tansu",
    rate: Annotated[
        float | None,
        typer.Option(min=0.001, help=f"Events per second; default {_SIMULATED_RATE:g} simulated, files unlimited"),
    ] = None,
    input: Annotated[  # the option's name
        list[str] | None,
        typer.Option(metavar="FILE", help="Publish this event file instead of simulated traffic; may be repeated"),
    ] = None,
    until_done: Annotated[
        bool, typer.Option("--until-done", help="End when every published event is applied, stored and checkpointed")
    ] = False,
    duration: Annotated[float | None, typer.Option(min=1, help="End after this many seconds")] = None,
    data_dir: Annotated[
        Path, typer.Option(help="Where ClickHouse's data, logs and endpoints.json go", file_okay=False)
    ] = Path(".cxstream"),
    workers: Annotated[int, typer.Option(min=1, max=64, help="Worker processes")] = 1,
    partitions: Annotated[int, typer.Option(min=1, max=1_000, help="Partitions of each topic of events")] = 6,
    watch: Annotated[
        bool,
        typer.Option(
            "--watch", help="Also run Prometheus and Alertmanager, show alerts, and tell a longer story of an outage"
        ),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the summary as JSON, and everything else on standard error")
    ] = False,
) -> None:
    """Run broker, ClickHouse engine and workers on this machine and show live numbers.

    Without --input, simulated customers tell a story that repeats every ten minutes: calm, a slow team, an outage, the
    recovery. A process that dies is started again. Endpoints are printed and written to DIR/endpoints.json; Ctrl-C ends
    everything in order. At the end a summary says what became of each published event:
    published = accepted + duplicates + dead letters.

    With --watch the programs `prometheus` and `alertmanager` have to be installed. The story then takes 25 minutes, and
    the rules about customers are quickened to it; nobody is called.

    Exit codes: 0 done; 1 a summary that does not add up, events not done in time, or an unexpected failure; 2 done, but
    some lines were no events or some events became dead letters; 3 wrong use; 4 a part of the stack did not start or
    was lost; 130 interrupted.
    """
    require_files(input or [])
    if until_done and not input and duration is None:
        fail(Exit.WRONG_USE, "--until-done never ends with simulated traffic: add --duration SECONDS or --input FILE")
    settings = settings_in_force()
    if (
        settings.kafka_security != "plaintext"
        or settings.metrics_cert_file
        or settings.clickhouse_url.startswith("https")
    ):
        fail(
            Exit.WRONG_USE, "the local stack speaks plain text on loopback: unset what turns security on (CX_KAFKA_...)"
        )
    try:
        from deploy.local.process import StartError
        from deploy.local.run import End, run
        from deploy.local.simulator.story import LONG, SHORT
        from deploy.local.stack import Plan
        from deploy.local.supervisor import ProcessLost
        from deploy.local.traffic import Files, Simulation
    except ModuleNotFoundError as missing:
        fail(Exit.WRONG_USE, f"{missing.name} is not installed: pip install 'cxstream[local]'")
    from streams.kafka_access import KafkaRefused, KafkaUnreachable

    console = Console(stderr=as_json)
    plan = Plan(broker, data_dir, workers, partitions, history=bool(input), watch=watch)
    story = LONG if watch else SHORT
    try:
        summary = run(
            plan,
            partial(Files, input, rate) if input else partial(Simulation, rate or _SIMULATED_RATE, story),
            End(until_done, duration),
            console,
        )
    except (StartError, ProcessLost, KafkaRefused, KafkaUnreachable) as error:
        fail(Exit.UNREACHABLE, str(error))
    except KeyboardInterrupt:
        raise typer.Exit(Exit.INTERRUPTED) from None
    typer.echo(msgspec.json.encode(summary).decode() if as_json else _text(summary))
    raise typer.Exit(_exit_code(summary, until_done))


def _exit_code(summary: "Reconciliation", until_done: bool) -> Exit:
    if until_done and not (summary.settled and summary.adds_up):
        return Exit.UNEXPECTED
    return Exit.PARTLY_BAD if summary.bad_lines or summary.dead_letters else Exit.DONE


def _text(summary: "Reconciliation") -> str:
    lines = []
    for topic in summary.topics:
        earlier = f" (and {topic.earlier:,} earlier)" if topic.earlier else ""
        reasons = ", ".join(f"{reason} {count:,}" for reason, count in topic.reasons.items())
        lines.append(
            f"{topic.topic}: published {topic.published:,}{earlier} = accepted {topic.accepted:,} "
            f"+ duplicates {topic.duplicates:,} + dead letters {topic.dead_letters:,}"
            + (f" ({reasons})" if reasons else "")
            + (f" + erased {topic.erased:,}" if topic.erased else "")
            + ("" if topic.adds_up else "   DOES NOT ADD UP" if topic.settled else "   not all applied yet")
        )
    if summary.bad_lines:
        lines.append(f"{summary.bad_lines:,} lines of the input were no events and were not published")
    end = "everything is applied, stored and checkpointed" if summary.settled else "stopped"
    return "\n".join([*lines, f"{end} after {summary.seconds:g} s"])
