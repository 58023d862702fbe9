"""The local stack: nothing lost, nothing left behind, nothing shared by accident."""

import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from runtime import local
from runtime.local import LocalStack
from runtime.postgres import Durability
from runtime.processes import ProcessRecord, StackError, choose_port
from runtime.product import ROOT

OWNER = """
import sys, time
from pathlib import Path
from runtime.local import LocalStack
from runtime.postgres import Durability
stack = LocalStack(Path(sys.argv[1]), durability=Durability.TEST, ui_port=None)
stack.start()
stack.spawn("sleeper", [sys.executable, "-c", "import time; time.sleep(300)"], {}, Path("/"))
print(*stack.processes.values(), flush=True)
time.sleep(300)
"""


@pytest.fixture(scope="module")
def made_before() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="procureflow-made-"))
    with database_only(path):
        pass
    yield path
    shutil.rmtree(path)


@pytest.fixture
def empty_folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="procureflow-stack-"))
    yield path
    shutil.rmtree(path)


@pytest.fixture
def folder(made_before: Path, empty_folder: Path) -> Path:
    """A folder with a stopped database: copying one takes less time than making one."""
    shutil.copytree(made_before / "postgres", empty_folder / "postgres")
    shutil.copy2(made_before / "postgres-password", empty_folder)
    return empty_folder


def database_only(folder: Path) -> LocalStack:
    return LocalStack(folder, durability=Durability.TEST, with_temporal=False)


async def query(address: str, statement: str) -> object:
    engine = create_async_engine(address)
    try:
        async with engine.begin() as connection:
            answer = await connection.execute(text(statement))
            return answer.scalar() if answer.returns_rows else None
    finally:
        await engine.dispose()


