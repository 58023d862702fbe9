"""Settings: convenient on a developer's machine, strict in production."""

import stat
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from runtime.product import as_environment
from runtime.settings import Environment, Settings

RANDOM_KEY = "xK2v9QmZ4tLw7RbN1cYp8HsJ3dGf6UaE0oVi5TqB"
OTHER_KEY = "Wm4Zt8Lq2Xc6Vb0Nn5Kj9Hg3Fd7Sa1Pp-Oi_Uy3Tr"


@pytest.fixture(autouse=True)
def _only_what_the_test_sets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def test_a_developer_needs_to_set_nothing() -> None:
    settings = Settings()
    assert settings.environment is Environment.LOCAL
    assert settings.database_url is None, "None is what makes the local stack start its own server"
    assert settings.artifacts_dir == settings.data_dir / "artifacts"


def test_the_local_key_is_random_private_and_stays_the_same(tmp_path: Path) -> None:
    first, second = Settings(), Settings()
    assert first.secret_key == second.secret_key, "a new key at each start signs everybody out"
    mode = stat.S_IMODE((tmp_path / ".data" / "secret-key").stat().st_mode)
    assert mode == 0o600, f"other users of the machine can read the key: {mode:o}"
    elsewhere = Settings(data_dir=tmp_path / "elsewhere")
    assert elsewhere.secret_key != first.secret_key, "the key must not be a constant"


def use_production(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENT", "production")
    monkeypatch.setenv("SECRET_KEY", RANDOM_KEY)
    monkeypatch.setenv("ENCRYPTION_KEY", OTHER_KEY)
    monkeypatch.setenv("PAYLOAD_KEYS", f"first:{RANDOM_KEY}")


def test_production_encrypts_payloads_and_asks_for_their_keys(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert Settings().key_ring() is None, "development may read histories as they are"
    use_production(monkeypatch)
    ring = Settings().key_ring()
    assert ring is not None
    assert ring.newest == "first"
    assert ring.encrypts
    monkeypatch.setenv("ENCRYPT_PAYLOADS", "false")
    ring = Settings().key_ring()
    assert ring is not None, "histories from before are still to be read"
    assert not ring.encrypts
    monkeypatch.delenv("ENCRYPT_PAYLOADS")
    monkeypatch.setenv("PAYLOAD_KEYS", "")
    with pytest.raises(ValidationError, match="PAYLOAD_KEYS is empty"):
        Settings()
    monkeypatch.setenv("ENCRYPT_PAYLOADS", "false")
    assert Settings().key_ring() is None


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("", "32 characters"),
        ("too-short", "32 characters"),
        ("please-change-me-please-change-me-0123456789", "placeholder"),
        ("abababababababababababababababababab", "placeholder"),
    ],
)
@pytest.mark.parametrize("name", ["SECRET_KEY", "ENCRYPTION_KEY"])
def test_production_refuses_a_weak_key(
    monkeypatch: pytest.MonkeyPatch, name: str, key: str, reason: str
) -> None:
    use_production(monkeypatch)
    assert Settings().environment is Environment.PRODUCTION
    monkeypatch.setenv(name, key)
    with pytest.raises(ValidationError, match=f"{name}.*{reason}|{reason}.*{name}") as refusal:
        Settings()
    assert not key or key not in str(refusal.value), "the message prints the key into a log"


def test_production_refuses_one_key_for_two_purposes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENT", "production")
    monkeypatch.setenv("SECRET_KEY", RANDOM_KEY)
    monkeypatch.setenv("ENCRYPTION_KEY", RANDOM_KEY)
    with pytest.raises(ValidationError, match="not the SECRET_KEY"):
        Settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [("SEED_SAMPLE_DATA", "true"), ("ALLOW_ANONYMOUS_SOCKETS", "true"), ("CORS_ORIGINS", "*")],
)
def test_production_refuses_unsafe_switches(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    use_production(monkeypatch)
    assert Settings().seed_sample_data is False, "production must not seed unless asked"
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError, match=name):
        Settings()


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ({"MAIL_FROM": ""}, "MAIL_FROM"),
        ({"MAIL_FROM": "the office"}, "MAIL_FROM"),
        ({"SMTP_USERNAME": "us"}, "SMTP_PASSWORD go together"),
        (
            {"SMTP_USERNAME": "us", "SMTP_PASSWORD": "hushhush", "SMTP_SECURITY": "none"},
            "in clear",
        ),
        (
            {
                "ENVIRONMENT": "production",
                "SECRET_KEY": RANDOM_KEY,
                "ENCRYPTION_KEY": OTHER_KEY,
                "PAYLOAD_KEYS": f"first:{RANDOM_KEY}",
                "SMTP_SECURITY": "none",
            },
            "except on this machine",
        ),
        ({"FRONT_END_URL": "javascript:alert(1)"}, "FRONT_END_URL"),
    ],
)
def test_a_mail_server_that_cannot_work_or_tells_secrets_is_refused(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], reason: str
) -> None:
    complete = {"SMTP_HOST": "mail.example.mil", "MAIL_FROM": "Us <us@example.mil>"}
    for name, value in complete.items():
        monkeypatch.setenv(name, value)
    assert Settings().smtp_host == "mail.example.mil"
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError, match=reason) as refusal:
        Settings()
    assert "hushhush" not in str(refusal.value), "the message prints the password into a log"


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+asyncpg"])
def test_every_usual_database_address_becomes_an_asyncpg_one(
    monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"{scheme}://me:word@db.internal/office")
    assert Settings().database_url == "postgresql+asyncpg://me:word@db.internal/office"


def test_another_database_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "sqlite:///office.db")
    with pytest.raises(ValidationError, match="postgresql://"):
        Settings()


def test_a_child_process_reads_the_same_settings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    original = Settings(
        secret_key=SecretStr(RANDOM_KEY),
        data_dir=tmp_path,
        cors_origins=("http://localhost:1", "http://localhost:2"),
        seed_sample_data=False,
    )
    for name, value in as_environment(original).items():
        monkeypatch.setenv(name, value)
    assert Settings() == original
