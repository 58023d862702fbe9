"""Mail from the notice to a real SMTP server, in a database whose outbox holds only these."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from sqlalchemy import select, update
from temporalio.testing import ActivityEnvironment

from activities.mail import Mailer, MailServer, MailServerUnavailable, compose, one_line
from activities.notices import MailReport, NoticeActivities
from db.migrate import upgrade
from db.models import Notification, OutboxMessage, User
from db.outbox import ATTEMPTS, Delivery, Mail, Outbox
from db.projection import Writing
from db.projection.writing import Notice
from db.seed import seed
from db.session import Sessions, create_engine, create_sessions, transaction
from runtime.local import LocalStack
from runtime.processes import choose_port
from tests.certificates import self_signed
from tests.smtp import Post, mail_server

SENDER = "Procureflow <noreply@example.mil>"
NOW = datetime(2027, 1, 4, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def mail_database_url(stack: LocalStack) -> str:
    url = stack.database_url_for(f"mail_{uuid4().hex}")
    upgrade(url)
    return url


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def sessions(mail_database_url: str) -> AsyncIterator[Sessions]:
    engine = create_engine(mail_database_url)
    made = create_sessions(engine)
    await seed(made, production=False)
    yield made
    await engine.dispose()


@pytest_asyncio.fixture(autouse=True)
async def empty_outbox(sessions: Sessions, project: UUID) -> None:
    """What opening the project queued is not what these tests are about."""
    async with transaction(sessions) as session:
        await session.execute(update(OutboxMessage).values(attempts=ATTEMPTS))


@pytest_asyncio.fixture
async def post() -> AsyncIterator[Post]:
    async with mail_server() as server:
        yield server


@pytest.fixture
def outbox(sessions: Sessions) -> Outbox:
    return Outbox(sessions)


def server_at(port: int, **more: Any) -> MailServer:
    return MailServer(
        host="127.0.0.1",
        port=port,
        sender=SENDER,
        front_end_url="https://office.example.mil/",
        **more,
    )


def sending(outbox: Outbox, port: int, **more: Any) -> NoticeActivities:
    return NoticeActivities(outbox, Mailer(server_at(port, **more)))


async def one_pass(activities: NoticeActivities) -> MailReport:
    return await ActivityEnvironment().run(activities.send_mail)


async def person(sessions: Sessions, **preferences: Any) -> User:
    """A user of this test's own, with these preferences beside the usual ones."""
    made = User(
        id=uuid4(),
        email=f"{uuid4().hex}@navy.mil",
        name="Reader",
        hashed_password="-",
        notification_preferences={"email": True, "in_app": True, **preferences},
    )
    async with transaction(sessions) as session:
        session.add(made)
    return made


async def tell(
    sessions: Sessions, project: UUID, reader: User, key: str, title: str = "Sign the PWS"
) -> bool:
    notice = Notice(key, "approval_request", title, "It awaits your signature.", "/projects/1")
    async with transaction(sessions) as session:
        return await (await Writing.begin(session, project)).tell(reader, notice)


async def queued(sessions: Sessions, reader: User) -> list[OutboxMessage]:
    query = select(OutboxMessage).where(OutboxMessage.recipient == reader.email)
    async with sessions() as session:
        return list(await session.scalars(query.order_by(OutboxMessage.created_at)))


async def shown(sessions: Sessions, reader: User) -> list[Notification]:
    async with sessions() as session:
        return list(
            await session.scalars(select(Notification).where(Notification.user_id == reader.id))
        )


async def age(sessions: Sessions, reader: User, by: timedelta) -> None:
    async with transaction(sessions) as session:
        await session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.recipient == reader.email)
            .values(created_at=OutboxMessage.created_at - by)
        )


