"""Indices: several questions or stages as one number."""

import sys
from itertools import chain, groupby
from operator import attrgetter
from typing import Final

from schemas.indices import Index, load_indices
from schemas.metrics import RegistryError, load_registry
from streams.commands.exits import Exit, fail
from streams.commands.reports.request import Request
from streams.reporting import index_output
from streams.reporting.indices import index_lines
from streams.settings import Settings

INDEX: Final = "index"
"""Stands in the place of a metric for all indices; ``index.<id>`` for one."""


def report_indices(name: str, request: Request) -> None:
    """The index of this name, or all."""
    indices = _wanted(name, request.settings)
    for each in indices:
        if each.entry.by in (*request.by, *request.where):
            place = f"{INDEX}.{each.entry.id} is made of the values of {each.entry.by}"
            fail(Exit.WRONG_USE, f"{place}: neither --by nor --where may name it")
    shown = request.suppression(*(each.metric for each in indices))
    with request.contents() as contents:
        lines = index_lines(indices, request.asked, contents)
        kept = chain.from_iterable(shown(of_one) for _, of_one in groupby(lines, key=attrgetter("of")))
        if request.form == "json":
            index_output.write_json(kept, request.zone, request.language, sys.stdout)
        elif request.form == "csv":
            index_output.write_csv(kept, indices, request.asked, request.language, sys.stdout)
        else:
            index_output.write_tables(kept, request.asked, request.language, sys.stdout)
    request.tell(shown)


def _wanted(name: str, settings: Settings) -> list[Index]:
    try:
        known = load_indices(load_registry(settings.registry_file), settings.indices_file)
    except (RegistryError, OSError) as error:
        fail(Exit.WRONG_USE, f"CX_REGISTRY_FILE or CX_INDICES_FILE: {error}")
    if not name:
        return list(known.values())
    if name not in known:
        fail(Exit.WRONG_USE, f"unknown index {name!r}; known are {', '.join(known)}")
    return [known[name]]
