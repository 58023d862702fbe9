"""Short, realistic texts for the rendering tests: one per layout."""

from documents.rendering import NEW_PAGE, PAGE_COUNT_TOKEN, SIGNATURES, Cover, Layout, Signer

DISTRIBUTION = "DISTRIBUTION STATEMENT A. Approved for public release: distribution is unlimited."

PWS = f"""\
# General

The contractor shall provide **help desk and network operations** for {"Fort Example"} in
accordance with *FAR 37.602* & DFARS subpart 237.1. This statement has {PAGE_COUNT_TOKEN} pages.

## Scope

Services cover about 4,200 users at three sites. The literal text {{{{ title }}}} and <b> stays.

- Tier 1 and Tier 2 support, 24 hours a day
- Network monitoring
  - intrusion alerts within 15 minutes
  - monthly capacity report
- Transition-in within 30 days

## Tasks

1. Answer calls
2. Resolve incidents
   1. restore service
   2. record the cause
3. Report

A new list counts anew:

1. Receive government property
2. Return government property

### Performance standards

| PWS | Objective | Standard | Surveillance | AQL |
|:----|:----------|:---------|:-------------|----:|
| 1.2 | Calls are answered within 60 seconds of the first ring | 95% of calls each month | \
100% inspection | 5% |
| 1.3 | **Critical incidents** are resolved within 4 hours of notice | 98% of incidents | \
Periodic sampling | 2% |
| 1.4 | Reports arrive by the 10th day of the month | No late report | Customer feedback | 0% |

Table: Performance requirements summary

# Deliverables

☐ Quality control plan ☒ Monthly status report

# Security

Personnel shall hold a favorable Tier 3 investigation.
"""

IGCE = """\
# Labor

| CLIN | Labor category | Hours | Base year | Option 1 | Option 2 | Option 3 | Total |
|:-----|:---------------|------:|----------:|---------:|---------:|---------:|------:|
| 0001 | Program Manager | 1,880 | $335,580.00 | $345,982.98 | $356,708.45 | $367,766.41 | \
$1,406,037.84 |
| 0001 | Senior Systems Engineer | 3,760 | $621,340.00 | $640,601.54 | $660,460.19 | \
$680,934.45 | $2,603,336.18 |
| 0002 | Help Desk Technician | 18,800 | $1,152,440.00 | $1,188,165.64 | $1,224,998.77 | \
$1,262,973.73 | $4,828,578.14 |
| **Total** | | **24,440** | **$2,109,360.00** | **$2,174,750.16** | **$2,242,167.41** | \
**$2,311,674.59** | **$8,837,952.16** |

# Basis

Rates come from the Service Contract Act wage determination and are escalated by 3.10% a year.
"""

LETTER = f"""\
Dear Ms. Rivera:

You are hereby notified that your quotation of **$8,412,300.00** was not selected. The award was
made on the basis of best value, FAR 15.503(b).

| Factor | Your rating | Awardee's rating |
|:-------|:------------|:-----------------|
| Technical approach | Acceptable | Outstanding |
| Past performance | Satisfactory Confidence | Substantial Confidence |

You may request a debriefing in writing within three days after receipt of this notice.

{SIGNATURES}

{NEW_PAGE}

# Enclosure

1. Evaluation summary
"""

FORM = """\
## Block 1: Solicitation

| Block | Entry |
|:------|:------|
| 2. Contract number | To be assigned at award |
| 3. Solicitation number | W91CRB-26-R-0042 |
| 4. Type of solicitation | ☐ Sealed bid (IFB) ☒ Negotiated (RFP) |
| 5. Date issued | November 22, 2026 |
| 9. Offers due | 2:00 p.m. Eastern Time on January 8, 2027 |
"""

NOTICE = """\
## Description

The Army intends to issue a solicitation for enterprise help desk services, FAR 5.203.

| Milestone | Date |
|:----------|:-----|
| Presolicitation notice | November 22, 2026 |
| Solicitation | December 8, 2026 |
"""

SECTION = """\
# Schedule

| CLIN | Supplies or services | Quantity | Unit | Unit price | Amount |
|:-----|:---------------------|---------:|:-----|-----------:|-------:|
| 0001 | Help desk services, base year, firm-fixed-price | 12 | Month | To be offered | \
To be offered |
| 0002 | Travel, cost-reimbursable, not separately priced | 1 | Lot | NSP | NSP |

# Price instructions

## Option periods

Offerors shall price every option period, FAR 52.217-9.
"""

TEXTS = {
    Layout.REPORT: PWS,
    Layout.PLAN_LANDSCAPE: IGCE,
    Layout.LETTER: LETTER,
    Layout.FORM: FORM,
    Layout.NOTICE: NOTICE,
    Layout.SECTION: SECTION,
}
_TITLES = {
    Layout.REPORT: "Performance Work Statement",
    Layout.PLAN_LANDSCAPE: "Independent Government Cost Estimate",
    Layout.LETTER: "Notice to Unsuccessful Offeror",
    Layout.FORM: "Solicitation, Offer and Award",
    Layout.NOTICE: "Presolicitation Notice",
    Layout.SECTION: "SECTION B - SUPPLIES OR SERVICES AND PRICES/COSTS",
}


def cover_of(layout: Layout, **changes: object) -> Cover:
    """A complete cover in one layout; keyword arguments replace its fields."""
    cover = Cover(
        layout=layout,
        code=layout.value,
        title=_TITLES[layout],
        subtitle="Enterprise Help Desk & Network Operations",
        agency="Department of the Army",
        office="Army Contracting Command, Aberdeen Proving Ground",
        piid="W91CRB-26-R-0042",
        marking="CUI",
        version="1.0",
        date="November 22, 2026",
        distribution=DISTRIBUTION,
        signers=(
            Signer(name="Jane Q. Smith", position="Contracting Officer"),
            Signer(name="John R. Doe", position="Program Manager"),
        ),
        form_number="SF 33" if layout is Layout.FORM else "",
        recipient="Ms. Ana Rivera\nRivera Systems LLC\nArlington, VA 22202"
        if layout is Layout.LETTER
        else "",
    )
    return cover.model_copy(update=changes)