def ended(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def wait_until_ended(pids: list[int], seconds: float) -> list[int]:
    deadline = time.monotonic() + seconds
    while (alive := [pid for pid in pids if not ended(pid)]) and time.monotonic() < deadline:
        time.sleep(0.05)
    return alive


async def test_a_second_start_finds_the_data_of_the_first(empty_folder: Path) -> None:
    with database_only(empty_folder) as stack:
        await query(stack.database_url, "CREATE TABLE kept AS SELECT 42 AS answer")
        address = stack.database_url
    with database_only(empty_folder) as stack:
        assert await query(stack.database_url, "SELECT answer FROM kept") == 42
        assert stack.database_url == address, "tools that were given the address lose it"


def test_what_the_stack_keeps_is_private(folder: Path) -> None:
    with database_only(folder) as stack:
        password = (folder / "postgres-password").read_text(encoding="ascii")
        assert len(password) >= 30
        assert password in stack.database_url
    for name in ("postgres-password", "stack.json"):
        mode = stat.S_IMODE((folder / name).stat().st_mode)
        assert mode == 0o600, f"other users of the machine can read {name}: {mode:o}"


async def test_the_database_refuses_a_wrong_password(stack: LocalStack) -> None:
    user, rest = stack.database_url.split("@")
    with pytest.raises(Exception, match="password authentication failed"):
        await query(f"{user}x@{rest}", "SELECT 1")


def test_a_second_stack_on_the_same_folder_is_refused_and_told_who_has_it(folder: Path) -> None:
    with (
        database_only(folder) as first,
        pytest.raises(StackError, match=rf"process {os.getpid()}, postgres on 127.0.0.1:\d+"),
    ):
        database_only(folder).start()
    assert first.processes == {}


def test_two_stacks_in_two_folders_run_side_by_side(stack: LocalStack, folder: Path) -> None:
    with database_only(folder) as other:
        assert other.database_url != stack.database_url


def test_a_killed_owner_leaves_no_process_behind_and_the_next_start_works(folder: Path) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(folder)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert owner.stdout is not None
    with owner, owner.stdout as output:
        children = [int(pid) for pid in output.readline().split()]
        assert len(children) == 3, "postgres, temporal and the sleeper should have started"
        owner.kill()
        owner.wait()
        if sys.platform == "linux":
            assert wait_until_ended(children, 60) == [], "these outlived the killed owner"
    with database_only(folder):
        assert wait_until_ended(children, 0) == [], "a start must end what an earlier one left"


def test_a_start_ends_the_recorded_children_of_a_killed_stack(folder: Path) -> None:
    stray = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
    try:
        record = ProcessRecord.of("api", stray.pid)
        reused = ProcessRecord(name="worker", pid=bystander.pid, created=1.0)
        state = {"owner": record, "processes": (record, reused)}
        text = json.dumps(state, default=lambda value: value.model_dump())
        (folder / "stack.json").write_text(text, encoding="utf-8")
        with database_only(folder):
            assert stray.wait(60) != 0
            assert bystander.poll() is None, "it only has the pid of an old child: leave it alone"
    finally:
        for process in (stray, bystander):
            process.kill()
            process.wait()


async def test_a_killed_database_is_reported_and_comes_back_with_its_data(folder: Path) -> None:
    with database_only(folder) as stack:
        await query(stack.database_url, "CREATE TABLE kept AS SELECT 42 AS answer")
        address = stack.database_url
        stack.kill("postgres")
        (crash,) = stack.poll()
        assert (crash.name, crash.returncode) == ("postgres", -signal.SIGKILL)
        assert "ready to accept connections" in crash.last_lines
        stack.restart("postgres")
        assert stack.poll() == ()
        assert stack.database_url == address, "workers keep the address they were started with"
        assert await query(stack.database_url, "SELECT answer FROM kept") == 42


def test_a_pid_file_that_belongs_to_nobody_does_not_stop_a_start(folder: Path) -> None:
    with database_only(folder):
        pass
    lines = [str(os.getppid()), str(folder / "postgres"), "1", "1", "", "127.0.0.1", "", "ready"]
    (folder / "postgres" / "postmaster.pid").write_text("\n".join(lines), encoding="ascii")
    with database_only(folder) as stack:
        assert stack.processes["postgres"] > 0


def test_a_taken_ui_port_falls_to_a_free_one_with_a_notice(folder: Path) -> None:
    notices: list[str] = []
    with socket.socket() as rival:
        rival.bind(("127.0.0.1", 0))
        rival.listen()
        taken = int(rival.getsockname()[1])
        stack = LocalStack(
            folder,
            durability=Durability.TEST,
            database_url="postgresql+asyncpg://elsewhere/office",
            ui_port=taken,
            notice=notices.append,
        )
        with stack:
            assert list(stack.processes) == ["temporal"], "the given database must be used as is"
            assert stack.temporal_ui_url is not None
            assert not stack.temporal_ui_url.endswith(f":{taken}")
            assert [str(taken) in notice for notice in notices] == [True]
            assert stack.temporal_ui_url.rpartition(":")[2] in notices[0]


def test_given_servers_are_used_and_not_started(empty_folder: Path) -> None:
    stack = LocalStack(
        empty_folder,
        database_url="postgresql+asyncpg://elsewhere/office",
        temporal_address="there:7233",
    )
    with stack:
        assert stack.processes == {}
        assert stack.temporal_address == "there:7233"


def test_data_of_another_postgres_version_is_refused_with_a_remedy(folder: Path) -> None:
    with database_only(folder):
        pass
    (folder / "postgres" / "PG_VERSION").write_text("15\n", encoding="ascii")
    with pytest.raises(StackError, match=r"written by PostgreSQL 15.*pg_dump"):
        database_only(folder).start()


def test_a_full_disk_is_named_before_anything_is_written(
    empty_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "MINIMUM_FREE_BYTES", 10**18)
    with pytest.raises(StackError, match="DATA_DIR"):
        database_only(empty_folder).start()
    assert list(empty_folder.iterdir()) == []


def test_a_stopped_stack_leaves_its_children_dead_and_its_folder_free(folder: Path) -> None:
    stack = database_only(folder)
    stack.start()
    stubborn = "import signal, time; signal.signal(signal.SIGTERM, lambda *_: 0); print(1); "
    stack.spawn("worker", [sys.executable, "-uc", stubborn + "time.sleep(0.5)"], {}, ROOT)
    pids = list(stack.processes.values())
    stack.stop()
    assert wait_until_ended(pids, 0) == []
    stack.stop()
    with database_only(folder):
        pass


def test_a_lost_port_is_replaced(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as rival:
        rival.bind(("127.0.0.1", 0))
        rival.listen()
        taken = int(rival.getsockname()[1])
        offers = iter([taken])

        def offer(preferred: int | None, avoid: set[int] | None = None) -> int:
            return next(offers, None) or choose_port(preferred, avoid)

        monkeypatch.setattr(local, "choose_port", offer)
        with database_only(folder) as stack:
            assert f":{taken}/" not in stack.database_url


def test_a_child_outlives_the_thread_that_asked_for_it(folder: Path) -> None:
    stack = database_only(folder)
    with ThreadPoolExecutor(1) as short_lived:
        short_lived.submit(stack.start).result()
    time.sleep(0.3)
    try:
        assert stack.poll() == (), "the death signal follows the thread that forked"
    finally:
        stack.stop()
