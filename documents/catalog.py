"""The catalogue: one row per document type. What differs between documents is a row, not a class.

The template is named by ``layout``, the guidance file is ``guidance/<code>.md``. The catalogue is
read when a plan is made and never inside a workflow: a changed row affects new plans only.
"""

from collections.abc import Callable
from dataclasses import dataclass

from documents.computed import Computed
from documents.negotiated import excluded_offers
from documents.plan import Chain
from documents.profile import subcontracting_plan
from documents.vocabulary import Layout, Phase, Position, RecordKind, Sensitivity
from rules.estimate import LineType
from rules.evaluation import Scale


def _always(_: Computed) -> bool:
    return True


def _nobody(_: Computed) -> tuple[Position, ...]:
    return ()


def _competitive(computed: Computed) -> bool:
    return computed.competitive


def _by_level(computed: Computed, rule: str) -> tuple[Position, ...]:
    """The position on whose level a rule puts the approval."""
    level = computed.answers[rule].approver
    return (Position(level.value),) if level else ()


def _justification_level(computed: Computed) -> tuple[Position, ...]:
    return _by_level(computed, "justification")


def _plan_level(computed: Computed) -> tuple[Position, ...]:
    return _by_level(computed, "acquisition_plan")


def _not_performance_based(computed: Computed) -> tuple[Position, ...]:
    return _by_level(computed, "not_performance_based_approval")


def _bundled(computed: Computed) -> bool:
    stated = computed.facts.consolidation
    return stated is not None and stated.bundled


def _objectives_only(computed: Computed) -> bool:
    project = computed.facts.project
    return project.performance_based and project.offerors_propose_work_statement


def _performance_stated(computed: Computed) -> bool:
    """Whether the Government, not the offeror, writes the performance work statement."""
    return computed.facts.project.performance_based and not _objectives_only(computed)


def _past_performance(computed: Computed) -> bool:
    return computed.competitive and any(
        factor.scale is Scale.CONFIDENCE for factor in computed.facts.evaluation.factors
    )


def _range_planned(computed: Computed) -> bool:
    return computed.competitive and computed.facts.evaluation.negotiations


def _range_determined(computed: Computed) -> bool:
    return _range_planned(computed) or computed.records.competitive_range is not None


def _advised(computed: Computed) -> bool:
    """Mandatory from a value on; below it when the plan names a chair all the same."""
    return computed.competitive and (
        computed.applies("ssac") or Position.SSAC_CHAIR in computed.facts.people
    )


def _plan_reviewed(computed: Computed) -> bool:
    return subcontracting_plan(computed.facts, computed.records, computed.estimate)


def _set_aside_notice(computed: Computed) -> bool:
    """Set-asides, but neither 8(a) awards nor those that an urgency finding lets go ahead."""
    project = computed.facts.project
    return (
        project.competition == "set_aside"
        and "8(a)" not in project.set_aside
        and not project.urgent_award_reason
    )


