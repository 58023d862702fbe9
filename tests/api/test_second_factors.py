"""Second factors: codes of an authenticator, recovery codes, and what happens without one."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from pyotp.totp import TOTP
from sqlalchemy import select, update

from api.second_factor import Seal, Unreadable, new_secret, step_of
from db.models import RecoveryCode, SecondFactor
from db.sign_ins import digest
from runtime.settings import Settings
from tests.api.conftest import ADMIN, Client, SignIn, serve
from tests.api.team import database

PASSWORD = "a long pass phrase 7"
RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
"""Of the examples in RFC 6238, appendix B."""


@dataclass(slots=True)
class Person:
    """Somebody with an account and a session; with an authenticator once it is added."""

    anybody: Client
    id: str
    email: str
    headers: dict[str, str]
    secret: str = ""
    confirmed_with: str = ""
    recovery_codes: tuple[str, ...] = ()

    def code(self, later: int = 0) -> str:
        """The authenticator's code, or the one of so many steps later."""
        authenticator = TOTP(self.secret)
        return authenticator.generate_otp(authenticator.timecode(time.time()) + later)

    async def post(self, path: str, **form: Any) -> Any:
        return await self.anybody.post(f"/api/auth/{path}", json=form, headers=self.headers)

    async def sign_in(self, **more: Any) -> Any:
        form = {"email": self.email, "password": PASSWORD, **more}
        return await self.anybody.post("/api/auth/login", json=form)

    async def add_factor(self) -> None:
        begun = await self.post("second-factor/begin", current_password=PASSWORD)
        assert begun.status_code == 200, begun.text
        self.secret = begun.json()["secret"]
        self.confirmed_with = self.code()
        confirmed = await self.post("second-factor/confirm", otp=self.confirmed_with)
        assert confirmed.status_code == 200, confirmed.text
        self.recovery_codes = tuple(confirmed.json()["recovery_codes"])


async def _person(anybody: Client, admin: Client) -> Person:
    form = {"email": f"{uuid4().hex}@navy.mil", "password": PASSWORD, "name": "T", "role": "viewer"}
    made = await admin.post("/api/admin/users", json=form)
    assert made.status_code == 200, made.text
    signed_in = await anybody.post("/api/auth/login", json=form)
    token = signed_in.json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    return Person(anybody, made.json()["user"]["id"], form["email"], headers)


@pytest_asyncio.fixture(loop_scope="session")
async def person(anybody: Client, sign_in: SignIn) -> Person:
    return await _person(anybody, await sign_in(ADMIN))


@pytest_asyncio.fixture(loop_scope="session")
async def careful(person: Person) -> Person:
    """Somebody with a second factor."""
    await person.add_factor()
    return person


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_codes_are_those_of_the_standard_and_live_a_step_longer_for_slow_clocks(
    seconds: int, code: str
) -> None:
    step = seconds // 30
    assert step_of(RFC_SECRET, code, at=seconds) == step
    assert step_of(RFC_SECRET, code, at=seconds + 30) == step
    assert step_of(RFC_SECRET, code, at=seconds + 60 + 30) is None, "it lives for ever"
    wrong = str(int(code[0] == "0")) + code[1:]
    assert step_of(RFC_SECRET, wrong, at=seconds) is None


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "\x00" * 6])
def test_what_is_no_code_is_a_wrong_one(code: str) -> None:
    assert step_of(RFC_SECRET, code, at=59) is None


def test_a_sealed_secret_opens_with_its_key_for_its_owner_unchanged() -> None:
    seal, owner, secret = Seal("k" * 40), uuid4(), new_secret()
    sealed = seal.close(secret, owner)
    assert secret.encode() not in sealed
    assert seal.close(secret, owner) != sealed, "equal secrets would show"
    assert seal.open(sealed, owner) == secret
    changed = sealed[:-1] + bytes([sealed[-1] ^ 1])
    for opener, text, whose in (
        (Seal("j" * 40), sealed, owner),
        (seal, sealed, uuid4()),
        (seal, changed, owner),
        (seal, b"", owner),
        (seal, b"\x02" + sealed[1:], owner),
    ):
        with pytest.raises(Unreadable):
            opener.open(text, whose)


async def test_with_a_second_factor_a_password_alone_does_not_sign_in(careful: Person) -> None:
    alone = await careful.sign_in()
    assert (alone.status_code, alone.json()["code"]) == (401, "second_factor_needed")
    wrong = await careful.sign_in(otp="000000" if careful.code(1) != "000000" else "111111")
    assert (wrong.status_code, wrong.json()["code"]) == (401, "wrong_code")
    form = {"email": careful.email, "password": PASSWORD, "otp": careful.code(1)}
    right = await careful.anybody.post("/api/auth/login", params=form)
    assert right.status_code == 200, right.text
    assert right.json()["user"]["has_second_factor"]


