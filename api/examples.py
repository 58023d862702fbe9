"""Example bodies of the interface, by operation id; the fuzz run sends each of them, too."""

from typing import Any

BODIES: dict[str, dict[str, Any]] = {
    "login": {"email": "j.okafor@navy.mil", "password": "a long passphrase"},
    "register": {
        "email": "new.person@navy.mil",
        "password": "correct horse battery staple",
        "name": "New Person",
    },
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
