"""The part of the Open Contracting Data Standard 1.1 that the product writes, as a JSON Schema.

Written from the standard's reference documentation; it is not the official file. It is narrower:
names that the product does not use are refused here although the standard allows them, so that a
misspelled field cannot pass as an extension. Closed codelists are those of the standard.
"""

from typing import Any

_TEXT: dict[str, Any] = {"type": "string", "minLength": 1}
_MOMENT: dict[str, Any] = {
    "type": "string",
    "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$",
    "format": "date-time",
}


def _object(required: str = "", **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": required.split(),
        "additionalProperties": False,
        "minProperties": 1,
    }


def _list(of: dict[str, Any], least: int = 0) -> dict[str, Any]:
    return {"type": "array", "items": of, "uniqueItems": True, "minItems": least}


def _one_of(*words: str) -> dict[str, Any]:
    return {"type": "string", "enum": list(words)}


_VALUE = _object("amount currency", amount={"type": "number"}, currency=_one_of("USD"))
_PERIOD = _object("startDate endDate", startDate=_MOMENT, endDate=_MOMENT)
_REFERENCE = _object("id name", id=_TEXT, name=_TEXT)
_CLASSIFICATION = _object("scheme id", scheme=_TEXT, id=_TEXT, description=_TEXT)
_DOCUMENT = _object(
    "id",
    id=_TEXT,
    title=_TEXT,
    documentType=_TEXT,
    datePublished=_MOMENT,
    format=_TEXT,
    language=_TEXT,
)
_DOCUMENTS = _list(_DOCUMENT)
_PARTY = _object(
    "id name roles",
    id=_TEXT,
    name=_TEXT,
    identifier=_object("id", id=_TEXT, legalName=_TEXT),
    address=_object(streetAddress=_TEXT, countryName=_TEXT),
    contactPoint=_object(email=_TEXT, telephone=_TEXT),
    roles=_list(_one_of("buyer", "procuringEntity", "supplier"), least=1),
)
_ITEM = _object(
    "id",
    id=_TEXT,
    description=_TEXT,
    classification=_CLASSIFICATION,
    additionalClassifications=_list(_CLASSIFICATION),
    quantity={"type": "number"},
    unit=_object(name=_TEXT),
)
_TENDER = _object(
    "id",
    id=_TEXT,
    title=_TEXT,
    description=_TEXT,
    status=_one_of(
        "planning", "planned", "active", "cancelled", "unsuccessful", "complete", "withdrawn"
    ),
    procuringEntity=_REFERENCE,
    items=_list(_ITEM, least=1),
    procurementMethod=_one_of("open", "selective", "limited", "direct"),
    procurementMethodDetails=_TEXT,
    mainProcurementCategory=_one_of("goods", "works", "services"),
    awardCriteria=_one_of("priceOnly", "costOnly", "qualityOnly", "ratedCriteria"),
    awardCriteriaDetails=_TEXT,
    submissionMethod=_list(_one_of("electronicSubmission", "written", "inPerson")),
    submissionMethodDetails=_TEXT,
    tenderPeriod=_PERIOD,
    enquiryPeriod=_PERIOD,
    contractPeriod=_PERIOD,
    documents=_DOCUMENTS,
    amendments=_list(_object("id", id=_TEXT, date=_MOMENT, rationale=_TEXT, description=_TEXT)),
)
_AWARD = _object(
    "id",
    id=_TEXT,
    title=_TEXT,
    description=_TEXT,
    status=_one_of("pending", "active", "cancelled", "unsuccessful"),
    date=_MOMENT,
    value=_VALUE,
    suppliers=_list(_REFERENCE, least=1),
    contractPeriod=_PERIOD,
    documents=_DOCUMENTS,
)
_CONTRACT = _object(
    "id awardID",
    id=_TEXT,
    awardID=_TEXT,
    title=_TEXT,
    description=_TEXT,
    status=_one_of("pending", "active", "cancelled", "terminated"),
    dateSigned=_MOMENT,
    period=_PERIOD,
    value=_VALUE,
)
_TAGS = (
    "planning planningUpdate tender tenderAmendment tenderUpdate tenderCancellation award "
    "awardUpdate awardCancellation contract contractUpdate contractAmendment implementation "
    "implementationUpdate contractTermination compiled"
)

RELEASE = _object(
    "ocid id date tag initiationType",
    ocid=_TEXT,
    id={"type": "string", "pattern": "^[^#]+$"},
    date=_MOMENT,
    tag=_list(_one_of(*_TAGS.split()), least=1),
    initiationType=_one_of("tender"),
    language=_one_of("en"),
    parties=_list(_PARTY),
    buyer=_REFERENCE,
    planning=_object(rationale=_TEXT, documents=_DOCUMENTS),
    tender=_TENDER,
    awards=_list(_AWARD),
    contracts=_list(_CONTRACT),
)

RECORD_PACKAGE = _object(
    "uri version publishedDate publisher records",
    uri={"type": "string", "format": "uri", "pattern": "^https?://"},
    version=_one_of("1.1"),
    publishedDate=_MOMENT,
    publisher=_object("name", name=_TEXT),
    records=_list(
        _object(
            "ocid releases",
            ocid=_TEXT,
            releases=_list(RELEASE, least=1),
            compiledRelease=RELEASE,
        ),
        least=1,
    ),
)