async def test_a_code_works_once_and_no_older_one_after_it(careful: Person) -> None:
    confirming = await careful.sign_in(otp=careful.confirmed_with)
    assert confirming.status_code == 401, "the code that confirmed the factor signs in"
    newest = careful.code(1)
    answers = await asyncio.gather(careful.sign_in(otp=newest), careful.sign_in(otp=newest))
    assert sorted(answer.status_code for answer in answers) == [200, 401], "used twice"
    again = await careful.sign_in(otp=newest)
    assert (again.status_code, again.json()["code"]) == (401, "wrong_code")


async def test_a_recovery_code_works_once_however_it_is_typed(careful: Person) -> None:
    assert len(set(careful.recovery_codes)) == 10
    typed = careful.recovery_codes[0].lower().replace("-", " ")
    assert (await careful.sign_in(otp=typed)).status_code == 200
    again = await careful.sign_in(otp=careful.recovery_codes[0])
    assert (again.status_code, again.json()["code"]) == (401, "wrong_code")
    state = await careful.anybody.get("/api/auth/second-factor", headers=careful.headers)
    assert state.json()["recovery_codes_left"] == 9


async def test_the_recovery_codes_of_others_are_worth_nothing(
    careful: Person, anybody: Client, sign_in: SignIn
) -> None:
    other = await _person(anybody, await sign_in(ADMIN))
    await other.add_factor()
    assert (await careful.sign_in(otp=other.recovery_codes[0])).status_code == 401
    assert (await other.sign_in(otp=other.recovery_codes[0])).status_code == 200


@pytest.mark.usefixtures("a_lock_lasts")
async def test_wrong_codes_lock_the_account_and_a_password_alone_pardons_none(
    careful: Person,
) -> None:
    statuses: list[int] = []
    for _ in range(2):
        statuses.append((await careful.sign_in(otp="AAAA-BBBB")).status_code)
        statuses.append((await careful.sign_in()).status_code)
    statuses.append((await careful.sign_in(otp="AAAA-BBBB")).status_code)
    assert statuses == [401] * 5
    locked = await careful.sign_in(otp=careful.recovery_codes[0])
    assert locked.status_code == 423, "somebody with the password may try every code"
    assert int(locked.headers["Retry-After"]) >= 1


async def test_neither_secret_nor_recovery_codes_can_be_read_in_the_database(
    careful: Person, settings: Settings
) -> None:
    async with database(settings) as sessions, sessions() as session:
        sealed = await session.scalar(
            select(SecondFactor.sealed_secret).where(SecondFactor.user_id == UUID(careful.id))
        )
        hashes = set(
            await session.scalars(
                select(RecoveryCode.code_sha256).where(RecoveryCode.user_id == UUID(careful.id))
            )
        )
    assert sealed is not None
    assert careful.secret.encode() not in sealed
    assert hashes == {digest(code.replace("-", "")) for code in careful.recovery_codes}
    assert all(len(code.replace("-", "")) * 5 >= 112 for code in careful.recovery_codes), (
        "a plain hash keeps a code safe only from 112 bits on"
    )


async def test_adding_a_factor_takes_the_password_and_a_fitting_code(person: Person) -> None:
    refused = await person.post("second-factor/begin", current_password="not this one")
    assert (refused.status_code, refused.json()["code"]) == (403, "wrong_password")
    begun = await person.post("second-factor/begin", current_password=PASSWORD)
    assert begun.json()["otpauth_uri"].startswith("otpauth://totp/Procureflow:")
    assert (await person.sign_in()).status_code == 200, "what is not confirmed asks for no code"
    person.secret = new_secret()
    wrong = await person.post("second-factor/confirm", otp=person.code())
    assert (wrong.status_code, wrong.json()["code"]) == (403, "wrong_code")


async def test_adding_a_factor_ends_the_sessions_that_were_opened_without(person: Person) -> None:
    elsewhere = (await person.sign_in()).json()["access_token"]
    await person.add_factor()
    headers = {"Authorization": f"Bearer {elsewhere}"}
    assert (await person.anybody.get("/api/auth/me", headers=headers)).status_code == 401
    assert (await person.anybody.get("/api/auth/me", headers=person.headers)).status_code == 200
    twice = await person.post("second-factor/begin", current_password=PASSWORD)
    assert (twice.status_code, twice.json()["code"]) == (409, "second_factor_present")


