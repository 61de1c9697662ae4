"""Settings, read once from the environment; an invalid one stops the start with one clear sentence."""

from ipaddress import ip_address
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AliasChoices,
    AnyHttpUrl,
    AnyUrl,
    Field,
    SecretStr,
    TypeAdapter,
    UrlConstraints,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

DEMO_SECRET = "this-secret-is-for-the-demo-and-known-to-everyone"  # noqa: S105 - refused in production
MIN_SECRET_LENGTH = 32
_SMTP_URL: TypeAdapter[AnyUrl] = TypeAdapter(
    Annotated[AnyUrl, UrlConstraints(allowed_schemes=["smtp", "smtps"], host_required=True)]
)


class SettingsError(Exception):
    """A setting that cannot be used, explained in one sentence."""


class Settings(BaseSettings):
    """Settings from environment variables named TOWNHALL_ and the field's name in capitals."""

    model_config = SettingsConfigDict(env_prefix="TOWNHALL_", frozen=True, extra="ignore", populate_by_name=True)

    environment: Literal["production", "development", "demo"] = Field(
        default="production", description="production, development or demo; in a demo anyone can sign in as anyone"
    )
    database_url: str = Field(
        default="sqlite:///townhall.db", description="sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/NAME"
    )
    public_url: AnyHttpUrl = Field(
        default=AnyHttpUrl("http://127.0.0.1:8000"),
        description="the address at which people reach Townhall; e-mails link to it",
    )
    secret_key: SecretStr = Field(default=SecretStr(""), description="at least 32 random characters; signs form tokens")
    debug: bool = Field(default=False, description="show error details on pages; not allowed in production")
    host: str = Field(default="127.0.0.1", description="the address to listen on")
    port: int = Field(default=8000, ge=1, le=65535, description="the port to listen on")
    workers: int = Field(
        default=1, ge=1, le=64, description="number of server processes; more than one needs PostgreSQL"
    )
    run_worker: bool = Field(
        default=True,
        validation_alias=AliasChoices("townhall_run_worker", "townhall_works"),
        description="whether server processes also run background tasks; false if `townhall work` runs them",
    )
    """`TOWNHALL_WORKS` is the former name."""
    locale: str = Field(default="en", description="the language of the interface")
    time_zone: str = Field(
        default="UTC",
        description="the company's time zone: of days in imported times, and of e-mails to people who chose none",
    )
    smtp_url: SecretStr = Field(
        default=SecretStr(""),
        description="the mail server, smtp://USER:PASSWORD@HOST:587 or smtps://HOST; empty: no e-mail",
    )
    chat_urls: SecretStr = Field(
        default=SecretStr(""),
        description="chats to notify of new versions: Apprise URLs separated by spaces; empty: none",
    )
    mail_from: str = Field(default="townhall@localhost", description="the sender address of e-mails")
    session_idle_hours: int = Field(default=12, ge=1, le=720, description="hours after which an unused session ends")
    session_days: int = Field(default=14, ge=1, le=90, description="days after which every session ends")
    invitation_days: int = Field(default=7, ge=1, le=60, description="days for which an invitation is valid")
    log_requests: bool = Field(
        default=True, description="log every request: its route, status and time, without addresses or figures"
    )
    streams_per_person: int = Field(
        default=12, ge=1, le=200, description="maximum number of live connections per person"
    )

    @field_validator("database_url")
    @classmethod
    def _check_database_url(cls, value: str) -> str:
        # SQLAlchemy reads the rest. Pydantic's URL types refuse sockets and change relative paths of SQLite.
        if not value.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError("TOWNHALL_DATABASE_URL must start with sqlite:/// or postgresql+psycopg://")
        return value

    @field_validator("public_url")
    @classmethod
    def _check_public_url(cls, value: AnyHttpUrl) -> AnyHttpUrl:
        if value.username or value.password or value.path != "/" or value.query or value.fragment:
            raise ValueError("TOWNHALL_PUBLIC_URL must be like https://townhall.example.com, without a path")
        return value

    @field_validator("smtp_url")
    @classmethod
    def _check_smtp_url(cls, value: SecretStr) -> SecretStr:
        url = value.get_secret_value()
        if url:
            try:
                _SMTP_URL.validate_python(url)
            except ValidationError:  # its text would show the password
                raise ValueError(
                    "TOWNHALL_SMTP_URL must be like smtp://mail.example.com:587 or smtps://mail.example.com"
                ) from None
        return value

    @field_validator("time_zone")
    @classmethod
    def _check_time_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError("TOWNHALL_TIME_ZONE must be the name of a time zone, like Europe/Berlin") from error
        return value

    @field_validator("mail_from")
    @classmethod
    def _check_mail_from(cls, value: str) -> str:
        if "@" not in value:
            raise ValueError("TOWNHALL_MAIL_FROM must be an e-mail address, like townhall@example.com")
        return value

    @model_validator(mode="after")
    def _check_sqlite(self) -> Self:
        if self.workers > 1 and self.uses_sqlite:
            raise ValueError("TOWNHALL_WORKERS above 1 needs PostgreSQL: SQLite supports one process")
        if not self.run_worker and self.uses_sqlite:
            raise ValueError("TOWNHALL_RUN_WORKER can be false only with PostgreSQL; SQLite has no separate worker")
        return self

    def refuse_unfit(self) -> None:
        """Raise SettingsError if the settings are unsafe for serving; commands that only read skip this."""
        if self.is_demo and not (_is_loopback(self.host_name) and _is_loopback(self.host)):
            raise SettingsError(
                "TOWNHALL_ENVIRONMENT can be demo on this machine only: in a demo anyone can sign in as anyone."
            )
        if self.environment != "production":
            return
        secret = self.secret_key.get_secret_value()
        if secret == DEMO_SECRET or len(secret) < MIN_SECRET_LENGTH:
            raise SettingsError(
                f"TOWNHALL_SECRET_KEY must be at least {MIN_SECRET_LENGTH} random characters in production."
            )
        if self.debug:
            raise SettingsError("TOWNHALL_DEBUG must be off in production.")
        if not self.is_secure and not _is_loopback(self.host_name):
            raise SettingsError("TOWNHALL_PUBLIC_URL must start with https:// in production.")

    @property
    def uses_sqlite(self) -> bool:
        """Return whether the database is SQLite."""
        return self.database_url.startswith("sqlite")

    @property
    def is_secure(self) -> bool:
        """Return whether people reach Townhall over https."""
        return self.public_url.scheme == "https"

    @property
    def host_name(self) -> str:
        """The host name of the public URL."""
        return (self.public_url.host or "").strip("[]")

    @property
    def origin(self) -> str:
        """The Origin header that browsers send from Townhall's own pages."""
        return str(self.public_url).rstrip("/")

    @property
    def secret(self) -> str:
        """The secret that signs form tokens; outside production it may be a well-known one."""
        return self.secret_key.get_secret_value() or DEMO_SECRET

    @property
    def is_demo(self) -> bool:
        """Return whether anyone may sign in as a sample person."""
        return self.environment == "demo"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def load(**overrides: object) -> Settings:
    """Return the settings; raises SettingsError with a sentence that names the variable."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type] # pydantic checks the values
    except ValidationError as error:
        problem = error.errors()[0]
        if problem["type"] == "value_error":
            raise SettingsError(f"{problem['ctx']['error']}.") from None
        name = "TOWNHALL_" + "_".join(str(part) for part in problem["loc"]).upper()
        reason = problem["msg"].replace("Input", "input", 1)
        raise SettingsError(f"{name} cannot be “{problem['input']}”: {reason}.") from None
