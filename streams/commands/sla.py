"""``cxstream sla``: service level agreements to every partition."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from schemas.events import SlaPolicyData, SlaPolicyPublished
from schemas.sla import SlaPolicy, load_policies
from streams.commands.versions import FromOption, FromZoneOption, SummaryOption, publish_versions

SOURCE = "/cxstream/sla"
"""Of the events that this command makes."""


def sla(
    file: Annotated[Path, typer.Argument(help="Agreements by id: YAML as schemas/sla.py explains")],
    effective_from: FromOption = None,
    tz: FromZoneOption = "UTC",
    as_json: SummaryOption = False,
) -> None:
    """Publish service level agreements, so that it is counted which of their promises were kept.

    Cases that begin after that know them, and so does every replay of the log. A case is judged by the agreement that
    its events name (`sla_policy` in their data), each version of one apart.

    Exit codes: 0 done; 3 wrong use, a file that is none of agreements, or Kafka refuses us; 4 Kafka cannot be reached,
    the same command may be repeated.
    """
    publish_versions("agreements", load_policies, _event, file, effective_from, tz, as_json)


def _event(event_id: str, time: datetime, name: str, policy: SlaPolicy, since: datetime) -> SlaPolicyPublished:
    data = SlaPolicyData(
        first_response=policy.first_response,
        next_reply=policy.next_reply,
        resolution=policy.resolution,
        business=policy.business,
        effective_from=since,
    )
    return SlaPolicyPublished(specversion="1.0", id=event_id, source=SOURCE, time=time, subject=name, data=data)
