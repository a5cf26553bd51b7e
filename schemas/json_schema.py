"""The published JSON Schemas: one file per event type, generated from the types. ``python -m schemas.json_schema``."""

from pathlib import Path
from typing import Any, Final, get_args

import msgspec

from schemas.events import Event

FOLDER: Final = Path(__file__).parent / "json"


def render() -> dict[str, str]:
    """File name -> text of each schema, such as ``cx.case.opened.v1.json``."""
    result = {}
    for event in get_args(Event):
        name = event.__struct_config__.tag
        schema: dict[str, Any] = msgspec.json.schema(event)
        schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
        schema["title"] = name
        text = msgspec.json.format(msgspec.json.encode(schema, order="deterministic"), indent=2).decode()
        result[f"{name}.json"] = text + "\n"
    return result


def main() -> None:
    """Write the files and remove those of types that are gone."""
    FOLDER.mkdir(exist_ok=True)
    files = render()
    for old in FOLDER.glob("*.json"):
        if old.name not in files:
            old.unlink()
    for name, text in files.items():
        (FOLDER / name).write_text(text)


if __name__ == "__main__":
    main()
