"""What a workflow can be searched by in the Temporal Web UI.

Search attributes are stored in clear text: ids, codes and role names only, never personal or
source-selection data.
"""

from datetime import datetime
from typing import Any

from temporalio.common import SearchAttributeKey

PROJECT_ID: SearchAttributeKey[str] = SearchAttributeKey.for_keyword("ProjectId")
PROCUREMENT_PHASE: SearchAttributeKey[str] = SearchAttributeKey.for_keyword("ProcurementPhase")
DOCUMENT_CODE: SearchAttributeKey[str] = SearchAttributeKey.for_keyword("DocumentCode")
PROCUREMENT_STATUS: SearchAttributeKey[str] = SearchAttributeKey.for_keyword("ProcurementStatus")
AWAITING_POSITION: SearchAttributeKey[str] = SearchAttributeKey.for_keyword("AwaitingPosition")
DUE_DATE: SearchAttributeKey[datetime] = SearchAttributeKey.for_datetime("DueDate")

ALL: tuple[SearchAttributeKey[Any], ...] = (
    PROJECT_ID,
    PROCUREMENT_PHASE,
    DOCUMENT_CODE,
    PROCUREMENT_STATUS,
    AWAITING_POSITION,
    DUE_DATE,
)