async def test_a_notice_is_mailed_and_only_then_said_to_be_mailed(
    sessions: Sessions, project: UUID, outbox: Outbox, post: Post
) -> None:
    reader = await person(sessions)
    await tell(sessions, project, reader, "sign/1")
    (before,) = await shown(sessions, reader)
    assert not before.sent_via_email, "a queued mail is not a sent one"
    assert await one_pass(sending(outbox, post.port)) == MailReport(sent=1)
    (row,) = await queued(sessions, reader)
    (after,) = await shown(sessions, reader)
    assert after.sent_via_email
    assert after.email_sent_at == row.sent_at is not None
    (message,) = post.to(reader.email)
    assert message["Message-ID"] == f"<{row.id}@example.mil>"
    assert message["From"] == SENDER
    assert message["Subject"] == "Sign the PWS"
    assert message["Auto-Submitted"] == "auto-generated", "a holiday note would answer it"
    text = message.get_content()
    assert "It awaits your signature." in text
    assert "https://office.example.mil/projects/1" in text


async def test_a_reason_and_slot_told_again_adds_no_row_and_no_mail(
    sessions: Sessions, project: UUID, outbox: Outbox, post: Post
) -> None:
    reader = await person(sessions)
    first = [await tell(sessions, project, reader, key) for key in ("sign/1", "sign/2")]
    again = await asyncio.gather(
        *(tell(sessions, project, reader, key) for key in ("sign/1", "sign/2") for _ in range(3))
    )
    assert first == [True, True]
    assert not any(again)
    await one_pass(sending(outbox, post.port))
    await tell(sessions, project, reader, "sign/1")
    await one_pass(sending(outbox, post.port))
    assert len(await queued(sessions, reader)) == len(post.to(reader.email)) == 2


async def test_senders_at_the_same_time_send_each_message_once(
    sessions: Sessions, project: UUID, outbox: Outbox, post: Post
) -> None:
    reader = await person(sessions)
    for number in range(12):
        await tell(sessions, project, reader, f"sign/{number}")
    reports = await asyncio.gather(*(one_pass(sending(outbox, post.port)) for _ in range(4)))
    assert sum(report.sent for report in reports) == 12
    ids = [message["Message-ID"] for message in post.to(reader.email)]
    assert len(ids) == len(set(ids)) == 12, "two senders took the same row"


async def test_after_a_crash_the_same_message_is_sent_again_byte_for_byte(
    sessions: Sessions, project: UUID, outbox: Outbox, post: Post
) -> None:
    reader = await person(sessions)
    await tell(sessions, project, reader, "sign/1")
    async with Mailer(server_at(post.port)).connection() as send:

        async def send_and_die(mail: Mail) -> None:
            await send(mail)
            raise ConnectionResetError("the database went away before the commit")

        with pytest.raises(ConnectionResetError):
            await outbox.deliver_next(send_and_die)
    (row,) = await queued(sessions, reader)
    assert row.sent_at is None
    assert row.attempts == 0
    await one_pass(sending(outbox, post.port))
    first, second = [content for address, content in post.taken if address == reader.email]
    assert first == second, "the receiving side drops a repetition by its Message-ID"


@pytest.mark.parametrize(
    ("preferences", "mails", "notices"),
    [
        ({"email": False}, 0, 1),
        ({"in_app": False}, 1, 0),
        ({"email": False, "in_app": False}, 0, 0),
    ],
)
async def test_people_are_told_in_the_ways_they_want(
    sessions: Sessions,
    project: UUID,
    outbox: Outbox,
    post: Post,
    preferences: dict[str, bool],
    mails: int,
    notices: int,
) -> None:
    reader = await person(sessions, **preferences)
    first, again = [await tell(sessions, project, reader, "sign/1") for _ in range(2)]
    assert (first, again) == (mails + notices > 0, False)
    await one_pass(sending(outbox, post.port))
    assert len(post.to(reader.email)) == mails
    assert len(await shown(sessions, reader)) == notices


@pytest.mark.parametrize(
    "change",
    [{"is_active": False}, {"notification_preferences": {"email": False, "in_app": True}}],
    ids=["left", "wants-no-mail"],
)
async def test_what_waits_is_not_sent_to_who_left_or_wants_no_mail_any_more(
    sessions: Sessions, project: UUID, outbox: Outbox, post: Post, change: dict[str, Any]
) -> None:
    reader = await person(sessions)
    await tell(sessions, project, reader, "sign/1")
    async with transaction(sessions) as session:
        await session.execute(update(User).where(User.id == reader.id).values(**change))
    assert await one_pass(sending(outbox, post.port)) == MailReport()


