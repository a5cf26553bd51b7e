"""The published JSON Schemas say what the decoder does."""

import json

import jsonschema
import pytest

from schemas.json_schema import FOLDER, render
from tests.unit.schemas.test_decoder import event


def test_the_committed_files_are_those_of_the_types() -> None:
    committed = {path.name: path.read_text() for path in FOLDER.glob("*.json")}
    assert committed == render(), "run: python -m schemas.json_schema"


def test_a_published_schema_accepts_what_the_decoder_accepts() -> None:
    schema = json.loads(render()["cx.survey.answered.v1.json"])
    jsonschema.validate(json.loads(event()), schema)


def test_a_published_schema_refuses_a_missing_field() -> None:
    schema = json.loads(render()["cx.survey.answered.v1.json"])
    with pytest.raises(jsonschema.ValidationError, match="subject"):
        jsonschema.validate(json.loads(event(subject=None)), schema)
