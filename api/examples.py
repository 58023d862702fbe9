"""Example bodies of the interface, by operation id; the fuzz run sends each of them, too."""

from collections.abc import Mapping
from typing import Any

BODIES: dict[str, dict[str, Any]] = {
    "login": {"email": "some.person@navy.mil", "password": "a long passphrase"},
    "register": {
        "email": "new.person@navy.mil",
        "password": "correct horse battery staple",
        "name": "New Person",
    },
    "change_password": {
        "current_password": "a long passphrase",
        "new_password": "another long passphrase",
    },
    "begin_second_factor": {"current_password": "a long passphrase"},
    "confirm_second_factor": {"otp": "492039"},
    "replace_recovery_codes": {"current_password": "a long passphrase", "otp": "492039"},
    "remove_own_second_factor": {"current_password": "a long passphrase", "otp": "492039"},
    "end_session": {"current_password": "a long passphrase"},
    "end_other_sessions": {"current_password": "a long passphrase"},
    "change_preferences": {"email": True, "in_app": True, "deadline_days": [1, 3, 7]},
    "refresh": {"refresh_token": "the refresh token of the last answer"},
    "create_project": {
        "name": "Advanced Logistics Management System",
        "description": "Sustainment of the fleet's logistics system",
        "project_type": "rfp",
        "estimated_value": "12500000.00",
        "start_date": "2026-10-01",
        "target_completion_date": "2027-09-30",
        "auto_draft": False,
    },
    "generate_document_of_type": {"document_type": "PWS"},
    "generate_document": {
        "assumptions": [
            {"id": "A1", "text": "Two ports are supported", "source": "Program office"}
        ],
        "additional_context": "The incumbent contract ends on 30 September.",
    },
    "approve": {"comments": "Agrees with the acquisition plan."},
    "reject": {"comments": "Section 3 contradicts the estimate."},
    "request_changes": {"comments": "State the period of performance in section 2."},
    "approve_transition": {"comments": "The package is complete."},
    "reject_transition": {"comments": "The market research is missing."},
}

ID = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
BY_FORMAT: dict[str, Any] = {
    "uuid": ID,
    "date": "2026-10-01",
    "date-time": "2026-10-01T14:00:00Z",
    "email": "new.person@navy.mil",
}
DEEPEST = 4


def example_of(schema: Mapping[str, Any], components: Mapping[str, Any], depth: int = 0) -> Any:
    """A value that shows the shape of a schema, for bodies without an example of their own."""
    reference: str | None = schema.get("$ref")
    if reference is not None:
        return example_of(components[reference.rpartition("/")[2]], components, depth)
    stated = _stated(schema)
    if stated is not None:
        return stated
    for choice in schema.get("anyOf", ()):
        if choice.get("type") != "null":
            return example_of(choice, components, depth)
    match schema.get("type"):
        case "object" if depth < DEEPEST:
            return _object(schema, components, depth)
        case "array" if depth < DEEPEST:
            item = example_of(schema.get("items", {}), components, depth + 1)
            return [] if item is None else [item]
        case "string":
            text = str(schema.get("title", "text")).ljust(schema.get("minLength", 0), ".")
            return BY_FORMAT.get(schema.get("format", ""), text)
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return False
        case _:
            return None


def _stated(schema: Mapping[str, Any]) -> Any:
    """What the schema itself gives as a value, if anything."""
    for known in ("example", "default", "const"):
        if schema.get(known) is not None:
            return schema[known]
    for several in ("examples", "enum"):
        if schema.get(several):
            return schema[several][0]
    return None


def _object(schema: Mapping[str, Any], components: Mapping[str, Any], depth: int) -> dict[str, Any]:
    required = schema.get("required", ())
    shown: dict[str, Any] = {}
    for name, field in schema.get("properties", {}).items():
        choices = (field, *field.get("anyOf", ()))
        # No value is made up for a pattern, such as a hash.
        if name in required or not any("pattern" in choice for choice in choices):
            value = example_of(field, components, depth + 1)
            if value is not None:
                shown[name] = value
    return shown
