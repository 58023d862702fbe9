"""Make a plan: evaluate the catalogue once on the facts, outside any workflow."""

from graphlib import CycleError, TopologicalSorter

from documents.catalog import CATALOG, DocumentType
from documents.completeness import unstated
from documents.computed import NOTHING_RECORDED, compute
from documents.facts import Facts, InvalidFacts, Records
from documents.plan import AWARD_DOCUMENTS, Assignee, Plan, PlannedDocument
from documents.vocabulary import Phase, Position


def plan_for(
    facts: Facts,
    catalog: tuple[DocumentType, ...] = CATALOG,
    records: Records = NOTHING_RECORDED,
) -> Plan:
    """Evaluate the catalogue on the facts, and on what is recorded so far.

    Some documents are needed only because of what happened: an offer left out of the competitive
    range, an awardee that is not small, a protest. They join the plan that is made with the record.

    Raises:
        InvalidFacts: a position has nobody, a drafter would approve their own draft, the source
            selection authority may not be the contracting officer, or the contracting officer's
            warrant is below the value including options.
    """
    computed = compute(facts, records)
    rows = _in_drafting_order([row for row in catalog if row.required(computed)])
    codes = {row.code for row in rows}
    problems = list(unstated(computed, codes))

    def person(row: DocumentType, position: Position) -> Assignee | None:
        holder = facts.people.get(position)
        if holder is None:
            problems.append(f"people.{position} is missing: {row.code} needs a {position.label}")
            return None
        return Assignee(
            position=position,
            email=holder.email,
            name=holder.name,
            warrant_usd=holder.warrant_usd,
        )

    documents: list[PlannedDocument] = []
    for order, row in enumerate(rows, start=1):
        drafter = person(row, row.drafter)
        approvers = [person(row, position) for position in row.signers(computed)]
        if drafter is None or any(approver is None for approver in approvers):
            continue
        signers = tuple(approver for approver in approvers if approver is not None)
        problems += [
            f"people.{signer.position}: {signer.name} would approve {row.code} and also drafts it "
            f"as {drafter.position.label}; name another person for one of the two positions"
            for signer in signers
            if signer.email == drafter.email
        ]
        documents.append(
            PlannedDocument(
                code=row.code,
                title=row.title,
                category=row.category,
                phase=row.phase,
                order=order,
                sensitivity=row.sensitivity,
                requires=tuple(code for code in row.requires if code in codes),
                records=row.waits_for(computed),
                drafter=drafter,
                approvers=signers,
                chain=row.chain,
                approvals_needed=row.approvals_needed,
                binds_usd=computed.estimate.total if row.code in AWARD_DOCUMENTS else None,
            )
        )
    officer = facts.people[Position.CONTRACTING_OFFICER]
    authority = facts.people.get(Position.SOURCE_SELECTION_AUTHORITY)
    separate = computed.answers["ssa_other_than_co"]
    if authority is not None and authority.email == officer.email and separate.applies:
        problems.append(
            f"people.source_selection_authority: {authority.name} is the contracting officer; "
            f"name another person. {separate.reason}"
        )
    value = computed.estimate.total
    if officer.warrant_usd is not None and officer.warrant_usd < value:
        problems.append(
            f"people.contracting_officer.warrant_usd is {officer.warrant_usd:,.2f}, below the "
            f"value including options of {value:,.2f}: name an officer with a sufficient warrant"
        )
    if problems:
        raise InvalidFacts(tuple(dict.fromkeys(problems)))
    return Plan(
        title=facts.project.title,
        gatekeeper=Assignee(
            position=Position.CONTRACTING_OFFICER,
            email=officer.email,
            name=officer.name,
            warrant_usd=officer.warrant_usd,
        ),
        value_with_options=value,
        documents=tuple(documents),
    )


def _in_drafting_order(rows: list[DocumentType]) -> list[DocumentType]:
    """Order by phase, then so that every document follows what it requires."""
    position = {row.code: index for index, row in enumerate(rows)}
    sorter = TopologicalSorter(
        {row.code: [code for code in row.requires if code in position] for row in rows}
    )
    try:
        ordered = list(sorter.static_order())
    except CycleError as error:
        raise ValueError(f"catalogue rows require each other: {error.args[1]}") from error
    phases = list(Phase)
    rank = {code: index for index, code in enumerate(ordered)}
    return sorted(rows, key=lambda row: (phases.index(row.phase), rank[row.code]))