async def test_mail_waits_without_a_server_but_not_longer_than_a_week(
    sessions: Sessions, project: UUID, outbox: Outbox, post: Post
) -> None:
    old, new = await person(sessions), await person(sessions)
    for reader, days in ((old, 8), (new, 6)):
        await tell(sessions, project, reader, "sign/1")
        await age(sessions, reader, timedelta(days=days))
    assert await one_pass(NoticeActivities(outbox, None)) == MailReport()
    assert await one_pass(sending(outbox, post.port)) == MailReport(sent=1)
    assert (len(post.to(old.email)), len(post.to(new.email))) == (0, 1)


async def test_a_refused_message_is_not_offered_again_and_holds_up_nobody(
    sessions: Sessions, project: UUID, outbox: Outbox, post: Post
) -> None:
    gone, there = await person(sessions), await person(sessions)
    for reader in (gone, there):
        await tell(sessions, project, reader, "sign/1")
    post.answer = lambda address: "550 5.1.1 No such user" if address == gone.email else ""
    assert await one_pass(sending(outbox, post.port)) == MailReport(sent=1, refused=1)
    post.answer = lambda _: ""
    await age(sessions, gone, timedelta(days=5))
    assert await one_pass(sending(outbox, post.port)) == MailReport()
    assert [row.sent_at for row in await queued(sessions, gone)] == [None]
    assert [row.sent_via_email for row in await shown(sessions, gone)] == [False]


@pytest.mark.parametrize("answer", ["451 4.7.1 Try again later", "550 5.7.1 Relaying denied"])
async def test_a_delayed_message_is_offered_again_after_growing_pauses(
    sessions: Sessions, project: UUID, outbox: Outbox, post: Post, answer: str
) -> None:
    reader = await person(sessions)
    await tell(sessions, project, reader, "sign/1")
    post.answer = lambda _: answer
    offer = partial(one_pass, sending(outbox, post.port))
    assert await offer() == MailReport(delayed=1)
    assert await offer() == MailReport(), "offered again at once"
    await age(sessions, reader, timedelta(minutes=1))
    assert await offer() == MailReport(delayed=1)
    await age(sessions, reader, timedelta(minutes=1))
    assert await offer() == MailReport(), "the second pause is two minutes longer"
    await age(sessions, reader, timedelta(minutes=1))
    post.answer = lambda _: ""
    assert await offer() == MailReport(sent=1)


async def test_a_server_that_cannot_be_used_counts_against_no_message(
    sessions: Sessions, project: UUID, outbox: Outbox, post: Post
) -> None:
    reader = await person(sessions)
    await tell(sessions, project, reader, "sign/1")
    free = choose_port(None)
    with pytest.raises(MailServerUnavailable, match=rf"127\.0\.0\.1:{free} cannot be used"):
        await one_pass(sending(outbox, free))
    refusing = MailServer(host="127.0.0.1", port=post.port, sender="noreply@nowhere.invalid")
    with pytest.raises(MailServerUnavailable, match="Who are you"):
        await one_pass(NoticeActivities(outbox, Mailer(refusing)))
    assert [row.attempts for row in await queued(sessions, reader)] == [0]


async def test_a_wrong_password_is_reported_and_a_right_one_sends(
    sessions: Sessions, project: UUID, outbox: Outbox
) -> None:
    reader = await person(sessions)
    await tell(sessions, project, reader, "sign/1")
    async with mail_server(sign_in=True) as post:
        with pytest.raises(MailServerUnavailable) as refusal:
            await one_pass(sending(outbox, post.port, username="us", password="wrong"))
        assert "wrong" not in str(refusal.value), "the password is printed into a log"
        right = sending(outbox, post.port, username="us", password="right")
        assert await one_pass(right) == MailReport(sent=1)


async def test_a_server_without_the_encryption_asked_for_learns_no_password(
    sessions: Sessions, project: UUID, outbox: Outbox
) -> None:
    await tell(sessions, project, await person(sessions), "sign/1")
    async with mail_server(sign_in=True) as post:
        careful = sending(outbox, post.port, username="us", password="right", start_tls=True)
        with pytest.raises(MailServerUnavailable, match="STARTTLS"):
            await one_pass(careful)
        assert post.passwords == []
        assert post.taken == []


