"""The contract of the existing front end, row by row, and a walker that checks answers against it.

``S`` rows are named by the seed document, ``M`` rows are called by the front end in use.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.api.conftest import Client

SHAPES: Mapping[str, frozenset[str]] = {
    name: frozenset(fields.split())
    for name, fields in {
        "User": "id email name role department notification_preferences is_active created_at",
        "Project": """id name description project_type estimated_value contracting_officer_id
            contracting_officer program_manager_id program_manager current_phase overall_status
            start_date target_completion_date actual_completion_date created_by created_at
            updated_at""",
        "Phase": """id project_id phase_name phase_order status start_date end_date
            estimated_duration_days actual_duration_days created_at""",
        "Step": """id phase_id project_id step_name step_description step_order assigned_user_id
            status deadline completion_date notes attachments requires_approval approved_by
            approval_date assigned_user""",
        "Document": """id project_id document_name description category phase is_required status
            deadline expiration_date requires_approval assigned_user_id notes display_order
            approval_routing default_approver_id generation_status generated_content generated_at
            generation_task_id ai_quality_score created_at updated_at""",
        "Upload": """id project_document_id file_name file_path file_size file_type version_number
            uploaded_by upload_date is_current_version notes""",
        "Approval": """id project_document_id document_upload_id approver_id delegated_from_id
            approval_status approval_date comments requested_at approver""",
        "PendingApproval": """id project_document_id document_upload_id approver_id
            delegated_from_id approval_status approval_date comments requested_at approver document
            project""",
        "History": """id approver_id approval_status delegated_from audit_trail approver""",
        "AuditEntry": "id approval_id action performed_by details timestamp performed_by_user",
        "Transition": """id project_id from_phase to_phase requested_by requested_at gatekeeper_id
            status validation_results gatekeeper_comments resolved_at requester gatekeeper
            project""",
        "Notification": """id user_id project_id notification_type title message data link_url
            is_read sent_via_email email_sent_at created_at""",
        "Named": "id name",
    }.items()
}


@dataclass(frozen=True, slots=True)
class Row:
    """One row: ``answer`` names its members, ``name:Shape`` and ``name:[Shape]`` what is in them.

    ``bytes`` stands for a file.
    """

    version: str
    route: str
    answer: str


TASK = "task_id document_id document_name status progress message created_at result error"
BATCH = """task_id project_id document_ids document_names status progress message
    completed_documents failed_documents current_document"""
VALIDATION = """can_transition blocking_issues warnings document_status required_gatekeeper
    user_can_request from_phase to_phase eligible_gatekeepers"""

ROWS = (
    Row("S", "POST /api/auth/register", "message user:User"),
    Row("S", "POST /api/auth/login", "access_token token_type user:User"),
    Row("S", "GET /api/auth/me", " ".join(sorted(SHAPES["User"]))),
    Row("M", "GET /api/users", "users:[User]"),
    Row("M", "GET /api/admin/users", "users:[User]"),
    Row("M", "POST /api/admin/users", "message user:User"),
    Row("M", "PUT /api/admin/users/{id}/role", "message user:User"),
    Row("M", "DELETE /api/admin/users/{id}", "message"),
    Row("M", "POST /api/admin/bootstrap", "message user:User"),
    Row("S", "GET /api/projects", "projects:[Project]"),
    Row("S", "POST /api/projects", "project:Project"),
    Row("S", "GET /api/projects/{id}", "project:Project"),
    Row("M", "PUT /api/projects/{id}", "message project:Project"),
    Row("M", "DELETE /api/projects/{id}", "message"),
    Row(
        "M",
        "POST /api/projects/{id}/initialize-documents",
        "message existing_count documents:[Document] created_count created",
    ),
    Row("S", "GET /api/projects/{id}/phases", "phases:[Phase]"),
    Row("S", "GET /api/projects/{id}/documents", "documents:[Document]"),
    Row(
        "S",
        "POST /api/projects/{id}/generate-document",
        "message project_id document_type status",
    ),
    Row("M", "GET /api/documents/{id}/uploads", "uploads:[Upload]"),
    Row("M", "POST /api/documents/{id}/upload", "message upload:Upload"),
    Row("M", "DELETE /api/uploads/{id}", "message"),
    Row("M", "PATCH /api/documents/{id}", "message document:Document"),
    Row("M", "POST /api/documents/{id}/generate", "message task_id document_id document_name"),
    Row(
        "M",
        "GET /api/documents/{id}/generation-status",
        """document_id document_name generation_status generated_content generated_at
        ai_quality_score task_id task_info""",
    ),
    Row("M", "GET /api/generation-tasks/{task_id}", TASK),
    Row("M", "GET /api/generation-tasks/{batch_id}", BATCH),
    Row("M", "POST /api/documents/{id}/save-generated", "message document:Document"),
    Row(
        "M",
        "POST /api/projects/{id}/generate-batch",
        "message task_id document_count documents:[Named]",
    ),
    Row(
        "M",
        "GET /api/documents/{id}/check-dependencies",
        """document_id document_name dependencies_met missing_dependencies available_dependencies
        can_generate estimated_minutes""",
    ),
    Row("M", "POST /api/projects/{id}/export-generated-batch", "bytes"),
    Row(
        "M",
        "POST /api/documents/{id}/request-approval",
        "message routing_method routing_info approvals:[Approval]",
    ),
    Row("M", "PATCH /api/documents/{id}/routing", "message document:Document"),
    Row("M", "GET /api/documents/{id}/approvals", "approvals:[Approval]"),
    Row(
        "M",
        "GET /api/documents/{id}/approval-history",
        "document_id document_name history:[History]",
    ),
    Row("M", "GET /api/approvals/pending", "approvals:[PendingApproval] count"),
    Row("M", "POST /api/approvals/{id}/approve", "message approval:Approval document_status"),
    Row("M", "POST /api/approvals/{id}/reject", "message approval:Approval document_status"),
    Row("M", "POST /api/approvals/{id}/delegate", "message approval:Approval"),
    Row("M", "GET /api/approvals/{id}/audit-trail", "approval_id audit_trail:[AuditEntry]"),
    Row("M", "GET /api/projects/{id}/steps", "steps:[Step]"),
    Row("M", "PATCH /api/steps/{id}", "message step:Step"),
    Row("M", "PATCH /api/phases/{id}", "message phase:Phase"),
    Row("M", "POST /api/phases/{id}/create-default-steps", "message created steps:[Step]"),
    Row(
        "M",
        "POST /api/phases/{id}/cleanup-duplicate-steps",
        "message deleted_count remaining_steps steps:[Step]",
    ),
    Row(
        "M",
        "POST /api/projects/{id}/cleanup-all-duplicate-steps",
        "message total_deleted phases",
    ),
    Row("M", "GET /api/phases/{id}/validate-transition", VALIDATION),
    Row(
        "M",
        "POST /api/phases/{id}/request-transition",
        "message transition_request:Transition",
    ),
    Row("M", "GET /api/phase-transitions/pending", "pending_transitions:[Transition] count"),
    Row("M", "POST /api/phase-transitions/{id}/approve", "message transition_request:Transition"),
    Row("M", "POST /api/phase-transitions/{id}/reject", "message transition_request:Transition"),
    Row(
        "M",
        "GET /api/projects/{id}/transition-history",
        "project_id transitions:[Transition] count",
    ),
    Row("S", "GET /api/notifications", "notifications:[Notification]"),
    Row("S", "PATCH /api/notifications/{id}/read", "message"),
    Row("M", "PATCH /api/notifications/read-all", "message"),
    Row("M", "DELETE /api/notifications/{id}", "message"),
    Row("M", "GET /health", "status service"),
    Row("M", "GET /", "message version docs"),
    Row("M", "GET /files/{id}/{name}", "bytes"),
    Row("S", "WS /ws/{id}", "generation_started progress generation_complete"),
)
"""Optional by the contract, and not served: RAG, comparison, export preparation, guided flow,
copilot and quality."""


@dataclass(slots=True)
class Walk:
    """Calls routes and keeps which rows answered as they should."""

    passed: set[str] = field(default_factory=set[str])
    problems: list[str] = field(default_factory=list[str])

    async def call(
        self, who: Client, route: str, path: str = "", *, status: int = 200, **request: Any
    ) -> Any:
        """Call the route of a row and check its answer; raises AssertionError, noted, if wrong.

        ``path`` is the concrete one, where it differs from the row's.
        """
        method, template = route.split()
        response = await who.request(method, path or template, **request)
        row = next(row for row in ROWS if row.route == route)
        wrong = _wrong(row, response, status)
        if wrong:
            self.fail(route, wrong)
        self.passed.add(route)
        return None if row.answer == "bytes" else response.json()

    def fail(self, route: str, problem: str) -> None:
        self.problems.append(f"{route}: {problem}")
        raise AssertionError(self.problems[-1])

    def report(self) -> str:
        missed = [row for row in ROWS if row.route not in self.passed]
        lines = [f"contract: {len(ROWS) - len(missed)} of {len(ROWS)} rows pass"]
        lines += [f"  not passed: {row.version} {row.route}" for row in missed]
        return "\n".join(lines + [f"  {problem}" for problem in self.problems])


def _wrong(row: Row, response: Any, status: int) -> str:
    if response.status_code != status:
        return f"answered {response.status_code}: {response.text[:500]}"
    if row.answer == "bytes":
        return "" if response.content else "answered with an empty file"
    answer = response.json()
    for member in row.answer.split():
        name, _, shape = member.partition(":")
        if name not in answer:
            return f"the answer has no {name!r}: {sorted(answer)}"
        if not shape:
            continue
        items = answer[name] if shape.startswith("[") else [answer[name]]
        wanted = SHAPES[re.sub(r"\W", "", shape)]
        for item in items:
            if missing := wanted - item.keys():
                return f"{name} lacks {sorted(missing)}"
        if not items and name not in MAY_BE_EMPTY:
            return f"{name} is empty, so nothing is shown of its members"
    return ""


MAY_BE_EMPTY = frozenset({"created"})
