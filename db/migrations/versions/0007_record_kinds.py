"""Records of negotiations, advice, subcontracting plans and protests"""

from collections.abc import Sequence

from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

BEFORE = (
    "facts",
    "market_research",
    "questions",
    "amendments",
    "offers",
    "consensus",
    "decision",
    "debriefings",
)
AFTER = (
    "facts",
    "market_research",
    "questions",
    "amendments",
    "offers",
    "consensus",
    "competitive_range",
    "objectives",
    "exchanges",
    "final_proposals",
    "final_consensus",
    "advice",
    "decision",
    "subcontracting",
    "debriefings",
    "protest",
)


def upgrade() -> None:
    _allow(AFTER)


def downgrade() -> None:
    _allow(BEFORE)


def _allow(kinds: Sequence[str]) -> None:
    words = ", ".join(f"'{kind}'" for kind in kinds)
    name = op.f("ck_project_records_kind")
    op.drop_constraint(name, "project_records", type_="check")
    op.create_check_constraint(name, "project_records", f"kind IN ({words})")
