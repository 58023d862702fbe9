"""The ALMS sample (Advanced Logistics Management System) as inputs of the rule book."""

from decimal import Decimal

from rules.estimate import EstimateInput, LabourCategory, LinePlan, LineType, OtherDirectCost
from rules.evaluation import Factor, Finding, FindingKind, Offer, Rating, Scale

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

IGCE_TOTAL = Decimal("58294575.84")

FACTORS = tuple(
    Factor(
        code=code,
        title=title,
        scale=scale,
        importance=importance,
        standard="Stated in Section M",
        volume=volume,
    )
    for code, title, scale, importance, volume in (
        ("1", "Technical", Scale.TECHNICAL, "The most important factor", "I"),
        ("2", "Management and Staffing", Scale.TECHNICAL, "Less important than Factor 1", "II"),
        ("3", "Past Performance", Scale.CONFIDENCE, "Less important than Factor 2", "III"),
        ("4", "Small Business Participation", Scale.TECHNICAL, "The least important", "IV"),
        ("5", "Price", Scale.PRICE, "Not rated", "V"),
    )
)

_OFFERS: tuple[tuple[str, str, bool, tuple[int, ...], tuple[str, str, str, str]], ...] = (
    (
        "A",
        "Tidewater Logistics Systems LLC",
        True,
        (13_912_405, 12_674_310, 10_498_220, 8_802_117, 8_983_360),
        ("Good", "Good", "Satisfactory Confidence", "Outstanding"),
    ),
    (
        "B",
        "Meridian Federal Solutions Inc.",
        False,
        (15_480_115, 14_112_690, 11_702_455, 9_842_310, 10_067_410),
        ("Outstanding", "Good", "Substantial Confidence", "Acceptable"),
    ),
    (
        "C",
        "Harborline Digital JV",
        True,
        (13_201_980, 12_077_430, 10_012_345, 8_402_900, 8_624_000),
        ("Unacceptable", "Acceptable", "Neutral Confidence", "Good"),
    ),
    (
        "D",
        "NorthStar Integrated Services Corp.",
        False,
        (14_602_330, 13_388_215, 11_109_505, 9_301_460, 9_544_720),
        ("Acceptable", "Good", "Limited Confidence", "Marginal"),
    ),
)

OFFERS = tuple(
    Offer(
        code=code,
        name=name,
        small_business=small,
        address="1 Harbor Way, Norfolk, VA 23510",
        uei=f"UEI{code}00000000",
        cage=f"0{code}000",
        received="2027-04-30 13:05",
        method="PIEE",
        prices=tuple(Decimal(price) for price in prices),
        sam_active=True,
        excluded=False,
    )
    for code, name, small, prices, _ in _OFFERS
)

_FINDINGS = {
    "Unacceptable": (FindingKind.DEFICIENCY, "Handhelds work 24 hours without a network, not 72."),
    "Outstanding": (FindingKind.STRENGTH, "Works 168 hours without a network."),
}


def _findings(word: str) -> tuple[Finding, ...]:
    if word not in _FINDINGS:
        return ()
    kind, text = _FINDINGS[word]
    return (Finding(kind=kind, text=text, volume="I", page=12),)


RATINGS = tuple(
    Rating(
        offer=offer,
        factor=str(number),
        rating=word,
        narrative="Consensus of the evaluators.",
        findings=_findings(word),
        evaluators=2,
    )
    for offer, _, _, _, words in _OFFERS
    for number, word in enumerate(words, start=1)
)