async def test_removing_a_factor_takes_password_and_code(careful: Person) -> None:
    code = careful.code(1)
    refused = await careful.post("second-factor/remove", current_password="no", otp=code)
    assert refused.json()["code"] == "wrong_password"
    refused = await careful.post("second-factor/remove", current_password=PASSWORD, otp="AAAA")
    assert refused.json()["code"] == "wrong_code"
    removed = await careful.post("second-factor/remove", current_password=PASSWORD, otp=code)
    assert removed.status_code == 200, removed.text
    assert (await careful.sign_in()).status_code == 200
    absent = await careful.post("second-factor/remove", current_password=PASSWORD, otp=code)
    assert (absent.status_code, absent.json()["code"]) == (409, "no_second_factor")


async def test_new_recovery_codes_replace_the_old_ones(careful: Person) -> None:
    answer = await careful.post(
        "second-factor/recovery-codes", current_password=PASSWORD, otp=careful.recovery_codes[0]
    )
    assert answer.status_code == 200, answer.text
    assert (await careful.sign_in(otp=careful.recovery_codes[1])).status_code == 401
    assert (await careful.sign_in(otp=answer.json()["recovery_codes"][0])).status_code == 200


async def test_an_administrator_removes_a_lost_factor_and_signs_the_person_out(
    careful: Person, sign_in: SignIn
) -> None:
    admin = await sign_in(ADMIN)
    answer = await admin.delete(f"/api/admin/users/{careful.id}/second-factor")
    assert answer.status_code == 200, answer.text
    me = await careful.anybody.get("/api/auth/me", headers=careful.headers)
    assert me.status_code == 401, "whoever has the lost telephone may be signed in"
    assert (await careful.sign_in()).status_code == 200
    own = (await admin.get("/api/auth/me")).json()["id"]
    refused = await admin.delete(f"/api/admin/users/{own}/second-factor")
    assert (refused.status_code, refused.json()["code"]) == (409, "own_account")


async def test_a_reset_password_does_not_pass_by_the_second_factor(
    careful: Person, sign_in: SignIn
) -> None:
    admin = await sign_in(ADMIN)
    given = await admin.post(f"/api/admin/users/{careful.id}/one-time-password")
    once = given.json()["one_time_password"]
    alone = await careful.sign_in(password=once)
    assert (alone.status_code, alone.json()["code"]) == (401, "second_factor_needed")
    both = await careful.sign_in(password=once, otp=careful.code(1))
    assert both.status_code == 200, "asking for the code used the password up"


async def test_a_factor_of_another_key_says_who_can_help(
    careful: Person, settings: Settings
) -> None:
    async with database(settings) as sessions, sessions.begin() as session:
        await session.execute(
            update(SecondFactor)
            .where(SecondFactor.user_id == UUID(careful.id))
            .values(sealed_secret=Seal("another key").close(new_secret(), UUID(careful.id)))
        )
    answer = await careful.sign_in(otp=careful.code(1))
    assert (answer.status_code, answer.json()["code"]) == (409, "second_factor_unreadable")
    assert "administrator" in answer.json()["detail"]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def strict(settings: Settings, api_url: str) -> AsyncIterator[Client]:
    """A process of the API where everybody needs a second factor."""
    demanding = settings.model_copy(update={"require_second_factor": True})
    async with (
        serve(demanding) as url,
        Client(base_url=url, trust_env=False, timeout=60) as client,
    ):
        yield client


async def test_where_it_is_required_a_person_without_can_only_add_one(
    strict: Client, person: Person
) -> None:
    person.anybody = strict
    signed_in = (await person.sign_in()).json()
    assert signed_in["user"]["next_step"] == "add_second_factor"
    person.headers = {"Authorization": f"Bearer {signed_in['access_token']}"}
    for method, path in (
        ("GET", "/api/projects"),
        ("GET", "/api/users"),
        ("POST", "/api/ws-ticket"),
        ("PATCH", "/api/users/me/preferences"),
        ("GET", "/api/auth/sessions"),
    ):
        refused = await strict.request(method, path, json={}, headers=person.headers)
        assert (refused.status_code, refused.json()["code"]) == (403, "second_factor_required")
    await person.add_factor()
    assert (await strict.get("/api/projects", headers=person.headers)).status_code == 200
    me = (await strict.get("/api/auth/me", headers=person.headers)).json()
    assert me["next_step"] is None
    removed = await person.post(
        "second-factor/remove", current_password=PASSWORD, otp=person.recovery_codes[0]
    )
    assert removed.status_code == 200
    after = await strict.get("/api/projects", headers=person.headers)
    assert after.status_code == 403, "removing the factor must not be a way around it"
