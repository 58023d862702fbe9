"""Input that may come as query parameters or as a JSON body.

The front end sends scalars in the query, even on POST; documentation and other clients send JSON.
"""

import inspect
from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import Annotated, Any, TypeVar, get_args, get_origin

from fastapi import Body, Query
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, BeforeValidator, Strict, ValidationError, create_model

from documents.written_dates import ADVICE, is_written_out

Form = TypeVar("Form", bound=BaseModel)


def written_out(value: object) -> object:
    """Refuse a number where a date belongs: it would count as seconds since 1970."""
    if value is not None and not is_written_out(value):
        raise ValueError(ADVICE)
    return value


def validated(form: type[Form], values: Mapping[str, object]) -> Form:
    """What a body brought as ``form``; raises RequestValidationError, which names every problem."""
    try:
        return form.model_validate(values)
    except ValidationError as error:
        raise RequestValidationError(
            [{**problem, "loc": ("body", *problem["loc"])} for problem in error.errors()]
        ) from error


def query_or_body(form: type[Form], *, only_in_body: Collection[str] = ()) -> Callable[..., Form]:
    """A dependency that reads ``form`` from the query, from a JSON body, or from both.

    The body wins where both name a field. ``only_in_body`` names fields that are no scalars.
    """
    in_query = _all_optional(form, "InQuery", only_in_body)
    in_body = _all_optional(form, "", (), typed=True)

    def read(query: BaseModel, body: BaseModel | None) -> Form:
        values = query.model_dump(exclude_unset=True, exclude_none=True)
        if body is not None:
            # A null clears what may be empty, and elsewhere means that nothing was stated.
            values |= {
                name: value
                for name, value in body.model_dump(exclude_unset=True).items()
                if value is not None or form.model_fields[name].default is None
            }
        return validated(form, values)

    # The types are known only now, so the signature that FastAPI reads is set here.
    parameter = inspect.Parameter
    vars(read)["__signature__"] = inspect.Signature(
        [
            parameter("query", parameter.KEYWORD_ONLY, annotation=Annotated[in_query, Query()]),
            parameter(
                "body",
                parameter.KEYWORD_ONLY,
                annotation=Annotated[in_body | None, Body()],
                default=None,
            ),
        ]
    )
    return read


def _all_optional(
    form: type[BaseModel], suffix: str, without: Collection[str], *, typed: bool = False
) -> type[BaseModel]:
    """The same fields, none of them required, so that the other half may bring them.

    ``typed``: truth values and whole numbers are such in JSON; a query has them as text.
    """
    fields: dict[str, Any] = {}
    for name, field in form.model_fields.items():
        kind: Any = field.annotation
        for constraint in field.metadata:
            kind = Annotated[kind, constraint]
        if date in (kind, *get_args(field.annotation)):
            kind = Annotated[kind, BeforeValidator(written_out)]
        if typed:
            kind = _as_json_types(kind)
        if name not in without:
            fields[name] = (kind | None, None)
    return create_model(f"{form.__name__}{suffix}", **fields)


def _as_json_types(kind: Any) -> Any:
    base = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    if base in (bool, int):
        return Annotated[kind, Strict()]
    if get_origin(base) is list:
        items = list[_as_json_types(get_args(base)[0])]
        return Annotated[items, *get_args(kind)[1:]] if base is not kind else items
    return kind
