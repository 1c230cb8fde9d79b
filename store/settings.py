"""The only reader of the environment. Every setting: its type, its default, and why.

``docs/settings.md`` lists them all; ``tests/test_docs.py`` fails on one that is missing there.
"""

import hashlib
import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from models.types import Marking, Rules

_JURISDICTION = re.compile(r"[A-Z]{2}")
SHORTEST_API_KEY = 8
_PREFIX = "OBELUS_"
_SCHEMES = {
    "database_url": ("sqlite:///", "postgresql://"),
    "redis_url": ("redis://", "rediss://", "unix://"),
}
_LONGEST_SOCKET_PATH = 100  # sockaddr_un holds 104 bytes on macOS and 108 on Linux


class SettingsError(ValueError):
    """One line per variable that cannot be used; never the value, which may be a secret."""


class Settings(BaseSettings):
    """Settings of one installation, from ``OBELUS_…`` variables."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, extra="ignore", frozen=True, hide_input_in_errors=True)

    host: str = Field("127.0.0.1", description="Address the web process listens on; loopback until you say otherwise.")
    port: int = Field(8000, ge=1, le=65535, description="Port the web process listens on.")
    public_url: str | None = Field(
        None, description="How others reach this service (links in webhooks); default `http://HOST:PORT`."
    )
    data_dir: Path = Field(Path("var"), description="Where SQLite, the bundled Redis and its socket keep their files.")
    database_url: str | None = Field(
        None, description="`sqlite:///…` or `postgresql://…`; default SQLite in `OBELUS_DATA_DIR`."
    )
    redis_url: str | None = Field(
        None, description="`redis://…`, `rediss://…` or `unix://…`; unset: the bundled Redis is started."
    )
    api_key: SecretStr | None = Field(
        None,
        description="A bootstrap admin key of at least 8 characters, better 32 random ones; "
        "unset: one is made and shown once.",
    )
    admin_password: SecretStr | None = Field(
        None, description="First password of the user `admin`; unset: a one-time password is made and shown."
    )
    jurisdictions: Annotated[tuple[str, ...], NoDecode] = Field(
        ("RU", "UN", "US", "EU", "GB"), description="Whose lists are shown in `designated_by`."
    )
    label_duty: Annotated[tuple[str, ...], NoDecode] = Field(
        ("RU",), description="Jurisdictions whose listed organisations must be labelled."
    )
    marking: Marking = Field("every", description="Which mentions must be marked: `every` or only the `first`.")
    organisations_file: Path | None = Field(
        None, description="Your own organisations, one JSON object a line (docs/register.md); read at start."
    )
    weights: Literal["research", "permissive"] = Field(
        "research", description="`research`: all training sets; `permissive`: only sets that allow commercial use."
    )
    allow_private_webhooks: bool = Field(
        default=False,
        description="Deliver webhooks also to http and to private addresses: only for tests on one machine.",
    )
    classify_workers: int = Field(1, ge=0, le=64, description="Classify processes that `make run` starts.")
    deliver_workers: int = Field(1, ge=0, le=64, description="Deliver processes that `make run` starts.")
    encoder_threads: int = Field(1, ge=1, le=64, description="Threads of the encoder in each classify process.")
    web_threads: int = Field(32, ge=1, le=512, description="Requests the web process answers at the same time.")
    articles_per_claim: int = Field(
        8, ge=1, le=256, description="Queued articles a classify worker claims and reads in one batch."
    )
    lease_seconds: int = Field(
        15,
        ge=5,
        le=3600,
        description="A claimed article of a dead worker is given to another after this; a living one renews its claim.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="Lowest level that is logged.")

    @field_validator(
        "public_url", "database_url", "redis_url", "api_key", "admin_password", "organisations_file", mode="before"
    )
    @classmethod
    def _read_empty_as_unset(cls, value: object) -> object:
        return None if value == "" else value  # `OBELUS_REDIS_URL=` is how an env file unsets it

    @field_validator("database_url", "redis_url")
    @classmethod
    def _check_scheme(cls, value: str | None, info: ValidationInfo) -> str | None:
        schemes = _SCHEMES[info.field_name or ""]
        if value is not None and not value.startswith(schemes):
            raise ValueError(f"it must begin with {' or '.join(schemes)}")
        return value

    @field_validator("jurisdictions", "label_duty", mode="before")
    @classmethod
    def _split_commas(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("jurisdictions", "label_duty")
    @classmethod
    def _check_jurisdictions(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for code in value:
            if not _JURISDICTION.fullmatch(code):
                raise ValueError(f"{code!r} is not a jurisdiction: write two capital letters, such as RU,UN,US")
        return value

    @field_validator("api_key")
    @classmethod
    def _check_api_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < SHORTEST_API_KEY:
            raise ValueError(f"an API key needs at least {SHORTEST_API_KEY} characters")
        return value

    @property
    def database(self) -> str:
        """The SQLAlchemy URL in force."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'obelus.sqlite3'}"

    @property
    def uses_bundled_redis(self) -> bool:
        return self.redis_url is None

    @property
    def redis_socket(self) -> Path:
        """Socket of the bundled Redis. A data folder with a long name would not fit into a socket address."""
        path = self.data_dir.resolve() / "redis" / "redis.sock"
        if len(str(path).encode()) <= _LONGEST_SOCKET_PATH:
            return path
        digest = hashlib.sha256(str(path).encode()).hexdigest()[:16]
        return Path("/tmp") / f"obelus-{digest}" / "redis.sock"  # noqa: S108 - the folder is made with mode 0700

    @property
    def redis(self) -> str:
        """The Redis URL in force."""
        return self.redis_url or f"unix://{self.redis_socket}"

    @property
    def base_url(self) -> str:
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def rules(self) -> Rules:
        return Rules(jurisdictions=self.jurisdictions, label_duty=self.label_duty, marking=self.marking)


def load_settings() -> Settings:
    """Read the environment once; hand the result on. SettingsError names each bad variable."""
    try:
        return Settings()
    except ValidationError as error:
        lines = [
            f"{_PREFIX}{str(problem['loc'][0]).upper()}: {problem['msg'].removeprefix('Value error, ')}"
            for problem in error.errors(include_url=False, include_input=False, include_context=False)
        ]
        raise SettingsError("\n".join(lines)) from None  # the cause would print the value