_RECORDED_IF: dict[RecordKind, Callable[[Computed], bool]] = {
    RecordKind.OBJECTIVES: lambda c: c.negotiated,
    RecordKind.FINAL_PROPOSALS: _range_planned,
    RecordKind.FINAL_CONSENSUS: _range_planned,
}
"""When a record that only some acquisitions have is waited for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentType:
    """One kind of document and everything the product needs to know about it."""

    code: str
    title: str
    category: str
    """The heading under which the checklist shows it."""
    phase: Phase
    drafter: Position
    approvers: tuple[Position, ...]
    """Who signs; one after the other, in this order, unless ``chain`` says otherwise."""
    routing: Callable[[Computed], tuple[Position, ...]] = _nobody
    """Who signs after ``approvers`` because of the facts, for example by the value."""
    chain: Chain = Chain.SERIAL
    approvals_needed: int = 0
    """How many approvers have to sign in an M-of-N chain."""
    requires: tuple[str, ...] = ()
    """Codes that have to be approved before this document is drafted."""
    records: tuple[RecordKind, ...] = ()
    """What people have to record before this document is drafted."""
    citations: tuple[str, ...]
    """Ids in ``rules.citations``."""
    layout: Layout
    sensitivity: Sensitivity
    dated: str
    """The key in ``Computed.dates`` whose date the document carries."""
    before_negotiations: bool = False
    """It speaks of proposals as first received: final proposals change nothing in it."""
    form_number: str = ""
    required: Callable[[Computed], bool] = _always
    """The rule that puts the document into a plan."""

    def signers(self, computed: Computed) -> tuple[Position, ...]:
        """Every position that has to sign for these facts, each once, in the order of signing."""
        return tuple(dict.fromkeys((*self.approvers, *self.routing(computed))))

    def waits_for(self, computed: Computed) -> tuple[RecordKind, ...]:
        """What has to be recorded for these facts before the document is drafted."""
        return tuple(kind for kind in self.records if _RECORDED_IF.get(kind, _always)(computed))


WORK_STATEMENTS = ("PWS", "SOW", "SOO")
"""Codes of the documents of which one describes the work: by outcome, by method, by objective."""

CATALOG: tuple[DocumentType, ...] = (
    DocumentType(
        code="PR",
        title="Requirements Package",
        category="Requirements",
        phase=Phase.PRE_SOLICITATION,
        drafter=Position.PROGRAM_MANAGER,
        approvers=(
            Position.COMPTROLLER,
            Position.CONTRACTING_OFFICER,
        ),
        citations=("acquisition_planning",),
        layout=Layout.NOTICE,
        sensitivity=Sensitivity.INTERNAL,
        dated="package_accepted",
    ),
    DocumentType(
        code="SSN",
        title="Sources Sought Notice",
        category="Market Research",
        phase=Phase.PRE_SOLICITATION,
        drafter=Position.CONTRACT_SPECIALIST,
        approvers=(Position.CONTRACTING_OFFICER,),
        requires=("PR",),
        citations=("market_research",),
        layout=Layout.NOTICE,
        sensitivity=Sensitivity.PUBLIC,
        dated="sources_sought_published",
        required=lambda c: c.facts.milestones.sources_sought_published is not None,
    ),
    DocumentType(
        code="RFI",
        title="Request for Information",
        category="Market Research",
        phase=Phase.PRE_SOLICITATION,
        drafter=Position.CONTRACT_SPECIALIST,
        approvers=(Position.CONTRACTING_OFFICER,),
        requires=("PR",),
        citations=("early_exchanges",),
        layout=Layout.NOTICE,
        sensitivity=Sensitivity.PUBLIC,
        dated="rfi_published",
        required=lambda c: c.facts.milestones.rfi_published is not None,
    ),
    DocumentType(
        code="IND",
        title="Industry Day Materials",
        category="Market Research",
        phase=Phase.PRE_SOLICITATION,
        drafter=Position.PROGRAM_MANAGER,
        approvers=(
            Position.LEGAL_COUNSEL,
            Position.CONTRACTING_OFFICER,
        ),
        requires=(
            "SSN",
            "RFI",
        ),
        records=(RecordKind.MARKET_RESEARCH,),
        citations=("early_exchanges",),
        layout=Layout.NOTICE,
        sensitivity=Sensitivity.PUBLIC,
        dated="industry_day",
        required=lambda c: c.facts.milestones.industry_day is not None,
    ),
    DocumentType(
        code="MRR",
        title="Market Research Report",
        category="Market Research",
        phase=Phase.PRE_SOLICITATION,
        drafter=Position.CONTRACT_SPECIALIST,
        approvers=(Position.CONTRACTING_OFFICER,),
        requires=(
            "PR",
            "SSN",
            "RFI",
        ),
        records=(RecordKind.MARKET_RESEARCH,),
        citations=("market_research",),
        layout=Layout.REPORT,
        sensitivity=Sensitivity.INTERNAL,
        dated="market_research_complete",
        required=lambda c: c.applies("market_research"),
    ),
    DocumentType(
        code="PWS",
        title="Performance Work Statement",
        category="Requirements",
        phase=Phase.PRE_SOLICITATION,
        drafter=Position.CONTRACTING_OFFICERS_REPRESENTATIVE,
        approvers=(
            Position.PROGRAM_MANAGER,
            Position.CONTRACTING_OFFICER,
        ),
        requires=("MRR",),
        citations=("performance_based",),
        layout=Layout.REPORT,
        sensitivity=Sensitivity.PUBLIC,
        dated="requirement_baselined",
        required=_performance_stated,
    ),
    DocumentType(
        code="SOW",
        title="Statement of Work",
        category="Requirements",
        phase=Phase.PRE_SOLICITATION,
        drafter=Position.CONTRACTING_OFFICERS_REPRESENTATIVE,
        approvers=(Position.PROGRAM_MANAGER, Position.CONTRACTING_OFFICER),
        routing=_not_performance_based,
        requires=("MRR",),
        citations=("statement_of_work", "not_performance_based"),
        layout=Layout.REPORT,
        sensitivity=Sensitivity.PUBLIC,
        dated="requirement_baselined",
        required=lambda c: not c.facts.project.performance_based,
    ),
    DocumentType(
        code="SOO",
        title="Statement of Objectives",
        category="Requirements",
        phase=Phase.PRE_SOLICITATION,
        drafter=Position.CONTRACTING_OFFICERS_REPRESENTATIVE,
        approvers=(Position.PROGRAM_MANAGER, Position.CONTRACTING_OFFICER),
        requires=("MRR",),
        citations=("statement_of_objectives",),
        layout=Layout.NOTICE,
        sensitivity=Sensitivity.PUBLIC,
        dated="requirement_baselined",
        required=_objectives_only,
    ),
    DocumentType(
        code="PRS",
        title="Performance Requirements Summary",
        category="Requirements",
        phase=Phase.PRE_SOLICITATION,
        drafter=Position.CONTRACTING_OFFICERS_REPRESENTATIVE,
        approvers=(Position.PROGRAM_MANAGER,),
        requires=("PWS",),
        citations=("performance_based",),
        layout=Layout.PLAN_LANDSCAPE,
        sensitivity=Sensitivity.PUBLIC,
        dated="requirement_baselined",
        required=_performance_stated,
    ),
    DocumentType(
        code="QASP",
        title="Quality Assurance Surveillance Plan",
        category="Requirements",
        phase=Phase.PRE_SOLICITATION,
        drafter=Position.CONTRACTING_OFFICERS_REPRESENTATIVE,
        approvers=(
            Position.PROGRAM_MANAGER,
            Position.CONTRACTING_OFFICER,
        ),
        requires=(
            *WORK_STATEMENTS,
            "PRS",
        ),
        citations=("qasp",),
        layout=Layout.REPORT,
        sensitivity=Sensitivity.INTERNAL,
        dated="requirement_baselined",
        required=lambda c: c.facts.project.service_contract,
    ),
    DocumentType(
        code="CDRL",
        title="Contract Data Requirements List",
        category="Requirements",
        phase=Phase.PRE_SOLICITATION,
        drafter=Position.CONTRACTING_OFFICERS_REPRESENTATIVE,
        approvers=(Position.PROGRAM_MANAGER,),
        requires=WORK_STATEMENTS,
        citations=("cdrl",),
        layout=Layout.FORM,
        sensitivity=Sensitivity.PUBLIC,
        dated="requirement_baselined",
        form_number="DD Form 1423",
        required=lambda c: bool(c.facts.data_items),
    ),
    DocumentType(
        code="DD254",
        title="Contract Security Classification Specification",
        category="Requirements",
        phase=Phase.PRE_SOLICITATION,
        drafter=Position.SECURITY_MANAGER,
        approvers=(Position.CONTRACTING_OFFICER,),
        requires=WORK_STATEMENTS,
        citations=("dd254",),
        layout=Layout.FORM,
        sensitivity=Sensitivity.PUBLIC,
        dated="requirement_baselined",
        form_number="DD Form 254",
        required=lambda c: c.facts.security is not None,
    ),
    DocumentType(
        code="IGF",
        title="Inherently Governmental Functions Determination",
        category="Requirements",
        phase=Phase.PRE_SOLICITATION,
        drafter=Position.CONTRACTING_OFFICERS_REPRESENTATIVE,
        approvers=(Position.PROGRAM_MANAGER,),
        requires=WORK_STATEMENTS,
        citations=("inherently_governmental",),
        layout=Layout.NOTICE,
        sensitivity=Sensitivity.INTERNAL,
        dated="requirement_baselined",
        required=lambda c: c.facts.project.service_contract,
    ),
    DocumentType(
        code="GFP",
        title="Government-Furnished Property Attachment",
        category="Requirements",
        phase=Phase.PRE_SOLICITATION,
        drafter=Position.PROGRAM_MANAGER,
        approvers=(Position.PROPERTY_ADMINISTRATOR, Position.CONTRACTING_OFFICER),
        requires=WORK_STATEMENTS,
        citations=("government_property",),
        layout=Layout.FORM,
        sensitivity=Sensitivity.PUBLIC,
        dated="requirement_baselined",
        required=lambda c: c.applies("government_property"),
    ),
    DocumentType(
        code="WD",
        title="Wage Determination",
        category="Requirements",
        phase=Phase.PRE_SOLICITATION,
        drafter=Position.CONTRACT_SPECIALIST,
        approvers=(Position.CONTRACTING_OFFICER,),
        requires=("PR",),
        citations=("wage_determination",),
        layout=Layout.NOTICE,
        sensitivity=Sensitivity.PUBLIC,
        dated="requirement_baselined",
        required=lambda c: c.applies("wage_determination"),
    ),
    DocumentType(
        code="IGCE",
        title="Independent Government Cost Estimate",
        category="Estimate",
        phase=Phase.PRE_SOLICITATION,
        drafter=Position.PRICE_ANALYST,
        approvers=(Position.PROGRAM_MANAGER,),
        requires=WORK_STATEMENTS,
        citations=("government_estimate",),
        layout=Layout.PLAN_LANDSCAPE,
        sensitivity=Sensitivity.SOURCE_SELECTION,
        dated="requirement_baselined",
    ),
    DocumentType(
        code="CBD",
        title="Consolidation and Bundling Determination",
        category="Strategy",
        phase=Phase.PRE_SOLICITATION,
        drafter=Position.CONTRACTING_OFFICER,
        approvers=(Position.PROGRAM_MANAGER, Position.SENIOR_PROCUREMENT_EXECUTIVE),
        requires=("MRR", "IGCE"),
        records=(RecordKind.MARKET_RESEARCH,),
        citations=("consolidation",),
        layout=Layout.REPORT,
        sensitivity=Sensitivity.INTERNAL,
        dated="strategy_approved",
        required=lambda c: c.applies("consolidation") or _bundled(c),
    ),
    DocumentType(
        code="SBCR",
        title="Small Business Coordination Record",
        category="Strategy",
        phase=Phase.PRE_SOLICITATION,
        drafter=Position.CONTRACTING_OFFICER,
        approvers=(Position.SMALL_BUSINESS_PROFESSIONAL,),
        requires=(
            "MRR",
            "IGCE",
        ),
        citations=("small_business_coordination",),
        layout=Layout.FORM,
        sensitivity=Sensitivity.INTERNAL,
        dated="strategy_approved",
        form_number="DD Form 2579",
        required=lambda c: c.applies("small_business_coordination"),
    ),
    DocumentType(
        code="CTD",
        title="Contract Type Determination and Findings",
        category="Strategy",
        phase=Phase.PRE_SOLICITATION,
        drafter=Position.CONTRACT_SPECIALIST,
        approvers=(Position.CONTRACTING_OFFICER,),
        requires=(
            *WORK_STATEMENTS,
            "IGCE",
        ),
        citations=("contract_type",),
        layout=Layout.NOTICE,
        sensitivity=Sensitivity.INTERNAL,
        dated="strategy_approved",
        required=lambda c: c.has_line_type(LineType.COST_REIMBURSABLE),
    ),
    DocumentType(
        code="OPT",
        title="Option Determination",
        category="Strategy",
        phase=Phase.PRE_SOLICITATION,
        drafter=Position.CONTRACT_SPECIALIST,
        approvers=(Position.CONTRACTING_OFFICER,),
        requires=("IGCE",),
        citations=("options",),
        layout=Layout.NOTICE,
        sensitivity=Sensitivity.INTERNAL,
        dated="strategy_approved",
        required=lambda c: len(c.facts.periods) > 1,
    ),
    DocumentType(
        code="JA",
        title="Justification and Approval for Other Than Full and Open Competition",
        category="Strategy",
        phase=Phase.PRE_SOLICITATION,
        drafter=Position.CONTRACT_SPECIALIST,
        approvers=(Position.PROGRAM_MANAGER, Position.LEGAL_COUNSEL, Position.CONTRACTING_OFFICER),
        routing=_justification_level,
        requires=("MRR", "SSN", "RFI", "IGCE"),
        records=(RecordKind.MARKET_RESEARCH,),
        citations=("justification", "justification_content", "justification_approval"),
        layout=Layout.REPORT,
        sensitivity=Sensitivity.INTERNAL,
        dated="strategy_approved",
        required=lambda c: c.applies("justification"),
    ),
    DocumentType(
        code="AP",
        title="Acquisition Plan",
        category="Strategy",
        phase=Phase.PRE_SOLICITATION,
        drafter=Position.CONTRACT_SPECIALIST,
        approvers=(
            Position.PROGRAM_MANAGER,
            Position.CONTRACTING_OFFICER,
        ),
        routing=_plan_level,
        requires=(
            "MRR",
            "IGCE",
            "SBCR",
            "CBD",
            "JA",
            "CTD",
            "OPT",
        ),
        citations=("acquisition_planning",),
        layout=Layout.REPORT,
        sensitivity=Sensitivity.SOURCE_SELECTION,
        dated="strategy_approved",
        required=lambda c: c.applies("acquisition_plan"),
    ),
    DocumentType(
        code="SSP",
        title="Source Selection Plan",
        category="Strategy",
        phase=Phase.PRE_SOLICITATION,
        drafter=Position.CONTRACT_SPECIALIST,
        approvers=(
            Position.LEGAL_COUNSEL,
            Position.SOURCE_SELECTION_AUTHORITY,
        ),
        requires=(
            "IGCE",
            "AP",
        ),
        citations=("source_selection_plan",),
        layout=Layout.REPORT,
        sensitivity=Sensitivity.SOURCE_SELECTION,
        dated="strategy_approved",
        required=lambda c: c.applies("source_selection_plan"),
    ),
    DocumentType(
        code="LPTA",
        title="Lowest Price Technically Acceptable Limits Memorandum",
        category="Strategy",
        phase=Phase.PRE_SOLICITATION,
        drafter=Position.CONTRACT_SPECIALIST,
        approvers=(Position.CONTRACTING_OFFICER,),
        requires=("SSP",),
        citations=("lpta",),
        layout=Layout.NOTICE,
        sensitivity=Sensitivity.INTERNAL,
        dated="strategy_approved",
        required=lambda c: c.applies("lpta_limits"),
    ),
    DocumentType(
        code="PSN",
        title="Pre-Solicitation Notice",
        category="Publication",
        phase=Phase.PRE_SOLICITATION,
        drafter=Position.CONTRACT_SPECIALIST,
        approvers=(Position.CONTRACTING_OFFICER,),
        requires=(
            "MRR",
            "AP",
            "JA",
        ),
        citations=("presolicitation_notice",),
        layout=Layout.NOTICE,
        sensitivity=Sensitivity.PUBLIC,
        dated="presolicitation_published",
        required=lambda c: c.applies("synopsis"),
    ),
    DocumentType(
        code="DRFP",
        title="Draft Request for Proposals",
        category="Market Research",
        phase=Phase.PRE_SOLICITATION,
        drafter=Position.CONTRACT_SPECIALIST,
        approvers=(Position.CONTRACTING_OFFICER,),
        requires=WORK_STATEMENTS,
        citations=("draft_rfp",),
        layout=Layout.NOTICE,
        sensitivity=Sensitivity.PUBLIC,
        dated="draft_rfp_published",
        required=lambda c: c.facts.milestones.draft_rfp_published is not None,
    ),
    DocumentType(
        code="SEC-B",
        title="Section B: Supplies or Services and Prices",
        category="Solicitation",
        phase=Phase.SOLICITATION,
        drafter=Position.CONTRACT_SPECIALIST,
        approvers=(Position.CONTRACTING_OFFICER,),
        requires=("IGCE",),
        citations=(
            "uniform_contract_format",
            "line_items",
        ),
        layout=Layout.SECTION,
        sensitivity=Sensitivity.PUBLIC,
        dated="rfp_issue",
    ),
    DocumentType(
        code="SEC-C",
        title="Section C: Description and Performance Work Statement",
        category="Solicitation",
        phase=Phase.SOLICITATION,
        drafter=Position.CONTRACT_SPECIALIST,
        approvers=(Position.CONTRACTING_OFFICER,),
        requires=WORK_STATEMENTS,
        citations=("uniform_contract_format",),
        layout=Layout.SECTION,
        sensitivity=Sensitivity.PUBLIC,
        dated="rfp_issue",
    ),
    DocumentType(
        code="SEC-D",
        title="Section D: Packaging and Marking",
        category="Solicitation",
        phase=Phase.SOLICITATION,
        drafter=Position.CONTRACT_SPECIALIST,
        approvers=(Position.CONTRACTING_OFFICER,),
        requires=WORK_STATEMENTS,
        citations=("uniform_contract_format",),
        layout=Layout.SECTION,
        sensitivity=Sensitivity.PUBLIC,
        dated="rfp_issue",
    ),
    DocumentType(
        code="SEC-E",
        title="Section E: Inspection and Acceptance",
        category="Solicitation",
        phase=Phase.SOLICITATION,
        drafter=Position.CONTRACT_SPECIALIST,
        approvers=(Position.CONTRACTING_OFFICER,),
        requires=("QASP",),
        citations=("uniform_contract_format",),
        layout=Layout.SECTION,
        sensitivity=Sensitivity.PUBLIC,
        dated="rfp_issue",
    ),
    DocumentType(
        code="SEC-F",
        title="Section F: Deliveries or Performance",
        category="Solicitation",
        phase=Phase.SOLICITATION,
        drafter=Position.CONTRACT_SPECIALIST,
        approvers=(Position.CONTRACTING_OFFICER,),
        requires=(
            *WORK_STATEMENTS,
            "CDRL",
        ),
        citations=("uniform_contract_format",),
        layout=Layout.SECTION,
        sensitivity=Sensitivity.PUBLIC,
        dated="rfp_issue",
    ),
    DocumentType(
        code="SEC-G",
        title="Section G: Contract Administration Data",
        category="Solicitation",
        phase=Phase.SOLICITATION,
        drafter=Position.CONTRACT_SPECIALIST,
        approvers=(Position.CONTRACTING_OFFICER,),
        requires=WORK_STATEMENTS,
        citations=("uniform_contract_format",),
        layout=Layout.SECTION,
        sensitivity=Sensitivity.PUBLIC,
        dated="rfp_issue",
    ),
    DocumentType(
        code="SEC-H",
        title="Section H: Special Contract Requirements",
        category="Solicitation",
        phase=Phase.SOLICITATION,
        drafter=Position.CONTRACT_SPECIALIST,
        approvers=(
            Position.LEGAL_COUNSEL,
            Position.CONTRACTING_OFFICER,
        ),
        requires=(
            *WORK_STATEMENTS,
            "DD254",
        ),
        citations=("uniform_contract_format",),
        layout=Layout.SECTION,
        sensitivity=Sensitivity.PUBLIC,
        dated="rfp_issue",
    ),
    DocumentType(
        code="SEC-I",
        title="Section I: Contract Clauses",
        category="Solicitation",
        phase=Phase.SOLICITATION,
        drafter=Position.CONTRACT_SPECIALIST,
        approvers=(
            Position.LEGAL_COUNSEL,
            Position.CONTRACTING_OFFICER,
        ),
        requires=("AP",),
        citations=("uniform_contract_format",),
        layout=Layout.SECTION,
        sensitivity=Sensitivity.PUBLIC,
        dated="rfp_issue",
    ),
    DocumentType(
        code="SEC-K",
        title="Section K: Representations and Certifications",
        category="Solicitation",
        phase=Phase.SOLICITATION,
        drafter=Position.CONTRACT_SPECIALIST,
        approvers=(Position.CONTRACTING_OFFICER,),
        requires=("AP",),
        citations=("uniform_contract_format",),
        layout=Layout.SECTION,
        sensitivity=Sensitivity.PUBLIC,
        dated="rfp_issue",
    ),
    DocumentType(
        code="SEC-M",
        title="Section M: Evaluation Factors for Award",
        category="Solicitation",
        phase=Phase.SOLICITATION,
        drafter=Position.CONTRACT_SPECIALIST,
        approvers=(Position.CONTRACTING_OFFICER,),
        requires=("SSP",),
        citations=("evaluation_factors",),
        layout=Layout.SECTION,
        sensitivity=Sensitivity.PUBLIC,
        dated="rfp_issue",
        required=_competitive,
    ),
    DocumentType(
        code="SEC-L",
        title="Section L: Instructions to Offerors",
        category="Solicitation",
        phase=Phase.SOLICITATION,
        drafter=Position.CONTRACT_SPECIALIST,
        approvers=(Position.CONTRACTING_OFFICER,),
        requires=(
            "SEC-M",
            "SSP",
        ),
        citations=("uniform_contract_format",),
        layout=Layout.SECTION,
        sensitivity=Sensitivity.PUBLIC,
        dated="rfp_issue",
        required=_competitive,
    ),
    DocumentType(
        code="PPQF",
        title="Past Performance Questionnaire",
        category="Solicitation",
        phase=Phase.SOLICITATION,
        drafter=Position.CONTRACT_SPECIALIST,
        approvers=(Position.CONTRACTING_OFFICER,),
        requires=("SEC-L",),
        citations=("past_performance_evaluation",),
        layout=Layout.FORM,
        sensitivity=Sensitivity.PUBLIC,
        dated="rfp_issue",
        required=_past_performance,
    ),
    DocumentType(
        code="SEC-J",
        title="Section J: List of Attachments",
        category="Solicitation",
        phase=Phase.SOLICITATION,
        drafter=Position.CONTRACT_SPECIALIST,
        approvers=(Position.CONTRACTING_OFFICER,),
        requires=(
            "SEC-C",
            "CDRL",
            "DD254",
            "GFP",
            "WD",
            "PRS",
            "PPQF",
        ),
        citations=("uniform_contract_format",),
        layout=Layout.SECTION,
        sensitivity=Sensitivity.PUBLIC,
        dated="rfp_issue",
    ),
    DocumentType(
        code="SEC-A",
        title="Section A: Solicitation, Offer and Award",
        category="Solicitation",
        phase=Phase.SOLICITATION,
        drafter=Position.CONTRACT_SPECIALIST,
        approvers=(Position.CONTRACTING_OFFICER,),
        requires=(
            "SEC-B",
            "SEC-C",
            "SEC-D",
            "SEC-E",
            "SEC-F",
            "SEC-G",
            "SEC-H",
            "SEC-I",
            "SEC-J",
            "SEC-K",
            "SEC-L",
            "SEC-M",
        ),
        citations=("uniform_contract_format",),
        layout=Layout.FORM,
        sensitivity=Sensitivity.PUBLIC,
        dated="rfp_issue",
        form_number="SF 33",
    ),
    DocumentType(
        code="RFP",
        title="Assembled Solicitation and Release Checklist",
        category="Release",
        phase=Phase.SOLICITATION,
        drafter=Position.CONTRACT_SPECIALIST,
        approvers=(
            Position.LEGAL_COUNSEL,
            Position.CONTRACTING_OFFICER,
        ),
        requires=(
            "SEC-A",
            "SSP",
            "PSN",
        ),
        citations=("solicitation_posting",),
        layout=Layout.REPORT,
        sensitivity=Sensitivity.INTERNAL,
        dated="rfp_issue",
    ),
    DocumentType(
        code="QNA",
        title="Questions and Answers Log",
        category="Release",
        phase=Phase.SOLICITATION,
        drafter=Position.CONTRACT_SPECIALIST,
        approvers=(Position.CONTRACTING_OFFICER,),
        requires=("RFP",),
        records=(RecordKind.QUESTIONS,),
        citations=("early_exchanges",),
        layout=Layout.NOTICE,
        sensitivity=Sensitivity.PUBLIC,
        dated="answers_posted",
    ),
    DocumentType(
        code="AMD",
        title="Amendment of Solicitation",
        category="Release",
        phase=Phase.SOLICITATION,
        drafter=Position.CONTRACT_SPECIALIST,
        approvers=(Position.CONTRACTING_OFFICER,),
        requires=(
            "RFP",
            "QNA",
        ),
        records=(RecordKind.AMENDMENTS,),
        citations=("amendments",),
        layout=Layout.FORM,
        sensitivity=Sensitivity.PUBLIC,
        dated="answers_posted",
        form_number="SF 30",
    ),
    DocumentType(
        code="RCPT",
        title="Proposal Receipt Register",
        category="Receipt",
        phase=Phase.SOLICITATION,
        drafter=Position.CONTRACT_SPECIALIST,
        approvers=(Position.CONTRACTING_OFFICER,),
        requires=(
            "RFP",
            "AMD",
        ),
        records=(RecordKind.OFFERS,),
        citations=(
            "receipt",
            "late_offers",
        ),
        layout=Layout.PLAN_LANDSCAPE,
        sensitivity=Sensitivity.SOURCE_SELECTION,
        dated="closing",
        before_negotiations=True,
    ),
    DocumentType(
        code="NDA",
        title="Participation, Nondisclosure and Conflict of Interest Statements",
        category="Evaluation",
        phase=Phase.POST_SOLICITATION,
        drafter=Position.CONTRACT_SPECIALIST,
        approvers=(Position.LEGAL_COUNSEL,),
        citations=("procurement_integrity",),
        layout=Layout.NOTICE,
        sensitivity=Sensitivity.SOURCE_SELECTION,
        dated="closing",
        required=_competitive,
    ),
    DocumentType(
        code="CMP",
        title="Compliance Screening Checklist",
        category="Evaluation",
        phase=Phase.POST_SOLICITATION,
        drafter=Position.CONTRACT_SPECIALIST,
        approvers=(Position.CONTRACTING_OFFICER,),
        requires=(
            "RCPT",
            "SEC-L",
            "NDA",
        ),
        records=(RecordKind.OFFERS,),
        citations=("evaluation",),
        layout=Layout.PLAN_LANDSCAPE,
        sensitivity=Sensitivity.SOURCE_SELECTION,
        dated="closing",
        before_negotiations=True,
        required=_competitive,
    ),
    DocumentType(
        code="SCORE",
        title="Evaluation Scorecards",
        category="Evaluation",
        phase=Phase.POST_SOLICITATION,
        drafter=Position.CONTRACT_SPECIALIST,
        approvers=(Position.SSEB_CHAIR,),
        requires=(
            "SEC-M",
            "NDA",
            "CMP",
        ),
        records=(RecordKind.CONSENSUS,),
        citations=("evaluation",),
        layout=Layout.REPORT,
        sensitivity=Sensitivity.SOURCE_SELECTION,
        dated="initial_evaluation",
        before_negotiations=True,
        required=_competitive,
    ),
    DocumentType(
        code="PPE",
        title="Past Performance Evaluation",
        category="Evaluation",
        phase=Phase.POST_SOLICITATION,
        drafter=Position.CONTRACT_SPECIALIST,
        approvers=(Position.SSEB_CHAIR,),
        requires=(
            "NDA",
            "CMP",
        ),
        records=(RecordKind.CONSENSUS,),
        citations=("past_performance_evaluation",),
        layout=Layout.REPORT,
        sensitivity=Sensitivity.SOURCE_SELECTION,
        dated="initial_evaluation",
        before_negotiations=True,
        required=_past_performance,
    ),
    DocumentType(
        code="PCA",
        title="Price Analysis Report",
        category="Evaluation",
        phase=Phase.POST_SOLICITATION,
        drafter=Position.PRICE_ANALYST,
        approvers=(Position.CONTRACTING_OFFICER,),
        requires=(
            "IGCE",
            "SEC-B",
            "RCPT",
        ),
        records=(RecordKind.OFFERS,),
        citations=("price_analysis",),
        layout=Layout.REPORT,
        sensitivity=Sensitivity.SOURCE_SELECTION,
        dated="initial_evaluation",
        before_negotiations=True,
    ),
    DocumentType(
        code="CRD",
        title="Competitive Range Determination",
        category="Evaluation",
        phase=Phase.POST_SOLICITATION,
        drafter=Position.CONTRACT_SPECIALIST,
        approvers=(
            Position.CONTRACTING_OFFICER,
            Position.SOURCE_SELECTION_AUTHORITY,
        ),
        requires=(
            "SCORE",
            "PPE",
            "PCA",
        ),
        records=(RecordKind.COMPETITIVE_RANGE,),
        citations=("competitive_range",),
        layout=Layout.REPORT,
        sensitivity=Sensitivity.SOURCE_SELECTION,
        dated="range_determined",
        before_negotiations=True,
        required=_range_determined,
    ),
    DocumentType(
        code="XCL",
        title="Notice of Exclusion from the Competitive Range",
        category="Notices",
        phase=Phase.POST_SOLICITATION,
        drafter=Position.CONTRACT_SPECIALIST,
        approvers=(Position.CONTRACTING_OFFICER,),
        requires=("CRD",),
        records=(RecordKind.COMPETITIVE_RANGE,),
        citations=("preaward_notice",),
        layout=Layout.LETTER,
        sensitivity=Sensitivity.SOURCE_SELECTION,
        dated="exclusion_notice",
        before_negotiations=True,
        required=lambda c: bool(excluded_offers(c.records)),
    ),
    DocumentType(
        code="PNO",
        title="Prenegotiation Objectives",
        category="Evaluation",
        phase=Phase.POST_SOLICITATION,
        drafter=Position.CONTRACT_SPECIALIST,
        approvers=(
            Position.LEGAL_COUNSEL,
            Position.CONTRACTING_OFFICER,
        ),
        requires=(
            "PCA",
            "CRD",
        ),
        records=(
            RecordKind.OFFERS,
            RecordKind.OBJECTIVES,
        ),
        citations=("prenegotiation",),
        layout=Layout.REPORT,
        sensitivity=Sensitivity.SOURCE_SELECTION,
        dated="objectives_set",
        before_negotiations=True,
        required=lambda c: c.negotiated or c.records.objectives is not None,
    ),
    DocumentType(
        code="CLAR",
        title="Clarifications and Evaluation Notices",
        category="Evaluation",
        phase=Phase.POST_SOLICITATION,
        drafter=Position.CONTRACT_SPECIALIST,
        approvers=(Position.CONTRACTING_OFFICER,),
        requires=(
            "SCORE",
            "CRD",
            "PNO",
        ),
        records=(RecordKind.EXCHANGES,),
        citations=("clarifications",),
        layout=Layout.REPORT,
        sensitivity=Sensitivity.SOURCE_SELECTION,
        dated="exchanges_closed",
        before_negotiations=True,
        required=lambda c: _range_planned(c) or c.records.exchanges is not None,
    ),
    DocumentType(
        code="PNM",
        title="Price Negotiation Memorandum",
        category="Evaluation",
        phase=Phase.POST_SOLICITATION,
        drafter=Position.CONTRACT_SPECIALIST,
        approvers=(
            Position.LEGAL_COUNSEL,
            Position.CONTRACTING_OFFICER,
        ),
        requires=(
            "PCA",
            "PNO",
            "CLAR",
            "SSDD",
        ),
        records=(RecordKind.DECISION,),
        citations=("price_negotiation",),
        layout=Layout.REPORT,
        sensitivity=Sensitivity.SOURCE_SELECTION,
        dated="decision",
        required=lambda c: c.negotiated,
    ),
    DocumentType(
        code="SSEB",
        title="Source Selection Evaluation Board Report",
        category="Decision",
        phase=Phase.POST_SOLICITATION,
        drafter=Position.CONTRACT_SPECIALIST,
        approvers=(Position.SSEB_CHAIR,),
        requires=(
            "SCORE",
            "PPE",
            "PCA",
            "CLAR",
        ),
        records=(
            RecordKind.CONSENSUS,
            RecordKind.FINAL_PROPOSALS,
            RecordKind.FINAL_CONSENSUS,
        ),
        citations=("evaluation",),
        layout=Layout.REPORT,
        sensitivity=Sensitivity.SOURCE_SELECTION,
        dated="evaluation_complete",
        required=_competitive,
    ),
    DocumentType(
        code="SSAC",
        title="Source Selection Advisory Council Report",
        category="Decision",
        phase=Phase.POST_SOLICITATION,
        drafter=Position.CONTRACT_SPECIALIST,
        approvers=(Position.SSAC_CHAIR,),
        requires=("SSEB",),
        records=(RecordKind.ADVICE,),
        citations=("source_selection_procedures",),
        layout=Layout.REPORT,
        sensitivity=Sensitivity.SOURCE_SELECTION,
        dated="council_advice",
        required=_advised,
    ),
    DocumentType(
        code="SSDD",
        title="Source Selection Decision Document",
        category="Decision",
        phase=Phase.POST_SOLICITATION,
        drafter=Position.CONTRACT_SPECIALIST,
        approvers=(Position.SOURCE_SELECTION_AUTHORITY,),
        requires=(
            "SSEB",
            "SSAC",
            "PCA",
        ),
        records=(RecordKind.DECISION,),
        citations=("source_selection_decision",),
        layout=Layout.REPORT,
        sensitivity=Sensitivity.SOURCE_SELECTION,
        dated="decision",
        required=_competitive,
    ),
    DocumentType(
        code="RESP",
        title="Responsibility Determination",
        category="Decision",
        phase=Phase.POST_SOLICITATION,
        drafter=Position.CONTRACT_SPECIALIST,
        approvers=(Position.CONTRACTING_OFFICER,),
        requires=(
            "SSDD",
            "PCA",
        ),
        records=(RecordKind.DECISION,),
        citations=("responsibility",),
        layout=Layout.NOTICE,
        sensitivity=Sensitivity.SOURCE_SELECTION,
        dated="decision",
    ),
    DocumentType(
        code="SUBK",
        title="Subcontracting Plan Review",
        category="Decision",
        phase=Phase.POST_SOLICITATION,
        drafter=Position.CONTRACT_SPECIALIST,
        approvers=(
            Position.SMALL_BUSINESS_PROFESSIONAL,
            Position.CONTRACTING_OFFICER,
        ),
        requires=(
            "SSDD",
            "PCA",
        ),
        records=(
            RecordKind.DECISION,
            RecordKind.SUBCONTRACTING,
        ),
        citations=("subcontracting_plan",),
        layout=Layout.NOTICE,
        sensitivity=Sensitivity.SOURCE_SELECTION,
        dated="decision",
        required=_plan_reviewed,
    ),
    DocumentType(
        code="SBN",
        title="Preaward Small Business Notice",
        category="Notices",
        phase=Phase.POST_SOLICITATION,
        drafter=Position.CONTRACT_SPECIALIST,
        approvers=(Position.CONTRACTING_OFFICER,),
        requires=(
            "SSDD",
            "RESP",
        ),
        records=(RecordKind.DECISION,),
        citations=("small_business_notice",),
        layout=Layout.LETTER,
        sensitivity=Sensitivity.SOURCE_SELECTION,
        dated="small_business_notice",
        required=_set_aside_notice,
    ),
    DocumentType(
        code="ANN",
        title="Announcement Report",
        category="Award",
        phase=Phase.POST_SOLICITATION,
        drafter=Position.CONTRACT_SPECIALIST,
        approvers=(Position.CONTRACTING_OFFICER,),
        requires=(
            "SSDD",
            "RESP",
        ),
        records=(RecordKind.DECISION,),
        citations=("award_announcement",),
        layout=Layout.FORM,
        sensitivity=Sensitivity.SOURCE_SELECTION,
        dated="award_announcement",
        form_number="DD-LA-(AR) 1279",
        required=lambda c: c.applies("announcement"),
    ),
    DocumentType(
        code="SF26",
        title="Award and Contract",
        category="Award",
        phase=Phase.POST_SOLICITATION,
        drafter=Position.CONTRACT_SPECIALIST,
        approvers=(Position.CONTRACTING_OFFICER,),
        requires=(
            "SSDD",
            "RESP",
            "ANN",
            "PNM",
            "SUBK",
            "SBN",
        ),
        records=(RecordKind.DECISION,),
        citations=("award",),
        layout=Layout.FORM,
        sensitivity=Sensitivity.INTERNAL,
        dated="award",
        form_number="SF 26",
    ),
    DocumentType(
        code="AWL",
        title="Award Notification Letter",
        category="Award",
        phase=Phase.POST_SOLICITATION,
        drafter=Position.CONTRACT_SPECIALIST,
        approvers=(Position.CONTRACTING_OFFICER,),
        requires=("SF26",),
        records=(RecordKind.DECISION,),
        citations=("award",),
        layout=Layout.LETTER,
        sensitivity=Sensitivity.INTERNAL,
        dated="award",
    ),
    DocumentType(
        code="UNS",
        title="Unsuccessful Offeror Letters",
        category="Notices",
        phase=Phase.POST_SOLICITATION,
        drafter=Position.CONTRACT_SPECIALIST,
        approvers=(Position.CONTRACTING_OFFICER,),
        requires=("SF26",),
        records=(RecordKind.DECISION,),
        citations=("postaward_notice",),
        layout=Layout.LETTER,
        sensitivity=Sensitivity.SOURCE_SELECTION,
        dated="notices_sent",
        required=_competitive,
    ),
    DocumentType(
        code="CAS",
        title="Contract Award Synopsis",
        category="Notices",
        phase=Phase.POST_SOLICITATION,
        drafter=Position.CONTRACT_SPECIALIST,
        approvers=(Position.CONTRACTING_OFFICER,),
        requires=("SF26",),
        records=(RecordKind.DECISION,),
        citations=("award_notice",),
        layout=Layout.NOTICE,
        sensitivity=Sensitivity.PUBLIC,
        dated="award",
    ),
    DocumentType(
        code="CAR",
        title="Contract Action Report",
        category="Notices",
        phase=Phase.POST_SOLICITATION,
        drafter=Position.CONTRACT_SPECIALIST,
        approvers=(Position.CONTRACTING_OFFICER,),
        requires=("SF26",),
        records=(RecordKind.DECISION,),
        citations=("fpds",),
        layout=Layout.FORM,
        sensitivity=Sensitivity.INTERNAL,
        dated="award",
    ),
    DocumentType(
        code="JAP",
        title="Redacted Justification for Posting",
        category="Notices",
        phase=Phase.POST_SOLICITATION,
        drafter=Position.CONTRACT_SPECIALIST,
        approvers=(Position.LEGAL_COUNSEL, Position.CONTRACTING_OFFICER),
        requires=("JA", "SF26"),
        records=(RecordKind.MARKET_RESEARCH,),
        citations=("justification_posting",),
        layout=Layout.NOTICE,
        sensitivity=Sensitivity.PUBLIC,
        dated="award",
        required=lambda c: c.applies("justification"),
    ),
    DocumentType(
        code="CORL",
        title="COR Designation Letter",
        category="Notices",
        phase=Phase.POST_SOLICITATION,
        drafter=Position.CONTRACT_SPECIALIST,
        approvers=(
            Position.CONTRACTING_OFFICER,
            Position.CONTRACTING_OFFICERS_REPRESENTATIVE,
        ),
        requires=(
            "SF26",
            "QASP",
        ),
        citations=("cor",),
        layout=Layout.LETTER,
        sensitivity=Sensitivity.INTERNAL,
        dated="award",
        required=lambda c: c.facts.project.service_contract,
    ),
    DocumentType(
        code="DBR",
        title="Debriefing and Official Summary",
        category="Notices",
        phase=Phase.POST_SOLICITATION,
        drafter=Position.CONTRACT_SPECIALIST,
        approvers=(
            Position.LEGAL_COUNSEL,
            Position.CONTRACTING_OFFICER,
        ),
        requires=(
            "UNS",
            "SSEB",
        ),
        records=(RecordKind.DEBRIEFINGS,),
        citations=("postaward_debrief",),
        layout=Layout.REPORT,
        sensitivity=Sensitivity.SOURCE_SELECTION,
        dated="debriefing",
        required=_competitive,
    ),
    DocumentType(
        code="PROT",
        title="Protest File and Agency Report",
        category="Notices",
        phase=Phase.POST_SOLICITATION,
        drafter=Position.CONTRACT_SPECIALIST,
        approvers=(
            Position.CONTRACTING_OFFICER,
            Position.LEGAL_COUNSEL,
        ),
        requires=("RFP",),
        records=(RecordKind.PROTEST,),
        citations=("protests",),
        layout=Layout.REPORT,
        sensitivity=Sensitivity.SOURCE_SELECTION,
        dated="agency_report",
        required=lambda c: c.records.protest is not None,
    ),
)

BY_RECORD = frozenset({"CRD", "CLAR", "PNO", "XCL", "SUBK", "PROT"})
"""Codes that something recorded may add to a plan: a range, objectives, exchanges, an award."""

BY_CODE = {row.code: row for row in CATALOG}
