"""Settings: environment variables and a `.env` file, read once at the start.

Every variable is documented in the README; a test keeps the two in step. A missing or wrong value
raises `SettingsError` with one line for each, naming the variable and what it may be. Secrets are
`SecretStr`: they show as `**********` in logs and repr.
"""

import zoneinfo
from collections.abc import Iterable
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot import __version__
from bot.domain.errors import Problem, SettingsError

Network = IPv4Network | IPv6Network

_FIXES: Final = {
    "SLACK_BOT_TOKEN": "set it to the bot token of your Slack app, which begins with xoxb-",
    "SLACK_APP_TOKEN": "set it to an app-level token with connections:write, which begins with "
    "xapp-, or leave it out to serve HTTP",
    "SLACK_SIGNING_SECRET": "set it to the signing secret from your Slack app's Basic Information",
    "SLACK_API_URL": "set it to an http or https address such as https://slack.com/api/",
    "DATABASE_URL": "set it to sqlite:///path/to/file.db or postgresql://user:password@host/name",
    "FEEDS_FILE": "set it to the path of a feed list such as feeds.yaml",
    "COMMITMENTS_FILE": "set it to the path of a pack such as commitments.yaml",
    "PORT": "set it to a number from 1 to 65535",
    "BRIEFING_ADMINS": "set it to Slack user ids with commas between, such as U01ABCDEF,U02GHIJKL",
    "BRIEFING_TIMEZONE": "set it to an IANA name such as Asia/Seoul or UTC",
    "BRIEFING_ALLOW_NETWORKS": "set it to networks with commas between, such as "
    "127.0.0.0/8,10.1.0.0/16, or leave it out",
    "BRIEFING_LOG": "set it to text or json",
    "BRIEFING_READER": "set it to on or off",
    "BRIEFING_LLM_URL": "set it to the base address of an OpenAI-compatible endpoint such as "
    "https://llm.example.org/v1, or leave it out",
    "BRIEFING_LLM_MODEL": "set it to the name that the endpoint at BRIEFING_LLM_URL knows the "
    "model by, or leave out both",
    "BRIEFING_LLM_KEY": "set it to the endpoint's key, or leave it out",
    "BRIEFING_CONTACT": "set it to an address that publishers may write to, such as "
    "https://example.org/bot or mailto:desk@example.org",
}


class LogFormat(StrEnum):
    """How log lines are written."""

    TEXT = "text"
    JSON = "json"