@pytest.mark.parametrize("way", ["tls", "start_tls"])
async def test_mail_and_password_leave_encrypted_to_a_server_that_proves_who_it_is(
    sessions: Sessions,
    project: UUID,
    outbox: Outbox,
    way: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reader = await person(sessions)
    await tell(sessions, project, reader, "sign/1")
    ours, theirs = tmp_path / "ours.pem", tmp_path / "theirs.pem"
    options: dict[str, Any] = {"username": "us", "password": "right", way: True}
    trusted: dict[str, Any] = {way: self_signed(ours)}
    elsewhere: dict[str, Any] = {way: self_signed(theirs, "127.0.0.2")}
    async with mail_server(sign_in=True, **trusted) as post:
        with pytest.raises(MailServerUnavailable, match="CERTIFICATE_VERIFY_FAILED"):
            await one_pass(sending(outbox, post.port, **options))
        monkeypatch.setenv("SSL_CERT_FILE", str(ours))
        assert post.passwords == [], "a password was said before the server was trusted"
        assert await one_pass(sending(outbox, post.port, **options)) == MailReport(sent=1)
        assert (len(post.to(reader.email)), post.passwords) == (1, [b"right"])
    monkeypatch.setenv("SSL_CERT_FILE", str(theirs))
    async with mail_server(sign_in=True, **elsewhere) as post:
        with pytest.raises(MailServerUnavailable, match="certificate is not valid"):
            await one_pass(sending(outbox, post.port, **options))
        assert post.passwords == [], "a trusted certificate of another server is not enough"


async def test_names_that_people_type_add_no_header_and_no_recipient(
    sessions: Sessions, project: UUID, outbox: Outbox, post: Post
) -> None:
    reader = await person(sessions)
    title = "Sign\r\nBcc: everybody@example.com\r\n\r\nHello\x00 " + "x" * 500
    assert len(one_line(title)) == 200
    await tell(sessions, project, reader, "sign/1", title.replace("\x00", ""))
    await one_pass(sending(outbox, post.port))
    (message,) = post.to(reader.email)
    assert message["Bcc"] is None
    assert message["Subject"].startswith("Sign Bcc: everybody@example.com Hello x")
    assert [address for address, _ in post.taken] == [reader.email]


async def test_an_address_that_no_header_can_hold_is_refused_alone(
    sessions: Sessions, project: UUID, outbox: Outbox, post: Post
) -> None:
    odd, usual = await person(sessions), await person(sessions)
    async with transaction(sessions) as session:
        await session.execute(update(User).where(User.id == odd.id).values(email=f"a,{odd.email}"))
        odd.email = f"a,{odd.email}"
    for reader in (odd, usual):
        await tell(sessions, project, reader, "sign/1")
    assert await one_pass(sending(outbox, post.port)) == MailReport(sent=1, refused=1)


async def test_a_message_that_makes_the_server_hang_up_is_put_behind_the_others(
    sessions: Sessions, project: UUID, outbox: Outbox
) -> None:
    reader = await person(sessions)
    await tell(sessions, project, reader, "sign/1")

    async def hang_up(reading: asyncio.StreamReader, writing: asyncio.StreamWriter) -> None:
        writing.write(b"220 ready\r\n")
        while line := await reading.readline():
            if line.startswith(b"DATA"):
                break
            writing.write(b"250 OK\r\n")
        writing.close()

    listener = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    report = await one_pass(sending(outbox, port))
    listener.close()
    assert report == MailReport(delayed=1)
    assert [row.attempts for row in await queued(sessions, reader)] == [1]


async def test_without_mail_due_there_is_nothing_to_deliver(outbox: Outbox) -> None:
    async def never(_: Mail) -> None:
        raise AssertionError("nothing was due")

    delivery: Delivery | None = await outbox.deliver_next(never)
    assert delivery is None


def test_a_link_needs_the_address_of_the_front_end() -> None:
    bare = MailServer(host="h", port=25, sender=SENDER)
    message = compose(Mail(uuid4(), "a@b.mil", "S", "M", "/projects/1", NOW), bare)
    assert "/projects/1" not in message.get_content()
