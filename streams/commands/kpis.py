"""``cxstream kpis``: the KPIs, what they are read from, and their targets."""

import sys
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from schemas.kpis import Kpi, load_kpis
from schemas.languages import LANGUAGES, Language
from schemas.metrics import RegistryError, load_registry
from streams.commands.exits import Exit, fail, settings_in_force
from streams.reporting.encoding import PIPE_WIDTH
from streams.reporting.kpi_rules import rules as rules_of
from streams.reporting.units import in_unit, step
from streams.settings import Settings

IndustryOption = Annotated[str | None, typer.Option(metavar="NAME", help="KPIs of this industry too, such as retail")]
LanguageOption = Annotated[str, typer.Option(metavar="|".join(LANGUAGES), help="Language of names, labels and tables")]


def kpis(
    as_json: Annotated[bool, typer.Option("--json", help="A JSON list of objects")] = False,
    rules: Annotated[
        bool, typer.Option("--rules", help="Targets of those with an alarm, as rules for Prometheus")
    ] = False,
    industry: IndustryOption = None,
    lang: LanguageOption = "en",
) -> None:
    """List the KPIs: what they are read from, floor and goal, and how many facts they need at least.

    CX_KPIS_FILE adds to them or replaces them; `cxstream report kpi` shows how they stand.

    Exit codes: 0 done; 3 wrong use, or a KPI that contradicts itself.
    """
    language = language_of(lang)
    wanted = wanted_kpis(settings_in_force(), "", industry)
    if rules:
        try:
            typer.echo(rules_of(wanted), nl=False)
        except ValueError as error:
            fail(Exit.WRONG_USE, str(error))
        return
    if as_json:
        objects = [
            {"definition": kpi.entry.definition, "unit": kpi.unit, **msgspec.to_builtins(kpi.entry)} for kpi in wanted
        ]
        typer.echo(msgspec.json.format(msgspec.json.encode(objects)).decode())
        return
    table = Table("KPI", "definition", "metric", "floor", "goal", "least n", box=None, padding=(0, 2, 0, 0))
    for kpi in wanted:
        table.add_row(
            kpi.entry.names[language],
            kpi.entry.definition,
            _read_from(kpi),
            _target(kpi, kpi.floor),
            _target(kpi, kpi.goal),
            str(kpi.minimum_n),
        )
    Console(width=None if sys.stdout.isatty() else PIPE_WIDTH).print(table)


def all_kpis(settings: Settings) -> dict[str, Kpi]:
    """Every KPI by id; leaves with `Exit.WRONG_USE` when the files cannot be used."""
    try:
        return load_kpis(load_registry(settings.registry_file), settings.kpis_file)
    except (RegistryError, OSError) as error:
        fail(Exit.WRONG_USE, f"CX_REGISTRY_FILE or CX_KPIS_FILE: {error}")


def wanted_kpis(settings: Settings, name: str, industry: str | None) -> list[Kpi]:
    """The KPI called ``name``, or, without a name, all that are of no industry or of this one."""
    known = all_kpis(settings)
    if name:
        if name not in known:
            fail(Exit.WRONG_USE, f"unknown KPI {name!r}; known are {', '.join(known)}")
        return [known[name]]
    industries = {kpi.entry.industry: None for kpi in known.values() if kpi.entry.industry}
    if industry is not None and industry not in industries:
        fail(Exit.WRONG_USE, f"there is no KPI of industry {industry!r}; known are {', '.join(industries)}")
    return [kpi for kpi in known.values() if kpi.entry.industry in (None, industry)]


def language_of(text: str) -> Language:
    """The language of ``--lang``."""
    for language in LANGUAGES:
        if language == text:
            return language
    fail(Exit.WRONG_USE, f"--lang {text!r}: write {' or '.join(LANGUAGES)}")


def _read_from(kpi: Kpi) -> str:
    entry = kpi.entry
    statistic = f" {entry.statistic}" if entry.statistic != "value" else ""
    base = f" of {entry.base:,}" if entry.base else ""
    only = "".join(f", {name} {' or '.join(values)}" for name, values in entry.where.items())
    scale = f" on {entry.scale}" if entry.scale else ""
    change = f", change from {entry.change_from}" if entry.change_from else ""
    return f"{entry.metric}{statistic}{base}{scale}{only}{change}"


def _target(kpi: Kpi, target: float | None) -> str:
    if target is None:
        return ""
    sign = "≥" if kpi.entry.better == "higher" else "≤"
    return f"{sign} {step(target, kpi.unit) if kpi.entry.change_from else in_unit(target, kpi.unit)}"