class Settings(BaseSettings):
    """All settings; the field names are the variables' names in lower case.

    Attributes:
        slack_bot_token: Bot token; None for commands that need no Slack.
        slack_app_token: App-level token for Socket Mode; None serves HTTP instead.
        slack_signing_secret: Needed to serve HTTP; None otherwise.
        slack_api_url: Where the Web API is; always ends with a slash.
        database_url: SQLite file or PostgreSQL server.
        feeds_file: The feed list.
        commitments_file: The pack of commitments.
        port: Port for HTTP; see `is_port_set`.
        briefing_admins: Slack user ids that may edit feeds, beside the workspace's own admins.
        briefing_analysts: Slack user ids that may review evidence, beside admins; none for all.
        briefing_timezone: For schedules and dates where a person's own zone is unknown.
        briefing_allow_networks: Private networks that feeds may live in.
        briefing_log: Text for people, JSON for collectors.
        briefing_reader: Whether items in other languages than English are read, by meaning.
        briefing_llm_url: Endpoint of a language model for second opinions; None for none.
        briefing_llm_model: The model's name there; needed with `briefing_llm_url`.
        briefing_llm_key: Its key; None for endpoints without.
        briefing_contact: Told to publishers in the User-Agent; None sends the project's name only.
    """

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", env_ignore_empty=True, extra="ignore"
    )

    slack_bot_token: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    slack_api_url: str = "https://slack.com/api/"
    database_url: SecretStr = SecretStr("sqlite:///data/briefing.db")
    feeds_file: Path = Path("feeds.yaml")
    commitments_file: Path = Path("commitments.yaml")
    port: int = Field(default=3000, ge=1, le=65535)
    briefing_admins: Annotated[tuple[str, ...], NoDecode] = ()
    briefing_analysts: Annotated[tuple[str, ...], NoDecode] = ()
    briefing_timezone: str = "UTC"
    briefing_allow_networks: Annotated[tuple[Network, ...], NoDecode] = ()
    briefing_log: LogFormat = LogFormat.TEXT
    briefing_reader: bool = True
    briefing_llm_url: str | None = None
    briefing_llm_model: Annotated[str | None, Field(validate_default=True)] = None
    briefing_llm_key: SecretStr | None = None
    briefing_contact: str | None = None

    @field_validator("slack_bot_token")
    @classmethod
    def _is_bot_token(cls, value: SecretStr | None) -> SecretStr | None:
        return _not_another_kind(value, ("xapp-", "xoxp-", "xoxa-"))

    @field_validator("slack_app_token")
    @classmethod
    def _is_app_token(cls, value: SecretStr | None) -> SecretStr | None:
        return _not_another_kind(value, ("xoxb-", "xoxp-", "xoxe."))

    @field_validator("slack_api_url")
    @classmethod
    def _is_base_url(cls, value: str) -> str:
        if not value.startswith(("https://", "http://")):
            raise ValueError("it is not an http or https address")
        return value if value.endswith("/") else f"{value}/"

    @field_validator("briefing_llm_url")
    @classmethod
    def _is_endpoint(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("https://", "http://")):
            raise ValueError("it is not an http or https address")
        return value

    @field_validator("briefing_llm_model")
    @classmethod
    def _has_endpoint(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None and info.data.get("briefing_llm_url") is not None:
            raise ValueError("it is not set though BRIEFING_LLM_URL is")
        return value

    @field_validator("database_url")
    @classmethod
    def _is_database(cls, value: SecretStr) -> SecretStr:
        known = ("sqlite:///", "postgresql://", "postgres://")
        if not value.get_secret_value().startswith(known):
            raise ValueError("it names neither a SQLite file nor a PostgreSQL server")
        if value.get_secret_value() in {"sqlite:///", "sqlite:///:memory:"}:
            raise ValueError("what is kept in memory alone is lost at the end; name a file")
        return value

    @field_validator("briefing_admins", "briefing_analysts", mode="before")
    @classmethod
    def _split_people(cls, value: object) -> object:
        return tuple(_parts(value)) if isinstance(value, str) else value

    @field_validator("briefing_admins", "briefing_analysts")
    @classmethod
    def _are_user_ids(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for user in value:
            if not (user[:1] in {"U", "W"} and user.isalnum() and user == user.upper()):
                raise ValueError(f"{user!r} is not a Slack user id")
        return value

    @field_validator("briefing_timezone")
    @classmethod
    def _is_zone(cls, value: str) -> str:
        try:
            zoneinfo.ZoneInfo(value)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"{value!r} is not a time zone") from error
        return value

    @field_validator("briefing_allow_networks", mode="before")
    @classmethod
    def _split_networks(cls, value: object) -> object:
        return tuple(ip_network(p) for p in _parts(value)) if isinstance(value, str) else value

    @property
    def user_agent(self) -> str:
        """Who fetches, as publishers read it in their logs (RFC 9110, section 10.1.5)."""
        contact = f" (+{self.briefing_contact})" if self.briefing_contact else ""
        return f"SummitBriefingBot/{__version__}{contact}"

    @property
    def is_port_set(self) -> bool:
        """Whether a port was asked for: then health is served without Slack over HTTP too."""
        return "port" in self.model_fields_set

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The time zone of `briefing_timezone`."""
        return zoneinfo.ZoneInfo(self.briefing_timezone)


def load_settings(env_file: Path | None = Path(".env")) -> Settings:
    """The settings from the environment and `env_file` (the environment wins).

    Raises:
        SettingsError: One problem a wrong variable, each naming it and what it may be.
    """
    try:
        # _env_file is pydantic-settings' own argument, unknown to the generated signature.
        return Settings(_env_file=env_file)  # type: ignore[call-arg]
    except ValidationError as error:
        problems = [_problem(str(found["loc"][0]), found["msg"]) for found in error.errors()]
        # The cause would repeat the values, secrets included.
        raise SettingsError(*problems) from None


def require(settings: Settings, *names: str) -> None:
    """Check that the named variables are set.

    Args:
        settings: What was read.
        names: Variables in capitals, such as `SLACK_BOT_TOKEN`.

    Raises:
        SettingsError: One problem for each that is missing.
    """
    missing = [name for name in names if getattr(settings, name.lower()) is None]
    if missing:
        raise SettingsError(
            *(Problem(where=name, what="it is not set", fix=_FIXES[name]) for name in missing)
        )


def _problem(field: str, message: str) -> Problem:
    name = field.upper()
    # The message never repeats a secret: validators of secrets do not quote the value.
    what = message.removeprefix("Value error, ")
    return Problem(where=name, what=what[:1].lower() + what[1:], fix=_FIXES.get(name, ""))


def _not_another_kind(value: SecretStr | None, others: tuple[str, ...]) -> SecretStr | None:
    """Refuse a token that is plainly of another kind: the usual mistake is to swap the two.

    Nothing more is asked of its form, since Slack has changed it before (token rotation).
    """
    if value is not None and value.get_secret_value().startswith(others):
        raise ValueError("it is a token of another kind")
    return value


def _parts(value: str) -> Iterable[str]:
    return (part for part in (p.strip() for p in value.split(",")) if part)
