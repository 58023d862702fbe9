"""The position that approves large acquisition plans of the Navy"""

from collections.abc import Sequence

from alembic import op

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

COLUMNS = (
    ("project_documents", "drafter_position"),
    ("project_members", "position"),
    ("document_approvals", "position"),
)
BEFORE = (
    "contracting_officer",
    "contract_specialist",
    "program_manager",
    "contracting_officers_representative",
    "small_business_professional",
    "legal_counsel",
    "competition_advocate",
    "source_selection_authority",
    "sseb_chair",
    "ssac_chair",
    "price_analyst",
    "security_manager",
    "comptroller",
    "property_administrator",
    "services_official",
    "head_of_procuring_activity",
    "senior_procurement_executive",
)


def upgrade() -> None:
    *lower, highest = BEFORE
    _allow((*lower, "deputy_assistant_secretary", highest))


def downgrade() -> None:
    _allow(BEFORE)


def _allow(positions: Sequence[str]) -> None:
    words = ", ".join(f"'{position}'" for position in positions)
    for table, column in COLUMNS:
        name = op.f(f"ck_{table}_{column}")
        op.drop_constraint(name, table, type_="check")
        op.create_check_constraint(name, table, f"{column} IN ({words})")
