"""Sample people in the positions in which the tests use them."""

from uuid import NAMESPACE_DNS, UUID, uuid5

from documents.plan import Assignee
from documents.vocabulary import Position

OFFICER = Assignee(
    position=Position.CONTRACTING_OFFICER, email="j.okafor@navy.mil", name="J. Okafor"
)
SPECIALIST = Assignee(
    position=Position.CONTRACT_SPECIALIST,
    email="john.contracting@navy.mil",
    name="John Contracting",
)
MANAGER = Assignee(position=Position.PROGRAM_MANAGER, email="a.rivera@navy.mil", name="A. Rivera")
COMPTROLLER = Assignee(
    position=Position.COMPTROLLER, email="approver@navy.mil", name="Sample Approver"
)


def user_id(person: Assignee) -> UUID:
    """The id that seeding gives a sample person."""
    return uuid5(NAMESPACE_DNS, person.email)
