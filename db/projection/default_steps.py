"""The checklist of work that every phase starts with."""

from collections.abc import Mapping

from documents.vocabulary import Phase

DEFAULT_STEPS: Mapping[Phase, tuple[tuple[str, bool], ...]] = {
    Phase.PRE_SOLICITATION: (
        ("Initial Needs Assessment", False),
        ("Market Research", False),
        ("Requirements Definition", True),
        ("Budget Approval", True),
        ("Acquisition Strategy Development", True),
        ("Independent Cost Estimate", False),
        ("Solicitation Planning", False),
    ),
    Phase.SOLICITATION: (
        ("Draft Solicitation Review", True),
        ("RFP/RFQ Publication", False),
        ("Pre-Proposal Conference", False),
        ("Vendor Question Period", False),
        ("Proposal Submission Deadline", False),
        ("Initial Completeness Review", False),
        ("Technical Evaluation", True),
    ),
    Phase.POST_SOLICITATION: (
        ("Detailed Evaluation", False),
        ("Competitive Range Determination", True),
        ("Clarification Requests", False),
        ("Negotiations", False),
        ("Best and Final Offers", False),
        ("Source Selection Decision", True),
        ("Pre-Award Notifications", False),
        ("Contract Award", True),
        ("Post-Award Debrief", False),
        ("Implementation Kickoff", False),
    ),
}
"""Name, and whether the step needs an approval; in order."""
