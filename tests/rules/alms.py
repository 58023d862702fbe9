"""The ALMS sample (Advanced Logistics Management System) as inputs of the rule book."""

from decimal import Decimal

from rules.estimate import EstimateInput, LabourCategory, LinePlan, LineType, OtherDirectCost

PERIODS = 5

_LABOUR: tuple[tuple[str, str, str, tuple[int, ...]], ...] = (
    ("LC01", "Program Manager", "168.42", (1880, 1880, 1880, 1880, 1880)),
    ("LC02", "Solution Architect", "182.75", (3760, 3760, 1880, 1880, 1880)),
    ("LC03", "Senior Software Engineer", "156.30", (15040, 13160, 9400, 7520, 7520)),
    ("LC04", "Software Engineer", "124.85", (18800, 15040, 11280, 9400, 9400)),
    ("LC05", "DevSecOps Engineer", "149.60", (7520, 7520, 5640, 5640, 5640)),
    ("LC06", "Cybersecurity Engineer (ISSE)", "158.95", (5640, 5640, 3760, 3760, 3760)),
    ("LC07", "Data Migration Engineer", "138.20", (7520, 5640, 1880, 0, 0)),
    ("LC08", "Test and QA Engineer", "112.40", (7520, 7520, 5640, 3760, 3760)),
    ("LC09", "Navy Logistics SME", "134.10", (5640, 3760, 3760, 1880, 1880)),
    ("LC10", "Business/Systems Analyst", "118.65", (5640, 5640, 3760, 1880, 1880)),
    ("LC11", "Training Specialist", "96.75", (3760, 5640, 3760, 1880, 1880)),
    ("LC12", "Service Desk Tier 2 Analyst", "78.30", (3760, 9400, 15040, 15040, 15040)),
    ("LC13", "Technical Writer", "92.15", (1880, 1880, 1880, 1880, 1880)),
)


def _amounts(*values: int) -> tuple[Decimal, ...]:
    return tuple(Decimal(value) for value in values)


ESTIMATE_INPUT = EstimateInput(
    labour_escalation=Decimal("0.03"),
    labour=tuple(
        LabourCategory(code=code, title=title, base_rate=Decimal(rate), hours=hours)
        for code, title, rate, hours in _LABOUR
    ),
    other_direct_costs=(
        OtherDirectCost(
            code="HOST",
            title="Cloud hosting",
            quantities=(12, 12, 12, 12, 12),
            unit_prices=(Decimal("86500.00"),),
            unit="MO",
            escalation=Decimal("0.02"),
        ),
        OtherDirectCost(
            code="LIC",
            title="Software licenses",
            amounts=_amounts(642_000, 598_000, 598_000, 598_000, 598_000),
        ),
        OtherDirectCost(
            code="HAND",
            title="Handheld devices",
            quantities=(420, 0, 140, 0, 0),
            unit_prices=(
                Decimal("1875.00"),
                Decimal(0),
                Decimal("1931.25"),
                Decimal(0),
                Decimal(0),
            ),
            unit="EA",
        ),
        OtherDirectCost(
            code="PEN",
            title="Penetration test",
            amounts=_amounts(148_000, 74_000, 74_000, 74_000, 74_000),
        ),
        OtherDirectCost(
            code="TRV",
            title="Travel",
            amounts=_amounts(212_000, 185_000, 96_000, 64_000, 64_000),
        ),
    ),
    lines=(
        LinePlan(
            suffix="001",
            title="Development, cyber, test",
            type=LineType.FFP,
            costs=("LC02", "LC03", "LC04", "LC05", "LC06", "LC08", "LC10", "PEN"),
        ),
        LinePlan(
            suffix="002",
            title="Migration and logistics integration",
            type=LineType.FFP,
            costs=("LC07", "LC09"),
        ),
        LinePlan(suffix="003", title="Program management", type=LineType.FFP, costs=("LC01",)),
        LinePlan(
            suffix="004",
            title="Training and documentation",
            type=LineType.FFP,
            costs=("LC11", "LC13"),
        ),
        LinePlan(suffix="005", title="Service desk Tier 2", type=LineType.FFP, costs=("LC12",)),
        LinePlan(
            suffix="006",
            title="Cloud hosting",
            type=LineType.FFP,
            costs=("HOST",),
            unit="MO",
            quantity=12,
        ),
        LinePlan(suffix="007", title="Licenses", type=LineType.FFP, costs=("LIC",)),
        LinePlan(suffix="008", title="Handhelds", type=LineType.FFP, costs=("HAND",), unit="EA"),
        LinePlan(
            suffix="009",
            title="Travel",
            type=LineType.COST_REIMBURSABLE,
            costs=("TRV",),
            note="NTE",
        ),
        LinePlan(suffix="010", title="Data per Exhibit A", type=LineType.NOT_SEPARATELY_PRICED),
    ),
    method="Bottom-up by labour category",
)
