"""A small package that agrees with itself, and a way to poison one document of it."""

from datetime import date
from decimal import Decimal

from rules.checks import (
    Approval,
    DocumentText,
    PackageFactor,
    PackageFacts,
    PackageLine,
    PackagePeriod,
)
from rules.checks.figures import figures_in

HEADER = "Advanced Logistics Management System (ALMS)\nDepartment of the Navy\nN0018927R0042\n"
TITLES = {
    "PWS": "Performance Work Statement",
    "IGCE": "Independent Government Cost Estimate",
    "DD254": "Contract Security Classification Specification",
    "SSP": "Source Selection Plan",
    "PSN": "Presolicitation Notice",
    "SEC-B": "Section B",
    "SEC-F": "Section F",
    "SEC-H": "Section H",
    "SEC-I": "Section I",
    "SEC-J": "Section J",
    "SEC-L": "Section L",
    "SEC-M": "Section M",
    "SSDD": "Source Selection Decision Document",
    "SF26": "Award/Contract",
    "CAS": "Contract Award Synopsis",
}
FACTOR_LIST = (
    "Factor 1: Technical, with Architecture and Migration. Factor 2: Past Performance. "
    "Factor 3: Price. "
)
BODIES = {
    "PWS": "The Contractor shall keep 99.5 % availability. Access to classified information at "
    "the SECRET level is required.",
    "IGCE": "0001 $1,000,000.00 0002 NSP 1001 $500,000.50 1002 NSP Total $1,500,000.50",
    "DD254": "Facility clearance SECRET for contract performance.",
    "SSP": FACTOR_LIST + "All non-price factors are significantly more important than price. "
    "The total estimated value is $1,500,000.50.",
    "PSN": "NAICS 541512, size standard of $34,000,000. PSC: DA01. "
    "Period of performance: 24 months, October 1, 2027 through September 30, 2029. "
    "All responsible sources may submit a proposal. Contact: contracts@navy.mil.",
    "SEC-B": "0001 Development, 0002 Data, 1001 Development, 1002 Data. Dated 2027-03-16.",
    "SEC-F": "Base Period | October 1, 2027 | September 30, 2028\n"
    "Option Period 1 | October 1, 2028 | September 30, 2029",
    "SEC-H": "Access to classified information up to SECRET is required; see DD Form 254.",
    "SEC-I": "52.240-92 Security Requirements",
    "SEC-J": "Attachment 1 | Performance Work Statement | March 16, 2027 | 12\n"
    "Attachment 2 | Contract Security Classification Specification | March 16, 2027 | 3",
    "SEC-L": "Volume I answers Technical, by Architecture and Migration. Volume II answers Past "
    "Performance. Volume III answers Price.",
    "SEC-M": FACTOR_LIST + "All non-price factors, when combined, are significantly more "
    "important than price.",
    "SSDD": FACTOR_LIST + "Tidewater LLC is rated Good.",
    "SF26": "Contract N0018927C0042 0001 0002 1001 1002 total contract price $1,400,000.00, "
    "base value $900,000.00",
    "CAS": "Awarded to Tidewater LLC, total contract value $1,400,000.00.",
}
_PUBLIC = {"PSN", "SEC-B", "SEC-F", "SEC-H", "SEC-I", "SEC-J", "SEC-L", "SEC-M", "CAS", "PWS"}
_PAGES = {"PWS": 12, "DD254": 3}


def document(code: str, body: str) -> DocumentText:
    text = HEADER + body
    signer = "Source Selection Authority" if code == "SSDD" else "Contracting Officer"
    return DocumentText(
        code=code,
        title=TITLES[code],
        sensitivity="public" if code in _PUBLIC else "internal",
        text=text,
        pdf_text=text if code in _PUBLIC else f"CUI\n{text}",
        pages=_PAGES.get(code, 1),
        sha256=f"sha-{code}",
        approvals=(Approval(position=signer, person="Okafor", sha256=f"sha-{code}"),),
        drafter="Rivera",
    )


def documents(**bodies: str) -> tuple[DocumentText, ...]:
    """The clean documents; ``SEC_M="..."`` replaces the body of Section M."""
    changed = {name.replace("_", "-"): body for name, body in bodies.items()}
    return tuple(document(code, changed.get(code, body)) for code, body in BODIES.items())


_ALLOWED = figures_in(" ".join(BODIES.values()))

FACTS = PackageFacts(
    title="Advanced Logistics Management System (ALMS)",
    agency="Department of the Navy",
    solicitation_piid="N0018927R0042",
    contract_piid="N0018927C0042",
    naics="541512",
    psc="DA01",
    size_standard=Decimal(34_000_000),
    periods=(
        PackagePeriod(title="Base Period", start=date(2027, 10, 1), end=date(2028, 9, 30)),
        PackagePeriod(title="Option Period 1", start=date(2028, 10, 1), end=date(2029, 9, 30)),
    ),
    lines=(
        PackageLine(number="0001", amount=Decimal("1000000.00")),
        PackageLine(number="0002", amount=None),
        PackageLine(number="1001", amount=Decimal("500000.50")),
        PackageLine(number="1002", amount=None),
    ),
    igce_total=Decimal("1500000.50"),
    award_total=Decimal("1400000.00"),
    award_base=Decimal("900000.00"),
    factors=(
        PackageFactor(
            code="1",
            title="Technical",
            volume="I",
            rated=True,
            subfactors=("Architecture", "Migration"),
        ),
        PackageFactor(code="2", title="Past Performance", volume="II", rated=True),
        PackageFactor(code="3", title="Price", volume="III", rated=False),
    ),
    price_importance="significantly more important than",
    classified=True,
    clearance="SECRET",
    attachments=("PWS", "DD254"),
    offerors=("Tidewater LLC", "Meridian Inc."),
    awardee="Tidewater LLC",
    holders=frozenset(
        {("Contracting Officer", "Okafor"), ("Source Selection Authority", "Okafor")}
    ),
    allowed_amounts=frozenset(amount.value for amount in _ALLOWED.amounts),
    allowed_percents=frozenset(_ALLOWED.percents),
    allowed_dates=frozenset(_ALLOWED.dates),
)
