"""What every table shares: naming of constraints, column types, ranges that the database checks."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, ClassVar
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Enum, MetaData, Numeric, Text, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

Json = dict[str, Any]
JsonList = list[Any]

Key = Annotated[UUID, mapped_column(primary_key=True, default=uuid4)]
Money = Annotated[Decimal, mapped_column(Numeric(15, 2))]
"""USD."""
Bytes = Annotated[int, mapped_column(BigInteger)]
CreatedAt = Annotated[datetime, mapped_column(server_default=func.now())]
UpdatedAt = Annotated[datetime, mapped_column(server_default=func.now(), onupdate=func.now())]


class Base(DeclarativeBase):
    """All times are stored with their offset; all enums as their lower-case values."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: DateTime(timezone=True),
        str: Text(),
        Json: JSONB(),
        JsonList: JSONB(),
    }


def choice(words: type[StrEnum], name: str) -> Enum:
    """A column type for ``words``: text, limited to their values by the constraint ``name``."""
    return Enum(
        words,
        native_enum=False,
        create_constraint=True,
        length=40,
        name=name,
        values_callable=_values,
    )


def _values(words: type[StrEnum]) -> list[str]:
    return [word.value for word in words]


def not_negative(column: str) -> CheckConstraint:
    return CheckConstraint(f"{column} >= 0", name=f"{column}_not_negative")


def positive(column: str) -> CheckConstraint:
    return CheckConstraint(f"{column} >= 1", name=f"{column}_positive")


def in_order(start: str, end: str) -> CheckConstraint:
    return CheckConstraint(f"{end} >= {start}", name=f"{end}_not_before_{start}")


def is_sha256(column: str) -> CheckConstraint:
    return CheckConstraint(f"{column} ~ '^[0-9a-f]{{64}}$'", name=f"{column}_is_sha256")
