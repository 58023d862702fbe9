"""A person's second factor: an authenticator on a telephone, and codes for when it is lost."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from api.dependencies import LimitedSignIn, Product
from api.errors import Conflict, WrongCode
from api.forms import query_or_body
from api.proofs import count_attempt, note_failure, prove_both, prove_password, step_for
from api.routes.sign_ins import Proven
from api.second_factor import (
    DIGITS,
    PERIOD_SECONDS,
    address_of_secret,
    new_recovery_codes,
    new_secret,
    plain,
)
from db.models import User
from db.second_factors import FactorPresent

router = APIRouter(prefix="/api/auth/second-factor", tags=["Sign-in"])


class SecondFactorOut(BaseModel):
    active: bool
    since: datetime | None
    required: bool
    """By this installation, of everybody."""
    recovery_codes_left: int


class EnrolmentOut(BaseModel):
    secret: str
    """For typing in; shown once."""
    otpauth_uri: str
    """The same for an authenticator that reads a QR code, which the page draws itself."""
    digits: int = DIGITS
    period_seconds: int = PERIOD_SECONDS


class RecoveryCodesOut(BaseModel):
    message: str
    recovery_codes: list[str]
    """Each signs in once instead of a code; shown once."""


class FactorMessageOut(BaseModel):
    message: str


class Code(BaseModel):
    otp: str = Field(min_length=1, max_length=100)


class ProofWithCode(BaseModel):
    current_password: str = Field(max_length=1024)
    otp: str = Field(min_length=1, max_length=100)
    """The authenticator's code, or a recovery code."""


ProvenWithCode = Annotated[ProofWithCode, Depends(query_or_body(ProofWithCode))]


@router.get("", summary="Whether the caller has a second factor")
async def get_second_factor(product: Product, signed_in: LimitedSignIn) -> SecondFactorOut:
    since = signed_in.user.second_factor_at
    return SecondFactorOut(
        active=since is not None,
        since=since,
        required=product.settings.require_second_factor,
        recovery_codes_left=await product.second_factors.recovery_codes_left(signed_in.user.id),
    )


@router.post("/begin", summary="Get the secret for an authenticator")
async def begin_second_factor(
    product: Product, signed_in: LimitedSignIn, form: Proven
) -> EnrolmentOut:
    """Signing in asks for codes once one was confirmed. Beginning again makes a new secret."""
    user = signed_in.user
    await prove_password(product, user, form.current_password)
    secret = new_secret()
    try:
        await product.second_factors.begin(user.id, product.seal.close(secret, user.id))
    except FactorPresent as error:
        raise _present() from error
    return EnrolmentOut(secret=secret, otpauth_uri=address_of_secret(secret, user.email))


@router.post("/confirm", summary="Turn the second factor on with a first code")
async def confirm_second_factor(
    product: Product,
    signed_in: LimitedSignIn,
    form: Annotated[Code, Depends(query_or_body(Code))],
) -> RecoveryCodesOut:
    """Every session but the one that asks ends. The code used here signs in no more."""
    user = signed_in.user
    await count_attempt(product, user.email)
    step = await step_for(product, user, form.otp)
    codes = new_recovery_codes()
    try:
        confirmed = step is not None and await product.second_factors.confirm(
            user.id, step, map(plain, codes), signed_in.session_id
        )
    except FactorPresent as error:
        raise _present() from error
    if not confirmed:
        await note_failure(product, user.email, user)
        raise WrongCode
    await product.attempts.forgive_account(user.email)
    return RecoveryCodesOut(
        message="The second factor is on; keep the recovery codes in a safe place",
        recovery_codes=list(codes),
    )


@router.post("/recovery-codes", summary="Get new recovery codes instead of those before")
async def replace_recovery_codes(
    product: Product, signed_in: LimitedSignIn, form: ProvenWithCode
) -> RecoveryCodesOut:
    user = signed_in.user
    _require_factor(user)
    await prove_both(product, user, form.current_password, form.otp)
    codes = new_recovery_codes()
    await product.second_factors.replace_recovery_codes(user.id, map(plain, codes))
    return RecoveryCodesOut(
        message="The recovery codes before count no longer", recovery_codes=list(codes)
    )


@router.post("/remove", summary="Turn the second factor off; other sessions end")
async def remove_own_second_factor(
    product: Product, signed_in: LimitedSignIn, form: ProvenWithCode
) -> FactorMessageOut:
    user = signed_in.user
    _require_factor(user)
    await prove_both(product, user, form.current_password, form.otp)
    await product.second_factors.remove(user.id, user.id, keep_session=signed_in.session_id)
    return FactorMessageOut(message="The second factor is off")


def _present() -> Conflict:
    return Conflict("second_factor_present", "There is a second factor already: remove it first")


def _require_factor(user: User) -> None:
    if user.second_factor_at is None:
        raise Conflict("no_second_factor", "There is no second factor: begin one first")
