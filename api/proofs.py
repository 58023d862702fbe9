"""What people prove before something sensitive happens: password and second factor.

Every attempt counts towards the wait of the account, wherever it is made.
"""

from datetime import timedelta

from api.dependencies import Collaborators
from api.errors import AccountLocked, Conflict, WrongCode, WrongPassword
from api.second_factor import Unreadable, is_time_code, plain, step_of
from db.models import User


async def count_attempt(product: Collaborators, email: str) -> None:
    """Raises AccountLocked.

    Counted before anything is compared: of many attempts at once few reach the hasher.
    """
    wait: timedelta | None = await product.attempts.at_account(email)
    if wait is not None:
        raise AccountLocked(wait)


async def note_failure(product: Collaborators, email: str, user: User | None) -> None:
    """Let the account wait from now on, if it has failed too often."""
    await product.attempts.failed(email)
    if user is not None:
        await product.accounts.note_failure(user.id)


async def prove_password(product: Collaborators, user: User, password: str) -> None:
    """Raises AccountLocked or WrongPassword."""
    await count_attempt(product, user.email)
    await _compare(product, user, password)
    # Not forgotten like a sign-in: a password alone must not pardon wrong codes.
    await product.attempts.forgive_account(user.email)


async def prove_both(product: Collaborators, user: User, password: str, code: str) -> None:
    """Raises AccountLocked, WrongPassword or WrongCode."""
    await count_attempt(product, user.email)
    await _compare(product, user, password)
    if not await code_passes(product, user, code):
        await note_failure(product, user.email, user)
        raise WrongCode
    await product.attempts.succeeded(user.email)


async def code_passes(product: Collaborators, user: User, code: str) -> bool:
    """Use up a code of the authenticator or a recovery code; False when it is wrong or was used."""
    word = plain(code)
    if not is_time_code(word):
        return await product.second_factors.use_recovery_code(user.id, word)
    step = await step_for(product, user, word)
    return step is not None and await product.second_factors.use_step(user.id, step)


async def step_for(product: Collaborators, user: User, code: str) -> int | None:
    """The time step of a code by the person's secret, confirmed or not; it is not used up yet."""
    sealed = await product.second_factors.sealed_secret(user.id)
    if sealed is None:
        return None
    try:
        return step_of(product.seal.open(sealed, user.id), plain(code))
    except Unreadable as error:
        raise Conflict(
            "second_factor_unreadable",
            "The second factor cannot be read any more: an administrator has to remove it",
        ) from error


async def _compare(product: Collaborators, user: User, password: str) -> None:
    verdict = await product.passwords.verify(password, user.hashed_password)
    if not verdict.right:
        await note_failure(product, user.email, user)
        raise WrongPassword
