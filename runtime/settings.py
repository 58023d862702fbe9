"""Settings of the product, read from the environment and from ``.env``.

Built only at entry points; everything else receives the values it needs as arguments.
"""

import os
import re
import secrets
from email.utils import parseaddr
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Self
from zoneinfo import available_timezones

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from runtime.encryption import KeyRing

LOOPBACK = ("localhost", "127.0.0.1", "::1")
KEY_FILE = "secret-key"
ENCRYPTION_KEY_FILE = "encryption-key"
SHORTEST_KEY = 32
PLACEHOLDERS = ("change", "default", "example", "insecure", "password", "placeholder", "secret")
BUILD_ID = r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}"
DEPLOYMENT_NAME = r"[A-Za-z0-9][A-Za-z0-9/_-]{0,127}"
POSTGRES_SCHEMES = ("postgresql+asyncpg://", "postgresql://", "postgres://")


class Environment(StrEnum):
    """Where the product runs."""

    LOCAL = "local"
    PRODUCTION = "production"


class SmtpSecurity(StrEnum):
    """How the connection to the mail server is protected."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


class ModelProvider(StrEnum):
    """Who serves the model that drafts."""

    NONE = "none"
    """Nobody: documents are drafted from standard text."""
    ANTHROPIC = "anthropic"
    OPENAI = "openai"
    """OpenAI, or any endpoint that speaks its protocol: a gateway or a server of one's own."""


class PdfConverter(StrEnum):
    """What turns a DOCX into a PDF; ``auto`` takes the first one found."""

    AUTO = "auto"
    WORD = "word"
    LIBREOFFICE = "libreoffice"
    EMBEDDED = "embedded"


def _is_local(values: dict[str, Any]) -> bool:
    return values["environment"] is Environment.LOCAL


def _artifacts_dir(values: dict[str, Any]) -> Path:
    data_dir: Path = values["data_dir"]
    return data_dir / "artifacts"


def _secret_key(values: dict[str, Any]) -> SecretStr:
    data_dir: Path = values["data_dir"]
    return SecretStr(local_key(data_dir, KEY_FILE) if _is_local(values) else "")


def _encryption_key(values: dict[str, Any]) -> SecretStr:
    data_dir: Path = values["data_dir"]
    return SecretStr(local_key(data_dir, ENCRYPTION_KEY_FILE) if _is_local(values) else "")


def local_key(data_dir: Path, name: str) -> str:
    """Return a random key of this data folder (file mode 0600), made on the first call."""
    path = data_dir / name
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        draft = data_dir / f"{name}.{os.getpid()}"
        descriptor = os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
        # A link refuses to replace, so of two processes that start at once one key wins.
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text(encoding="ascii")


def _refuse_weak(name: str, secret: SecretStr) -> None:
    key = secret.get_secret_value()
    if len(key) < SHORTEST_KEY:
        raise ValueError(f"production needs a {name} of {SHORTEST_KEY} characters or more")
    if len(set(key)) < 12 or any(word in key.lower() for word in PLACEHOLDERS):
        raise ValueError(f"production needs a random {name}, not a placeholder")


