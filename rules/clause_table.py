"""Rows of the clause matrix: number, title, date of the text and when the clause applies."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from rules.citations import Regime, cite
from rules.clause_facts import Clause, ClauseFacts, Section
from rules.thresholds import ThresholdId

When = Callable[[ClauseFacts], bool]

# FAR 3.1004 as adjusted on 1 October 2025.
_BUSINESS_ETHICS = Decimal(7_500_000)
_ASSESSMENT_PHASE_2 = date(2026, 11, 10)
_DEVIATION_DATE = "FEB 2026"
_PART_15_DEVIATION_DATE = "MAR 2026"


def _any(_: ClauseFacts) -> bool:
    return True


def _noncommercial(facts: ClauseFacts) -> bool:
    return not facts.commercial


def _over_sat(facts: ClauseFacts) -> bool:
    return not facts.commercial and facts.over(ThresholdId.SAT)


def _service(facts: ClauseFacts) -> bool:
    return not facts.commercial and facts.service


def _service_employees(facts: ClauseFacts) -> bool:
    return facts.service_contract_labor_standards and facts.over(ThresholdId.SCLS)


def _rfo(facts: ClauseFacts) -> bool:
    return facts.regime is Regime.RFO


def _far(facts: ClauseFacts) -> bool:
    return facts.regime is Regime.FAR


def _subcontracting(facts: ClauseFacts) -> bool:
    return facts.over(ThresholdId.SUBK) and facts.other_than_small_possible and not facts.set_aside


def _travel(facts: ClauseFacts) -> bool:
    return not facts.commercial and facts.cost_reimbursable_travel


def _data(facts: ClauseFacts) -> bool:
    return not facts.commercial and facts.data_rights


def _options(facts: ClauseFacts) -> bool:
    return facts.options


def _both(*conditions: When) -> When:
    return lambda facts: all(condition(facts) for condition in conditions)


def _extension_text(facts: ClauseFacts) -> str:
    return (
        "The Government may require continued performance of any services within the limits and "
        "at the rates specified in the contract. These rates may be adjusted only as a result of "
        "revisions to prevailing labor rates provided by the Secretary of Labor. The option "
        "provision may be exercised more than once, but the total extension of performance "
        "hereunder shall not exceed 6 months. The Contracting Officer may exercise the option by "
        f"written notice to the Contractor within {facts.extension_notice_days} days before the "
        "contract expires."
    )


def _option_text(facts: ClauseFacts) -> str:
    return (
        "(a) The Government may extend the term of this contract by written notice to the "
        f"Contractor within {facts.option_exercise_days} days before the contract expires; "
        "provided that the Government gives the Contractor a preliminary written notice of its "
        f"intent to extend at least {facts.option_notice_days} days before the contract expires. "
        "The preliminary notice does not commit the Government to an extension.\n\n"
        "(b) If the Government exercises this option, the extended contract shall be considered "
        "to include this option clause.\n\n"
        "(c) The total duration of this contract, including the exercise of any options under "
        f"this clause, shall not exceed {_duration(facts.total_months)}."
    )


def _duration(months: int) -> str:
    years, rest = divmod(months, 12)
    return f"{months} months" if rest or not years else f"{months} months ({years} years)"


def _by_reference_text(_: ClauseFacts) -> str:
    return (
        "This contract incorporates one or more clauses by reference, with the same force and "
        "effect as if they were given in full text. Upon request, the Contracting Officer will "
        "make their full text available. Also, the full text of a clause may be accessed "
        "electronically at https://www.acquisition.gov."
    )


def _provisions_by_reference_text(_: ClauseFacts) -> str:
    return (
        "This solicitation incorporates one or more solicitation provisions by reference, with "
        "the same force and effect as if they were given in full text. Upon request, the "
        "Contracting Officer will make their full text available. The offeror is cautioned that "
        "the listed provisions may include blocks that must be completed by the offeror and "
        "submitted with its quotation or offer. In lieu of submitting the full text of those "
        "provisions, the offeror may identify the provision by paragraph identifier and provide "
        "the appropriate information with its quotation or offer. Also, the full text of a "
        "solicitation provision may be accessed electronically at https://www.acquisition.gov."
    )


def _deviation_text(what: str, where: str) -> Callable[[ClauseFacts], str]:
    return lambda _: (
        f"(a) The use in this {where} of any Federal Acquisition Regulation (48 CFR Chapter 1) "
        f"{what} with an authorized deviation is indicated by the addition of (DEVIATION) after "
        f"the date of the {what}.\n\n"
        f"(b) The use in this {where} of any Defense Federal Acquisition Regulation Supplement "
        f"(48 CFR Chapter 2) {what} with an authorized deviation is indicated by the addition of "
        "(DEVIATION) after the name of the regulation."
    )


def _contract_type_text(facts: ClauseFacts) -> str:
    kind = facts.contract_type[:1].lower() + facts.contract_type[1:]
    return (
        f"The Government contemplates award of a {kind} contract resulting from this solicitation."
    )


def _protest_text(facts: ClauseFacts) -> str:
    definition = cite("definition_of_day", facts.regime).ref
    return (
        f"(a) Protests, as defined in section {definition} of the Federal Acquisition Regulation, "
        "that are filed directly with an agency, and copies of any protests that are filed with "
        "the Government Accountability Office (GAO), shall be served on the Contracting Officer "
        "(addressed as follows) by obtaining written and dated acknowledgment of receipt from "
        f"{facts.protest_address}.\n\n"
        "(b) The copy of any protest shall be received in the office designated above within one "
        "day of filing a protest with the GAO."
    )


def _certification_level(facts: ClauseFacts) -> tuple[tuple[str, str], ...]:
    # Controlled unclassified information needs level 2; from phase 2 on it is assessed by a third
    # party (32 CFR 170.3(e)).
    assessed = "C3PAO" if facts.issue >= _ASSESSMENT_PHASE_2 else "Self"
    return (("CMMC level", f"Level 2 ({assessed})"),)


def _size(facts: ClauseFacts) -> tuple[tuple[str, str], ...]:
    return (("NAICS code", facts.naics), ("Size standard", facts.size_standard))


def _clause(
    number: str,
    title: str,
    date: str,
    when: When = _noncommercial,
    *,
    deviation: bool = False,
    text: Callable[[ClauseFacts], str] | None = None,
    fill_ins: Callable[[ClauseFacts], tuple[tuple[str, str], ...]] | None = None,
) -> Clause:
    return Clause(
        number=number,
        title=title,
        date=date,
        when=when,
        deviation=deviation,
        text=text,
        fill_ins=fill_ins,
    )


CLAUSES: tuple[Clause, ...] = (
    _clause("52.202-1", "Definitions", "JUN 2020", _over_sat),
    _clause("52.203-3", "Gratuities", "APR 1984", _over_sat),
    _clause("52.203-5", "Covenant Against Contingent Fees", "MAY 2014", _over_sat),
    _clause(
        "52.203-6", "Restrictions on Subcontractor Sales to the Government", "JUN 2020", _over_sat
    ),
    _clause("52.203-7", "Anti-Kickback Procedures", "JUN 2020", _over_sat),
    _clause(
        "52.203-8",
        "Cancellation, Rescission, and Recovery of Funds for Illegal or Improper Activity",
        "MAY 2014",
        _over_sat,
    ),
    _clause(
        "52.203-10",
        "Price or Fee Adjustment for Illegal or Improper Activity",
        "MAY 2014",
        _over_sat,
    ),
    _clause(
        "52.203-12",
        "Limitation on Payments to Influence Certain Federal Transactions",
        "JUN 2020",
        _over_sat,
    ),
    _clause(
        "52.203-13",
        "Contractor Code of Business Ethics and Conduct",
        "NOV 2021",
        lambda facts: facts.value > _BUSINESS_ETHICS,
    ),
    _clause(
        "52.203-19",
        "Prohibition on Requiring Certain Internal Confidentiality Agreements or Statements",
        "JAN 2017",
        _any,
    ),
    _clause("52.204-2", "Security Requirements", "MAR 2021", _both(_far, lambda f: f.classified)),
    _clause(
        "52.204-9",
        "Personal Identity Verification of Contractor Personnel",
        "JAN 2011",
        lambda facts: facts.on_installation or facts.information_technology,
    ),
    _clause(
        "52.204-10",
        "Reporting Executive Compensation and First-Tier Subcontract Awards",
        "JUN 2020",
        _any,
    ),
    _clause("52.204-13", "System for Award Management Maintenance", "OCT 2018", _any),
    _clause("52.204-18", "Commercial and Government Entity Code Maintenance", "AUG 2020", _any),
    _clause(
        "52.204-19",
        "Incorporation by Reference of Representations and Certifications",
        "DEC 2014",
    ),
    _clause(
        "52.204-21",
        "Basic Safeguarding of Covered Contractor Information Systems",
        "NOV 2021",
        _far,
    ),
    _clause(
        "52.204-23",
        "Prohibition on Contracting for Hardware, Software, and Services Developed or Provided "
        "by Kaspersky Lab Covered Entities",
        "DEC 2023",
        _far,
    ),
    _clause(
        "52.204-25",
        "Prohibition on Contracting for Certain Telecommunications and Video Surveillance "
        "Services or Equipment",
        "NOV 2021",
        _far,
    ),
    _clause("52.204-27", "Prohibition on a ByteDance Covered Application", "JUN 2023", _far),
    _clause(
        "52.204-30",
        "Federal Acquisition Supply Chain Security Act Orders—Prohibition",
        "DEC 2023",
        _far,
    ),
    _clause(
        "52.209-6",
        "Protecting the Government's Interest When Subcontracting With Contractors Debarred, "
        "Suspended, Proposed for Debarment, or Voluntarily Excluded",
        "JAN 2025",
        _over_sat,
    ),
    _clause(
        "52.209-9",
        "Updates of Publicly Available Information Regarding Responsibility Matters",
        "OCT 2018",
        _over_sat,
    ),
    _clause(
        "52.209-10",
        "Prohibition on Contracting With Inverted Domestic Corporations",
        "NOV 2015",
        _any,
    ),
    _clause(
        "52.210-1",
        "Market Research",
        "NOV 2021",
        _both(_noncommercial, lambda facts: facts.over(ThresholdId.MKT_CLAUSE)),
    ),
    _clause(
        "52.212-4",
        "Contract Terms and Conditions—Commercial Products and Commercial Services",
        "NOV 2023",
        lambda facts: facts.commercial,
    ),
    _clause(
        "52.212-5",
        "Contract Terms and Conditions Required To Implement Statutes or Executive Orders-"
        "Commercial Products and Commercial Services",
        "JAN 2025",
        lambda facts: facts.commercial,
    ),
    _clause("52.215-2", "Audit and Records—Negotiation", "JUN 2020", _over_sat),
    _clause("52.215-8", "Order of Precedence—Uniform Contract Format", "OCT 1997"),
    _clause("52.216-7", "Allowable Cost and Payment", "AUG 2018", _travel),
    _clause("52.216-11", "Cost Contract—No Fee", "APR 1984", _travel),
    _clause(
        "52.217-8",
        "Option to Extend Services",
        "NOV 1999",
        lambda facts: facts.service,
        text=_extension_text,
        fill_ins=lambda facts: (("Days", str(facts.extension_notice_days)),),
    ),
    _clause(
        "52.217-9",
        "Option to Extend the Term of the Contract",
        "MAR 2000",
        _options,
        text=_option_text,
        fill_ins=lambda facts: (
            ("Days to exercise", str(facts.option_exercise_days)),
            ("Days of preliminary notice", str(facts.option_notice_days)),
            ("Total duration", _duration(facts.total_months)),
        ),
    ),
    _clause(
        "52.219-6", "Notice of Total Small Business Set-Aside", "NOV 2020", lambda f: f.set_aside
    ),
    _clause("52.219-8", "Utilization of Small Business Concerns", "JAN 2025", _over_sat),
    _clause("52.219-9", "Small Business Subcontracting Plan", "JAN 2025", _subcontracting),
    _clause("52.219-14", "Limitations on Subcontracting", "OCT 2022", lambda f: f.set_aside),
    _clause("52.219-16", "Liquidated Damages—Subcontracting Plan", "SEP 2021", _subcontracting),
    _clause(
        "52.219-28",
        "Postaward Small Business Program Rerepresentation",
        "JAN 2025",
        _any,
        fill_ins=_size,
    ),
    _clause("52.222-3", "Convict Labor", "JUN 2003"),
    _clause("52.222-35", "Equal Opportunity for Veterans", "JUN 2020", _over_sat),
    _clause("52.222-36", "Equal Opportunity for Workers With Disabilities", "JUN 2020", _over_sat),
    _clause("52.222-37", "Employment Reports on Veterans", "JUN 2020", _over_sat),
    _clause(
        "52.222-40",
        "Notification of Employee Rights Under the National Labor Relations Act",
        "DEC 2010",
        _over_sat,
    ),
    _clause(
        "52.222-41",
        "Service Contract Labor Standards",
        "AUG 2018",
        _service_employees,
    ),
    _clause(
        "52.222-43",
        "Fair Labor Standards Act and Service Contract Labor Standards—Price Adjustment "
        "(Multiple Year and Option Contracts)",
        "AUG 2018",
        lambda facts: _service_employees(facts) and facts.options,
    ),
    _clause(
        "52.222-44",
        "Fair Labor Standards Act and Service Contract Labor Standards—Price Adjustment",
        "MAY 2014",
        lambda facts: _service_employees(facts) and not facts.options and _over_sat(facts),
    ),
    _clause("52.222-50", "Combating Trafficking in Persons", "NOV 2021", _any),
    _clause("52.222-54", "Employment Eligibility Verification", "JAN 2025", _over_sat),
    _clause("52.223-6", "Drug-Free Workplace", "MAY 2001", _both(_far, _over_sat)),
    _clause("52.225-13", "Restrictions on Certain Foreign Purchases", "FEB 2021", _any),
    _clause("52.227-1", "Authorization and Consent", "JUN 2020", _over_sat),
    _clause(
        "52.227-2",
        "Notice and Assistance Regarding Patent and Copyright Infringement",
        "JUN 2020",
        _over_sat,
    ),
    _clause("52.229-3", "Federal, State, and Local Taxes", "FEB 2013", _over_sat),
    _clause("52.232-1", "Payments", "APR 1984"),
    _clause("52.232-8", "Discounts for Prompt Payment", "FEB 2002"),
    _clause("52.232-11", "Extras", "APR 1984"),
    _clause("52.232-17", "Interest", "MAY 2014", _over_sat),
    _clause("52.232-18", "Availability of Funds", "APR 1984", _any),
    _clause("52.232-20", "Limitation of Cost", "APR 1984", _travel),
    _clause("52.232-23", "Assignment of Claims", "MAY 2014"),
    _clause("52.232-25", "Prompt Payment", "JAN 2017"),
    _clause(
        "52.232-33", "Payment by Electronic Funds Transfer—System for Award Management", "OCT 2018"
    ),
    _clause("52.232-39", "Unenforceability of Unauthorized Obligations", "JUN 2013", _any),
    _clause(
        "52.232-40",
        "Providing Accelerated Payments to Small Business Subcontractors",
        "MAR 2023",
        _any,
    ),
    _clause("52.233-1", "Disputes", "MAY 2014"),
    _clause("52.233-3", "Protest After Award", "AUG 1996", _any),
    _clause("52.233-4", "Applicable Law for Breach of Contract Claim", "OCT 2004", _any),
    _clause(
        "52.237-2",
        "Protection of Government Buildings, Equipment, and Vegetation",
        "APR 1984",
        _both(_service, lambda facts: facts.on_installation),
    ),
    _clause("52.237-3", "Continuity of Services", "JAN 1991", _service),
    _clause(
        "52.239-1",
        "Privacy or Security Safeguards",
        "AUG 1996",
        lambda facts: facts.information_technology,
    ),
    _clause(
        "52.240-91",
        "Security Prohibitions and Exclusions",
        _DEVIATION_DATE,
        _rfo,
        deviation=True,
    ),
    _clause(
        "52.240-92",
        "Security Requirements",
        _DEVIATION_DATE,
        _both(_rfo, lambda facts: facts.classified),
        deviation=True,
    ),
    _clause(
        "52.240-93",
        "Basic Safeguarding of Covered Contractor Information Systems",
        _DEVIATION_DATE,
        _rfo,
        deviation=True,
    ),
    _clause("52.242-13", "Bankruptcy", "JUL 1995", _over_sat),
    _clause("52.243-1 Alternate I", "Changes—Fixed-Price", "APR 1984", _service),
    _clause("52.244-6", "Subcontracts for Commercial Products and Commercial Services", "JAN 2025"),
    _clause("52.245-1", "Government Property", "SEP 2021", lambda f: f.government_property),
    _clause("52.245-9", "Use and Charges", "APR 2012", lambda facts: facts.government_property),
    _clause(
        "52.246-2",
        "Inspection of Supplies—Fixed-Price",
        "AUG 1996",
        _both(_noncommercial, lambda facts: facts.supplies),
    ),
    _clause("52.246-4", "Inspection of Services—Fixed-Price", "AUG 1996", _service),
    _clause("52.246-5", "Inspection of Services—Cost-Reimbursement", "APR 1984", _travel),
    _clause(
        "52.246-25", "Limitation of Liability—Services", "FEB 1997", _both(_service, _over_sat)
    ),
    _clause(
        "52.249-2",
        "Termination for Convenience of the Government (Fixed-Price)",
        "APR 2012",
        _over_sat,
    ),
    _clause("52.249-8", "Default (Fixed-Price Supply and Service)", "APR 1984", _over_sat),
    _clause(
        "52.252-2", "Clauses Incorporated by Reference", "FEB 1998", _any, text=_by_reference_text
    ),
    _clause(
        "52.252-6",
        "Authorized Deviations in Clauses",
        "NOV 2020",
        _rfo,
        text=_deviation_text("clause", "solicitation or contract"),
    ),
    _clause("252.201-7000", "Contracting Officer's Representative", "DEC 1991"),
    _clause(
        "252.203-7000",
        "Requirements Relating to Compensation of Former DoD Officials",
        "SEP 2011",
        _any,
    ),
    _clause(
        "252.203-7001",
        "Prohibition on Persons Convicted of Fraud or Other Defense-Contract-Related Felonies",
        "JAN 2023",
        _over_sat,
    ),
    _clause(
        "252.203-7002", "Requirement to Inform Employees of Whistleblower Rights", "DEC 2022", _any
    ),
    _clause(
        "252.204-7000", "Disclosure of Information", "OCT 2016", lambda f: f.controlled_unclassified
    ),
    _clause("252.204-7003", "Control of Government Personnel Work Product", "APR 1992", _any),
    _clause(
        "252.204-7012",
        "Safeguarding Covered Defense Information and Cyber Incident Reporting",
        "MAY 2024",
        _any,
    ),
    _clause(
        "252.204-7015",
        "Notice of Authorized Disclosure of Information for Litigation Support",
        "JAN 2023",
        _any,
    ),
    _clause(
        "252.204-7018",
        "Prohibition on the Acquisition of Covered Defense Telecommunications Equipment or "
        "Services",
        "JAN 2023",
        _any,
    ),
    _clause("252.204-7020", "NIST SP 800-171 DoD Assessment Requirements", "NOV 2023", _far),
    _clause(
        "252.204-7021",
        "Contractor Compliance With the Cybersecurity Maturity Model Certification Level "
        "Requirements",
        "NOV 2025",
        lambda facts: facts.controlled_unclassified,
        fill_ins=_certification_level,
    ),
    _clause(
        "252.205-7000",
        "Provision of Information to Cooperative Agreement Holders",
        "JUN 2023",
        lambda facts: facts.over(ThresholdId.COOP),
    ),
    _clause(
        "252.209-7004",
        "Subcontracting With Firms That Are Owned or Controlled by the Government of a Country "
        "That Is a State Sponsor of Terrorism",
        "MAY 2019",
        _over_sat,
    ),
    _clause(
        "252.211-7003",
        "Item Unique Identification and Valuation",
        "JAN 2023",
        lambda facts: facts.supplies,
    ),
    _clause(
        "252.219-7003",
        "Small Business Subcontracting Plan (DoD Contracts)",
        "DEC 2019",
        _subcontracting,
    ),
    _clause("252.225-7048", "Export-Controlled Items", "JUN 2013", _any),
    _clause(
        "252.226-7001",
        "Utilization of Indian Organizations, Indian-Owned Economic Enterprises, and Native "
        "Hawaiian Small Business Concerns",
        "JAN 2023",
        _over_sat,
    ),
    _clause(
        "252.227-7013",
        "Rights in Technical Data—Other Than Commercial Products and Commercial Services",
        "MAR 2023",
        _data,
    ),
    _clause(
        "252.227-7014",
        "Rights in Other Than Commercial Computer Software and Other Than Commercial Computer "
        "Software Documentation",
        "MAR 2023",
        _data,
    ),
    _clause("252.227-7016", "Rights in Bid or Proposal Information", "JAN 2023", _data),
    _clause(
        "252.227-7019",
        "Validation of Asserted Restrictions—Computer Software",
        "JAN 2023",
        _data,
    ),
    _clause("252.227-7030", "Technical Data—Withholding of Payment", "MAR 2000", _data),
    _clause(
        "252.227-7037", "Validation of Restrictive Markings on Technical Data", "JAN 2023", _data
    ),
    _clause(
        "252.232-7003",
        "Electronic Submission of Payment Requests and Receiving Reports",
        "DEC 2018",
        _any,
    ),
    _clause("252.232-7006", "Wide Area WorkFlow Payment Instructions", "JAN 2023", _any),
    _clause("252.232-7010", "Levies on Contract Payments", "DEC 2006", _any),
    _clause(
        "252.239-7010",
        "Cloud Computing Services",
        "JAN 2023",
        lambda facts: facts.information_technology and facts.cloud,
    ),
    _clause(
        "252.239-7018",
        "Supply Chain Risk",
        "DEC 2022",
        lambda facts: facts.information_technology,
    ),
    _clause(
        "252.240-7997",
        "NIST SP 800-171 DoD Assessment Requirements",
        _DEVIATION_DATE,
        _rfo,
        deviation=True,
    ),
    _clause("252.243-7001", "Pricing of Contract Modifications", "DEC 1991"),
    _clause(
        "252.243-7002",
        "Requests for Equitable Adjustment",
        "DEC 2022",
        lambda facts: facts.over(ThresholdId.SAT),
    ),
    _clause(
        "252.244-7000",
        "Subcontracts for Commercial Products or Commercial Services",
        "NOV 2023",
        _far,
    ),
    _clause(
        "252.244-7999",
        "Subcontracts for Commercial Products and Commercial Services",
        _DEVIATION_DATE,
        _rfo,
        deviation=True,
    ),
)


def _provision(
    section: Section,
    number: str,
    title: str,
    date: str,
    when: When = _any,
    *,
    deviation: bool = False,
    text: Callable[[ClauseFacts], str] | None = None,
    fill_ins: Callable[[ClauseFacts], tuple[tuple[str, str], ...]] | None = None,
) -> Clause:
    return Clause(
        number=number,
        title=title,
        date=date,
        when=when,
        section=section,
        deviation=deviation,
        text=text,
        fill_ins=fill_ins,
    )


def _debriefing(facts: ClauseFacts) -> bool:
    return facts.competitive and facts.over(ThresholdId.DEBRIEF_REQ)


_K, _L, _M = Section.REPRESENTATIONS, Section.INSTRUCTIONS, Section.EVALUATION

PROVISIONS: tuple[Clause, ...] = (
    _provision(
        _K, "52.203-2", "Certificate of Independent Price Determination", "APR 1985", _over_sat
    ),
    _provision(
        _K,
        "52.203-11",
        "Certification and Disclosure Regarding Payments to Influence Certain Federal Transactions",
        "SEP 2024",
        _over_sat,
    ),
    _provision(
        _K,
        "52.203-18",
        "Prohibition on Contracting With Entities That Require Certain Internal Confidentiality "
        "Agreements or Statements—Representation",
        "JAN 2017",
    ),
    _provision(_L, "52.204-7", "System for Award Management", "NOV 2024"),
    _provision(
        _K,
        "52.204-8",
        "Annual Representations and Certifications",
        "JAN 2025",
        _noncommercial,
        fill_ins=_size,
    ),
    _provision(_L, "52.204-16", "Commercial and Government Entity Code Reporting", "AUG 2020"),
    _provision(
        _K,
        "52.204-24",
        "Representation Regarding Certain Telecommunications and Video Surveillance Services or "
        "Equipment",
        "NOV 2021",
        _far,
    ),
    _provision(
        _K,
        "52.204-29",
        "Federal Acquisition Supply Chain Security Act Orders—Representation and Disclosures",
        "DEC 2023",
        _far,
    ),
    _provision(
        _K, "52.209-7", "Information Regarding Responsibility Matters", "OCT 2018", _over_sat
    ),
    _provision(
        _K,
        "52.209-11",
        "Representation by Corporations Regarding Delinquent Tax Liability or a Felony "
        "Conviction Under Any Federal Law",
        "FEB 2016",
    ),
    _provision(
        _L,
        "52.215-1",
        "Instructions to Offerors—Competitive Acquisition",
        "NOV 2021",
        lambda facts: facts.competitive and not facts.negotiations,
    ),
    _provision(
        _L,
        "52.215-1 Alternate I",
        "Instructions to Offerors—Competitive Acquisition",
        "OCT 1997",
        lambda facts: facts.competitive and facts.negotiations,
    ),
    _provision(
        _L,
        "52.216-1",
        "Type of Contract",
        "APR 1984",
        _noncommercial,
        text=_contract_type_text,
        fill_ins=lambda facts: (("Type of contract", facts.contract_type),),
    ),
    _provision(_M, "52.217-5", "Evaluation of Options", "JUL 1990", _options),
    _provision(
        _K,
        "52.225-25",
        "Prohibition on Contracting With Entities Engaging in Certain Activities or Transactions "
        "Relating to Iran—Representation and Certifications",
        "JUN 2020",
    ),
    _provision(
        _L,
        "52.233-2",
        "Service of Protest",
        "SEP 2006",
        lambda facts: facts.over(ThresholdId.SAT),
        text=_protest_text,
        fill_ins=lambda facts: (("Served on", facts.protest_address),),
    ),
    _provision(
        _K,
        "52.240-90",
        "Security Prohibitions and Exclusions Representations and Certifications",
        _DEVIATION_DATE,
        _rfo,
        deviation=True,
    ),
    _provision(
        _L,
        "52.252-1",
        "Solicitation Provisions Incorporated by Reference",
        "FEB 1998",
        text=_provisions_by_reference_text,
    ),
    _provision(
        _L,
        "52.252-5",
        "Authorized Deviations in Provisions",
        "NOV 2020",
        _rfo,
        text=_deviation_text("provision", "solicitation"),
    ),
    _provision(
        _K,
        "252.203-7005",
        "Representation Relating to Compensation of Former DoD Officials",
        "SEP 2022",
    ),
    _provision(
        _L,
        "252.204-7008",
        "Compliance With Safeguarding Covered Defense Information Controls",
        "OCT 2016",
    ),
    _provision(
        _K,
        "252.204-7016",
        "Covered Defense Telecommunications Equipment or Services—Representation",
        "DEC 2019",
    ),
    _provision(
        _K,
        "252.204-7017",
        "Prohibition on the Acquisition of Covered Defense Telecommunications Equipment or "
        "Services—Representation",
        "MAY 2021",
    ),
    _provision(
        _L,
        "252.204-7019",
        "Notice of NIST SP 800-171 DoD Assessment Requirements",
        "NOV 2023",
        _far,
    ),
    _provision(
        _M, "252.204-7024", "Notice on the Use of the Supplier Performance Risk System", "MAR 2023"
    ),
    _provision(
        _L,
        "252.204-7025",
        "Notice of Cybersecurity Maturity Model Certification Level Requirements",
        "NOV 2025",
        lambda facts: facts.controlled_unclassified,
        fill_ins=_certification_level,
    ),
    _provision(
        _L,
        "252.215-7007",
        "Notice of Intent to Resolicit",
        "JUN 2012",
        lambda facts: facts.competitive and facts.response_days < 30,
    ),
    _provision(
        _L,
        "252.215-7008",
        "Only One Offer",
        "DEC 2022",
        lambda facts: facts.competitive and facts.over(ThresholdId.SAT),
    ),
    _provision(
        _L,
        "252.215-7016",
        "Notification to Offerors—Postaward Debriefings",
        "DEC 2022",
        _both(_far, _debriefing),
    ),
    _provision(
        _L,
        "252.215-7996",
        "Notification to Offerors—Postaward Debriefings",
        _PART_15_DEVIATION_DATE,
        _both(_rfo, _debriefing),
        deviation=True,
    ),
    _provision(
        _K,
        "252.227-7017",
        "Identification and Assertion of Use, Release, or Disclosure Restrictions",
        "JAN 2023",
        _data,
    ),
    _provision(
        _K,
        "252.227-7028",
        "Technical Data or Computer Software Previously Delivered to the Government",
        "JUN 1995",
        _data,
    ),
    _provision(
        _K,
        "252.239-7009",
        "Representation of Use of Cloud Computing",
        "SEP 2015",
        lambda facts: facts.information_technology,
    ),
    _provision(
        _L,
        "252.239-7017",
        "Notice of Supply Chain Risk",
        "DEC 2022",
        lambda facts: facts.information_technology,
    ),
)
