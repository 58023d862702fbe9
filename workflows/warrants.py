"""The limit of a contracting officer's warrant (FAR 1.602-1)."""

from decimal import Decimal

from temporalio.exceptions import ApplicationError

from documents.plan import Assignee
from documents.vocabulary import Position


def check_warrant(signer: Assignee, *, value: Decimal | None, stated: Decimal | None) -> None:
    """Refuse a contracting officer whose warrant does not reach the value, options included.

    ``stated`` is the limit that the account names now. The lower limit counts; where neither the
    plan nor the account states one, nothing is compared.
    """
    limits = [limit for limit in (signer.warrant_usd, stated) if limit is not None]
    if signer.position is not Position.CONTRACTING_OFFICER or value is None or not limits:
        return
    if min(limits) < value:
        raise ApplicationError(
            f"the warrant of {signer.name} ends at USD {min(limits):,.2f}; this action is worth "
            f"USD {value:,.2f} with its options",
            type="WarrantExceeded",
        )