class Settings(BaseSettings):
    """Every setting of the product. The environment variable is the field's name in capitals."""

    model_config = SettingsConfigDict(
        env_file=".env",
        extra="ignore",
        frozen=True,
        env_ignore_empty=True,
        use_attribute_docstrings=True,
        # Pydantic would print the refused value, which may be a secret, in its message.
        hide_input_in_errors=True,
    )

    environment: Environment = Environment.LOCAL
    """``local`` fills in what a developer needs; ``production`` refuses anything unsafe."""

    data_dir: Path = Path(".data")
    """Folder for everything the product writes on this machine."""

    artifacts_dir: Path = Field(default_factory=_artifacts_dir)
    """Folder of the document files, stored by content hash."""

    database_url: str | None = None
    """PostgreSQL address. Empty: the local stack starts its own server."""

    temporal_address: str | None = None
    """``host:port`` of Temporal. Empty: the local stack starts its own development server."""

    temporal_worker_build_id: str | None = None
    """The build that a worker is, for deployments that run two at once. Empty: not versioned."""

    temporal_deployment_name: str = "procureflow"
    """Worker deployment that builds belong to. Used with ``temporal_worker_build_id``."""

    secret_key: SecretStr = Field(default_factory=_secret_key)
    """Signs access tokens. Local: made at random once and kept under ``data_dir``."""

    encryption_key: SecretStr = Field(default_factory=_encryption_key)
    """Encrypts the secrets of second factors. Local: made at random once, under ``data_dir``.

    With another key those secrets cannot be read: administrators then have to remove them.
    """

    encrypt_payloads: bool = Field(default_factory=lambda values: not _is_local(values))
    """Encrypt what Temporal stores, with ``payload_keys``. On in production. Off: the keys still
    read what was encrypted before."""

    payload_keys: SecretStr = SecretStr("")
    """Keys of the payloads as ``name:secret``, separated by commas, the newest first."""

    require_second_factor: bool = False
    """Whoever has no second factor can do nothing but add one."""

    bootstrap_token: Annotated[SecretStr, Field(min_length=32)] | None = None
    """Opens the route that makes the first administrator. Unset: that route refuses everybody."""

    api_host: str = "127.0.0.1"
    """Address the API listens on."""

    api_port: Annotated[int, Field(ge=1, le=65535)] = 8000
    """Port the API listens on."""

    temporal_ui_port: Annotated[int, Field(ge=1, le=65535)] = 8233
    """Preferred port of the Temporal Web UI in the local stack."""

    temporal_ui_origins: Annotated[tuple[str, ...], NoDecode] = (
        "http://127.0.0.1:8233",
        "http://localhost:8233",
    )
    """Web origins of the Temporal Web UI, which may ask the codec; comma-separated."""

    access_token_minutes: Annotated[int, Field(ge=1, le=24 * 60)] = 30
    """Life of an access token, in minutes."""

    refresh_token_days: Annotated[int, Field(ge=1, le=90)] = 14
    """Life of a refresh token, in days."""

    session_idle_hours: Annotated[int, Field(ge=1, le=24 * 90)] = 8
    """After so many hours without use a session is over."""

    office_name: str = ""
    """Contracting office of projects that are created without a requirements package."""

    office_agency: str = ""
    """Its agency, such as ``Department of the Navy``."""

    office_aac: Annotated[str, Field(pattern=r"^([A-Z0-9]{6})?$")] = ""
    """Its activity address code."""

    office_address: str = ""
    """Its postal address."""

    office_email: str = ""
    """Its e-mail address."""

    office_phone: str = ""
    """Its telephone number."""

    office_time_zone: str = "America/New_York"
    """Its time zone, which counts the days of such projects."""

    cors_origins: Annotated[tuple[str, ...], NoDecode] = (
        "http://localhost:3000",
        "http://localhost:5173",
        "http://localhost:5174",
        "http://localhost:5175",
    )
    """Web origins that may call the API from a browser; comma-separated."""

    smtp_host: str | None = None
    """Mail server. Empty: no mail is sent; messages wait for it, up to a week."""

    smtp_port: Annotated[int, Field(ge=1, le=65535)] = 587
    """Port of the mail server: usually 587 with ``starttls``, 465 with ``tls``."""

    smtp_security: SmtpSecurity = SmtpSecurity.STARTTLS
    """``none`` only without a password and, in production, only to a server on this machine."""

    smtp_username: str | None = None
    """Name for signing in to the mail server. Empty: no sign-in."""

    smtp_password: SecretStr | None = None
    """Password that goes with ``smtp_username``."""

    mail_from: str = ""
    """Sender of all mail, ``Name <address>`` or an address. Needed with ``smtp_host``."""

    front_end_url: str | None = None
    """Address of the front end, for the links in mail and in the Temporal Web UI. Empty: none."""

    model_provider: ModelProvider = ModelProvider.NONE
    """Whose model drafts documents. ``none``: standard text, without any model."""

    model_name: str = ""
    """The model, by the provider's name for it. Needed with ``model_provider``."""

    model_base_url: str | None = None
    """Address of the endpoint. Empty: the provider's own."""

    model_api_key: SecretStr | None = None
    """Key of the provider. Servers of one's own may need none."""

    model_timeout_seconds: Annotated[float, Field(gt=0, le=800)] = 120.0
    """How long one request to the model may take."""

    model_max_output_tokens: Annotated[int, Field(ge=500, le=200_000)] = 16_000
    """How long one answer of the model may be."""

    model_reviews: bool = False
    """Let the model also read finished drafts and comment on them."""

    document_agents: Annotated[dict[str, str], NoDecode] = {}
    """Who drafts which document, as ``CODE=agent``; comma-separated. Agents are ``facts`` (standard
    text), ``model`` and those of installed packages. Others: the model if there is one, else
    ``facts``; source-selection documents: ``facts``."""

    agent_scripts: Annotated[dict[str, str], NoDecode] = {}
    """Functions of your own that draft, as ``CODE=package.module:function``; comma-separated."""

    agent_scripts_path: Annotated[tuple[Path, ...], NoDecode] = ()
    """Folders from which their modules are imported; comma-separated."""

    agent_scripts_environment: Annotated[tuple[str, ...], NoDecode] = ()
    """Names of environment variables that they may read; comma-separated."""

    agent_script_seconds: Annotated[float, Field(gt=0, le=800)] = 300.0
    """How long one call of such a function may take."""

    agent_script_memory_mb: Annotated[int, Field(ge=128)] = 2048
    """Address space that one call may use."""

    pdf_converter: PdfConverter = PdfConverter.AUTO
    """Which program makes the PDF files."""

    ocds_prefix: Annotated[str, Field(pattern=r"^ocds-[a-z0-9]{6}$")] = "ocds-213czf"
    """Begins the identifier of every process in open data. The default is that of the standard's
    own examples: a publisher registers one."""

    allow_anonymous_sockets: bool = False
    """Let WebSockets connect without a sign-in. For trying things out; refused in production."""

    seed_sample_data: bool = Field(default_factory=_is_local)
    """Create the sample people, who share a published password. Refused in production."""

    log_level: str = "INFO"
    """Smallest level that is logged."""

    @field_validator("database_url")
    @classmethod
    def _use_asyncpg(cls, value: str | None) -> str | None:
        if value is None:
            return None
        for scheme in POSTGRES_SCHEMES:
            if value.startswith(scheme):
                return "postgresql+asyncpg://" + value.removeprefix(scheme)
        raise ValueError("DATABASE_URL must start with postgresql:// or postgresql+asyncpg://")

    @field_validator("office_time_zone")
    @classmethod
    def _known_time_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("OFFICE_TIME_ZONE must name a time zone such as America/New_York")
        return value

    @field_validator("temporal_worker_build_id", "temporal_deployment_name")
    @classmethod
    def _known_to_temporal(cls, value: str | None, info: ValidationInfo) -> str | None:
        # Under a name that it refuses, Temporal gives a worker no work and says nothing.
        is_build = info.field_name == "temporal_worker_build_id"
        allowed, said = (BUILD_ID, "dots") if is_build else (DEPLOYMENT_NAME, "slashes")
        if value is not None and not re.fullmatch(allowed, value):
            raise ValueError(
                f"write {str(info.field_name).upper()} in letters, digits, dashes, underscores and "
                f"{said}: 128 characters at most, a letter or digit first"
            )
        return value

    @field_validator("cors_origins", "temporal_ui_origins", mode="before")
    @classmethod
    def _split_origins(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip().rstrip("/") for part in value.split(",") if part.strip())
        return value

    @field_validator("document_agents", "agent_scripts", mode="before")
    @classmethod
    def _split_assignments(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        assigned: dict[str, str] = {}
        for part in filter(None, map(str.strip, value.split(","))):
            code, equals, name = part.partition("=")
            if not equals or not code.strip() or not name.strip():
                raise ValueError(f"write CODE=name, separated by commas, not {part!r}")
            assigned[code.strip()] = name.strip()
        return assigned

    @field_validator("agent_scripts_path", "agent_scripts_environment", mode="before")
    @classmethod
    def _split_names(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("front_end_url")
    @classmethod
    def _link_to_a_web_page(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("FRONT_END_URL must start with https:// or http://")
        return value

    @model_validator(mode="after")
    def _require_model_name(self) -> Self:
        if self.model_provider is not ModelProvider.NONE and not self.model_name:
            raise ValueError("MODEL_NAME is empty: name the model that MODEL_PROVIDER serves")
        return self

    @model_validator(mode="after")
    def _refuse_unsafe_mail(self) -> Self:
        if self.smtp_host is None:
            return self
        address = parseaddr(self.mail_from)[1]
        if not re.fullmatch(r"[^@\s]+@[^@\s]+", address):
            raise ValueError("SMTP_HOST needs MAIL_FROM, such as Procureflow <noreply@example.mil>")
        if (self.smtp_username is None) != (self.smtp_password is None):
            raise ValueError("SMTP_USERNAME and SMTP_PASSWORD go together")
        if self.smtp_security is SmtpSecurity.NONE:
            if self.smtp_password is not None:
                raise ValueError("SMTP_SECURITY=none would send SMTP_PASSWORD in clear")
            if self.environment is Environment.PRODUCTION and self.smtp_host not in LOOPBACK:
                raise ValueError("production refuses SMTP_SECURITY=none except on this machine")
        return self

    @model_validator(mode="after")
    def _refuse_unsafe_production(self) -> Self:
        if self.environment is Environment.LOCAL:
            return self
        _refuse_weak("SECRET_KEY", self.secret_key)
        _refuse_weak("ENCRYPTION_KEY", self.encryption_key)
        if self.encryption_key == self.secret_key:
            raise ValueError("production needs an ENCRYPTION_KEY that is not the SECRET_KEY")
        if self.seed_sample_data:
            raise ValueError("production refuses SEED_SAMPLE_DATA: its password is published")
        if self.allow_anonymous_sockets:
            raise ValueError("production refuses ALLOW_ANONYMOUS_SOCKETS")
        if "*" in self.cors_origins:
            raise ValueError("production refuses CORS_ORIGINS=*: name the front end's origin")
        if "*" in self.temporal_ui_origins:
            raise ValueError("production refuses TEMPORAL_UI_ORIGINS=*: name the Web UI's origin")
        return self

    @model_validator(mode="after")
    def _require_payload_keys(self) -> Self:
        if self.encrypt_payloads and not self.payload_keys.get_secret_value():
            raise ValueError(
                "PAYLOAD_KEYS is empty: write name:secret, or set ENCRYPT_PAYLOADS=false"
            )
        return self

    def key_ring(self) -> KeyRing | None:
        """What encrypts and reads payloads; ``None``: there are no keys. Raises InvalidKeyRing."""
        keys = self.payload_keys.get_secret_value()
        return KeyRing.parse(keys, encrypts=self.encrypt_payloads) if keys else None

    def require_database_url(self) -> str:
        """Return the database address, or raise RuntimeError saying how to get one."""
        if self.database_url is None:
            raise RuntimeError("DATABASE_URL is not set: start with `make up`, or set it")
        return self.database_url
