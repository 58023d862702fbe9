"""The schema of a fact file for editors: completion, hints and checks while somebody types."""

from typing import Any, cast

from pydantic import BaseModel, ConfigDict, Field

from documents.facts import Facts, Records


class FactFile(BaseModel):
    """A fact file: the requirements package, and what people record later, if anything."""

    model_config = ConfigDict(extra="forbid", title="Procureflow fact file")

    facts: Facts
    records: Records = Field(default=Records())


def fact_file_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a fact file; unknown keys are errors, texts are described."""
    schema = FactFile.model_json_schema()
    # An empty record is the same as none; its rendering as a default would only be noise.
    schema["properties"]["records"].pop("default", None)
    _allow_local_times(schema)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


_LOCAL = {"time": r"^\d{2}:\d{2}(:\d{2})?$", "date-time": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}"}


def _allow_local_times(part: Any) -> None:
    """Times are local to the office, without the offset that JSON Schema's formats ask for."""
    if isinstance(part, dict):
        entries = cast(dict[str, Any], part)
        pattern = _LOCAL.get(str(entries.get("format")))
        if pattern and entries.get("type") == "string":
            del entries["format"]
            entries["pattern"] = pattern
        for inner in entries.values():
            _allow_local_times(inner)
    elif isinstance(part, list):
        for inner in cast(list[Any], part):
            _allow_local_times(inner)
